/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * restore/measure.c: reads what it lists, in that order, and no more of it
 * than it needs.
 */
#include "restore/measure.h"

typedef struct {
  const RwRect *bounds;
  GArray *listed;
  guint n_read;
  float alpha;
} Watch;

static gboolean
watch_read (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  Watch *watch = data;
  const RwRect *bounds = watch->bounds;

  g_assert_cmpuint (watch->n_read, <, watch->listed->len);
  g_assert_cmpmem (rect, sizeof *rect,
                   &g_array_index (watch->listed, RwRect, watch->n_read++),
                   sizeof *rect);
  g_assert_cmpint (rect->x, >=, bounds->x);
  g_assert_cmpint (rect->y, >=, bounds->y);
  g_assert_cmpint (rect->x + rect->width, <=, bounds->x + bounds->width);
  g_assert_cmpint (rect->y + rect->height, <=, bounds->y + bounds->height);
  for (int i = 0; i < 4 * rect->width * rect->height; i++)
    rgba[i] = i % 4 == 3 ? watch->alpha : 0.1f * (float) (i % 7);
  return TRUE;
}

static void
check_bounds (RwModel *model, const RwRect *bounds, float alpha)
{
  g_autoptr (GArray) listed = rw_level_list_patches (bounds);
  Watch watch = { .bounds = bounds, .listed = listed, .alpha = alpha };
  const RwJob job = { .bounds = *bounds, .read = watch_read, .data = &watch };
  double level = -1;

  g_assert_true (rw_job_measure (model, &job, &level, NULL));
  g_assert_cmpfloat (level, >, 0);
  const guint n_first = MAX (bounds->width, bounds->height) <= 48 ? 1 : 64;
  g_assert_cmpuint (watch.n_read, ==, alpha > 0 ? n_first : listed->len);
}

static void
test_patches (void)
{
  g_autoptr (RwModel) model = rw_model_load ("white-noise", NULL, NULL);
  const RwRect all[] = { { 0, 0, 1, 1 },      { -7, 3, 40, 12 },
                         { 5, 5, 48, 48 },    { 0, 0, 49, 1 },
                         { 0, 0, 700, 1000 }, { -100, -9, 65535, 20 } };

  rw_cache_set_budget (0);
  for (gsize i = 0; i < G_N_ELEMENTS (all); i++) {
    check_bounds (model, &all[i], 1);
    check_bounds (model, &all[i], 0);
  }
  g_autoptr (GArray) none = rw_level_list_patches (&(RwRect){ 3, 3, 0, 9 });
  g_assert_cmpuint (none->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/measure/patches", test_patches);
  return g_test_run ();
}
