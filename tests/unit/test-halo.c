/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The halo that a net derives from its graph: wide enough and not much too
 * wide, and tiles with it equal the whole.
 */
#include "base/parallel.h"

#include "reference/harness.h"

#include <math.h>
#include <string.h>

/* ---- halo -------------------------------------------------------------- */

/* How far from input pixel (py, px) the aligned blocks stand that hold outputs
 * differing by more than @bound; 0 for the pixel's own block. */
static int
distance_of_changes (const RefTensor *a,
                     const RefTensor *b,
                     int size,
                     int align,
                     int py,
                     int px,
                     double bound)
{
  int far = -1;
  for (gsize i = 0; i < ref_size (a); i++) {
    if (fabs (a->v[i] - b->v[i]) <= bound)
      continue;
    const int y = (int) (i / a->w % a->h) * size / a->h / align * align;
    const int x = (int) (i % a->w) * size / a->w / align * align;
    far = MAX (far, MAX (MAX (y - py, py - y - align + 1),
                         MAX (x - px, px - x - align + 1)));
  }
  return MAX (far, 0);
}

/* One changed pixel: the textbook's exact influence must lie within the halo,
 * which must not be far too wide; the core's beyond it is rounding alone (a
 * Winograd tile has up to three pixels that do not depend on the changed one,
 * but whose rounding does). */
static void
check_halo (const char *text)
{
  g_autoptr (RwNet) net = rw_net_parse (text, NULL);
  const int align = rw_net_get_align (net), halo = rw_net_get_halo (net);
  const int size = (2 * halo + 6 * align + align - 1) / align * align;
  g_autoptr (Harness) h = harness_new (
      text, RW_RUN_INFER, rw_parallel_get_workers (), 1, size, size, 42);
  g_autoptr (RefTensor) x = harness_random_input (h, 4);
  g_autoptr (RefTensor) want = harness_textbook (h, x),
                        got = harness_forward (h, x);
  int widest = 0;

  for (int i = 0; i < 2 * align && i < 24; i++) {
    const int py = size / 2 - align + i, px = size / 2 - i / 2;
    g_autoptr (RefTensor) changed = ref_copy (x);
    for (int c = 0; c < x->c; c++)
      *ref_at (changed, 0, c, py, px) += 0.5;
    g_autoptr (RefTensor) want2 = harness_textbook (h, changed),
                          got2 = harness_forward (h, changed);
    const int far = distance_of_changes (want, want2, size, align, py, px, 0);
    widest = MAX (widest, far);
    g_assert_cmpint (far, <=, halo);
    g_assert_cmpint (distance_of_changes (got, got2, size, align, py, px,
                                          5e-5 * ref_rms (want)),
                     <=, halo);
  }
  g_test_message ("halo %d, align %d, influence reaches %d, in\n%s", halo,
                  align, widest, text);
  g_assert_cmpint (halo, <, widest + 2 * align);
}

static const char *const filters[] = {
  "input rgb\nconv 3 k=7\n",
  "input rgb sigma\nconv 16 | relu | conv 16 | relu | conv 3\nresidual\n",
  "input rgb\nmax-pool | conv 8 | upsample | conv 3\n",
  "input rgb\naverage-pool | conv 8 k=5 | upsample\n",
  "input rgb\nconv 8 k=3 stride=3 | upsample 3 | conv 3 k=1\n",
  "input rgb\nconv 8 k=5 stride=2 | conv 12 k=3 | shuffle 2\n",
  "input rgb\nunshuffle 3 | conv 36 | shuffle 2 | conv 9 k=1 | shuffle 3\n",
  "input grey sigma\nmax-pool | upsample 2 | relu -> a | relu | add a\n",
  "input rgb\nconv 16 k=3 stride=2 | relu | conv 24 k=5 | relu | conv 12 k=7 "
  "| shuffle 2 | conv 3 bias=no\n",
  "input rgb -> in\nconv 8 | relu -> a\nmax-pool | conv 12 | prelu -> "
  "b\naverage-pool | conv 20 k=1 | gelu\n"
  "upsample 2 | concat b | conv 8 | tanh\nupsample 2 | add a | concat in | "
  "conv 3\nresidual\n",
};

static void
test_halo (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
    check_halo (filters[i]);
}

/* ---- tiles ------------------------------------------------------------- */

static RefTensor *
crop (const RefTensor *x, int y0, int x0, int h, int w)
{
  RefTensor *part = ref_new (x->n, x->c, h, w);
  for (int n = 0; n < x->n; n++)
    for (int c = 0; c < x->c; c++)
      for (int y = 0; y < h; y++)
        memcpy (ref_at (part, n, c, y, 0), ref_at (x, n, c, y0 + y, x0),
                (gsize) w * sizeof (double));
  return part;
}

/* Weights of the last convolution that make the net's correction about 0.02
 * rms, as a trained denoiser's is; the first ones give 1. */
static void
calm_down (Harness *h)
{
  for (int i = rw_net_get_n_params (h->net) - 2;
       i < rw_net_get_n_params (h->net); i++) {
    const RwParam *p = rw_net_get_param (h->net, i);
    for (gsize k = 0; k < p->n_inner; k++)
      h->params[p->inner + k] *= 0.02f;
  }
  rw_pack_update (h->pack, h->params);
}

/* Tiles that begin elsewhere round elsewhere: 2e-7 was measured as rms, 1e-6
 * as the most of a picture; a step of 16 bits is 1.5e-5. */
#define TILE_MOST 2e-6

/* The part of @whole at a tile, computed from the tile and its halo alone. */
static void
check_tile (Harness *h,
            const RefTensor *x,
            const RefTensor *whole,
            int ty,
            int tx,
            int size)
{
  const int halo = rw_net_get_halo (h->net);
  const int y0 = MAX (ty - halo, 0), x0 = MAX (tx - halo, 0);
  const int y1 = MIN (ty + size + halo, x->h),
            x1 = MIN (tx + size + halo, x->w);
  const int height = MIN (size, x->h - ty), width = MIN (size, x->w - tx);
  g_autoptr (RefTensor) in = crop (x, y0, x0, y1 - y0, x1 - x0);
  g_autoptr (RefTensor) out = harness_forward (h, in);
  g_autoptr (RefTensor) got = crop (out, ty - y0, tx - x0, height, width);
  g_autoptr (RefTensor) want = crop (whole, ty, tx, height, width);

  for (gsize i = 0; i < ref_size (want); i++)
    if (!(fabs (got->v[i] - want->v[i]) <= TILE_MOST))
      g_error ("tile of %d at %d,%d: %.9g, whole %.9g, apart by %.3g", size,
               tx, ty, got->v[i], want->v[i], fabs (got->v[i] - want->v[i]));
}

static const char *const denoiser =
    "input rgb sigma\nunshuffle 2\n"
    "conv 16 | relu | conv 16 | relu -> a\n"
    "down 24 | conv 24 | relu -> b\n"
    "max-pool | conv 32 | relu | conv 32 | leaky-relu\n"
    "upsample 2 | concat b | conv 24 | relu\n"
    "up 16 | add a | conv 16 | relu\n"
    "conv 12 | shuffle 2\nresidual\n";

static void
test_tiles (void)
{
  enum { H = 160, W = 200 };
  static const int sizes[] = { 8, 40, 64, 104, 200 };
  g_autoptr (Harness) h = harness_new (
      denoiser, RW_RUN_INFER, rw_parallel_get_workers (), 1, H, W, 42);
  g_autoptr (RefTensor) x = harness_random_input (h, 6);
  calm_down (h);
  for (gsize i = 0; i < ref_size (x); i++)
    x->v[i] *= 0.5; /* from black to white is 1 */
  g_autoptr (RefTensor) whole = harness_forward (h, x);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    const int step = sizes[i] == 8 ? 72 : sizes[i]; /* small ones: some */
    for (int ty = 0; ty < H; ty += step)
      for (int tx = 0; tx < W; tx += step)
        check_tile (h, x, whole, ty, tx, sizes[i]);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/halo/influence", test_halo);
  g_test_add_func ("/halo/tiles", test_tiles);
  return g_test_run ();
}
