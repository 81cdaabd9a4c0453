/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Remembered settings.
 */
#include "filter-options.h"

#include <glib/gstdio.h>

static const char *const outputs[] = { "same-layer", "new-layer" };

void
rw_options_init (RwOptions *options, const RwFilter *filter)
{
  *options = (RwOptions){ .strength = 1.0, .weights = g_strdup ("") };
}

void
rw_options_clear (RwOptions *options)
{
  g_clear_pointer (&options->weights, g_free);
}

void
rw_options_set_weights (RwOptions *options, const char *weights)
{
  char *copy = g_strdup (weights != NULL ? weights : "");

  g_free (options->weights);
  options->weights = copy;
}

static void
read_number (GKeyFile *file,
             const char *group,
             const char *key,
             double max,
             double *number)
{
  g_autoptr (GError) error = NULL;
  const double value = g_key_file_get_double (file, group, key, &error);

  if (error == NULL && value >= 0 && value <= max)
    *number = value;
}

static void
read_group (RwOptions *options, const RwFilter *filter, GKeyFile *file)
{
  const char *group = filter->task;
  g_autofree char *weights = NULL;
  g_autofree char *output = NULL;

  read_number (file, group, "level", filter->level_max, &options->level);
  read_number (file, group, "strength", 1.0, &options->strength);
  weights = g_key_file_get_string (file, group, "weights", NULL);
  if (weights != NULL)
    rw_options_set_weights (options, weights);
  output = g_key_file_get_string (file, group, "output", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (outputs); i++) {
    if (g_strcmp0 (output, outputs[i]) == 0)
      options->output = (RwOutput) i;
  }
}

static void
write_group (const RwOptions *options, const RwFilter *filter, GKeyFile *file)
{
  const char *group = filter->task;

  g_key_file_set_double (file, group, "level", options->level);
  g_key_file_set_double (file, group, "strength", options->strength);
  g_key_file_set_string (file, group, "weights", options->weights);
  g_key_file_set_string (file, group, "output", outputs[options->output]);
}

char *
rw_options_to_text (const RwOptions *options, const RwFilter *filter)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();

  write_group (options, filter, file);
  return g_key_file_to_data (file, NULL, NULL);
}

void
rw_options_from_text (RwOptions *options,
                      const RwFilter *filter,
                      const char *text)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();

  if (g_key_file_load_from_data (file, text, -1, G_KEY_FILE_NONE, NULL))
    read_group (options, filter, file);
}

static char *
file_path (void)
{
  return g_build_filename (g_get_user_config_dir (), "reweave", "gimp.ini",
                           NULL);
}

void
rw_options_load (RwOptions *options, const RwFilter *filter)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *path = file_path ();

  if (g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    read_group (options, filter, file);
}

void
rw_options_save (const RwOptions *options, const RwFilter *filter)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *path = file_path ();
  g_autofree char *folder = g_path_get_dirname (path);

  g_key_file_load_from_file (file, path, G_KEY_FILE_KEEP_COMMENTS, NULL);
  write_group (options, filter, file);
  g_mkdir_with_parents (folder, 0700);
  g_key_file_save_to_file (file, path, NULL);
}
