/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Measuring weights: each picture is damaged as a float picture, goes through
 * rw_restore as a user's would, and is compared.
 */
#include "train/eval/evaluate.h"

#include "base/alloc.h"
#include "base/random.h"
#include "train/data/dataset.h"
#include "train/loss/metrics.h"

#include <string.h>

/* A picture on its way through. */
typedef struct {
  int width, height;
  float *clean, *damaged, *restored; /* [height][width][3] */
} Frame;

static void
frame_clear (Frame *frame)
{
  rw_free (frame->clean);
  rw_free (frame->damaged);
  rw_free (frame->restored);
}

static gboolean
alloc_rgb (float **rgb, gsize n_pixels, GError **error)
{
  *rgb = rw_try_alloc (n_pixels, 3 * sizeof (float), "a picture to measure",
                       error);
  return *rgb != NULL;
}

static gboolean
frame_init (Frame *frame, int width, int height, GError **error)
{
  const gsize n = (gsize) width * (gsize) height;

  frame->width = width;
  frame->height = height;
  return alloc_rgb (&frame->clean, n, error) &&
         alloc_rgb (&frame->damaged, n, error) &&
         alloc_rgb (&frame->restored, n, error);
}

/* ---- RGBA at the pipeline's edge ---------------------------------------- */

/* Rows of RGBA from [height][width][3], the nearest pixel repeated outside. */
static gboolean
read_frame (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  const Frame *frame = data;

  for (int y = rect->y; y < rect->y + rect->height; y++) {
    const gsize row =
        (gsize) CLAMP (y, 0, frame->height - 1) * (gsize) frame->width;
    for (int x = rect->x; x < rect->x + rect->width; x++, rgba += 4) {
      const gsize at = row + (gsize) CLAMP (x, 0, frame->width - 1);
      memcpy (rgba, frame->damaged + 3 * at, 3 * sizeof (float));
      rgba[3] = 1;
    }
  }
  return TRUE;
}

static gboolean
write_frame (gpointer data,
             const RwRect *rect,
             const float *rgba,
             gsize stride,
             GError **error)
{
  const Frame *frame = data;

  for (int y = 0; y < rect->height; y++, rgba += stride) {
    float *row =
        frame->restored +
        3 * ((gsize) (rect->y + y) * (gsize) frame->width + (gsize) rect->x);
    for (int x = 0; x < rect->width; x++)
      memcpy (row + 3 * x, rgba + 4 * x, 3 * sizeof (float));
  }
  return TRUE;
}

/* One row at a time, so that no second picture is in memory. */
static gboolean
read_clean (const RwPicture *picture, float *rgb, GError **error)
{
  rw_autofree float *rgba = rw_try_alloc ((gsize) picture->width,
                                          4 * sizeof (float), "a row", error);

  if (rgba == NULL)
    return FALSE;
  for (int y = 0; y < picture->height; y++) {
    rw_picture_get_rgba (picture, &(RwRect){ 0, y, picture->width, 1 }, rgba);
    for (int x = 0; x < picture->width; x++, rgb += 3)
      memcpy (rgb, rgba + 4 * x, 3 * sizeof (float));
  }
  return TRUE;
}

/* ---- measuring ---------------------------------------------------------- */

static RwDamage
make_damage (const RwTask *task,
             double level,
             guint64 seed,
             guint index,
             const RwPicture *picture)
{
  return (RwDamage){ .level = level > 0 ? level : task->level_eval,
                     .grey = picture->channels < 3,
                     .key = rw_random_key (seed, index) };
}

static void
clamp_all (float *values, gsize n)
{
  for (gsize i = 0; i < n; i++)
    values[i] = CLAMP (values[i], 0.0f, 1.0f);
}

static void
compare (Frame *frame, float *other, double *psnr, double *ssim)
{
  const gsize n = 3 * (gsize) frame->width * (gsize) frame->height;

  clamp_all (other, n);
  *psnr = rw_psnr (rw_mse (other, frame->clean, n));
  *ssim = rw_ssim (other, frame->clean, frame->width, frame->height, 3);
}

static gboolean
restore (RwModel *model, Frame *frame, const RwDamage *damage, GError **error)
{
  const RwRect bounds = { 0, 0, frame->width, frame->height };
  const RwSettings settings = { .strength = 1,
                                .level = damage->level,
                                .grey = damage->grey };
  const RwJob job = { .bounds = bounds,
                      .roi = bounds,
                      .read = read_frame,
                      .write = write_frame,
                      .data = frame };

  return rw_restore (model, &settings, &job, error);
}

/* Both pictures are there. */
static gboolean
measure_frame (RwModel *model,
               Frame *frame,
               const RwDamage *damage,
               RwEvalImage *result,
               GError **error)
{
  const gint64 began = g_get_monotonic_time ();

  if (model != NULL && !restore (model, frame, damage, error))
    return FALSE;
  result->seconds = 1e-6 * (double) (g_get_monotonic_time () - began);
  compare (frame, frame->damaged, &result->damaged_psnr,
           &result->damaged_ssim);
  result->psnr = result->damaged_psnr;
  result->ssim = result->damaged_ssim;
  if (model != NULL)
    compare (frame, frame->restored, &result->psnr, &result->ssim);
  return TRUE;
}

/* What all pictures of a measurement have in common. */
typedef struct {
  RwModel *model;
  const RwTask *task; /* makes the damage; not looked at for pairs */
  const RwEvalSettings *settings;
  const char *what; /* for messages */
  RwEvalFunc report;
  gpointer data;
} Evaluation;

/* The damaged picture of @damage, or of the file @partner. */
static gboolean
make_damaged (const Evaluation *self,
              Frame *frame,
              const RwDamage *damage,
              const char *partner,
              GError **error)
{
  if (partner == NULL) {
    self->task->degrade (frame->clean, frame->damaged, frame->width,
                         frame->height, damage);
    return TRUE;
  }
  g_autoptr (RwPicture) picture = rw_picture_load (partner, error);
  if (picture == NULL)
    return FALSE;
  if (picture->width == frame->width && picture->height == frame->height)
    return read_clean (picture, frame->damaged, error);
  g_set_error (
      error, RW_ERROR, RW_ERROR_MISMATCH,
      "%s: is %d x %d, expected %d x %d as its clean partner; compare "
      "pictures of one size",
      partner, picture->width, picture->height, frame->width, frame->height);
  return FALSE;
}

static gboolean
measure_file (const Evaluation *self,
              const char *partner,
              RwEvalImage *result,
              GError **error)
{
  const RwEvalSettings *settings = self->settings;
  g_autoptr (RwPicture) picture = rw_picture_load (result->name, error);
  Frame frame = { 0 };

  if (picture == NULL)
    return FALSE;
  RwDamage damage =
      partner != NULL
          ? (RwDamage){ .level = settings->level,
                        .grey = picture->channels < 3 }
          : make_damage (self->task, settings->level, settings->seed,
                         (guint) result->index, picture);
  damage.clip = settings->clip;
  result->width = picture->width;
  result->height = picture->height;
  const gboolean good =
      frame_init (&frame, picture->width, picture->height, error) &&
      read_clean (picture, frame.clean, error) &&
      make_damaged (self, &frame, &damage, partner, error) &&
      measure_frame (self->model, &frame, &damage, result, error);
  frame_clear (&frame);
  return good;
}

static void
add_to_mean (RwEvalImage *mean, const RwEvalImage *image)
{
  const double share = 1.0 / image->n;

  mean->psnr += share * image->psnr;
  mean->ssim += share * image->ssim;
  mean->damaged_psnr += share * image->damaged_psnr;
  mean->damaged_ssim += share * image->damaged_ssim;
  mean->seconds += share * image->seconds;
}

/* @paths: pictures, or clean and damaged ones by turns when @pairs. */
static gboolean
measure_all (const Evaluation *self,
             char *const *paths,
             gboolean pairs,
             RwEvalImage *mean,
             GError **error)
{
  const int step = pairs ? 2 : 1;

  *mean = (RwEvalImage){ .n = (int) g_strv_length ((char **) paths) / step };
  for (int i = 0; i < mean->n; i++) {
    RwEvalImage image = { .name = paths[i * step], .index = i, .n = mean->n };
    if (!measure_file (self, pairs ? paths[2 * i + 1] : NULL, &image, error))
      return FALSE;
    add_to_mean (mean, &image);
    if (self->report != NULL && !self->report (self->data, &image)) {
      g_set_error (error, RW_ERROR, RW_ERROR_CANCELLED,
                   "%s: measuring was stopped after %d of %d pictures",
                   self->what, i + 1, mean->n);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
rw_evaluate (RwModel *model,
             const RwTask *task,
             const char *path,
             const RwEvalSettings *settings,
             RwEvalFunc report,
             gpointer data,
             RwEvalImage *mean,
             GError **error)
{
  const Evaluation self = { model, task, settings, path, report, data };
  g_auto (GStrv) paths = rw_dataset_list (path, error);

  return paths != NULL && measure_all (&self, paths, FALSE, mean, error);
}

gboolean
rw_evaluate_pairs (RwModel *model,
                   const char *clean,
                   const char *damaged,
                   const RwEvalSettings *settings,
                   RwEvalFunc report,
                   gpointer data,
                   RwEvalImage *mean,
                   GError **error)
{
  const Evaluation self = { model, NULL, settings, damaged, report, data };
  g_auto (GStrv) paths = rw_dataset_list_pairs (clean, damaged, error);

  return paths != NULL && measure_all (&self, paths, TRUE, mean, error);
}

/* ---- damaging a picture ------------------------------------------------- */

/* A picture of the same samples, profile and the rest. (transfer full) */
static RwPicture *
copy_picture (const RwPicture *picture, GError **error)
{
  RwPicture *copy = rw_picture_new (picture->width, picture->height,
                                    picture->channels, picture->depth, error);
  const gsize n_bytes = (gsize) picture->width * (gsize) picture->height *
                        (gsize) picture->channels *
                        (gsize) (picture->depth / 8);

  if (copy == NULL)
    return NULL;
  void *samples = copy->data;
  memcpy (samples, picture->data, n_bytes);
  *copy = *picture;
  copy->data = samples;
  if (copy->icc != NULL)
    g_bytes_ref (copy->icc);
  if (copy->exif != NULL)
    g_bytes_ref (copy->exif);
  return copy;
}

static gboolean
write_rows (RwPicture *picture, const float *rgb, GError **error)
{
  const gsize stride = 4 * (gsize) picture->width;
  rw_autofree float *rgba =
      rw_try_alloc (stride, sizeof (float), "a row", error);

  if (rgba == NULL)
    return FALSE;
  for (int y = 0; y < picture->height; y++) {
    const RwRect rect = { 0, y, picture->width, 1 };
    rw_picture_get_rgba (picture, &rect, rgba);
    for (int x = 0; x < picture->width; x++, rgb += 3)
      memcpy (rgba + 4 * x, rgb, 3 * sizeof (float));
    rw_picture_set_rgba (picture, &rect, rgba, stride);
  }
  return TRUE;
}

RwPicture *
rw_degrade_picture (const RwPicture *clean,
                    const RwTask *task,
                    double level,
                    guint64 seed,
                    guint index,
                    GError **error)
{
  const RwDamage damage = make_damage (task, level, seed, index, clean);
  g_autoptr (RwPicture) picture = copy_picture (clean, error);

  if (picture == NULL)
    return NULL;
  rw_autofree float *rgb =
      rw_try_alloc ((gsize) clean->width * (gsize) clean->height,
                    3 * sizeof (float), "a picture to damage", error);
  if (rgb == NULL || !read_clean (clean, rgb, error))
    return NULL;
  task->degrade (rgb, rgb, clean->width, clean->height, &damage);
  return write_rows (picture, rgb, error) ? g_steal_pointer (&picture) : NULL;
}
