/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The weights that are shipped do no harm: at the settings that a person finds,
 * and at any level, a flat picture keeps its colour and a smooth one its
 * values.
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

/* The colours that a net drifts on most: grey, near black and white, colour. */
static const float flats[][3] = {
  { 117, 117, 117 }, { 20, 20, 20 }, { 245, 245, 245 }, { 200, 90, 40 }
};

/* Whatever level a person sets, areas keep their mean within half a step. */
static void
check_level (const char *name, RwModel *model, double level, int kind)
{
  const int n_flats = G_N_ELEMENTS (flats);
  Canvas canvas;
  double drift, rms;

  canvas_init (&canvas, (RwRect){ 0, 0, SIDE, SIDE }, 1);
  if (kind == n_flats)
    fill (&canvas, FALSE);
  else
    for (int i = 0; i < 3 * SIDE * SIDE; i++)
      canvas_in (&canvas, i / 3 % SIDE, i / 3 / SIDE)[i % 3] =
          flats[kind][i % 3] / 255;
  canvas_restore_all (&canvas, model, level, 1);
  measure (&canvas, &drift, &rms);
  canvas_clear (&canvas);
  g_test_message ("%s at %g, picture %d: drift %.2f, rms %.2f", name, level,
                  kind, drift, rms);
  g_assert_cmpfloat (drift, <=, 0.5);
  g_assert_cmpfloat (rms, <=, 1.5);
}

static void
test_levels (void)
{
  g_autofree char *folder =
      g_test_build_filename (G_TEST_DIST, "..", "weights", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  int n = 0;

  g_assert_nonnull (dir);
  for (const char *name = g_dir_read_name (dir); name != NULL;
       name = g_dir_read_name (dir)) {
    if (!g_str_has_suffix (name, ".safetensors"))
      continue;
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autoptr (RwModel) model = rw_model_load (NULL, path, NULL);
    if (model == NULL || !rw_model_uses (model, "level"))
      continue;
    const double levels[] = { rw_model_get_task (model)->controls[0].low, 15,
                              50 };
    for (guint k = 0; k < G_N_ELEMENTS (levels); k++)
      for (int kind = 0; kind <= (int) G_N_ELEMENTS (flats); kind++)
        check_level (
            name, model,
            MIN (levels[k], rw_model_get_task (model)->controls[0].high),
            kind);
    n++;
  }
  g_assert_cmpint (n, >=, 2);
}

static void
test_defaults (void)
{
  int n = 0;

  g_setenv ("REWEAVE_WEIGHTS", "", TRUE);
  for (const RwTaskInfo *const *t = rw_task_list (); *t != NULL; t++) {
    g_autoptr (RwModel) model = rw_model_load ((*t)->name, NULL, NULL);
    if (model == NULL || (*t)->scale > 1 || (*t)->mask != RW_MASK_NONE ||
        (*t)->finds)
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
  g_test_add_func ("/shipped/levels", test_levels);
  return g_test_run ();
}
