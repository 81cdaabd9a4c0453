/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Pictures to files: at a rate, or at the one that reaches a goal.
 */
#include "base/alloc.h"
#include "codec/codec-pixels.h"
#include "codec/codec-private.h"
#include "reweave.h"
#include "tasks/compress.h"

#include <math.h>

/* A search ends when it is so near, or that many rates were tried. */
#define NEAR 0.01
#define FAR 0.03
enum { MAX_TRIALS = 16, PSNR_STEP = 64, GUESSES = 4 };

typedef struct {
  const RwCodec *codec;
  const RwPicture *picture;
  const RwCodecTarget *target;
  GError **error;
  float *rgb, *decoded; /* the latter only for PSNR */
  float *raw;           /* the last analysis */
  gint16 *latents;
  int columns, rows;
  gsize n_others; /* bytes of the file that are not in streams */
  int n_trials;
} Job;

/* What came of one rate. */
typedef struct {
  int rate;
  GPtrArray *bands;
  double value; /* bits a pixel, or dB */
} Trial;

static void
trial_clear (Trial *trial)
{
  g_clear_pointer (&trial->bands, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Trial, trial_clear)

static double
count_pixels (const Job *job)
{
  return (double) job->picture->width * job->picture->height;
}

/* ---- one rate ----------------------------------------------------------- */

static gsize
count_streams (const GPtrArray *bands)
{
  gsize n = 0;

  for (guint i = 0; i < bands->len; i++)
    n += g_bytes_get_size (g_ptr_array_index (bands, i));
  return n;
}

static gboolean
measure (const Job *job, Trial *trial)
{
  const double rate = (double) trial->rate / RW_RWI_RATE_STEPS;
  const gsize bytes = job->n_others + count_streams (trial->bands);

  if (job->target->goal != RW_CODEC_PSNR) {
    trial->value = 8 * (double) bytes / count_pixels (job);
    return TRUE;
  }
  if (!rw_codec_net_synthesise (job->codec->net, rate, job->latents,
                                job->picture->width, job->picture->height,
                                job->decoded, job->error))
    return FALSE;
  trial->value = rw_codec_compare (job->rgb, job->decoded,
                                   3 * (gsize) count_pixels (job));
  return TRUE;
}

static gboolean
go_on (Job *job)
{
  const RwCodecTarget *target = job->target;
  const int most = target->goal == RW_CODEC_QUALITY ? 1 : MAX_TRIALS;

  if (target->go_on == NULL ||
      target->go_on (target->data, 0.1 + 0.8 * job->n_trials++ / most))
    return TRUE;
  g_set_error (job->error, RW_ERROR, RW_ERROR_CANCELLED,
               "cancelled; start it again");
  return FALSE;
}

/* Rounds and codes the last analysis at @rate.  Replaces what @trial had. */
static gboolean
code (Job *job, int rate, Trial *trial)
{
  const RwCodec *codec = job->codec;
  RwRwiCoding coding;

  trial_clear (trial);
  trial->rate = rate;
  rw_codec_describe (codec, rate, &coding);
  rw_codec_net_quantise (codec->net, (double) rate / RW_RWI_RATE_STEPS,
                         job->raw, (gsize) job->columns * (gsize) job->rows,
                         job->latents);
  trial->bands = rw_codec_encode_bands (
      codec->tables, rw_rwi_get_table (&coding), job->latents, job->columns,
      job->rows, job->error);
  return trial->bands != NULL;
}

static gboolean
try_rate (Job *job, int rate, Trial *trial)
{
  return go_on (job) &&
         rw_codec_net_analyse_raw (job->codec->net,
                                   (double) rate / RW_RWI_RATE_STEPS, job->rgb,
                                   job->picture->width, job->picture->height,
                                   job->raw, job->error) &&
         code (job, rate, trial) && measure (job, trial);
}

/* ---- searching ---------------------------------------------------------- */

static gboolean
fail_goal (const Job *job, const char *most, double found)
{
  const gboolean bits = job->target->goal == RW_CODEC_BPP;

  g_set_error (job->error, RW_ERROR, RW_ERROR_MISMATCH,
               "takes %s %.4g %s, expected %.4g; choose another goal", most,
               found, bits ? "bits a pixel" : "dB", job->target->value);
  return FALSE;
}

/* Whether the search may stop at @trial, whose value is not below the goal. */
static gboolean
is_near (const Job *job, const Trial *trial, int low)
{
  if (job->target->goal == RW_CODEC_PSNR)
    return trial->rate - low <= PSNR_STEP;
  return fabs (trial->value / job->target->value - 1) <= NEAR;
}

/* The rate at which the last analysis takes the bits wanted; -1: failed. */
static int
guess (Job *job)
{
  int low = 0, high = (rw_codec_net_get_n_rates (job->codec->net) - 1) *
                      RW_RWI_RATE_STEPS;
  g_auto (Trial) trial = { 0 };

  while (high - low > 1) {
    if (!code (job, (low + high) / 2, &trial) || !measure (job, &trial))
      return -1;
    if (fabs (trial.value / job->target->value - 1) <= NEAR / 4)
      return trial.rate;
    *(trial.value >= job->target->value ? &high : &low) = trial.rate;
  }
  return high;
}

/* One analysis leads to another that is nearer; most often the second is near
 * enough.  *@found: whether one was. */
static gboolean
search_bits (Job *job, Trial *trial, gboolean *found)
{
  const int last = rw_codec_net_get_n_rates (job->codec->net) - 1;
  int rate = last * RW_RWI_RATE_STEPS / 2;

  *found = FALSE;
  for (int i = 0; i < GUESSES && !*found; i++) {
    if (!try_rate (job, rate, trial))
      return FALSE;
    *found = fabs (trial->value / job->target->value - 1) <= NEAR;
    const int next = *found ? rate : guess (job);
    if (next < 0)
      return FALSE;
    if (next == rate)
      break;
    rate = next;
  }
  return TRUE;
}

/* @trial: of the rate that was chosen.  Values grow with the rate, except for a
 * little noise. */
static gboolean
search_all (Job *job, Trial *trial)
{
  const double goal = job->target->value;
  int low = 0;
  int high =
      (rw_codec_net_get_n_rates (job->codec->net) - 1) * RW_RWI_RATE_STEPS;
  g_auto (Trial) middle = { 0 };

  if (!try_rate (job, low, trial))
    return FALSE;
  if (trial->value >= goal)
    return job->target->goal == RW_CODEC_PSNR ||
           trial->value <= goal * (1 + FAR) ||
           fail_goal (job, "at least", trial->value);
  if (!try_rate (job, high, trial))
    return FALSE;
  if (trial->value < goal)
    return (job->target->goal == RW_CODEC_BPP &&
            trial->value >= goal * (1 - FAR)) ||
           fail_goal (job, "at most", trial->value);
  while (!is_near (job, trial, low) && high - low > 1) {
    if (!try_rate (job, (low + high) / 2, &middle))
      return FALSE;
    const gboolean reached = middle.value >= goal;
    *(reached ? &high : &low) = middle.rate;
    if (reached || is_near (job, &middle, low)) {
      const Trial before = *trial;
      *trial = middle;
      middle = before;
      if (!reached)
        break;
    }
  }
  return TRUE;
}

static gboolean
search (Job *job, Trial *trial)
{
  gboolean found = FALSE;

  if (job->target->goal == RW_CODEC_BPP && !search_bits (job, trial, &found))
    return FALSE;
  return found || search_all (job, trial);
}

/* ---- all ---------------------------------------------------------------- */

static int
get_rate (const Job *job)
{
  const int last = rw_codec_net_get_n_rates (job->codec->net) - 1;
  const double place = rw_compress_to_plane (job->target->value);

  return (int) lround (CLAMP (place, 0, 1) * last * RW_RWI_RATE_STEPS);
}

static gboolean
prepare (Job *job, GError **error)
{
  const gsize n = (gsize) count_pixels (job);
  RwRwiCoding coding;

  rw_codec_describe (job->codec, 0, &coding);
  job->columns = rw_rwi_count_latents (&coding, job->picture->width);
  job->rows = rw_rwi_count_latents (&coding, job->picture->height);
  job->rgb = rw_codec_get_pixels (job->picture, error);
  if (job->rgb == NULL)
    return FALSE;
  job->latents = rw_try_alloc ((gsize) job->columns * (gsize) job->rows,
                               (gsize) coding.n_channels * sizeof (gint16),
                               "its latents", error);
  job->raw = rw_try_alloc ((gsize) job->columns * (gsize) job->rows,
                           (gsize) coding.n_channels * sizeof (float),
                           "its latents", error);
  if (job->latents == NULL || job->raw == NULL)
    return FALSE;
  if (job->target->goal == RW_CODEC_PSNR)
    job->decoded =
        rw_try_alloc (n, 3 * sizeof (float), "the decoded picture", error);
  return job->target->goal != RW_CODEC_PSNR || job->decoded != NULL;
}

/* Bytes of the file without streams. */
static gboolean
count_others (Job *job, GError **error)
{
  RwRwiCoding coding;
  const int n_bands = rw_codec_count_bands (job->rows);
  g_autoptr (GPtrArray) none =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  rw_codec_describe (job->codec, 0, &coding);
  for (int i = 0; i < n_bands; i++)
    g_ptr_array_add (none, g_bytes_new_static ("", 0));
  g_autoptr (GBytes) file =
      rw_rwi_write (job->picture, &coding, none, NULL, error);
  job->n_others = file != NULL ? g_bytes_get_size (file) : 0;
  return file != NULL;
}

static GBytes *
encode (Job *job, RwCodecResult *result, GPtrArray *notes, GError **error)
{
  const int last = rw_codec_net_get_n_rates (job->codec->net) - 1;
  const gboolean searches = job->target->goal != RW_CODEC_QUALITY;
  g_auto (Trial) trial = { 0 };
  RwRwiCoding coding;

  if (!prepare (job, error) ||
      (job->target->goal == RW_CODEC_BPP && !count_others (job, error)) ||
      !(searches ? search (job, &trial)
                 : try_rate (job, get_rate (job), &trial)))
    return NULL;
  rw_codec_describe (job->codec, trial.rate, &coding);
  GBytes *file =
      rw_rwi_write (job->picture, &coding, trial.bands, notes, error);
  if (file == NULL)
    return NULL;
  *result = (RwCodecResult){
    .quality = RW_QUALITY_LOW + (RW_QUALITY_HIGH - RW_QUALITY_LOW) *
                                    (double) trial.rate /
                                    (last * RW_RWI_RATE_STEPS),
    .bpp = 8 * (double) g_bytes_get_size (file) / count_pixels (job),
    .psnr = job->target->goal == RW_CODEC_PSNR ? trial.value : NAN,
  };
  return file;
}

GBytes *
rw_codec_encode (const RwCodec *codec,
                 const RwPicture *picture,
                 const RwCodecTarget *target,
                 RwCodecResult *result,
                 GPtrArray *notes,
                 GError **error)
{
  g_autoptr (GError) failure = NULL;
  Job job = {
    .codec = codec, .picture = picture, .target = target, .error = &failure
  };
  GBytes *file = encode (&job, result, notes, &failure);

  rw_free (job.rgb);
  rw_free (job.decoded);
  rw_free (job.latents);
  rw_free (job.raw);
  if (file == NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
  return file;
}
