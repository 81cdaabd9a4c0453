/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Pictures to files: at a rate, or at the one that reaches a goal.  A picture
 * passes strip by strip; it does so again for each rate that is tried.
 */
#include "base/alloc.h"
#include "base/parallel.h"
#include "codec/codec-goal.h"
#include "codec/codec-pixels.h"
#include "reweave.h"
#include "tasks/compress.h"

#include <math.h>
#include <string.h>

/* ---- one rate ----------------------------------------------------------- */

static double
get_place (const RwCodecTrial *trial)
{
  return (double) trial->rate / RW_RWI_RATE_STEPS;
}

static gboolean
check_streams (const RwCodecJob *job, const RwCodecTrial *trial)
{
  if (job->target->memory == 0 || trial->n_bytes <= job->n_most)
    return TRUE;
  g_set_error (job->error, RW_ERROR, RW_ERROR_LIMIT,
               "takes more than the %.3g bits a pixel that were counted into "
               "the memory allowed; allow more, or choose a lower quality",
               8 * (double) job->n_most / rw_codec_job_count_pixels (job));
  return FALSE;
}

/* Streams of the job's strip of @n rows.  (transfer full) */
static GPtrArray *
encode_bands (const RwCodecJob *job, const RwCodecTrial *trial, int n)
{
  RwRwiCoding coding;

  rw_codec_describe (job->codec, trial->rate, &coding);
  const RwCodecLayout layout = { .rate = rw_rwi_get_table (&coding),
                                 .width = job->columns,
                                 .height = n,
                                 .n_rounds = coding.n_rounds,
                                 .wanted = rw_rwi_count_streams (&coding) };
  return rw_codec_encode_bands (job->codec->tables, &layout, job->strip,
                                job->error);
}

/* Codes a strip from row @first on. */
static gboolean
code_strip (RwCodecJob *job, RwCodecTrial *trial, int first, int n)
{
  const gsize columns = (gsize) job->columns, n_own = columns * (gsize) n;
  const gsize n_channels =
      (gsize) rw_codec_net_get_n_channels (job->codec->net);
  g_autoptr (GPtrArray) bands = encode_bands (job, trial, n);

  if (bands == NULL)
    return FALSE;
  for (guint i = 0; i < bands->len; i++) {
    GBytes *band = g_ptr_array_index (bands, i);
    trial->n_bytes += g_bytes_get_size (band);
    g_ptr_array_add (trial->bands, g_bytes_ref (band));
  }
  for (gsize c = 0; job->latents != NULL && c < n_channels; c++)
    memcpy (job->latents + (c * (gsize) job->rows + (gsize) first) * columns,
            job->strip + c * n_own, n_own * sizeof *job->strip);
  return check_streams (job, trial);
}

/* Floats of the last analysis. */
static gsize
count_raw_of_row (const RwCodecJob *job)
{
  return (gsize) rw_codec_net_get_n_raw (job->codec->net) *
         (gsize) job->columns;
}

static void
begin_trial (RwCodecTrial *trial, int rate)
{
  rw_codec_trial_clear (trial);
  trial->rate = rate;
  trial->n_bytes = trial->n_plain = 0;
  trial->bands =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
}

/* Rounds and codes the last analysis once more, at another rate. */
static gboolean
code_again (RwCodecJob *job, int rate, RwCodecTrial *trial)
{
  const int strip = job->analysis.strip;
  const gsize row = count_raw_of_row (job);

  begin_trial (trial, rate);
  for (int first = 0; first < job->rows; first += strip) {
    const int n = MIN (strip, job->rows - first);

    rw_codec_net_quantise (job->codec->net, get_place (trial),
                           job->raw + (gsize) first * row,
                           (gsize) job->columns * (gsize) n, job->strip);
    if (!code_strip (job, trial, first, n))
      return FALSE;
  }
  return TRUE;
}

/* ---- analysis ----------------------------------------------------------- */

typedef struct {
  RwCodecJob *job;
  RwCodecTrial *trial;
  int first, n; /* rows of latents that are refined */
} Pass;

/* Of the whole search; a pass that has only come to row @y counts for a part. */
static gboolean
report (const RwCodecJob *job, double y)
{
  const RwCodecTarget *target = job->target;
  const int most = target->goal == RW_CODEC_QUALITY ? 1 : RW_CODEC_TRIALS;
  const double done = job->n_trials + y / rw_codec_job_get_height (job);

  if (target->go_on == NULL ||
      target->go_on (target->data, MIN (0.1 + 0.8 * done / most, 1)))
    return TRUE;
  g_set_error (job->error, RW_ERROR, RW_ERROR_CANCELLED,
               "cancelled; start it again");
  return FALSE;
}

static gboolean
need_rows (gpointer data, int y, int n, GError **error)
{
  const Pass *pass = data;

  return report (pass->job, y) &&
         rw_codec_rows_need (pass->job->from, y, n, error);
}

static void
get_row (gpointer data, int y, int x, int n, float *rgb)
{
  rw_codec_rows_get (((const Pass *) data)->job->from, y, x, n, rgb);
}

static void
get_refined_row (gpointer data, int y, int x, int n, float *rgb)
{
  const Pass *pass = data;
  const int scale = rw_codec_net_get_scale (pass->job->codec->net);

  rw_codec_rows_get (pass->job->from, pass->first * scale + y, x, n, rgb);
}

static gboolean
report_refined (gpointer data, double fraction)
{
  const Pass *pass = data;

  return report (pass->job,
                 (pass->first + fraction * pass->n) *
                     rw_codec_net_get_scale (pass->job->codec->net));
}

static gboolean
refine_strip (Pass *pass, int first, int n)
{
  RwCodecJob *job = pass->job;
  const RwPicture *picture = rw_codec_rows_get_picture (job->from);
  const RwCodecRefining refining = {
    .rate = pass->trial->rate,
    .rows = n,
    .width = picture->width,
    .height =
        picture->height - first * rw_codec_net_get_scale (job->codec->net),
    .get = get_refined_row,
    .go_on = report_refined,
    .data = pass,
  };

  pass->first = first;
  pass->n = n;
  if (job->target->goal == RW_CODEC_BPP) {
    g_autoptr (GPtrArray) plain = encode_bands (job, pass->trial, n);
    if (plain == NULL)
      return FALSE;
    for (guint i = 0; i < plain->len; i++)
      pass->trial->n_plain += g_bytes_get_size (plain->pdata[i]);
  }
  return rw_codec_refine (job->refiner, &refining, job->strip, job->error);
}

static gboolean
take_strip (gpointer data, const float *raw, int first, int n, GError **error)
{
  Pass *pass = data;
  RwCodecJob *job = pass->job;
  const gsize row = count_raw_of_row (job);

  if (job->raw != NULL)
    memcpy (job->raw + (gsize) first * row, raw,
            (gsize) n * row * sizeof *raw);
  rw_codec_net_quantise (job->codec->net, get_place (pass->trial), raw,
                         (gsize) job->columns * (gsize) n, job->strip);
  return (job->refiner == NULL || refine_strip (pass, first, n)) &&
         code_strip (job, pass->trial, first, n);
}

/* ---- distance ----------------------------------------------------------- */

typedef struct {
  RwCodecJob *job;
  guint64 *sums; /* of each worker */
} Comparison;

static gboolean
begin_comparison (gpointer data, int y, int n, GError **error)
{
  return rw_codec_rows_need (((const Comparison *) data)->job->from, y, n,
                             error);
}

static void
compare_row (gpointer data, int y, int x, int n, int worker, const float *rgba)
{
  const Comparison *comparison = data;
  g_autofree float *rgb = g_new (float, 3 * (gsize) n);

  rw_codec_rows_get (comparison->job->from, y, x, n, rgb);
  comparison->sums[worker] += rw_codec_compare_row (rgb, rgba, n);
}

static gboolean
measure_psnr (RwCodecJob *job, RwCodecTrial *trial)
{
  const int n_workers = rw_parallel_get_workers ();
  g_autofree guint64 *sums = g_new0 (guint64, n_workers);
  Comparison comparison = { job, sums };
  const RwCodecSynthesis synthesis = { .latents = job->latents,
                                       .begin = begin_comparison,
                                       .put = compare_row,
                                       .data = &comparison };
  guint64 sum = 0;

  if (!rw_codec_net_synthesise_strips (job->codec->net, get_place (trial),
                                       &job->synthesis, &synthesis,
                                       job->error))
    return FALSE;
  for (int i = 0; i < n_workers; i++)
    sum += sums[i];
  trial->value =
      sum > 0 ? 10 * log10 (255.0 * 255.0 * 3 *
                            rw_codec_job_count_pixels (job) / (double) sum)
              : INFINITY;
  return TRUE;
}

/* Bytes of the file without streams, once all rows have passed. */
static gboolean
count_others (RwCodecJob *job, int rate)
{
  RwRwiCoding coding;
  g_autoptr (GPtrArray) none =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  rw_codec_describe (job->codec, rate, &coding);
  const int n =
      rw_codec_count_bands (job->rows) * rw_rwi_count_streams (&coding);
  for (int i = 0; i < n; i++)
    g_ptr_array_add (none, g_bytes_new_static ("", 0));
  g_autoptr (GBytes) file = rw_codec_job_write (job, &coding, none, NULL);
  job->n_others = file != NULL ? g_bytes_get_size (file) : 0;
  return file != NULL;
}

static gboolean
measure (RwCodecJob *job, RwCodecTrial *trial)
{
  if (job->target->goal == RW_CODEC_PSNR)
    return measure_psnr (job, trial);
  const gboolean counted =
      job->n_others > 0 && rw_codec_net_get_n_rounds (job->codec->net) == 0;
  if (job->target->goal == RW_CODEC_BPP && !counted &&
      !count_others (job, trial->rate))
    return FALSE;
  trial->value = 8 * (double) (job->n_others + trial->n_bytes) /
                 rw_codec_job_count_pixels (job);
  return TRUE;
}

/* ---- trials ------------------------------------------------------------- */

gboolean
rw_codec_job_try (RwCodecJob *job, int rate, RwCodecTrial *trial)
{
  Pass pass = { .job = job, .trial = trial };
  const RwCodecAnalysis analysis = {
    .need = need_rows, .get = get_row, .take = take_strip, .data = &pass
  };

  begin_trial (trial, rate);
  if (!rw_codec_net_analyse_strips (job->codec->net, get_place (trial),
                                    &job->analysis, &analysis, job->error))
    return FALSE;
  job->n_trials++;
  if (trial->n_plain > 0)
    job->refined = (double) trial->n_bytes / (double) trial->n_plain;
  return measure (job, trial);
}

gboolean
rw_codec_job_try_again (RwCodecJob *job, int rate, RwCodecTrial *trial)
{
  return code_again (job, rate, trial) && measure (job, trial);
}

/* ---- all ---------------------------------------------------------------- */

static int
get_rate (const RwCodecJob *job)
{
  const int last = rw_codec_net_get_n_rates (job->codec->net) - 1;
  const double place = rw_compress_to_plane (job->target->value);

  return (int) lround (CLAMP (place, 0, 1) * last * RW_RWI_RATE_STEPS);
}

static gboolean
prepare (RwCodecJob *job)
{
  const gsize n_channels =
      (gsize) rw_codec_net_get_n_channels (job->codec->net);
  const gsize n = (gsize) job->columns * (gsize) job->rows;
  const RwCodecGoal goal = job->target->goal;
  const gboolean in_rounds = rw_codec_net_get_n_rounds (job->codec->net) > 0;

  if (in_rounds && job->target->refine) {
    g_set_error (job->error, RW_ERROR, RW_ERROR_MISMATCH,
                 "cannot be refined by weights whose latents are in rounds; "
                 "leave refine out, or choose weights of one round");
    return FALSE;
  }
  if (!rw_codec_job_plan (job) ||
      !rw_codec_rows_reserve (job->from, rw_codec_job_count_rows (job),
                              job->error))
    return FALSE;
  job->strip = rw_try_alloc (
      (gsize) job->columns * (gsize) MIN (job->analysis.strip, job->rows),
      n_channels * sizeof (gint16), "latents of a strip", job->error);
  if (job->strip == NULL)
    return FALSE;
  if (goal == RW_CODEC_BPP)
    job->raw = rw_try_alloc (
        n, (gsize) rw_codec_net_get_n_raw (job->codec->net) * sizeof (float),
        "its latents", job->error);
  if (goal == RW_CODEC_PSNR)
    job->latents = rw_try_alloc (n, n_channels * sizeof (gint16),
                                 "its latents", job->error);
  if (job->target->refine && job->refiner == NULL)
    job->refiner = rw_codec_refiner_new (job->codec, job->columns,
                                         MIN (job->analysis.strip, job->rows),
                                         job->error);
  return (!job->target->refine || job->refiner != NULL) &&
         (goal != RW_CODEC_BPP || job->raw != NULL) &&
         (goal != RW_CODEC_PSNR || job->latents != NULL);
}

static GBytes *
encode (RwCodecJob *job, RwCodecResult *result, GPtrArray *notes)
{
  const int last = rw_codec_net_get_n_rates (job->codec->net) - 1;
  const gboolean searches = job->target->goal != RW_CODEC_QUALITY;
  g_auto (RwCodecTrial) trial = { 0 };
  RwRwiCoding coding;

  if (!prepare (job) ||
      !(searches ? rw_codec_job_search (job, &trial)
                 : rw_codec_job_try (job, get_rate (job), &trial)))
    return NULL;
  rw_codec_describe (job->codec, trial.rate, &coding);
  GBytes *file = rw_codec_job_write (job, &coding, trial.bands, notes);
  if (file == NULL)
    return NULL;
  *result = (RwCodecResult){
    .quality = RW_QUALITY_LOW + (RW_QUALITY_HIGH - RW_QUALITY_LOW) *
                                    (double) trial.rate /
                                    (last * RW_RWI_RATE_STEPS),
    .bpp =
        8 * (double) g_bytes_get_size (file) / rw_codec_job_count_pixels (job),
    .psnr = job->target->goal == RW_CODEC_PSNR ? trial.value : NAN,
  };
  return file;
}

static GBytes *
encode_rows (const RwCodec *codec,
             RwCodecRows *from,
             const RwCodecTarget *target,
             RwCodecResult *result,
             GPtrArray *notes,
             GError **error)
{
  const RwPicture *picture = rw_codec_rows_get_picture (from);
  const int scale = rw_codec_net_get_scale (codec->net);
  g_autoptr (GError) failure = NULL;
  RwCodecJob job = { .codec = codec,
                     .from = from,
                     .target = target,
                     .error = &failure,
                     .refined = 1,
                     .columns = (picture->width - 1) / scale + 1,
                     .rows = (picture->height - 1) / scale + 1 };
  GBytes *file = encode (&job, result, notes);

  rw_codec_refiner_free (job.refiner);
  rw_free (job.strip);
  rw_free (job.latents);
  rw_free (job.raw);
  if (file == NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
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
  g_autoptr (RwCodecRows) from = rw_codec_rows_new (picture);

  return encode_rows (codec, from, target, result, notes, error);
}

GBytes *
rw_codec_encode_file (const RwCodec *codec,
                      const char *path,
                      const RwCodecTarget *target,
                      RwCodecResult *result,
                      GPtrArray *notes,
                      GError **error)
{
  g_autoptr (RwCodecRows) from = rw_codec_rows_open (path, error);

  if (from == NULL)
    return NULL;
  const RwPicture *picture = rw_codec_rows_get_picture (from);
  result->width = picture->width;
  result->height = picture->height;
  GBytes *file = encode_rows (codec, from, target, result, notes, error);
  if (file != NULL)
    rw_codec_rows_add_notes (from, notes);
  return file;
}
