/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the rules of relevance propagation share.
 */
#pragma once

#include "nets/pack.h"
#include "nets/relevance.h"
#include "nets/run.h"

typedef struct {
  RwNet *net;
  RwRun *run;
  const RwPack *pack;
  const RwRelevanceRule *rule;
  RwShape *shapes;   /* by node */
  float **relevance; /* by node, NULL: none has arrived */
  float *grads;      /* of parameters, which nobody wants */
  RwRelevanceBalance *balance;
} RwSharing;

/* @n floats, zeroed.  (transfer full), rw_free. */
float *rw_relevance_alloc (gsize n, GError **error);

/* Where the relevance of each input of node @i is added up. */
gboolean rw_relevance_find_places (RwSharing *s,
                                   int i,
                                   float *places[2],
                                   GError **error);

/* Adds x[k] dx[k] to places[k], where dx is what backward makes of @dy; x NULL:
 * dx itself. */
gboolean rw_relevance_go_back (const RwLayer *layer,
                               RwPass *pass,
                               float *dy,
                               const float *const *x,
                               float *const *places,
                               GError **error);

/* The bias of output channel @c. */
double rw_relevance_get_bias (const RwNode *node, const RwPass *pass, int c);

/* Shares node @i's relevance by the rule's alpha and beta. */
gboolean
rw_relevance_share_by_sign (RwSharing *s, int i, RwPass *pass, GError **error);
