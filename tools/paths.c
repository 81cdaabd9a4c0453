/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Which files the arguments of a command mean.
 */
#include "paths.h"

#include "cli/cli.h"
#include "reweave.h"
#include "train/data/dataset.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

typedef struct {
  const char *const *read, *const *written;
  const char *forced; /* what every file in a folder gets, or NULL */
} Endings;

static void
pair_free (gpointer data)
{
  RwCliPair *pair = data;

  g_free (pair->in);
  g_free (pair->out);
  g_free (pair);
}

gboolean
rw_cli_has_ending (const char *path, const char *const *endings)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  for (int i = 0; endings[i]; i++)
    if (g_str_has_suffix (lower, endings[i]))
      return TRUE;
  return FALSE;
}

/* ".png, .jpg or .jpeg" (transfer full) */
static char *
join_endings (const char *const *endings)
{
  GString *text = g_string_new (endings[0]);

  for (int i = 1; endings[i]; i++)
    g_string_append_printf (text, "%s%s", endings[i + 1] ? ", " : " or ",
                            endings[i]);
  return g_string_free (text, FALSE);
}

gboolean
rw_cli_is_same_file (const char *a, const char *b)
{
  GStatBuf sa, sb;

  return g_stat (a, &sa) == 0 && g_stat (b, &sb) == 0 &&
         sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

gboolean
rw_cli_check_output (const char *in,
                     const char *out,
                     const char *const *written,
                     GError **error)
{
  g_autofree char *endings = join_endings (written);

  if (!rw_cli_has_ending (out, written))
    return rw_cli_usage (error,
                         "%s: found no ending that tells the format, expected "
                         "%s; name the output so",
                         out, endings);
  if (rw_cli_is_same_file (in, out))
    return rw_cli_usage (error,
                         "%s: is both input and output, expected two files; "
                         "name another output",
                         out);
  return TRUE;
}

static gboolean
add_pair (GPtrArray *pairs,
          const char *in,
          char *out,
          const char *const *written,
          GError **error)
{
  RwCliPair *pair = g_new (RwCliPair, 1);

  *pair = (RwCliPair){ .in = g_strdup (in), .out = out };
  g_ptr_array_add (pairs, pair);
  if (!rw_cli_check_output (in, out, written, error))
    return FALSE;
  for (guint i = 0; i + 1 < pairs->len; i++)
    if (strcmp (((RwCliPair *) g_ptr_array_index (pairs, i))->out, out) == 0)
      return rw_cli_usage (error,
                           "%s: two inputs have this name, expected one; mend "
                           "them into different folders",
                           out);
  return TRUE;
}

gboolean
rw_cli_make_folder (const char *path, GError **error)
{
  if (g_mkdir_with_parents (path, 0777) == 0)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_IO,
               "%s: the folder could not be made: %s; name another one", path,
               g_strerror (errno));
  return FALSE;
}

static gboolean
wants_folder (int n_inputs, char **inputs, const char *out)
{
  gboolean folder = n_inputs > 1 || g_str_has_suffix (out, "/") ||
                    g_file_test (out, G_FILE_TEST_IS_DIR);

  for (int i = 0; i < n_inputs; i++)
    folder |= g_file_test (inputs[i], G_FILE_TEST_IS_DIR);
  return folder;
}

/* TRUE if @path is @folder or below it, only by name. */
static gboolean
is_below (const char *path, const char *folder)
{
  const gsize n = strlen (folder);

  return strncmp (path, folder, n) == 0 &&
         (folder[n - 1] == '/' || path[n] == '/' || path[n] == '\0');
}

/* "a/b.png" of "in/a/b.png" below "in", "b.png" when @path is @root itself. */
static char *
get_relative (const char *path, const char *root)
{
  if (strcmp (path, root) == 0)
    return g_path_get_basename (path);
  path += strlen (root);
  return g_strdup (path + strspn (path, "/"));
}

/* The ending of a --format, or NULL. */
static const char *
get_ending (const char *format, const char *const *written)
{
  static const char *const names[][2] = {
    { "png", ".png" },  { "jpeg", ".jpg" }, { "jpg", ".jpg" },
    { "tiff", ".tif" }, { "tif", ".tif" },  { "webp", ".webp" },
    { "rwi", ".rwi" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (format, names[i][0]) == 0 &&
        g_strv_contains (written, names[i][1]))
      return names[i][1];
  return NULL;
}

/* Where @found goes below @out.  (transfer full) */
static char *
get_output (const char *found,
            const char *relative,
            const char *out,
            const Endings *endings)
{
  char *path = g_build_filename (out, relative, NULL);
  const char *ending = endings->forced ? endings->forced : ".tif";

  if (endings->forced &&
      rw_cli_has_ending (path, (const char *[]){ ending, NULL }))
    return path;
  if (!rw_cli_has_ending (found, endings->read) ||
      (!endings->forced && rw_cli_has_ending (found, endings->written)))
    return path;
  *strrchr (path, '.') = '\0';
  char *renamed = g_strconcat (path, ending, NULL);
  g_free (path);
  return renamed;
}

/* Adds what @in, a picture or a folder, has, to go below the folder @out. */
static gboolean
add_below (GPtrArray *pairs,
           const char *in,
           const char *out,
           const Endings *endings,
           GError **error)
{
  g_auto (GStrv) found = rw_dataset_list_endings (in, endings->read, error);

  for (int i = 0; found && found[i]; i++) {
    g_autofree char *relative = get_relative (found[i], in);
    if (!is_below (in, out) && is_below (found[i], out))
      continue;
    if (!add_pair (pairs, found[i],
                   get_output (found[i], relative, out, endings),
                   endings->written, error))
      return FALSE;
  }
  return found != NULL;
}

static gboolean
make_folders (const GPtrArray *pairs, GError **error)
{
  for (guint i = 0; i < pairs->len; i++) {
    const RwCliPair *pair = g_ptr_array_index (pairs, i);
    g_autofree char *folder = g_path_get_dirname (pair->out);
    if (!rw_cli_make_folder (folder, error))
      return FALSE;
  }
  return TRUE;
}

GPtrArray *
rw_cli_pair_paths (int n_paths,
                   char **paths,
                   const char *const *read,
                   const char *const *written,
                   const RwCliPairing *pairing,
                   GError **error)
{
  g_autoptr (GPtrArray) pairs = g_ptr_array_new_with_free_func (pair_free);
  const int n_inputs = pairing->folder ? n_paths : n_paths - 1;
  const char *out = pairing->folder ? pairing->folder : paths[n_inputs];
  Endings endings = { read, written, NULL };

  if (n_inputs < 1) {
    rw_cli_usage (error,
                  "%s: found no input beside it, expected IN and OUT; "
                  "name both",
                  out);
    return NULL;
  }
  if (pairing->format) {
    endings.forced = get_ending (pairing->format, written);
    if (!endings.forced) {
      rw_cli_usage (error,
                    "--format: found '%s', expected png, jpeg, tiff or webp, "
                    "as far as this build has it; choose one of these",
                    pairing->format);
      return NULL;
    }
  }
  if (!pairing->folder && !wants_folder (n_inputs, paths, out)) {
    if (endings.forced &&
        !rw_cli_has_ending (out, (const char *[]){ endings.forced, NULL })) {
      rw_cli_usage (error,
                    "%s: has not the ending of --format %s, expected a folder "
                    "or %s; leave --format out",
                    out, pairing->format, endings.forced);
      return NULL;
    }
    if (!add_pair (pairs, paths[0], g_strdup (out), written, error))
      return NULL;
    return g_steal_pointer (&pairs);
  }
  for (int i = 0; i < n_inputs; i++)
    if (!add_below (pairs, paths[i], out, &endings, error))
      return NULL;
  if (!pairing->dry_run && !make_folders (pairs, error))
    return NULL;
  return g_steal_pointer (&pairs);
}

gboolean
rw_cli_is_in_the_way (const char *out,
                      gboolean skip_existing,
                      gboolean no_clobber,
                      GError **error)
{
  if (!(skip_existing || no_clobber) || !g_file_test (out, G_FILE_TEST_EXISTS))
    return FALSE;
  if (!skip_existing)
    g_set_error (error, RW_ERROR, RW_ERROR_IO,
                 "%s: is there already, expected no such file with "
                 "--no-clobber; name another one or take it away",
                 out);
  return TRUE;
}
