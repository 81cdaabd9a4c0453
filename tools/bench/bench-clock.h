/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The clock that everything is measured with.
 */
#pragma once

#include <time.h>

/* Seconds since some moment, in steps of nanoseconds. */
static inline double
rw_bench_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (double) now.tv_sec + (double) now.tv_nsec * 1e-9;
}
