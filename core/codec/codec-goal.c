/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The rate that reaches a goal.
 */
#include "codec/codec-goal.h"
#include "reweave.h"

#include <math.h>

/* A search ends when it is so near, or that many analyses were made. */
#define NEAR 0.01
#define FAR 0.03
enum { PSNR_STEP = 64, GUESSES = 4 };

static gboolean
fail_goal (const RwCodecJob *job, const char *most, double found)
{
  const gboolean bits = job->target->goal == RW_CODEC_BPP;

  g_set_error (job->error, RW_ERROR, RW_ERROR_MISMATCH,
               "takes %s %.4g %s, expected %.4g; choose another goal", most,
               found, bits ? "bits a pixel" : "dB", job->target->value);
  return FALSE;
}

/* Whether the search may stop at @trial; of PSNR its value is not below the
 * goal. */
static gboolean
is_near (const RwCodecJob *job, const RwCodecTrial *trial, int low)
{
  if (job->target->goal == RW_CODEC_PSNR)
    return trial->rate - low <= PSNR_STEP;
  return fabs (trial->value / job->target->value - 1) <= NEAR;
}

/* The rate at which the last analysis takes the bits wanted; -1: failed. */
static int
guess (RwCodecJob *job)
{
  int low = 0, high = (rw_codec_net_get_n_rates (job->codec->net) - 1) *
                      RW_RWI_RATE_STEPS;
  g_auto (RwCodecTrial) trial = { 0 };

  while (high - low > 1) {
    if (!rw_codec_job_try_again (job, (low + high) / 2, &trial))
      return -1;
    const double share = job->refined * trial.value / job->target->value;
    if (fabs (share - 1) <= NEAR / 4)
      return trial.rate;
    *(share >= 1 ? &high : &low) = trial.rate;
  }
  return high;
}

/* One analysis leads to another that is nearer; most often the second is near
 * enough.  *@found: whether one was. */
static gboolean
search_bits (RwCodecJob *job, RwCodecTrial *trial, gboolean *found)
{
  const int last = rw_codec_net_get_n_rates (job->codec->net) - 1;
  int rate = last * RW_RWI_RATE_STEPS / 2;

  *found = FALSE;
  for (int i = 0; i < GUESSES && !*found; i++) {
    if (!rw_codec_job_try (job, rate, trial))
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
search_all (RwCodecJob *job, RwCodecTrial *trial)
{
  const double goal = job->target->value;
  int low = 0;
  int high =
      (rw_codec_net_get_n_rates (job->codec->net) - 1) * RW_RWI_RATE_STEPS;
  g_auto (RwCodecTrial) middle = { 0 };

  if (!rw_codec_job_try (job, low, trial))
    return FALSE;
  if (trial->value >= goal)
    return job->target->goal == RW_CODEC_PSNR ||
           trial->value <= goal * (1 + FAR) ||
           fail_goal (job, "at least", trial->value);
  if (!rw_codec_job_try (job, high, trial))
    return FALSE;
  if (trial->value < goal)
    return (job->target->goal == RW_CODEC_BPP &&
            trial->value >= goal * (1 - FAR)) ||
           fail_goal (job, "at most", trial->value);
  while (!is_near (job, trial, low) && high - low > 1) {
    if (!rw_codec_job_try (job, (low + high) / 2, &middle))
      return FALSE;
    const gboolean reached = middle.value >= goal;
    *(reached ? &high : &low) = middle.rate;
    if (reached ||
        (job->target->goal == RW_CODEC_BPP && is_near (job, &middle, low))) {
      const RwCodecTrial before = *trial;
      *trial = middle;
      middle = before;
      if (!reached)
        break;
    }
  }
  return TRUE;
}

gboolean
rw_codec_job_search (RwCodecJob *job, RwCodecTrial *trial)
{
  gboolean found = FALSE;

  if (job->target->goal == RW_CODEC_BPP && !search_bits (job, trial, &found))
    return FALSE;
  return found || search_all (job, trial);
}
