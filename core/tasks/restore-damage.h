/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * restore: old prints, scans and pictures from the web: faded, stained, dusty
 * and scratched, then blurred, resized, grainy and kept as files, in any
 * order.
 *
 * No controls. An eighth of the patches is undamaged, so that good pictures
 * stay good.
 */
#pragma once

#include "tasks/sample.h"

void rw_restore_draw (guint64 key, RwDamage *damage);

/* Clean pixels of the source for @length of `clean`; @damage NULL: at most. */
int rw_restore_extent (const RwDamage *damage, int length);

/* The answer is the source's middle, without colours where the damage is a
 * print in grey or sepia: nothing tells what they were. */
void rw_restore_degrade (const RwSample *source,
                         RwSample *clean,
                         RwSample *input,
                         RwDamage *damage);
