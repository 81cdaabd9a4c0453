/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * lowlight: pictures that got too little light, with a camera's noise, coarse
 * steps and a cast.
 *
 * values[0]: exposure in EV, 0..5.6, that is missing: the mean of the linear
 * light of input is that of clean times 2^-EV, lamps aside, which a third of
 * the patches has.  Near 0 EV nearly nothing happens.  Nets are always told:
 * from a patch nobody can know.
 */
#pragma once

#include "tasks/sample.h"

void rw_lowlight_draw (guint64 key, RwDamage *damage);

/* Clean pixels of the source for @length of `clean`; @damage NULL: at most. */
int rw_lowlight_extent (const RwDamage *damage, int length);

void rw_lowlight_degrade (const RwSample *source,
                          RwSample *clean,
                          RwSample *input,
                          RwDamage *damage);
