/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A task: the damage that its weights undo.  One file a task; the list is in
 * core/meson.build.  What people and hosts see of it is RwTaskInfo in
 * reweave.h; here is besides what training and measuring need.
 */
#pragma once

#include "reweave.h"
#include "base/words.h"
#include "nets/feed.h"
#include "tasks/sample.h"

typedef struct {
  RwTaskInfo info;
  double range_low, range_high; /* colour range of the net's input */

  /* Values of the first control at which weights are measured, ended by 0; the
   * first is that of validation.  NULL: the task has none. */
  const double *eval;

  /* Draws one training patch's damage from @key: all members. */
  void (*draw) (guint64 key, RwDamage *damage);

  /* See sample.h.  @damage NULL: at most.  extent NULL: as many pixels as of
   * the result. */
  int (*extent) (const RwDamage *damage, int length);
  void (*degrade) (const RwSample *source,
                   RwSample *clean,
                   RwSample *input,
                   RwDamage *damage);

  /* Of the first control: what the planes "sigma" and "value" hold. */
  double (*to_plane) (double value);

  /* The first control of a damage that nobody drew, from clean and input of
   * one size.  NULL: they do not tell. */
  double (*compare) (const RwPair *pair);

  /* Estimates the first control of @n samples of one picture, [n][height]
   * [width][3] floats, finite; their places in the picture differ by multiples
   * of 8.  NAN, or no function: nobody can tell, and a net is told the
   * control's default. */
  double (*measure) (const float *rgb, int n, int height, int width);

  /* What a net that works blind, too, is told in place of @measured where it
   * takes away @change when it is told nothing, see restore/blind-change.h.
   * NULL: @measured. */
  double (*judge) (double measured, double change);

  /* Of noise whose standard deviation in 1/255 the first control is, and which
   * leaves the mean of every area as it was: how many pixels in it count like
   * one that is independent, at most; else 0.  A net that is told the control
   * may not move such a mean, see restore/keep-mean.h. */
  double grain_area;

  /* Of a codec, else NULL: the result of its net that holds bits, to be added
   * up over its places; and how many bits a pixel a mean square error of 1 is
   * worth, by what the planes hold. */
  const char *bits;
  double (*trade) (double plane);
} RwTask;

/* RW_ERROR_FORMAT naming the known tasks and the nearest. */
const RwTask *rw_task_find (const char *name, GError **error);

/* All of them, in the order of the list.  @info: a member of an RwTask. */
const RwTask *rw_task_get (const RwTaskInfo *info);

/* @weights, or the name of the task's default where it is NULL or empty. */
const char *rw_task_get_weights (const RwTask *task, const char *weights);

/* Clean pixels that a damage needs for @length pixels of the result; @damage
 * NULL: the most that any needs. */
int
rw_task_get_extent (const RwTask *task, const RwDamage *damage, int length);

/* The damage of the task's protocol: @value of its first control (0: that of
 * validation), nothing else left to chance but the numbers of @key. */
RwDamage rw_task_pose (const RwTask *task, double value, guint64 key);

/* Memory for any damage of a result of @width x @height, multiples of the
 * task's scale.  RW_ERROR_LIMIT. */
gboolean rw_pair_init (
    RwPair *pair, const RwTask *task, int width, int height, GError **error);
void rw_pair_clear (RwPair *pair); /* of zeros: nothing to do */

/* Sets the sizes for a result of @width x @height, at most those of
 * rw_pair_init, and of the source as much as @damage wants. */
void rw_pair_set_size (RwPair *pair,
                       const RwTask *task,
                       const RwDamage *damage,
                       int width,
                       int height);

/* Damages the source, which is filled.  Of a grey damage that is not plain its
 * lightness is taken first. */
void rw_pair_degrade (RwPair *pair, const RwTask *task, RwDamage *damage);

/* What is known of a pair's damage that nobody drew. */
RwDamage rw_task_compare (const RwTask *task, const RwPair *pair);

/* What a net is told of the damage: the task's first control as the planes
 * have it, or nothing. */
RwTold rw_task_tell (const RwTask *task, const RwDamage *damage);
