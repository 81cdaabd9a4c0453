/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Order statistics of measured values, arrays of double; NaN without any.
 */
#pragma once

#include <glib.h>

double rw_bench_median (const GArray *values);

/* The value that one in ten is below: of seconds, a good round. */
double rw_bench_p10 (const GArray *values);
