/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The noise that finished photographs carry.  A clean picture is taken back to
 * a sensor's values, which get noise, and is developed again as cameras do:
 * neighbours become correlated, colour noise coarse, shadows calm.  Some
 * patches get white noise, noise with such statistics made directly, or next
 * to none, so that a net does not forget those.
 *
 *   values[0]  aimed at: the deviation of luma noise in 1/255; after degrade
 *              the measured one, of Y = 0.299 R + 0.587 G + 0.114 B of the
 *              noise before it is rounded, clipped and sent through JPEG
 *
 * All are pure functions of their arguments, for any thread.  Made for
 * patches: degrade takes 100 to 500 bytes of workspace a pixel.
 */
#pragma once

#include "tasks/sample.h"

/* Draws one training patch's damage from @key. */
void rw_camera_noise_draw (guint64 key, RwDamage *damage);

/* Clean pixels of the source needed for @length pixels of the result: 16 more
 * on each side and, where the damage resizes, up to four times that. */
int rw_camera_noise_extent (const RwDamage *damage, int length);

/* @clean and @input: of one size, sides 1 or more, and @source of the extents
 * of its sides.  @clean is within 0..1; @input is rounded to 8 bits. */
void rw_camera_noise_degrade (const RwSample *source,
                              RwSample *clean,
                              RwSample *input,
                              RwDamage *damage);
