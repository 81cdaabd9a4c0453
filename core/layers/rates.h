/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Layers with parameters for each of some rates, between which they go
 * smoothly.  Where they are at a place is told by the last channel there of
 * their second input: 0 the first rate, 1 the last.
 */
#pragma once

#include "layers/layer.h"

typedef struct {
  double told;   /* in [0,1] */
  int rate;      /* the lower one of the two */
  float share;   /* of the higher one */
  gboolean ends; /* what is told lies at an end or beyond: no slope */
} RwRatePlace;

static inline RwRatePlace
rw_rate_place (double told, int n_rates)
{
  RwRatePlace place = { .told = told > 0 ? MIN (told, 1) : 0,
                        .ends = !(told > 0 && told < 1) };
  const double at = place.told * (n_rates - 1);

  place.rate = MIN ((int) at, n_rates - 2);
  place.share = (float) (at - place.rate);
  return place;
}

static inline float
rw_rate_told (const RwPass *pass, size_t pixel)
{
  return pass
      ->x[1][pixel * (size_t) pass->in[1].stride + (size_t) pass->in[1].c - 1];
}

/* How many rates there are, of a layer's struct with a member of that name. */
#define RW_RATES_SETTING(type)                                                \
  RW_SETTING_INT (type, rates, RW_SETTING_REQUIRED,                           \
                  "how many rates there are", .low = 2, .high = 64)

/* RW_ERROR_MISMATCH unless both inputs are of one size; *out is the first's.
 */
gboolean rw_rates_shape (const RwLayer *layer,
                         const RwShape *in,
                         RwShape *out,
                         GError **error);

/* Backward: sets both dx to 0 where nothing is to be added to, so that all that
 * follows may add. */
void rw_rates_begin_grads (const RwPass *pass);

/* dx[1] += @slopes, one a pixel, in the channel that tells. */
void rw_rates_add_slopes (const RwPass *pass, const float *slopes);
