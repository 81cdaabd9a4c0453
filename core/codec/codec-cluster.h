/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A few distributions for thousands of contexts: they take little room, and
 * what one context has seen seldom, others like it have seen often.
 */
#pragma once

#include "codec/codec-tables.h"

/* Fills the distributions and choices of @tables for what was counted,
 * [n_rates][n_channels][n_classes][RW_CODEC_SYMBOLS]: Lloyd's iteration with
 * the bits that a choice costs for a distance.  A context that was never seen
 * is taken for the next lower class that was. */
void rw_codec_cluster (RwCodecTables *tables, const guint64 *counts);
