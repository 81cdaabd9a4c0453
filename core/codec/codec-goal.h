/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A picture that is being encoded.
 *
 *   codec-encode.c   one rate          codec-goal.c   which rates
 *   codec-memory.c   how much memory, and the file
 */
#pragma once

#include "codec/codec-private.h"
#include "codec/codec-refine.h"
#include "codec/codec-rows.h"

/* For progress: a search takes about that many analyses at most. */
#define RW_CODEC_TRIALS 16

typedef struct {
  const RwCodec *codec;
  RwCodecRows *from;
  const RwCodecTarget *target;
  GError **error;
  RwCodecPlan analysis, synthesis; /* the latter only for PSNR */
  gsize n_most;    /* bytes of streams that are counted into a cap */
  gint16 *strip;   /* latents of a strip, [n_channels][rows][columns] */
  float *raw;      /* the last analysis, strip behind strip; only for bits */
  gint16 *latents; /* of the whole picture; only for PSNR */
  int columns, rows;
  RwCodecRefiner *refiner; /* or NULL */
  double
      refined; /* what it made of the last analysis: refined bits over plain */
  gsize n_others; /* bytes of the file that are not in streams; 0: not known */
  int n_trials;
} RwCodecJob;

/* What came of one rate. */
typedef struct {
  int rate;
  GPtrArray *bands;
  gsize n_bytes; /* of them */
  gsize n_plain; /* that they had before they were refined; only for bits */
  double value;  /* bits a pixel, or dB */
} RwCodecTrial;

static inline void
rw_codec_trial_clear (RwCodecTrial *trial)
{
  g_clear_pointer (&trial->bands, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RwCodecTrial, rw_codec_trial_clear)

static inline int
rw_codec_job_get_height (const RwCodecJob *job)
{
  return rw_codec_rows_get_picture (job->from)->height;
}

static inline double
rw_codec_job_count_pixels (const RwCodecJob *job)
{
  const RwPicture *picture = rw_codec_rows_get_picture (job->from);

  return (double) picture->width * picture->height;
}

/* Chooses how the net is run.  RW_ERROR_LIMIT when the target's memory is too
 * little, which says how much would do. */
gboolean rw_codec_job_plan (RwCodecJob *job);

/* Rows of the picture that are held at once. */
int rw_codec_job_count_rows (const RwCodecJob *job);

/* Codes the picture at @rate and measures that.  Replaces what @trial had. */
gboolean rw_codec_job_try (RwCodecJob *job, int rate, RwCodecTrial *trial);

/* The same from the last analysis, whose rate may be another. */
gboolean
rw_codec_job_try_again (RwCodecJob *job, int rate, RwCodecTrial *trial);

/* @trial: of the rate that reaches the goal. */
gboolean rw_codec_job_search (RwCodecJob *job, RwCodecTrial *trial);

/* The file, after all rows have passed.  (transfer full) */
GBytes *rw_codec_job_write (RwCodecJob *job,
                            const RwRwiCoding *coding,
                            const GPtrArray *bands,
                            GPtrArray *notes);
