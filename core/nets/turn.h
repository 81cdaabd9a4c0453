/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Nets that look at a picture in several orientations and take the mean.
 * Source: Timofte, Rothe and Van Gool 2016, section 3.6 ("enhanced
 * prediction").
 *
 * It is not the picture that is turned: a branch for each orientation has the
 * same layers with turned kernels, and gives what the net would give for the
 * turned picture, turned back.  So a turned net is a net like any other, for
 * bands, strips and threads.
 */
#pragma once

#include "nets/net.h"

enum { RW_MAX_TURNS = 8 };

/* An orientation, a number from 0 to 7: as it is; then turned by 180, 90 and
 * 270 degrees; then the same four mirrored.  Where offset (y, x) of a square
 * of @side in the picture lies in the turned square: */
void rw_turn_offset (int turn, int side, int *y, int *x);

/* (transfer full) the mean of @net over its first @n_turns orientations: 1, 2,
 * 4 or 8.  @first: 0 where they begin.  Its text is that of @net.
 *
 * RW_ERROR_MISMATCH for a net that cannot be turned: one that looks at a
 * picture of fixed size, has a layer that reaches further to one side than to
 * the other (a convolution of odd k with a stride), or moves pixels to channels
 * or back with no convolution beside it. */
RwNet *rw_net_turn (RwNet *net, int first, int n_turns, GError **error);

/* Parameters of @turned, made of @net with the same arguments, from those of
 * @net.  Both in the inner layout; RW_ERROR_LIMIT. */
gboolean rw_net_turn_params (const RwNet *net,
                             const RwNet *turned,
                             int first,
                             int n_turns,
                             const float *params,
                             float *turned_params,
                             GError **error);
