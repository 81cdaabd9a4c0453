/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What differs between two weight files.
 */
#include "info-compare.h"

#include "cli/cli.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- texts ---------------------------------------------------------------- */

typedef struct {
  char side;        /* '-' only in a, '+' only in b */
  const char *line; /* of lines */
} Change;

typedef struct {
  char **lines[2];
  GArray *changes; /* (element-type Change) */
} TextChanges;

/* Lines of the longest common subsequence stay. */
static void
find_changes (TextChanges *t)
{
  char **a = t->lines[0], **b = t->lines[1];
  const gsize n = g_strv_length (a), m = g_strv_length (b);
  /* of a from i and b from j on: how many lines stay */
  g_autofree guint *stay = g_new0 (guint, (n + 1) * (m + 1));
  gsize i = 0, j = 0;

  for (gsize k = n; k-- > 0;)
    for (gsize l = m; l-- > 0;)
      stay[k * (m + 1) + l] =
          strcmp (a[k], b[l]) == 0
              ? stay[(k + 1) * (m + 1) + l + 1] + 1
              : MAX (stay[(k + 1) * (m + 1) + l], stay[k * (m + 1) + l + 1]);
  while (i < n || j < m) {
    if (i < n && j < m && strcmp (a[i], b[j]) == 0) {
      i++;
      j++;
      continue;
    }
    const gboolean first = j == m || (i < n && stay[(i + 1) * (m + 1) + j] >=
                                                   stay[i * (m + 1) + j + 1]);
    const Change change = { first ? '-' : '+', first ? a[i++] : b[j++] };
    g_array_append_val (t->changes, change);
  }
}

static TextChanges
compare_texts (const char *a, const char *b)
{
  TextChanges t = { { g_strsplit (a, "\n", -1), g_strsplit (b, "\n", -1) },
                    g_array_new (FALSE, FALSE, sizeof (Change)) };

  find_changes (&t);
  return t;
}

static void
text_changes_clear (TextChanges *t)
{
  g_strfreev (t->lines[0]);
  g_strfreev (t->lines[1]);
  g_array_unref (t->changes);
}

/* ---- metadata ------------------------------------------------------------- */

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Keys whose values are not the same, the net left out.  (transfer
 * container) */
static GPtrArray *
list_keys (const RwWeights *a, const RwWeights *b)
{
  GPtrArray *keys = g_ptr_array_new ();
  GHashTable *const tables[] = { a->metadata, b->metadata };

  for (int i = 0; i < 2; i++) {
    GHashTableIter iter;
    gpointer key, value;

    g_hash_table_iter_init (&iter, tables[i]);
    while (g_hash_table_iter_next (&iter, &key, &value)) {
      const char *other = g_hash_table_lookup (tables[1 - i], key);
      /* what both have is listed once */
      if (strcmp (key, "net") != 0 && g_strcmp0 (value, other) != 0 &&
          !(i == 1 && other))
        g_ptr_array_add (keys, key);
    }
  }
  g_ptr_array_sort (keys, compare_names);
  return keys;
}

/* ---- tensors -------------------------------------------------------------- */

typedef struct {
  const char *name;
  const RwParam *params[2]; /* NULL: is not there */
  gboolean comparable;      /* both are, with the same shape */
  double largest, rms;      /* of b - a */
  double rms_a;             /* of a */
} Tensor;

static int
find_param (const RwNet *net, const char *name)
{
  for (int i = 0; i < rw_net_get_n_params (net); i++)
    if (strcmp (rw_net_get_param (net, i)->name, name) == 0)
      return i;
  return -1;
}

static gboolean
has_shape (const RwParam *a, const RwParam *b)
{
  return a->n_dims == b->n_dims &&
         memcmp (a->dims, b->dims, (gsize) a->n_dims * sizeof *a->dims) == 0;
}

static void
measure (Tensor *t, const RwWeights *a, int i, const RwWeights *b, int j)
{
  const gsize n = t->params[0]->n_values;
  g_autofree float *x = g_new (float, n), *y = g_new (float, n);
  double squares = 0, squares_a = 0;

  rw_net_export_param (a->net, i, a->params, x);
  rw_net_export_param (b->net, j, b->params, y);
  for (gsize k = 0; k < n; k++) {
    const double d = (double) y[k] - (double) x[k];
    t->largest = MAX (t->largest, fabs (d));
    squares += d * d;
    squares_a += (double) x[k] * (double) x[k];
  }
  t->rms = sqrt (squares / (double) n);
  t->rms_a = sqrt (squares_a / (double) n);
  t->comparable = TRUE;
}

/* Those that are not the same, in the order of the nets.  (transfer full) */
static GArray *
list_tensors (const RwWeights *a, const RwWeights *b, int *n_same)
{
  GArray *tensors = g_array_new (FALSE, FALSE, sizeof (Tensor));

  *n_same = 0;
  for (int i = 0; i < rw_net_get_n_params (a->net); i++) {
    const RwParam *param = rw_net_get_param (a->net, i);
    const int j = find_param (b->net, param->name);
    Tensor t = { param->name,
                 { param, j < 0 ? NULL : rw_net_get_param (b->net, j) } };
    if (j >= 0 && has_shape (param, t.params[1]))
      measure (&t, a, i, b, j);
    if (t.comparable && t.largest == 0)
      (*n_same)++;
    else
      g_array_append_val (tensors, t);
  }
  for (int j = 0; j < rw_net_get_n_params (b->net); j++) {
    const RwParam *param = rw_net_get_param (b->net, j);
    const Tensor t = { param->name, { NULL, param } };
    if (find_param (a->net, param->name) < 0)
      g_array_append_val (tensors, t);
  }
  return tensors;
}

/* "32x20x3x3", or "none".  (transfer full) */
static char *
describe_shape (const RwParam *param)
{
  GString *text = g_string_new (param ? NULL : "none");

  for (int i = 0; param && i < param->n_dims; i++)
    g_string_append_printf (text, "%s%" G_GSIZE_FORMAT, i > 0 ? "x" : "",
                            param->dims[i]);
  return g_string_free (text, FALSE);
}

/* ---- for people ----------------------------------------------------------- */

/* The first line of @value, shortened.  (transfer full) */
static char *
shorten (const char *value)
{
  const char *end = value ? strchrnul (value, '\n') : NULL;
  g_autofree char *line =
      value ? g_strndup (value, (gsize) (end - value)) : g_strdup ("(none)");

  g_autofree char *shown = rw_cli_show (line);

  if (g_utf8_strlen (shown, -1) <= 60 && (!value || *end == '\0'))
    return g_steal_pointer (&shown);
  g_autofree char *start =
      g_utf8_substring (shown, 0, MIN (g_utf8_strlen (shown, -1), 60));
  return g_strconcat (start, " …", NULL);
}

static void
print_metadata (const RwWeights *a, const RwWeights *b)
{
  g_autoptr (GPtrArray) keys = list_keys (a, b);

  printf ("\nmetadata%s\n", keys->len > 0 ? "" : ": the same");
  for (guint i = 0; i < keys->len; i++) {
    const char *key = g_ptr_array_index (keys, i);
    g_autofree char *shown = rw_cli_show (key);
    g_autofree char *was = shorten (g_hash_table_lookup (a->metadata, key));
    g_autofree char *is = shorten (g_hash_table_lookup (b->metadata, key));
    printf ("  %s\n  - %s\n  + %s\n", shown, was, is);
  }
}

static void
print_text (const RwWeights *a, const RwWeights *b)
{
  TextChanges t =
      compare_texts (rw_net_get_text (a->net), rw_net_get_text (b->net));

  printf ("\nnet%s\n", t.changes->len > 0 ? "" : ": the same");
  for (guint i = 0; i < t.changes->len; i++) {
    const Change *change = &g_array_index (t.changes, Change, i);
    g_autofree char *line = rw_cli_show (change->line);
    printf ("  %c %s\n", change->side, line);
  }
  text_changes_clear (&t);
}

static void
print_tensors (const RwWeights *a, const RwWeights *b)
{
  int n_same;
  g_autoptr (GArray) tensors = list_tensors (a, b, &n_same);

  printf ("\ntensors: %d the same, %u not\n", n_same, tensors->len);
  if (tensors->len > 0)
    printf ("  %-24s %-16s %10s %10s %10s\n", "name", "shape", "largest",
            "rms", "of rms");
  for (guint i = 0; i < tensors->len; i++) {
    const Tensor *t = &g_array_index (tensors, Tensor, i);
    g_autofree char *name = rw_cli_show (t->name);
    g_autofree char *was = describe_shape (t->params[0]);
    g_autofree char *is = describe_shape (t->params[1]);
    if (t->comparable)
      printf ("  %-24s %-16s %10.3g %10.3g %10.3g\n", name, was, t->largest,
              t->rms, t->rms_a);
    else
      printf ("  %-24s %s -> %s\n", name, was, is);
  }
}

void
rw_cli_compare_weights (const RwCliCompared *a, const RwCliCompared *b)
{
  g_autofree char *was = rw_cli_show (a->name);
  g_autofree char *is = rw_cli_show (b->name);

  printf ("- %s\n+ %s\n", was, is);
  if (strcmp (a->weights->digest, b->weights->digest) == 0) {
    printf ("\nthe files are the same\n");
    return;
  }
  print_metadata (a->weights, b->weights);
  print_text (a->weights, b->weights);
  print_tensors (a->weights, b->weights);
}

/* ---- for programs --------------------------------------------------------- */

/* A member, null when there is no such value. */
static void
tell_string (JsonBuilder *json, const char *name, const char *value)
{
  json_builder_set_member_name (json, name);
  if (value)
    json_builder_add_string_value (json, value);
  else
    json_builder_add_null_value (json);
}

static void
tell_metadata (JsonBuilder *json, const RwWeights *a, const RwWeights *b)
{
  g_autoptr (GPtrArray) keys = list_keys (a, b);

  json_builder_set_member_name (json, "metadata");
  json_builder_begin_object (json);
  for (guint i = 0; i < keys->len; i++) {
    const char *key = g_ptr_array_index (keys, i);
    json_builder_set_member_name (json, key);
    json_builder_begin_object (json);
    tell_string (json, "a", g_hash_table_lookup (a->metadata, key));
    tell_string (json, "b", g_hash_table_lookup (b->metadata, key));
    json_builder_end_object (json);
  }
  json_builder_end_object (json);
}

static void
tell_text (JsonBuilder *json, const RwWeights *a, const RwWeights *b)
{
  TextChanges t =
      compare_texts (rw_net_get_text (a->net), rw_net_get_text (b->net));

  json_builder_set_member_name (json, "net");
  json_builder_begin_array (json);
  for (guint i = 0; i < t.changes->len; i++) {
    const Change *change = &g_array_index (t.changes, Change, i);
    g_autofree char *line =
        g_strdup_printf ("%c %s", change->side, change->line);
    json_builder_add_string_value (json, line);
  }
  json_builder_end_array (json);
  text_changes_clear (&t);
}

static void
tell_tensors (JsonBuilder *json, const RwWeights *a, const RwWeights *b)
{
  int n_same;
  g_autoptr (GArray) tensors = list_tensors (a, b, &n_same);

  rw_cli_json_integer (json, "tensors_same", n_same);
  json_builder_set_member_name (json, "tensors");
  json_builder_begin_array (json);
  for (guint i = 0; i < tensors->len; i++) {
    const Tensor *t = &g_array_index (tensors, Tensor, i);
    g_autofree char *was = describe_shape (t->params[0]);
    g_autofree char *is = describe_shape (t->params[1]);
    json_builder_begin_object (json);
    rw_cli_json_string (json, "name", t->name);
    tell_string (json, "shape_a", t->params[0] ? was : NULL);
    tell_string (json, "shape_b", t->params[1] ? is : NULL);
    if (t->comparable) {
      rw_cli_json_number (json, "largest", t->largest);
      rw_cli_json_number (json, "rms", t->rms);
      rw_cli_json_number (json, "rms_a", t->rms_a);
    }
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
}

void
rw_cli_compare_weights_json (const RwCliCompared *a, const RwCliCompared *b)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();

  json_builder_begin_object (json);
  rw_cli_json_string (json, "a", a->name);
  rw_cli_json_string (json, "b", b->name);
  json_builder_set_member_name (json, "same");
  json_builder_add_boolean_value (
      json, strcmp (a->weights->digest, b->weights->digest) == 0);
  tell_metadata (json, a->weights, b->weights);
  tell_text (json, a->weights, b->weights);
  tell_tensors (json, a->weights, b->weights);
  json_builder_end_object (json);
  rw_cli_json_print (json, TRUE);
}
