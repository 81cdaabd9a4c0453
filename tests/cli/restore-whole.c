/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For tests: what `reweave apply` has to write, the plain way, with all of the
 * picture in memory.
 *
 *   restore-whole WEIGHTS LEVEL STRENGTH IN OUT      (LEVEL 0: measured,
 * where the net is told one)
 */
#include "io/picture.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct {
  RwPicture *from, *to;
} Pictures;

static gboolean
read_pixels (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  rw_picture_get_rgba (((Pictures *) data)->from, rect, rgba);
  return TRUE;
}

static gboolean
write_pixels (gpointer data,
              const RwRect *rect,
              const float *rgba,
              gsize stride,
              GError **error)
{
  rw_picture_set_rgba (((Pictures *) data)->to, rect, rgba, stride);
  return TRUE;
}

static gboolean
restore (char **argv, Pictures *pictures, GError **error)
{
  g_autoptr (RwModel) model = rw_model_load (NULL, argv[1], error);
  const RwPicture *from = pictures->from;
  const RwRect whole = { 0, 0, from->width, from->height };
  const RwJob job = { .bounds = whole,
                      .roi = whole,
                      .read = read_pixels,
                      .write = write_pixels,
                      .data = pictures };
  RwValue level = { "level", atof (argv[2]) };
  RwSettings settings = { .values = &level,
                          .strength = atof (argv[3]),
                          .grey = from->channels <= 2 };

  if (model == NULL)
    return FALSE;
  settings.n_values = rw_model_uses (model, level.name);
  if (level.value == 0 && settings.strength == 0)
    settings.n_values = 0; /* nothing is told, so nothing is measured */
  if (settings.n_values == 1 && level.value == 0 &&
      !rw_job_measure (model, &job, &level.value, error))
    return FALSE;
  if (settings.n_values == 1)
    printf ("%.17g\n", level.value);
  else
    printf ("open\n");
  return rw_restore (model, &settings, &job, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  if (argc != 6)
    return 2;
  g_autoptr (RwPicture) from = rw_picture_load (argv[4], &error);
  g_autoptr (RwPicture) to =
      from ? rw_picture_new_like (from, from->height, &error) : NULL;
  if (to && restore (argv, &(Pictures){ from, to }, &error) &&
      rw_picture_save (to, argv[5], 92, &error))
    return 0;
  fprintf (stderr, "%s\n", error->message);
  return 1;
}
