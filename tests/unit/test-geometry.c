/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * rw_restore with results of another size and with masks: a net that doubles
 * and a net that shows its mask.  Parts have the bits of the whole, whatever
 * threads, cache and strips; strength 0 is cubic interpolation by the textbook;
 * what the mask does not name stays as it was, bit for bit.
 */
#include "base/alloc.h"
#include "base/parallel.h"
#include "base/random.h"
#include "nets/feed.h"
#include "reweave.h"
#include "scratch.h"
#include "weights/weights.h"

#include <math.h>

/* Across the corner of four blocks. */
#define BOUNDS ((RwRect){ -70, -53, 151, 122 })

#define NET_TWICE                                                             \
  "input rgb\nconv 8 | relu | conv 8 | relu | conv 12 | shuffle 2\n"
#define NET_MASK "input rgb mask\nconv 3 k=1\n"

typedef struct {
  Scratch scratch;
  RwModel *model;
  RwRect bounds, result; /* of the picture, and of what comes out */
  float *in, *mask;      /* [height][width][4] and [1] */
  float *out;            /* [height][width][4] of the result */
} Fixture;

static RwModel *
make_model (const char *folder, const char *task, const char *text)
{
  g_autofree char *path = g_build_filename (folder, "net.safetensors", NULL);
  g_autoptr (RwNet) net = rw_net_parse (text, NULL);
  g_autoptr (GHashTable) metadata =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  rw_autofree float *params =
      rw_try_alloc (rw_net_get_n_inner (net), sizeof (float), "weights", NULL);
  GError *error = NULL;

  rw_net_init_params (net, params, 5, NULL);
  if (g_str_equal (task, "inpaint")) { /* each output is the mask's channel */
    const float weights[12] = { [3] = 1, [7] = 1, [11] = 1 };
    rw_net_import_param (net, 0, params, weights);
  }
  g_hash_table_insert (metadata, "task", g_strdup (task));
  g_hash_table_insert (metadata, "input", rw_feed_describe (net, 0, 1));
  rw_weights_save (path, net, params, metadata, RW_DTYPE_F32, &error);
  g_assert_no_error (error);
  RwModel *model = rw_model_load (task, path, &error);
  g_assert_no_error (error);
  return model;
}

static gsize
count_pixels (const RwRect *rect)
{
  return (gsize) rect->width * (gsize) rect->height;
}

static void
fixture_init (Fixture *f, const char *task, const char *text)
{
  *f = (Fixture){ .bounds = BOUNDS };
  scratch_set_up (&f->scratch, NULL);
  f->model = make_model (f->scratch.folder, task, text);
  const int scale = rw_model_get_task (f->model)->scale;
  f->result = (RwRect){ scale * f->bounds.x, scale * f->bounds.y,
                        scale * f->bounds.width, scale * f->bounds.height };
  f->in = g_new (float, 4 * count_pixels (&f->bounds));
  f->mask = g_new0 (float, count_pixels (&f->bounds));
  f->out = g_new (float, 4 * count_pixels (&f->result));
  for (gsize i = 0; i < count_pixels (&f->bounds); i++) {
    const gsize x = i % (gsize) f->bounds.width,
                y = i / (gsize) f->bounds.width;
    for (gsize c = 0; c < 4; c++)
      f->in[4 * i + c] = c == 3 ? 1 : 0.1f + 0.8f * rw_random_uniform (c, i);
    if (x > 60 && x < 95 && y > 40 && y < 71)
      f->mask[i] = x < 75 ? 1 : 0.5f;
  }
  rw_cache_set_budget (0);
}

static void
fixture_clear (Fixture *f)
{
  rw_model_unref (f->model);
  g_free (f->in);
  g_free (f->mask);
  g_free (f->out);
  scratch_tear_down (&f->scratch, NULL);
  rw_cache_set_budget (0);
  rw_parallel_set_threads (0);
}

static gboolean
is_inside (const RwRect *rect, const RwRect *outer)
{
  return rect->x >= outer->x && rect->y >= outer->y &&
         rect->x + rect->width <= outer->x + outer->width &&
         rect->y + rect->height <= outer->y + outer->height;
}

static void
read_values (const Fixture *f,
             const RwRect *rect,
             const float *values,
             gsize channels,
             float *to)
{
  const gsize n = channels * (gsize) rect->width;

  g_assert_true (is_inside (rect, &f->bounds));
  for (int y = rect->y; y < rect->y + rect->height; y++, to += n)
    memcpy (to,
            values + channels *
                         ((gsize) (y - f->bounds.y) * (gsize) f->bounds.width +
                          (gsize) (rect->x - f->bounds.x)),
            n * sizeof (float));
}

static gboolean
read_pixels (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  const Fixture *f = data;

  read_values (f, rect, f->in, 4, rgba);
  return TRUE;
}

static gboolean
read_mask (gpointer data, const RwRect *rect, float *mask, GError **error)
{
  const Fixture *f = data;

  read_values (f, rect, f->mask, 1, mask);
  return TRUE;
}

static float *
get_out (const Fixture *f, int x, int y)
{
  return f->out + 4 * ((gsize) (y - f->result.y) * (gsize) f->result.width +
                       (gsize) (x - f->result.x));
}

static gboolean
write_pixels (gpointer data,
              const RwRect *rect,
              const float *rgba,
              gsize stride,
              GError **error)
{
  const Fixture *f = data;

  g_assert_true (is_inside (rect, &f->result));
  for (int y = 0; y < rect->height; y++, rgba += stride)
    memcpy (get_out (f, rect->x, rect->y + y), rgba,
            4 * sizeof (float) * (gsize) rect->width);
  return TRUE;
}

static void
restore (Fixture *f, RwRect roi, double strength, int strip)
{
  const RwSettings settings = { .strength = strength };
  const RwJob job = { .bounds = f->bounds,
                      .roi = roi,
                      .read = read_pixels,
                      .read_mask = read_mask,
                      .write = write_pixels,
                      .data = f,
                      .strip = strip };
  GError *error = NULL;

  g_assert_true (rw_restore (f->model, &settings, &job, &error));
  g_assert_no_error (error);
}

static float *
restore_copy (Fixture *f, double strength)
{
  restore (f, f->result, strength, 0);
  return g_memdup2 (f->out, 16 * count_pixels (&f->result));
}

/* ---- parts and the whole ------------------------------------------------ */

static void
check_parts (const char *task, const char *text)
{
  Fixture f;
  const gsize n = count_pixels (&BOUNDS);

  fixture_init (&f, task, text);
  g_autofree float *whole = restore_copy (&f, 0.7);
  const gsize n_bytes = 16 * count_pixels (&f.result);
  g_assert_cmpuint (n_bytes, >=, 16 * n);
  for (int threads = 1; threads <= 3; threads += 2)
    for (int budget = 0; budget <= 64; budget += 64) {
      rw_parallel_set_threads (threads);
      rw_cache_set_budget ((gsize) budget << 20);
      memset (f.out, 0xEE, n_bytes);
      for (int y = 0; y < f.result.height; y += 37)
        for (int x = 0; x < f.result.width; x += 53) {
          const RwRect part = { f.result.x + x, f.result.y + y,
                                MIN (53, f.result.width - x),
                                MIN (37, f.result.height - y) };
          restore (&f, part, 0.7, 0);
        }
      g_assert_cmpmem (f.out, n_bytes, whole, n_bytes);
      restore (&f, f.result, 0.7, rw_restore_get_block ());
      g_assert_cmpmem (f.out, n_bytes, whole, n_bytes);
    }
  fixture_clear (&f);
}

static void
test_parts_twice (void)
{
  check_parts ("upscale", NET_TWICE);
}

static void
test_parts_mask (void)
{
  check_parts ("inpaint", NET_MASK);
}

static void
test_memory (void)
{
  const RwSettings settings = { .strength = 1 };
  gsize least, bytes;
  Fixture f;

  fixture_init (&f, "upscale", NET_TWICE);
  const RwJob job = { .bounds = f.bounds, .roi = f.result };
  g_assert_true (
      rw_restore_get_bytes (f.model, &settings, &job, &least, &bytes, NULL));
  g_assert_cmpuint (least, >=, 16 * count_pixels (&f.bounds) + 16 * 151 * 122);
  const RwRect needed = rw_restore_get_required (
      f.model, NULL, &f.bounds,
      &(RwRect){ f.result.x, f.result.y, f.result.width, f.result.height });
  g_assert_cmpmem (&needed, sizeof needed, &f.bounds, sizeof f.bounds);
  fixture_clear (&f);
}

/* ---- what comes out ----------------------------------------------------- */

/* Keys 1981, a = -1/2. */
static double
keys (double d)
{
  d = fabs (d);
  if (d < 1)
    return 1.5 * d * d * d - 2.5 * d * d + 1;
  return d < 2 ? -0.5 * d * d * d + 2.5 * d * d - 4 * d + 2 : 0;
}

static int
reflect (int x, int n)
{
  return x < 0 ? -x : x >= n ? 2 * n - 2 - x : x;
}

static double
interpolate (const Fixture *f, int x, int y, int c)
{
  const double px = (x + 0.5) / 2 - 0.5, py = (y + 0.5) / 2 - 0.5;
  double sum = 0;

  for (int j = (int) floor (py) - 1; j <= (int) floor (py) + 2; j++)
    for (int i = (int) floor (px) - 1; i <= (int) floor (px) + 2; i++) {
      const gsize at =
          (gsize) reflect (j, f->bounds.height) * (gsize) f->bounds.width +
          (gsize) reflect (i, f->bounds.width);
      sum +=
          keys (px - i) * keys (py - j) * (double) f->in[4 * at + (gsize) c];
    }
  return sum;
}

static void
test_strength_0 (void)
{
  Fixture f;

  fixture_init (&f, "upscale", NET_TWICE);
  restore (&f, f.result, 0, 0);
  for (int y = 0; y < f.result.height; y++)
    for (int x = 0; x < f.result.width; x++) {
      const float *out = get_out (&f, f.result.x + x, f.result.y + y);
      for (int c = 0; c < 3; c++)
        g_assert_cmpfloat (fabs ((double) out[c] - interpolate (&f, x, y, c)),
                           <, 1e-5);
      g_assert_cmpfloat (fabs ((double) out[3] - 1), <, 1e-6);
    }
  fixture_clear (&f);
}

/* At strength 1 the net's own result, here that of a run over all. */
static void
test_strength_1 (void)
{
  g_autoptr (RwNet) net = rw_net_parse (NET_TWICE, NULL);
  g_autoptr (RwPack) pack = rw_pack_new (net, RW_RUN_INFER, NULL);
  g_autoptr (RwRun) run = rw_run_new (net, RW_RUN_INFER, 1);
  const gsize n = count_pixels (&BOUNDS);
  g_autofree float *params = g_new0 (float, rw_net_get_n_inner (net));
  const int margin = 12; /* beyond the net's sight from the picture's edge */
  Fixture f;

  fixture_init (&f, "upscale", NET_TWICE);
  restore (&f, f.result, 1, 0);
  rw_net_init_params (net, params, 5, NULL);
  rw_pack_update (pack, params);
  rw_run_prepare (run, 1, f.bounds.height, f.bounds.width, NULL);
  for (gsize i = 0; i < n; i++)
    memcpy (rw_run_get_input (run) + 4 * i, f.in + 4 * i, 3 * sizeof (float));
  rw_run_forward (run, pack);
  const float *expected = rw_run_get_output (run);
  for (int y = margin; y < f.result.height - margin; y++)
    for (int x = margin; x < f.result.width - margin; x++)
      for (int c = 0; c < 3; c++)
        g_assert_cmpfloat (
            fabs ((double) get_out (&f, f.result.x + x, f.result.y + y)[c] -
                  (double) expected[4 * ((gsize) y * (gsize) f.result.width +
                                         (gsize) x) +
                                    (gsize) c]),
            <, 1e-3); /* changes of 1 or 2 are kept in 16 bits */
  fixture_clear (&f);
}

/* White where the mask is 1, half way there where it is a half. */
static void
test_mask (void)
{
  Fixture f;

  fixture_init (&f, "inpaint", NET_MASK);
  restore (&f, f.result, 1, 0);
  for (gsize i = 0; i < 4 * count_pixels (&f.bounds); i++) {
    const float in = f.in[i], mask = i % 4 == 3 ? 0 : f.mask[i / 4];
    if (mask == 0)
      g_assert_cmpmem (&f.out[i], sizeof (float), &in, sizeof in);
    else
      g_assert_cmpfloat (fabsf (f.out[i] - (in + mask * (1 - in))), <, 1e-6f);
  }
  fixture_clear (&f);
}

static void
test_no_mask (void)
{
  const RwSettings settings = { .strength = 1 };
  g_autoptr (GError) error = NULL;
  Fixture f;

  fixture_init (&f, "inpaint", NET_MASK);
  const RwJob job = { .bounds = f.bounds,
                      .roi = f.result,
                      .read = read_pixels,
                      .write = write_pixels,
                      .data = &f };
  g_assert_false (rw_restore (f.model, &settings, &job, &error));
  g_assert_error (error, RW_ERROR, RW_ERROR_MISMATCH);
  fixture_clear (&f);
}

/* A bad value and a hidden colour stay where they are. */
static void
test_odd_pixels (void)
{
  const RwRect place = { 5, 7, 1, 1 };
  Fixture f;

  for (int hidden = 0; hidden < 2; hidden++) {
    fixture_init (&f, "upscale", NET_TWICE);
    for (gsize i = 0; i < 4 * count_pixels (&f.bounds); i++)
      f.in[i] = i % 4 == 3 ? 1 : 0.25f;
    float *odd =
        f.in + 4 * ((gsize) (place.y - f.bounds.y) * (gsize) f.bounds.width +
                    (gsize) (place.x - f.bounds.x));
    odd[0] = hidden ? 1000 : (float) NAN;
    odd[3] = hidden ? 0 : 1;
    for (double strength = 0; strength <= 1; strength++) {
      restore (&f, f.result, strength, 0);
      for (int y = f.result.y; y < f.result.y + f.result.height; y++)
        for (int x = f.result.x; x < f.result.x + f.result.width; x++) {
          const float *out = get_out (&f, x, y);
          const gboolean own =
              x / 2 == place.x && y / 2 == place.y && x > 0 && y > 0;
          if (own && !hidden)
            g_assert_true (isnan (out[0]));
          else
            g_assert_cmpfloat (fabsf (out[0]), <, strength> 0 ? 50 : 0.251f);
          g_assert_true (out[3] >= 0 && out[3] <= 1);
        }
    }
    fixture_clear (&f);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/geometry/parts/twice", test_parts_twice);
  g_test_add_func ("/geometry/parts/mask", test_parts_mask);
  g_test_add_func ("/geometry/memory", test_memory);
  g_test_add_func ("/geometry/strength/0", test_strength_0);
  g_test_add_func ("/geometry/strength/1", test_strength_1);
  g_test_add_func ("/geometry/odd-pixels", test_odd_pixels);
  g_test_add_func ("/geometry/mask", test_mask);
  g_test_add_func ("/geometry/mask/none", test_no_mask);
  return g_test_run ();
}
