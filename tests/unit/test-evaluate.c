/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/eval/evaluate.c: figures against sums made here, the damage's keys,
 * and pictures damaged for a file.
 */
#include "train/eval/evaluate.h"

#include "base/random.h"
#include "train/data/dead-leaves.h"
#include "train/loss/metrics.h"
#include "weights/weights.h"
#include "scratch.h"

#include <math.h>
#include <string.h>

enum { SEED = 17, WIDTH = 70, HEIGHT = 50 };

static const RwTask *
get_task (void)
{
  return rw_task_find ("white-noise", NULL);
}

/* a.png in colour, b.png in grey. */
static void
save_pictures (const Scratch *scratch)
{
  g_autofree char *a = scratch_path (scratch, "a.png"),
                  *b = scratch_path (scratch, "b.png");
  g_autoptr (RwPicture) colour =
      rw_dead_leaves_new (SEED, 0, WIDTH, HEIGHT, NULL);
  g_autoptr (RwPicture) grey = rw_picture_new (WIDTH, HEIGHT, 1, 8, NULL);

  for (int i = 0; i < WIDTH * HEIGHT; i++)
    ((guint8 *) grey->data)[i] = ((guint8 *) colour->data)[3 * i];
  g_assert_true (rw_picture_save (colour, a, 95, NULL));
  g_assert_true (rw_picture_save (grey, b, 95, NULL));
}

/* Weights that give their input back, or input + 0.1 in red.  These are of a
 * task that may move the mean of a picture. */
static RwModel *
make_model (const Scratch *scratch, gboolean redden)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path =
      scratch_path (scratch, redden ? "red.safetensors" : "same.safetensors");
  g_autoptr (RwNet) net =
      rw_net_parse ("input rgb sigma\nconv 3 init=zero\nresidual\n", NULL);
  g_autofree float *params = g_new0 (float, rw_net_get_n_inner (net));
  g_autoptr (GHashTable) metadata = g_hash_table_new (g_str_hash, g_str_equal);

  if (redden)
    rw_net_import_param (net, 1, params, (const float[]){ 0.1f, 0, 0 });
  g_hash_table_insert (metadata, (char *) "task",
                       (char *) (redden ? "dejpeg" : "white-noise"));
  g_hash_table_insert (metadata, (char *) "input",
                       (char *) "rgb sigma srgb-coded range=-0.5..1.5");
  g_hash_table_insert (metadata, (char *) "strength", (char *) "blend");
  g_assert_true (
      rw_weights_save (path, net, params, metadata, RW_DTYPE_F32, &error));
  RwModel *model = rw_model_load (NULL, path, &error);
  g_assert_no_error (error);
  return model;
}

/* Weights that add 0.1 to red when they are told anything; likewise. */
static RwModel *
make_telling_model (const Scratch *scratch)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = scratch_path (scratch, "tell.safetensors");
  g_autoptr (RwNet) net =
      rw_net_parse ("input rgb value known\nconv 3 k=1\n", NULL);
  g_autofree float *params = g_new0 (float, rw_net_get_n_inner (net));
  g_autoptr (GHashTable) metadata = g_hash_table_new (g_str_hash, g_str_equal);

  rw_net_import_param (net, 0, params,
                       (const float[]){ 1, 0, 0, 0, 0.1f, /**/ 0, 1, 0, 0, 0,
                                        /**/ 0, 0, 1, 0, 0 });
  g_hash_table_insert (metadata, (char *) "task", (char *) "dejpeg");
  g_hash_table_insert (metadata, (char *) "input",
                       (char *) "rgb value known srgb-coded range=-0.5..1.5");
  g_assert_true (
      rw_weights_save (path, net, params, metadata, RW_DTYPE_F32, &error));
  RwModel *model = rw_model_load (NULL, path, &error);
  g_assert_no_error (error);
  return model;
}

typedef struct {
  RwEvalImage images[2];
  int n, stop_after;
} Seen;

static gboolean
see (gpointer data, const RwEvalImage *image)
{
  Seen *seen = data;

  g_assert_cmpint (image->index, ==, seen->n);
  g_assert_cmpint (image->n, ==, 2);
  g_assert_true (
      g_str_has_suffix (image->name, seen->n == 0 ? "a.png" : "b.png"));
  seen->images[seen->n] = *image;
  seen->images[seen->n++].name = NULL;
  return seen->n != seen->stop_after;
}

static RwEvalImage
evaluate (RwModel *model,
          const Scratch *scratch,
          RwEvalSettings settings,
          Seen *seen)
{
  g_autoptr (GError) error = NULL;
  RwEvalImage mean;

  seen->n = 0;
  g_assert_true (rw_evaluate (model, get_task (), scratch->folder, &settings,
                              see, seen, &mean, &error));
  g_assert_no_error (error);
  g_assert_cmpint (seen->n, ==, 2);
  return mean;
}

static void
degrade (float *rgb, float *damaged, RwDamage *damage)
{
  static float clean[WIDTH * HEIGHT * 3];
  const RwSample source = { WIDTH, HEIGHT, rgb, NULL };
  RwSample target = { WIDTH, HEIGHT, clean, NULL },
           input = { WIDTH, HEIGHT, damaged, NULL };

  get_task ()->degrade (&source, &target, &input, damage);
}

/* PSNR of picture a, damaged as the header says, with @red added. */
static double
expect_psnr (guint64 seed, double level, gboolean clip, float red)
{
  g_autoptr (RwPicture) colour =
      rw_dead_leaves_new (SEED, 0, WIDTH, HEIGHT, NULL);
  static float clean[WIDTH * HEIGHT * 3], damaged[WIDTH * HEIGHT * 3];
  const int n = WIDTH * HEIGHT * 3;
  RwDamage damage = { .values = { level },
                      .clip = clip,
                      .key = rw_random_key (seed, 0) };
  double sum = 0;

  for (int i = 0; i < n; i++)
    clean[i] = (float) ((guint8 *) colour->data)[i] / 255;
  degrade (clean, damaged, &damage);
  for (int i = 0; i < n; i++) {
    const double value = damaged[i] + (i % 3 == 0 ? red : 0);
    const double d = fmin (fmax (value, 0), 1) - clean[i];
    sum += d * d;
  }
  return 10 * log10 (n / sum);
}

static void
assert_near (double a, double b)
{
  g_assert_cmpfloat (fabs (a - b), <=, 2e-3);
}

static void
test_figures (Scratch *scratch, gconstpointer data)
{
  Seen seen = { 0 };

  save_pictures (scratch);
  g_autoptr (RwModel) same = make_model (scratch, FALSE);
  g_autoptr (RwModel) red = make_model (scratch, TRUE);
  RwEvalImage mean = evaluate (
      same, scratch, (RwEvalSettings){ .value = 30, .seed = 9 }, &seen);
  assert_near (seen.images[0].psnr, expect_psnr (9, 30, FALSE, 0));
  assert_near (seen.images[0].psnr, seen.images[0].damaged_psnr);
  assert_near (seen.images[1].ssim, seen.images[1].damaged_ssim);
  assert_near (mean.psnr, (seen.images[0].psnr + seen.images[1].psnr) / 2);
  assert_near (mean.ssim, (seen.images[0].ssim + seen.images[1].ssim) / 2);
  g_assert_cmpint (seen.images[0].width, ==, WIDTH);
  g_assert_cmpint (seen.images[0].height, ==, HEIGHT);
  evaluate (red, scratch, (RwEvalSettings){ .value = 30, .seed = 9 }, &seen);
  assert_near (seen.images[0].psnr, expect_psnr (9, 30, FALSE, 0.1f));
  assert_near (seen.images[0].damaged_psnr, expect_psnr (9, 30, FALSE, 0));
}

static void
test_settings (Scratch *scratch, gconstpointer data)
{
  Seen seen = { 0 };

  save_pictures (scratch);
  evaluate (NULL, scratch, (RwEvalSettings){ .value = 60, .clip = TRUE },
            &seen);
  assert_near (seen.images[0].psnr, expect_psnr (0, 60, TRUE, 0));
  const double psnr = seen.images[0].psnr;
  evaluate (NULL, scratch,
            (RwEvalSettings){ .value = 60, .seed = 1, .clip = TRUE }, &seen);
  g_assert_cmpfloat (fabs (seen.images[0].psnr - psnr), >, 1e-6);
  evaluate (NULL, scratch, (RwEvalSettings){ 0 },
            &seen); /* the task's level */
  assert_near (seen.images[0].psnr, expect_psnr (0, 25, FALSE, 0));
}

/* What works without being told is told nothing or the truth, as is asked. */
static void
test_tell (Scratch *scratch, gconstpointer data)
{
  Seen seen = { 0 };

  save_pictures (scratch);
  g_autoptr (RwModel) model = make_telling_model (scratch);
  evaluate (model, scratch,
            (RwEvalSettings){ .value = 30, .seed = 9, .blind = TRUE }, &seen);
  assert_near (seen.images[0].psnr, expect_psnr (9, 30, FALSE, 0));
  evaluate (model, scratch,
            (RwEvalSettings){ .value = 30, .seed = 9, .tell = TRUE }, &seen);
  assert_near (seen.images[0].psnr, expect_psnr (9, 30, FALSE, 0.1f));
}

static void
test_errors (Scratch *scratch, gconstpointer data)
{
  GError *error = NULL;
  RwEvalImage mean;
  const RwEvalSettings settings = { .value = 25 };
  g_autofree char *broken = scratch_path (scratch, "c.png");
  Seen seen = { .stop_after = 1 };

  g_assert_false (rw_evaluate (NULL, get_task (), scratch->folder, &settings,
                               NULL, NULL, &mean, &error));
  assert_error (&error, RW_ERROR_FORMAT, "no file in it ends in .png");
  save_pictures (scratch);
  g_assert_false (rw_evaluate (NULL, get_task (), scratch->folder, &settings,
                               see, &seen, &mean, &error));
  assert_error (&error, RW_ERROR_CANCELLED, "after 1 of 2 pictures");
  g_assert_true (g_file_set_contents (broken, "no picture", -1, NULL));
  g_assert_false (rw_evaluate (NULL, get_task (), scratch->folder, &settings,
                               NULL, NULL, &mean, &error));
  assert_error (&error, RW_ERROR_FORMAT, "c.png");
}

/* ---- damaging a picture ------------------------------------------------- */

/* 8 bits of the same noise as rw_evaluate's, alpha and profile as they were.
 */
static void
test_degrade (void)
{
  g_autoptr (RwPicture) clean = rw_picture_new (WIDTH, HEIGHT, 4, 8, NULL);
  static float rgb[WIDTH * HEIGHT * 3];
  RwDamage damage = { .values = { 20 }, .key = rw_random_key (4, 2) };
  guint8 *samples = clean->data;

  for (int i = 0; i < WIDTH * HEIGHT * 4; i++)
    samples[i] = (guint8) rw_random_bits (SEED, (guint64) i);
  clean->icc = g_bytes_new_static ("profile", 7);
  clean->density_x = 3000;
  g_autoptr (RwPicture) damaged =
      rw_degrade_picture (clean, get_task (), 20, 4, 2, NULL);
  for (int i = 0; i < WIDTH * HEIGHT * 3; i++)
    rgb[i] = (float) samples[i / 3 * 4 + i % 3] / 255;
  degrade (rgb, rgb, &damage);
  const guint8 *got = damaged->data;
  for (int i = 0; i < WIDTH * HEIGHT; i++) {
    g_assert_cmpint (got[4 * i + 3], ==, samples[4 * i + 3]);
    for (int c = 0; c < 3; c++) {
      const double value = fmin (fmax ((double) rgb[3 * i + c] * 255, 0), 255);
      g_assert_cmpfloat (fabs (got[4 * i + c] - value), <=, 0.5 + 1e-3);
    }
  }
  g_assert_true (damaged->icc == clean->icc);
  g_assert_cmpint (damaged->density_x, ==, 3000);
}

/* Half as large, from an odd size, with the alpha of what is there. */
static void
test_degrade_smaller (void)
{
  const RwTask *task = rw_task_find ("upscale", NULL);
  g_autoptr (RwPicture) clean = rw_picture_new (41, 31, 4, 8, NULL);
  g_autoptr (GError) error = NULL;
  guint8 *samples = clean->data;

  for (int i = 0; i < 41 * 31; i++) {
    samples[4 * i] = samples[4 * i + 1] = samples[4 * i + 2] = 90;
    samples[4 * i + 3] = (guint8) i;
  }
  g_autoptr (RwPicture) small =
      rw_degrade_picture (clean, task, 0, 4, 2, &error);
  g_assert_no_error (error);
  g_assert_cmpint (small->width, ==, 20);
  g_assert_cmpint (small->height, ==, 15);
  const guint8 *got = small->data;
  for (int y = 0; y < 15; y++)
    for (int x = 0; x < 20; x++, got += 4) {
      g_assert_cmpint (ABS (got[0] - 90), <=, 1);
      g_assert_cmpint (got[3], ==, (guint8) (2 * y * 41 + 2 * x));
    }
}

static void
test_degrade_grey (void)
{
  g_autoptr (RwPicture) clean = rw_picture_new (WIDTH, HEIGHT, 1, 16, NULL);
  double squares = 0;

  for (int i = 0; i < WIDTH * HEIGHT; i++)
    ((guint16 *) clean->data)[i] = 32768;
  g_autoptr (RwPicture) damaged =
      rw_degrade_picture (clean, get_task (), 10, 4, 0, NULL);
  g_assert_cmpint (damaged->channels, ==, 1);
  g_assert_cmpint (damaged->depth, ==, 16);
  for (int i = 0; i < WIDTH * HEIGHT; i++) {
    const double d =
        (((guint16 *) damaged->data)[i] - 32768) / 65535.0 * 255 / 10;
    squares += d * d;
  }
  g_assert_cmpfloat (fabs (squares / (WIDTH * HEIGHT) - 1), <=, 0.1);
}

#define ADD(name, func)                                                       \
  g_test_add ("/evaluate/" name, Scratch, NULL, scratch_set_up, func,         \
              scratch_tear_down)

/* Luma and borders as sums written out here. */
static void
test_protocol (void)
{
  enum { W = 23, H = 19, N = W * H * 3, B = 3 };
  g_autofree float *a = g_new (float, N), *b = g_new (float, N);
  const RwSample other = { W, H, a, NULL }, clean = { W, H, b, NULL };
  double psnr, ssim, squares = 0;

  for (int i = 0; i < N; i++) {
    a[i] = rw_random_uniform (rw_random_key (SEED, 1), (guint64) i);
    b[i] = rw_random_uniform (rw_random_key (SEED, 2), (guint64) i);
  }
  for (int y = B; y < H - B; y++)
    for (int x = B; x < W - B; x++) {
      const float *p = a + 3 * (y * W + x), *q = b + 3 * (y * W + x);
      const double d =
          (65.481 * (double) (p[0] - q[0]) + 128.553 * (double) (p[1] - q[1]) +
           24.966 * (double) (p[2] - q[2])) /
          255;
      squares += d * d / ((W - 2 * B) * (H - 2 * B));
    }
  g_assert_true (
      rw_protocol_compare (&(RwProtocol){ .luma = TRUE, .border = B }, &other,
                           &clean, &psnr, &ssim, NULL));
  g_assert_cmpfloat (fabs (psnr + 10 * log10 (squares)), <, 1e-3);
  g_assert_true (ssim > -1 && ssim < 0.2);
  g_assert_true (rw_protocol_compare (&(RwProtocol){ .border = 10 }, &other,
                                      &clean, &psnr, &ssim, NULL));
  g_assert_true (isnan (psnr) && isnan (ssim));

  RwSample grey = { W, H, a, NULL };
  a[0] = a[1] = a[2] = 1;
  a[3] = 1;
  a[4] = a[5] = 0;
  rw_protocol_make_grey (&grey);
  g_assert_cmpfloat (a[0], ==, 235.0f / 255);
  g_assert_cmpfloat (a[3], ==, 81.0f / 255); /* 16 + 65.481, rounded */
  g_assert_cmpfloat (a[4], ==, a[3]);
}

/* Grey pictures before the damage: a model that reddens nothing gives the
 * damage's own figures. */
static void
test_grey (Scratch *scratch, gconstpointer unused)
{
  g_autoptr (RwModel) model = make_model (scratch, FALSE);
  Seen seen = { 0 };

  save_pictures (scratch);
  const RwEvalImage colour =
      evaluate (model, scratch, (RwEvalSettings){ .value = 25 }, &seen);
  const RwEvalImage grey =
      evaluate (model, scratch,
                (RwEvalSettings){ .value = 25, .protocol.grey = TRUE }, &seen);
  g_assert_cmpfloat (grey.psnr, ==, grey.damaged_psnr);
  g_assert_cmpfloat (grey.ssim, !=, colour.ssim);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("figures", test_figures);
  ADD ("settings", test_settings);
  ADD ("tell", test_tell);
  ADD ("grey", test_grey);
  ADD ("errors", test_errors);
  g_test_add_func ("/evaluate/protocol", test_protocol);
  g_test_add_func ("/evaluate/degrade", test_degrade);
  g_test_add_func ("/evaluate/degrade-smaller", test_degrade_smaller);
  g_test_add_func ("/evaluate/degrade-grey", test_degrade_grey);
  return g_test_run ();
}
