/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The weights inside the library do no harm: at the settings that a person
 * finds, a flat picture keeps its colour and a smooth one its values.
 */
#include "canvas.h"

#include <math.h>

enum { SIDE = 160 };

/* The colour of pixel (@x, @y): grey, or slowly changing. */
static float
get_value (gboolean flat, int x, int y, int c)
{
  return flat ? 117.0f / 255
              : 0.3f + 0.002f * (float) x + 0.001f * (float) (y * (c + 1)) / 2;
}

static void
fill (Canvas *canvas, gboolean flat)
{
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++)
      for (int c = 0; c < 3; c++)
        canvas_in (canvas, x, y)[c] = get_value (flat, x, y, c);
}

/* Of the means of the three colours, the largest difference in 1/255; and of
 * all values the root of the mean square. */
static void
measure (const Canvas *canvas, double *drift, double *rms)
{
  double squares = 0;

  *drift = 0;
  for (int c = 0; c < 3; c++) {
    double sum = 0;
    for (int y = 0; y < SIDE; y++)
      for (int x = 0; x < SIDE; x++) {
        const double d = 255 * ((double) canvas_out (canvas, x, y)[c] -
                                (double) canvas_in (canvas, x, y)[c]);
        sum += d;
        squares += d * d;
      }
    *drift = MAX (*drift, fabs (sum / (SIDE * SIDE)));
  }
  *rms = sqrt (squares / (3 * SIDE * SIDE));
}

static void
check (const RwTaskInfo *info, RwModel *model, gboolean flat)
{
  Canvas canvas;
  double drift, rms;

  canvas_init (&canvas, (RwRect){ 0, 0, SIDE, SIDE }, 1);
  fill (&canvas, flat);
  canvas_restore_all (&canvas, model, LEVEL_OPEN, 1);
  measure (&canvas, &drift, &rms);
  canvas_clear (&canvas);
  g_test_message ("%s, %s: drift %.2f, rms %.2f", info->name,
                  flat ? "flat" : "smooth", drift, rms);
  g_assert_cmpfloat (drift, <=, 0.6);
  g_assert_cmpfloat (rms, <=, 1);
}

static void
test_defaults (void)
{
  int n = 0;

  g_setenv ("REWEAVE_WEIGHTS", "", TRUE);
  for (const RwTaskInfo *const *t = rw_task_list (); *t != NULL; t++) {
    g_autoptr (RwModel) model = rw_model_load ((*t)->name, NULL, NULL);
    if (model == NULL || (*t)->scale > 1 || (*t)->mask != RW_MASK_NONE)
      continue;
    check (*t, model, TRUE);
    check (*t, model, FALSE);
    n++;
  }
  g_assert_cmpint (n, >=, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/shipped/defaults", test_defaults);
  return g_test_run ();
}
