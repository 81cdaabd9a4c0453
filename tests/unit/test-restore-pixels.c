/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * rw_restore: what becomes of single pixels, strength, alpha, holes, range,
 * grey, grain; the level: told, measured, left open.
 */
#include <math.h>

#include "restore-fixture.h"
#include "tasks/task.h"

/* ---- what is kept ------------------------------------------------------ */

static void
test_strength (Fixture *f, gconstpointer data)
{
  const RwRect roi = { -30, -20, 60, 50 };
  GError *error = NULL;
  g_autofree float *whole = restore_copy (f, LEVEL);
  const guint64 before = count_computed ();
  canvas_in (&f->canvas, 0, 0)[1] = -0.0f;

  canvas_restore_all (&f->canvas, f->model, LEVEL, 0);
  assert_same (&f->canvas, f->canvas.in);
  canvas_reset (&f->canvas);
  canvas_restore (&f->canvas, f->model, (RwSettings){ .strength = 0 }, roi,
                  &error);
  g_assert_no_error (error);
  g_assert_cmpmem (&f->canvas.read, sizeof roi, &roi, sizeof roi);
  g_assert_cmpuint (count_computed (), ==, before);

  canvas_in (&f->canvas, 0, 0)[1] = whole[0];
  g_free (g_steal_pointer (&whole));
  whole = restore_copy (f, LEVEL);
  canvas_restore_all (&f->canvas, f->model, LEVEL, 0.5);
  for (gsize i = 0; i < canvas_size (&f->canvas) / sizeof *whole; i++)
    g_assert_cmpfloat_with_epsilon (f->canvas.out[i],
                                    (f->canvas.in[i] + whole[i]) / 2, 2e-6);
}

/* A disc of transparency with other colours under it, and bad values. */
static void
damage (Canvas *canvas, float hidden)
{
  static const float odd[] = { 0.5f, 1e-30f, 0.25f, 2, 1 };

  for (int y = -30; y < 30; y++)
    for (int x = -30; x < 30; x++)
      if (x * x + y * y < 400) {
        float *rgba = canvas_in (canvas, x, y);
        rgba[0] = rgba[1] = rgba[2] = hidden;
        rgba[3] = 0;
      }
  for (int i = 0; i < 5; i++)
    canvas_in (canvas, 40 + i, 10)[3] = odd[i];
  canvas_in (canvas, 35, -10)[0] = NAN;
  canvas_in (canvas, 36, -10)[1] = INFINITY;
  canvas_in (canvas, 37, -10)[2] = -INFINITY;
}

static gboolean
is_damaged (const Canvas *canvas, int x, int y)
{
  return canvas_in (canvas, x, y)[3] == 0 || (y == -10 && x >= 35 && x <= 37);
}

static void
test_holes (Fixture *f, gconstpointer data)
{
  const RwRect *b = &f->canvas.bounds;

  damage (&f->canvas, 0);
  g_autofree float *whole = restore_copy (f, LEVEL);
  damage (&f->canvas, NAN);
  canvas_restore_all (&f->canvas, f->model, LEVEL, 1);
  for (int y = b->y; y < b->y + b->height; y++)
    for (int x = b->x; x < b->x + b->width; x++) {
      const float *in = canvas_in (&f->canvas, x, y),
                  *out = canvas_out (&f->canvas, x, y);
      g_assert_true (same_bits (in + 3, out + 3, 1));
      if (is_damaged (&f->canvas, x, y))
        g_assert_true (same_bits (in, out, 4));
      else {
        g_assert_true (same_bits (out, whole + (out - f->canvas.out), 4));
        g_assert_true (isfinite (out[0]) && isfinite (out[1]) &&
                       isfinite (out[2]));
        g_assert_false (same_bits (in, out, 3));
      }
    }
}

static void
test_transparent (Fixture *f, gconstpointer data)
{
  const guint64 before = count_computed ();

  for (gsize i = 0; i < canvas_size (&f->canvas) / 16; i++)
    f->canvas.in[4 * i + 3] = 0;
  canvas_restore_all (&f->canvas, f->model, LEVEL_OPEN, 1);
  assert_same (&f->canvas, f->canvas.in);
  g_assert_cmpuint (count_computed (), ==, before);
}

/* The net sees 1.5 and -0.5; the rest comes on top. */
static void
test_out_of_range (Fixture *f, gconstpointer data)
{
  float *bright = canvas_in (&f->canvas, 3, 4),
        *dark = canvas_in (&f->canvas, -60, 5);

  bright[0] = 1.5f;
  dark[2] = -0.5f;
  g_autofree float *whole = restore_copy (f, LEVEL);
  bright[0] = 3;
  dark[2] = -1.25f;
  canvas_restore_all (&f->canvas, f->model, LEVEL, 1);
  for (gsize i = 0; i < canvas_size (&f->canvas) / sizeof *whole; i++) {
    const float extra = f->canvas.in + i == bright     ? 1.5f
                        : f->canvas.in + i == dark + 2 ? -0.75f
                                                       : 0;
    g_assert_true (fabsf (f->canvas.out[i] - (whole[i] + extra)) <=
                   (extra == 0 ? 0 : 1e-6f));
  }
}

/* What noise of the level told cannot reach is light, and keeps its distance to
 * what it can: 1.3 is 0.3 more than white, and noise of level 5 is 0.02. */
static void
test_too_bright (Fixture *f, gconstpointer data)
{
  const double level = 5;
  const float high = (float) (1 + 4 * level / 255),
              low = (float) (-4 * level / 255);
  const gsize n = canvas_size (&f->canvas) / sizeof (float);

  for (gsize i = 0; i < n; i++)
    if (i % 4 != 3)
      f->canvas.in[i] = i % 3 == 0 ? 1.3f : i % 3 == 1 ? 0.4f : -0.2f;
  g_autofree float *out = restore_copy (f, level);
  g_autofree float *in = g_memdup2 (f->canvas.in, canvas_size (&f->canvas));
  for (gsize i = 0; i < n; i++)
    f->canvas.in[i] = CLAMP (in[i], low, high);
  canvas_restore_all (&f->canvas, f->model, level, 1);
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat (
        fabsf ((out[i] - in[i]) - (f->canvas.out[i] - f->canvas.in[i])), <,
        1e-5);
}

static void
test_grey (Fixture *f, gconstpointer data)
{
  GError *error = NULL;

  for (gsize i = 0; i < canvas_size (&f->canvas) / 16; i++)
    f->canvas.in[4 * i + 1] = f->canvas.in[4 * i + 2] = f->canvas.in[4 * i];
  rw_cache_set_budget (64 << 20); /* where grey and colour must not meet */
  g_autofree float *colour = restore_copy (f, LEVEL);
  canvas_reset (&f->canvas);
  canvas_restore (&f->canvas, f->model,
                  LEVEL_SETTINGS (LEVEL, .strength = 1, .grey = TRUE),
                  f->canvas.bounds, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < canvas_size (&f->canvas) / sizeof *colour; i += 4) {
    const float *out = f->canvas.out + i, *rgb = colour + i;
    g_assert_true (same_bits (out, out + 1, 1) && same_bits (out, out + 2, 1));
    /* changes of 1 or 2 are kept in 16 bits */
    g_assert_cmpfloat_with_epsilon (out[0], (rgb[0] + rgb[1] + rgb[2]) / 3,
                                    2e-3);
  }
}

/* ---- grain --------------------------------------------------------- */

/* (transfer full) the whole with that share of grain, strength @strength. */
static float *
restore_grainy (Fixture *f, double grain, double strength, gboolean grey)
{
  GError *error = NULL;

  canvas_reset (&f->canvas);
  canvas_restore (&f->canvas, f->model,
                  LEVEL_SETTINGS (LEVEL, .strength = strength, .grain = grain,
                                  .grey = grey),
                  f->canvas.bounds, &error);
  g_assert_no_error (error);
  return g_memdup2 (f->canvas.out, canvas_size (&f->canvas));
}

static double
get_luma (const float *rgb)
{
  return 0.299 * (double) rgb[0] + 0.587 * (double) rgb[1] +
         0.114 * (double) rgb[2];
}

/* At 1 lightness is that of before and colours change, at 0 all is as without
 * it, between them it is between them; a block in the cache serves all. */
static void
test_grain (Fixture *f, gconstpointer data)
{
  const gsize n = canvas_size (&f->canvas) / sizeof (float);
  g_autofree float *plain = restore_copy (f, LEVEL);
  gsize n_changed = 0, n_lighter = 0;

  rw_cache_set_budget (data != NULL ? 64 << 20 : 0);
  g_autofree float *all = restore_grainy (f, 1, 1, FALSE);
  g_autofree float *half = restore_grainy (f, 0.5, 1, FALSE);
  g_autofree float *weak = restore_grainy (f, 1, 0.5, FALSE);
  g_autofree float *none = restore_grainy (f, 0, 1, FALSE);
  g_assert_cmpmem (none, n * sizeof (float), plain, n * sizeof (float));
  for (gsize i = 0; i < n; i += 4) {
    const float *in = f->canvas.in + i;
    g_assert_cmpfloat_with_epsilon (get_luma (all + i), get_luma (in), 1e-6);
    g_assert_cmpfloat_with_epsilon (get_luma (weak + i), get_luma (in), 1e-6);
    n_changed += fabsf (all[i] - in[0]) > 1e-3f;
    n_lighter += fabs (get_luma (plain + i) - get_luma (in)) > 1e-3;
    g_assert_true (same_bits (all + i + 3, in + 3, 1));
    for (gsize c = i; c < i + 3; c++)
      g_assert_cmpfloat_with_epsilon (half[c], (all[c] + plain[c]) / 2, 2e-6);
  }
  g_assert_cmpuint (n_changed, >, n / 8);
  g_assert_cmpuint (n_lighter, >, n / 8);
}

/* Of a grey picture all of the change is lightness. */
static void
test_grain_grey (Fixture *f, gconstpointer data)
{
  const gsize n = canvas_size (&f->canvas) / sizeof (float);

  for (gsize i = 0; i < n; i += 4)
    f->canvas.in[i + 1] = f->canvas.in[i + 2] = f->canvas.in[i];
  g_autofree float *all = restore_grainy (f, 1, 1, TRUE);
  g_assert_cmpmem (all, n * sizeof (float), f->canvas.in, n * sizeof (float));
  g_autofree float *none = restore_grainy (f, 0, 1, TRUE);
  g_assert_cmpint (memcmp (none, f->canvas.in, n * sizeof (float)), !=, 0);
}

/* ---- level ------------------------------------------------------------- */

static void
test_level (Fixture *f, gconstpointer data)
{
  GError *error = NULL;
  double level = 0, again = 0;
  Canvas moved = f->canvas;
  moved.bounds.x += 77;

  const RwJob job = canvas_job (&f->canvas, (RwRect){ 0 }),
              other = canvas_job (&moved, (RwRect){ 0, 0, 1, 1 });
  g_assert_true (rw_job_measure (f->model, &job, &level, &error));
  g_assert_true (rw_job_measure (f->model, &other, &again, &error));
  g_assert_cmpfloat (level, ==, again);
  /* uniform noise of width 0.2 has a deviation of 0.2 / sqrt 12 */
  g_assert_cmpfloat_with_epsilon (level, 255 * 0.2 / sqrt (12), 1.5);

  g_autofree float *explicit = restore_copy (f, level);
  canvas_restore_all (&f->canvas, f->model, LEVEL_OPEN, 1);
  assert_same (&f->canvas, explicit);
}

/* Half is hidden, and no large patch is without a hole: the smaller ones that
 * are serve. */
static void
test_level_with_holes (Fixture *f, gconstpointer data)
{
  GError *error = NULL;
  double whole = 0, holed = 0;
  const RwJob job = canvas_job (&f->canvas, (RwRect){ 0 });

  rw_job_measure (f->model, &job, &whole, &error);
  for (int y = -53; y < 69; y++)
    for (int x = -70; x < 81; x++)
      if (x < 0 || (x % 30 == 0 && y % 30 == 0))
        canvas_in (&f->canvas, x, y)[3] = 0;
  rw_job_measure (f->model, &job, &holed, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat_with_epsilon (holed, whole, 0.2 * whole);
}

/* Adds the plane "value" to red and "known" to green. */
static RwModel *
make_telling_model (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) metadata = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (RwNet) net =
      rw_net_parse ("input rgb value known\nconv 3 k=1\n", &error);
  g_autofree float *params = g_new0 (float, rw_net_get_n_inner (net));
  g_autofree char *input = rw_feed_describe (net, -0.5, 1.5);

  rw_net_import_param (net, 0, params,
                       (const float[]){ 1, 0, 0, 1, 0, /**/ 0, 1, 0, 0, 1,
                                        /**/ 0, 0, 1, 0, 0 });
  g_hash_table_insert (metadata, "task", "dejpeg");
  g_hash_table_insert (metadata, "input", input);
  rw_weights_save (f->path, net, params, metadata, RW_DTYPE_F32, &error);
  g_assert_no_error (error);
  RwModel *model = rw_model_load (NULL, f->path, &error);
  g_assert_no_error (error);
  return model;
}

/* A net that knows whether it is told: 0 tells it nothing, and what is left
 * open (-1) is measured. */
static void
test_open_level (Fixture *f, gconstpointer data)
{
  static const double qualities[] = { -1, 0, 51, 1, 100 };
  const RwTask *task = rw_task_find ("dejpeg", NULL);
  const gsize n = canvas_size (&f->canvas) / sizeof (float);
  g_autoptr (RwModel) model = make_telling_model (f);
  const RwJob job = canvas_job (&f->canvas, f->canvas.bounds);
  double measured;

  g_assert_true (rw_job_measure (model, &job, &measured, NULL));
  for (guint k = 0; k < G_N_ELEMENTS (qualities); k++) {
    const gboolean told = qualities[k] != 0;
    const RwValue value = { "quality", qualities[k] };
    const RwSettings settings = { .values = &value,
                                  .n_values = qualities[k] >= 0,
                                  .strength = 1 };
    const double quality = qualities[k] < 0 ? measured : qualities[k];
    const double plane = told ? task->to_plane (quality) : 0;
    GError *error = NULL;

    canvas_reset (&f->canvas);
    canvas_restore (&f->canvas, model, settings, f->canvas.bounds, &error);
    g_assert_no_error (error);
    for (gsize i = 0; i < n; i += 4) {
      const float *in = f->canvas.in + i, *out = f->canvas.out + i;
      g_assert_cmpfloat_with_epsilon (out[0] - in[0], plane, 2e-4);
      g_assert_cmpfloat_with_epsilon (out[1] - in[1], told ? 1 : 0, 1e-6);
      g_assert_cmpfloat_with_epsilon (out[2], in[2], 1e-6);
    }
  }
}

/* A value of a control that the net is not told. */
static void
test_unknown_value (Fixture *f, gconstpointer data)
{
  static const RwValue bad[] = { { "quality", 50 },
                                 { "Level", 5 },
                                 { "", 1 } };
  GError *error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    const RwSettings settings = { .strength = 1,
                                  .values = &bad[i],
                                  .n_values = 1 };
    g_assert_false (canvas_restore (&f->canvas, f->model, settings,
                                    f->canvas.bounds, &error));
    assert_error (&error, RW_ERROR_MISMATCH, bad[i].name);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  RESTORE_TEST ("strength", test_strength);
  RESTORE_TEST ("holes", test_holes);
  RESTORE_TEST ("transparent", test_transparent);
  RESTORE_TEST ("out-of-range", test_out_of_range);
  RESTORE_TEST ("too-bright", test_too_bright);
  RESTORE_TEST ("grey", test_grey);
  RESTORE_TEST ("grain", test_grain);
  g_test_add ("/restore/grain/cached", Fixture, GINT_TO_POINTER (1), set_up,
              test_grain, tear_down);
  RESTORE_TEST ("grain-grey", test_grain_grey);
  RESTORE_TEST ("open-level", test_open_level);
  RESTORE_TEST ("unknown-value", test_unknown_value);
  RESTORE_TEST ("level", test_level);
  RESTORE_TEST ("level-with-holes", test_level_with_holes);
  return g_test_run ();
}
