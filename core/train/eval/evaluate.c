/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Measuring weights: each picture is damaged as a float picture, goes through
 * rw_restore as a user's would, and is compared.
 */
#include "train/eval/evaluate.h"

#include "base/alloc.h"
#include "base/random.h"
#include "restore/model.h"
#include "train/data/dataset.h"
#include "train/eval/detail.h"

#include <math.h>
#include <string.h>

/* A picture on its way through. */
typedef struct {
  RwSample picture; /* clean, as the file has it */
  RwPair pair;
  RwSample restored;
} Frame;

static void
frame_clear (Frame *frame)
{
  rw_sample_clear (&frame->picture);
  rw_sample_clear (&frame->restored);
  rw_pair_clear (&frame->pair);
}

/* Where the picture's size is no multiple of the task's scale, its last column
 * or row is left out. */
static gboolean
frame_init (
    Frame *frame, const RwTask *task, int width, int height, GError **error)
{
  const int scale = task->info.scale;

  width -= width % scale;
  height -= height % scale;
  if (width > 0 && height > 0)
    return rw_sample_init (&frame->picture, width, height, FALSE, error) &&
           rw_sample_init (&frame->restored, width, height, FALSE, error) &&
           rw_pair_init (&frame->pair, task, width, height, error);
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "the picture has a side of 1 pixel, expected at least %d for "
               "task %s; leave it out",
               scale, task->info.name);
  return FALSE;
}

/* ---- RGBA at the pipeline's edge ---------------------------------------- */

static gboolean
read_frame (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  const RwSample *input = &((const Frame *) data)->pair.input;

  for (int y = rect->y; y < rect->y + rect->height; y++) {
    const float *rgb =
        input->rgb + 3 * ((gsize) y * (gsize) input->width + (gsize) rect->x);
    for (int x = 0; x < rect->width; x++, rgba += 4, rgb += 3) {
      memcpy (rgba, rgb, 3 * sizeof (float));
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
  const RwSample *restored = &((const Frame *) data)->restored;

  for (int y = 0; y < rect->height; y++, rgba += stride) {
    float *row =
        restored->rgb + 3 * ((gsize) (rect->y + y) * (gsize) restored->width +
                             (gsize) rect->x);
    for (int x = 0; x < rect->width; x++)
      memcpy (row + 3 * x, rgba + 4 * x, 3 * sizeof (float));
  }
  return TRUE;
}

/* One row at a time, so that no second picture is in memory. */
static gboolean
read_picture (const RwPicture *picture, RwSample *sample, GError **error)
{
  float *rgb = sample->rgb;
  rw_autofree float *rgba = rw_try_alloc ((gsize) picture->width,
                                          4 * sizeof (float), "a row", error);

  if (rgba == NULL)
    return FALSE;
  for (int y = 0; y < sample->height; y++) {
    rw_picture_get_rgba (picture, &(RwRect){ 0, y, sample->width, 1 }, rgba);
    for (int x = 0; x < sample->width; x++, rgb += 3)
      memcpy (rgb, rgba + 4 * x, 3 * sizeof (float));
  }
  return TRUE;
}

/* ---- measuring ---------------------------------------------------------- */

static RwDamage
make_damage (const RwTask *task,
             double value,
             guint64 seed,
             guint index,
             const RwPicture *picture)
{
  RwDamage damage = rw_task_pose (task, value, rw_random_key (seed, index));

  damage.grey = picture->channels < 3;
  return damage;
}

static void
clamp_all (float *values, gsize n)
{
  for (gsize i = 0; i < n; i++)
    values[i] = CLAMP (values[i], 0.0f, 1.0f);
}

/* PSNR and SSIM of @other against what is clean; of another size: NaN. */
static gboolean
compare (const Frame *frame,
         const RwProtocol *protocol,
         RwSample *other,
         double *psnr,
         double *ssim,
         GError **error)
{
  const RwSample *clean = &frame->pair.clean;

  *psnr = *ssim = NAN;
  if (other->width != clean->width || other->height != clean->height)
    return TRUE;
  clamp_all (other->rgb, 3 * (gsize) clean->width * (gsize) clean->height);
  return rw_protocol_compare (protocol, other, clean, psnr, ssim, error);
}

/* Returns whether the net is told @value, which may be that it is told
 * nothing. */
static gboolean
find_value (const RwModel *model,
            const RwDamage *damage,
            const RwEvalSettings *settings,
            RwValue *value)
{
  const RwTaskInfo *info = rw_model_get_task (model);
  const gboolean blind = rw_feed_works_blind (&model->feed);

  if (info->n_controls == 0 || !rw_model_uses (model, info->controls[0].name))
    return FALSE;
  *value = (RwValue){ info->controls[0].name, 0 };
  if (blind && settings->blind)
    return TRUE;
  value->value = MIN (damage->values[0], info->controls[0].high);
  return value->value > 0 && (settings->tell || !blind);
}

static gboolean
restore (RwModel *model,
         Frame *frame,
         const RwDamage *damage,
         const RwEvalSettings *eval,
         GError **error)
{
  const RwSample *input = &frame->pair.input, *output = &frame->restored;
  RwValue value;
  const gboolean told = find_value (model, damage, eval, &value);
  const RwSettings settings = {
    .strength = 1, .values = &value, .n_values = told, .grey = damage->grey
  };
  const RwJob job = { .bounds = { 0, 0, input->width, input->height },
                      .roi = { 0, 0, output->width, output->height },
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
               const RwEvalSettings *settings,
               RwEvalImage *result,
               GError **error)
{
  const RwProtocol *protocol = &settings->protocol;
  const gint64 began = g_get_monotonic_time ();

  if (model != NULL && !restore (model, frame, damage, settings, error))
    return FALSE;
  result->seconds = 1e-6 * (double) (g_get_monotonic_time () - began);
  if (!compare (frame, protocol, &frame->pair.input, &result->damaged_psnr,
                &result->damaged_ssim, error))
    return FALSE;
  result->psnr = result->damaged_psnr;
  result->ssim = result->damaged_ssim;
  return model == NULL || compare (frame, protocol, &frame->restored,
                                   &result->psnr, &result->ssim, error);
}

/* What all pictures of a measurement have in common. */
typedef struct {
  RwModel *model;
  const RwTask *task; /* makes the damage, or compares pairs */
  const RwEvalSettings *settings;
  const char *what; /* for messages */
  RwEvalFunc report;
  gpointer data;
} Evaluation;

/* As the protocol takes it. */
static gboolean
read_measured (const Evaluation *self,
               const RwPicture *picture,
               RwSample *sample,
               GError **error)
{
  if (!read_picture (picture, sample, error))
    return FALSE;
  if (self->settings->protocol.grey)
    rw_protocol_make_grey (sample);
  return TRUE;
}

/* The damaged picture is a file of its own. */
static gboolean
read_partner (const Evaluation *self,
              Frame *frame,
              const char *partner,
              GError **error)
{
  const RwSample *clean = &frame->pair.clean;
  g_autoptr (RwPicture) picture = rw_picture_load (partner, error);

  if (picture == NULL)
    return FALSE;
  if (picture->width == clean->width && picture->height == clean->height)
    return read_measured (self, picture, &frame->pair.input, error);
  g_set_error (
      error, RW_ERROR, RW_ERROR_MISMATCH,
      "%s: is %d x %d, expected %d x %d as its clean partner; compare "
      "pictures of one size",
      partner, picture->width, picture->height, clean->width, clean->height);
  return FALSE;
}

/* The clean picture is given as it is, or @damage is done to it. */
static gboolean
make_input (const Evaluation *self,
            const RwPicture *picture,
            Frame *frame,
            RwDamage *damage,
            GError **error)
{
  RwPair *pair = &frame->pair;

  if (!self->settings->unharmed) {
    if (!read_measured (self, picture, &frame->picture, error))
      return FALSE;
    rw_sample_surround (&frame->picture, &pair->source);
    rw_pair_degrade (pair, self->task, damage);
    return TRUE;
  }
  damage->values[0] = 0; /* there is nothing to tell */
  if (self->task->info.scale > 1 || pair->input.mask != NULL) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 "%s: found a task that changes every picture, expected one "
                 "that leaves good pictures alone; leave --clean out",
                 self->task->info.name);
    return FALSE;
  }
  return read_measured (self, picture, &pair->clean, error) &&
         read_measured (self, picture, &pair->input, error);
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
  RwDamage damage = make_damage (self->task, settings->value, settings->seed,
                                 (guint) result->index, picture);
  if (partner != NULL)
    damage.values[0] = settings->value;
  damage.clip = settings->clip;
  damage.grey |= settings->protocol.grey;
  result->width = picture->width;
  result->height = picture->height;
  gboolean good =
      frame_init (&frame, self->task, picture->width, picture->height, error);
  if (good)
    rw_pair_set_size (&frame.pair, self->task, &damage, frame.picture.width,
                      frame.picture.height);
  if (good && partner != NULL)
    good = read_measured (self, picture, &frame.pair.clean, error) &&
           read_partner (self, &frame, partner, error);
  else
    good = good && make_input (self, picture, &frame, &damage, error);
  good = good &&
         measure_frame (self->model, &frame, &damage, settings, result, error);
  if (good && settings->unharmed)
    good = rw_detail_kept (frame.restored.rgb, frame.pair.clean.rgb,
                           frame.pair.clean.width, frame.pair.clean.height,
                           &result->detail, error);
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
  mean->detail += share * image->detail;
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
  const RwTask *task = model != NULL ? rw_task_get (rw_model_get_task (model))
                                     : rw_task_find ("reconstruct", error);
  const Evaluation self = { model, task, settings, damaged, report, data };
  g_auto (GStrv) paths = rw_dataset_list_pairs (clean, damaged, error);

  return task != NULL && paths != NULL &&
         measure_all (&self, paths, TRUE, mean, error);
}

/* ---- damaging a picture ------------------------------------------------- */

/* A picture of @sample's size, its values 0, with all that belongs to @clean. */
static RwPicture *
make_picture (const RwPicture *clean, const RwSample *sample, GError **error)
{
  return rw_picture_new_sized (clean, sample->width, sample->height, error);
}

/* The sample's colour with the alpha of @clean, every @scale-th of which in
 * either direction has a pixel. */
static gboolean
write_rows (RwPicture *picture,
            const RwPicture *clean,
            int scale,
            const RwSample *sample,
            GError **error)
{
  const gsize stride = 4 * (gsize) clean->width;
  const float *rgb = sample->rgb;
  rw_autofree float *rgba =
      rw_try_alloc (stride, sizeof (float), "a row", error);

  if (rgba == NULL)
    return FALSE;
  for (int y = 0; y < picture->height; y++) {
    const RwRect from = { 0, scale * y, clean->width, 1 },
                 to = { 0, y, picture->width, 1 };
    rw_picture_get_rgba (clean, &from, rgba);
    for (int x = 0; x < picture->width; x++, rgb += 3) {
      rgba[4 * x + 3] = rgba[4 * scale * x + 3];
      memcpy (rgba + 4 * x, rgb, 3 * sizeof (float));
    }
    rw_picture_set_rgba (picture, &to, rgba, stride);
  }
  return TRUE;
}

RwPicture *
rw_degrade_picture (const RwPicture *clean,
                    const RwTask *task,
                    double value,
                    guint64 seed,
                    guint index,
                    GError **error)
{
  RwDamage damage = make_damage (task, value, seed, index, clean);
  g_autoptr (RwPicture) picture = NULL;
  Frame frame = { 0 };

  if (frame_init (&frame, task, clean->width, clean->height, error) &&
      read_picture (clean, &frame.picture, error)) {
    rw_pair_set_size (&frame.pair, task, &damage, frame.picture.width,
                      frame.picture.height);
    rw_sample_surround (&frame.picture, &frame.pair.source);
    rw_pair_degrade (&frame.pair, task, &damage);
    picture = make_picture (clean, &frame.pair.input, error);
  }
  if (picture != NULL &&
      !write_rows (picture, clean, task->info.scale, &frame.pair.input, error))
    g_clear_pointer (&picture, rw_picture_free);
  frame_clear (&frame);
  return g_steal_pointer (&picture);
}
