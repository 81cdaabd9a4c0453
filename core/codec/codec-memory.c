/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How much memory encoding takes, and what comes of it.
 */
#include "base/parallel.h"
#include "codec/codec-goal.h"
#include "reweave.h"

#define MEBIBYTE ((gsize) 1 << 20)

/* What nobody counts: stacks of threads, zlib's windows, rests of the heap. */
#define BESIDE (4 * MEBIBYTE)

/* Bits a pixel that are counted for streams; photographs take 2 at most. */
#define MOST_BITS 4.0

gboolean
rw_codec_check_memory (const RwPicture *picture,
                       gsize needed,
                       gsize allowed,
                       GError **error)
{
  if (allowed == 0 || needed + BESIDE <= allowed)
    return TRUE;
  const gsize least = (needed + BESIDE) / MEBIBYTE + 1;
  g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
               "%d x %d pixels take at least %zu MiB here, %.1f are allowed; "
               "allow %zuM",
               picture->width, picture->height, least,
               (double) allowed / MEBIBYTE, least);
  return FALSE;
}

gsize
rw_codec_get_rest (gsize allowed, gsize taken)
{
  if (allowed == 0)
    return 0;
  return allowed > taken + BESIDE ? allowed - taken - BESIDE : 1;
}

gsize
rw_codec_count_rows_of_floats (int width)
{
  return (gsize) rw_parallel_get_workers () * 7 * (gsize) width *
         sizeof (float);
}

/* ---- encoding ----------------------------------------------------------- */

int
rw_codec_job_count_rows (const RwCodecJob *job)
{
  const int scale = rw_codec_net_get_scale (job->codec->net);
  const int strip =
      job->target->goal == RW_CODEC_PSNR ? job->synthesis.strip : 0;

  /* and those above a last strip of few rows, from which others are mirrored
   */
  return (MAX (job->analysis.reach, strip) + 1) * scale;
}

/* Trials that a search has at once, and the file. */
static gsize
count_files (const RwCodecJob *job)
{
  return job->target->goal == RW_CODEC_QUALITY ? 2 : 4;
}

/* A byte for each that deflate may not have made smaller, and as many that an
 * array has in reserve. */
static gsize
count_alpha (const RwPicture *picture)
{
  const gsize n = (gsize) picture->width * (gsize) picture->height *
                  (picture->depth == 8 ? 1 : 2);

  return picture->channels % 2 == 0 ? 3 * n : 0;
}

/* All but the nets' runs. */
static gsize
count_taken (const RwCodecJob *job)
{
  const RwPicture *picture = rw_codec_rows_get_picture (job->from);
  const int strip = MIN (job->analysis.strip, job->rows);
  const gsize n_channels =
      (gsize) rw_codec_net_get_n_channels (job->codec->net);
  const gsize columns = (gsize) job->columns, rows = (gsize) job->rows;
  const RwCodecGoal goal = job->target->goal;

  return rw_codec_rows_count_bytes (job->from, rw_codec_job_count_rows (job)) +
         columns * (gsize) strip * n_channels *
             (sizeof (float) + sizeof (gint16)) +
         rw_codec_bands_count_bytes (job->codec->tables, job->columns, strip) +
         rw_codec_count_rows_of_floats (picture->width) +
         count_files (job) * job->n_most + count_alpha (picture) +
         (job->refiner != NULL ? rw_codec_refiner_get_bytes (job->refiner)
                               : 0) +
         (goal == RW_CODEC_BPP ? columns * rows * n_channels * sizeof (float)
                               : 0) +
         (goal == RW_CODEC_PSNR ? columns * rows * n_channels * sizeof (gint16)
                                : 0);
}

static gboolean
plan_nets (RwCodecJob *job, gsize cap)
{
  const RwPicture *picture = rw_codec_rows_get_picture (job->from);

  return rw_codec_net_plan (job->codec->net, RW_CODEC_ANALYSIS, picture->width,
                            picture->height, cap, &job->analysis,
                            job->error) &&
         (job->target->goal != RW_CODEC_PSNR ||
          rw_codec_net_plan (job->codec->net, RW_CODEC_SYNTHESIS,
                             picture->width, picture->height, cap,
                             &job->synthesis, job->error));
}

gboolean
rw_codec_job_plan (RwCodecJob *job)
{
  const RwCodecTarget *target = job->target;
  const double bits = target->goal == RW_CODEC_BPP
                          ? MAX (MOST_BITS, 1.1 * target->value)
                          : MOST_BITS;

  job->n_most = (gsize) (bits / 8 * rw_codec_job_count_pixels (job)) + 4096;
  if (!plan_nets (job, 0) || target->memory == 0)
    return job->analysis.bytes > 0;
  if (target->refine) {
    job->refiner = rw_codec_refiner_new (job->codec, job->columns,
                                         MIN (job->analysis.strip, job->rows),
                                         job->error);
    if (job->refiner == NULL)
      return FALSE;
  }
  const gsize taken = count_taken (job);
  return plan_nets (job, rw_codec_get_rest (target->memory, taken)) &&
         rw_codec_check_memory (
             rw_codec_rows_get_picture (job->from),
             taken + MAX (job->analysis.bytes, job->synthesis.bytes),
             target->memory, job->error);
}

GBytes *
rw_codec_job_write (RwCodecJob *job,
                    const RwRwiCoding *coding,
                    const GPtrArray *bands,
                    GPtrArray *notes)
{
  const RwPicture *picture = rw_codec_rows_get_picture (job->from);
  const gboolean has_alpha = picture->channels % 2 == 0;
  g_autoptr (GByteArray) alpha =
      has_alpha ? rw_codec_rows_pack_alpha (job->from, job->error) : NULL;

  return !has_alpha || alpha != NULL
             ? rw_rwi_write (picture, coding, alpha, bands, notes, job->error)
             : NULL;
}
