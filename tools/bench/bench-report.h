/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What reweave bench tells: tables for people, JSON for programs.
 */
#pragma once

#include "bench/bench-case.h"
#include "bench/bench-damage.h"
#include "bench/bench-peak.h"
#include "bench/bench-picture.h"

typedef struct {
  RwBenchSettings settings;
  int n_rounds;
  double load; /* of the machine before: how many wanted to run at once */
  RwBenchBandwidth bandwidths[RW_BENCH_N_BANDWIDTHS];
} RwBenchReport;

/* @benches: of RwBenchCase, one or more. */
void rw_bench_report_text (const RwBenchReport *report,
                           const GPtrArray *benches);
void rw_bench_report_json (const RwBenchReport *report,
                           const GPtrArray *benches);

/* @damages: of RwBenchDamage. */
void rw_bench_report_damages_text (const RwBenchReport *report,
                                   const GPtrArray *damages);
void rw_bench_report_damages_json (const RwBenchReport *report,
                                   const GPtrArray *damages);

/* @pictures: of RwBenchPicture, one or more. */
void rw_bench_report_pictures_text (const RwBenchReport *report,
                                    const GPtrArray *pictures);
void rw_bench_report_pictures_json (const RwBenchReport *report,
                                    const GPtrArray *pictures);
