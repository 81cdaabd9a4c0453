/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One file after the other.
 */
#include "encode/encode-each.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

gboolean
rw_cli_each_is_single (const RwCliEach *each, int n, char **paths)
{
  return !each->pairing.folder && n == 2 &&
         !g_str_has_suffix (paths[1], "/") &&
         !g_file_test (paths[0], G_FILE_TEST_IS_DIR) &&
         !g_file_test (paths[1], G_FILE_TEST_IS_DIR);
}

gboolean
rw_cli_each_progress (gpointer data, double fraction)
{
  RwCliEach *each = data;

  if (rw_cli_progress_is_due (&each->progress)) {
    g_autofree char *text = g_strdup_printf ("%s (%u of %u)", each->name,
                                             each->number, each->n_files);
    rw_cli_progress_show (&each->progress, fraction, text);
  }
  return !rw_cli_is_interrupted ();
}

/* ---- reports ------------------------------------------------------------ */

static void
report_notes (JsonBuilder *json, const GPtrArray *notes)
{
  json_builder_set_member_name (json, "notes");
  json_builder_begin_array (json);
  for (guint i = 0; i < notes->len; i++)
    json_builder_add_string_value (json, g_ptr_array_index (notes, i));
  json_builder_end_array (json);
}

/* ---- one ---------------------------------------------------------------- */

/* Names the file where the message does not. */
static void
add_context (const RwCliPair *pair, GError **error)
{
  if (!g_str_has_prefix ((*error)->message, pair->in) &&
      !g_str_has_prefix ((*error)->message, pair->out))
    g_prefix_error (error, "%s: ", pair->in);
}

static gboolean
convert (RwCliEach *each, const RwCliPair *pair, GError **error)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *name = g_path_get_basename (pair->in), *told = NULL;
  const gint64 start = g_get_monotonic_time ();

  each->name = name;
  if (each->report) {
    json_builder_begin_object (each->report);
    rw_cli_json_string (each->report, "in", pair->in);
    rw_cli_json_string (each->report, "out", pair->out);
  }
  const gboolean done = each->convert (each, pair, notes, &told, error);
  const double seconds = (g_get_monotonic_time () - start) / 1e6;
  rw_cli_progress_clear (&each->progress);
  if (!done)
    add_context (pair, error);
  if (done)
    rw_cli_print_notes (pair->out, notes);
  if (done && !each->report) {
    g_autofree char *shown = rw_cli_show (pair->out);
    printf ("%s: %s, %.2f s\n", shown, told, seconds);
  }
  if (each->report) {
    if (done) {
      rw_cli_json_number (each->report, "seconds", seconds);
      report_notes (each->report, notes);
    } else
      rw_cli_json_string (each->report, "error", (*error)->message);
    json_builder_end_object (each->report);
  }
  return done;
}

/* ---- all ---------------------------------------------------------------- */

static void
stop (const RwCliPair *pair, guint n_done, guint n)
{
  g_autofree char *message =
      g_strdup_printf ("%s: stopped before it was written, %u of %u pictures "
                       "are done; run the same command again",
                       pair->out, n_done, n);

  rw_cli_print_error (message);
  exit (rw_cli_get_interrupt_status ());
}

static gboolean
convert_all (RwCliEach *each, const GPtrArray *pairs)
{
  guint n_done = 0;

  each->n_files = pairs->len;
  for (guint i = 0; i < pairs->len; i++) {
    const RwCliPair *pair = g_ptr_array_index (pairs, i);
    g_autoptr (GError) failure = NULL;

    each->number = i + 1;
    if (rw_cli_is_interrupted ())
      stop (pair, n_done, pairs->len);
    const gboolean skipped = rw_cli_is_in_the_way (
        pair->out, each->skip_existing, each->no_clobber, &failure);
    if ((skipped && !failure) ||
        (!skipped && convert (each, pair, &failure))) {
      n_done++;
      continue;
    }
    if (g_error_matches (failure, RW_ERROR, RW_ERROR_CANCELLED))
      stop (pair, n_done, pairs->len);
    rw_cli_print_error (failure->message);
  }
  return n_done == pairs->len;
}

gboolean
rw_cli_each_run (RwCliEach *each, int n_paths, char **paths, GError **error)
{
  g_autoptr (GPtrArray) pairs = rw_cli_pair_paths (
      n_paths, paths, each->read, each->written, &each->pairing, error);

  if (!pairs)
    return FALSE;
  if (each->pairing.dry_run) {
    for (guint i = 0; i < pairs->len; i++) {
      const RwCliPair *pair = g_ptr_array_index (pairs, i);
      g_autofree char *in = rw_cli_show (pair->in);
      g_autofree char *out = rw_cli_show (pair->out);
      printf ("%s -> %s\n", in, out);
    }
    return TRUE;
  }
  if (each->json) {
    each->report = json_builder_new ();
    json_builder_begin_object (each->report);
    json_builder_set_member_name (each->report, "images");
    json_builder_begin_array (each->report);
  }
  rw_cli_catch_interrupt ();
  rw_cli_progress_begin (&each->progress, each->json);
  const gboolean ok = convert_all (each, pairs);
  if (each->report) {
    json_builder_end_array (each->report);
    json_builder_end_object (each->report);
    rw_cli_json_print (each->report, TRUE);
    g_clear_object (&each->report);
  }
  return ok;
}
