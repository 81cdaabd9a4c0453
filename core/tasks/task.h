/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A task: the damage that its weights undo.  One file a task; the list is in
 * core/meson.build.  It becomes --task, a GEGL operation, a menu entry.
 */
#pragma once

#include <glib.h>

/* How to damage a picture. */
typedef struct {
  double level;  /* in the task's unit, > 0 */
  gboolean clip; /* round and clip to 8 bits, as a picture file would */
  gboolean grey; /* one colour channel, given three times: damage it alike */
  guint64 key;   /* of the random numbers: same key, same damage */
} RwDamage;

typedef struct {
  const char *name;             /* "denoise" */
  const char *label;            /* "Denoise", for menus */
  const char *blurb;            /* one sentence without a full stop */
  const char *level_label;      /* "Noise level" */
  const char *level_unit;       /* "standard deviation in 1/255" */
  double level_max;             /* 75; the least is above 0 */
  double level_eval;            /* 25: default of eval and validation */
  const char *default_weights;  /* "denoise-s" */
  double range_low, range_high; /* colour range of the net's input */

  /* Damages clean colour into degraded: [height][width][3] floats, nominal
   * [0,1]; the two may be the same array.  A pure function, on any thread. */
  void (*degrade) (const float *clean,
                   float *degraded,
                   int width,
                   int height,
                   const RwDamage *damage);

  /* Draws one training patch's damage (level, clip, grey, key) from @key. */
  void (*draw) (guint64 key, RwDamage *damage);

  /* Estimates the level of @n samples of [height][width][3] floats. */
  double (*estimate_level) (const float *rgb, int n, int height, int width);
} RwTask;

/* RW_ERROR_FORMAT naming the known tasks and the nearest. */
const RwTask *rw_task_find (const char *name, GError **error);
const RwTask *const *rw_task_list (void); /* NULL-terminated */
