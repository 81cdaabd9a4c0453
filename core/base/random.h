/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Counter-based random numbers: a value is a pure function of (key, index), so
 * work can be cut and reordered and there is no state to save.
 * Source: the finaliser of SplitMix64 (Steele, Lea, Flood 2014) applied to
 * key + index * golden ratio.
 */
#pragma once

#include <glib.h>

/* A key for one purpose: mix in what tells it from others, e.g.
 * rw_random_key (rw_random_key (seed, step), image). */
guint64 rw_random_key (guint64 seed, guint64 stream);

/* 64 uniform bits. */
guint64 rw_random_bits (guint64 key, guint64 index);

/* Uniform in [0,1), 24 bits. */
float rw_random_uniform (guint64 key, guint64 index);

/* Uniform integer in 0..n-1, n > 0. */
guint32 rw_random_below (guint64 key, guint64 index, guint32 n);

/* out[i] = value @first + i of the standard normal sequence of @key, for
 * i < n: Box-Muller on pairs, the same numbers however the range is cut.
 * Same bits on every CPU level. */
void rw_random_gaussian (guint64 key, guint64 first, float *out, gsize n);
