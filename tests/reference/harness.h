/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A net of the core with random parameters, held beside the textbook's: run
 * both, compare.  Everything goes through the public functions of net.h.
 */
#pragma once

#include "nets/net.h"

#include "reference/reference.h"

typedef struct {
  char *text;
  RwNet *net;
  RwPack *pack;
  RwRun *run;
  float *params, *grads; /* inner layout */
  RefParams values;      /* the same parameters for the textbook */
  int n, h, w;
} Harness;

/* Aborts with the message if @text does not parse or memory is refused.
 * Parameters are those of rw_net_init_params plus noise, so that no bias and
 * no init=zero hides a mistake. */
Harness *harness_new (const char *text,
                      RwRunMode mode,
                      int workers,
                      int n,
                      int h,
                      int w,
                      guint64 seed);
void harness_free (Harness *harness); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Harness, harness_free)

/* All of these return new tensors. */
RefTensor *harness_random_input (const Harness *harness, guint64 seed);
RefTensor *harness_forward (Harness *harness, const RefTensor *input);
RefTensor *harness_textbook (const Harness *harness, const RefTensor *input);
/* Adds to harness->grads; returns d / d input, or NULL if not wanted. */
RefTensor *harness_backward (Harness *harness, const RefTensor *output_grad);
void harness_want_input_grad (Harness *harness); /* before the first forward */

/* @inner (params or grads) in file layout. */
RefParams harness_export (const Harness *harness, const float *inner);
void ref_params_clear (RefParams *params);

/* Fails with @what and both norms unless got - want has at most @rms and @most
 * times want's rms as rms and largest error. */
void ref_compare (const char *what,
                  const RefTensor *got,
                  const RefTensor *want,
                  double rms,
                  double most);
/* Fails unless all bits are the same. */
void ref_compare_bits (const char *what,
                       const RefTensor *got,
                       const RefTensor *want);

/* Compares every gradient with 4-point differences of the textbook in random
 * directions, @tolerance relative to the typical size of the product. */
void harness_check_gradients (Harness *harness,
                              const RefTensor *input,
                              guint64 seed,
                              double tolerance);
