/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Looking into a net at work: what it computes for one picture, and what of the
 * picture that depends on.
 *
 * All of it asks for the reasons of one number: E = half the sum of y^2 over a
 * region of the result y.  Where the net ends with "residual", y is what it
 * adds to the picture, so that E is the energy of the change; elsewhere y is
 * the net's output.
 *
 *   self = rw_explain_new (net, params, 0, height, width, &error);
 *   fill rw_run_get_input (self->run);
 *   rw_explain_look (self, &region);
 *   rw_explain_saliency (self, map); ...
 */
#pragma once

#include "nets/relevance.h"
#include "reweave.h"

typedef struct {
  RwNet *net;         /* the part that makes y; names are the whole net's */
  gboolean is_change; /* the residual is left out of it */
  int rgb;            /* the input's first colour channel, of three */
  int height, width;  /* of the input */
  RwPack *pack;
  RwRun *run;    /* with all results kept */
  float *params; /* borrowed */
  float *grads;  /* of parameters, which nobody wants */
  RwRect region; /* in pixels of y */
  double energy; /* E */
} RwExplain;

/* @params: of @net, inner layout; they stay the caller's.  @height, @width:
 * multiples of the net's alignment.  NULL with RW_ERROR_LIMIT, or _MISMATCH
 * for a size that the net does not take. */
RwExplain *rw_explain_new (
    RwNet *net, float *params, int rgb, int height, int width, GError **error);
void rw_explain_free (RwExplain *self); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwExplain, rw_explain_free)

/* Forward, E of @region, and dE / d of every result.  @region lies in y. */
void rw_explain_look (RwExplain *self, const RwRect *region);

/* The following four come after a look.  @map: a float for each pixel of the
 * input. */

/* The largest |dE / dx| of a pixel's colours x (Simonyan, Vedaldi and Zisserman
 * 2014, section 3.1). */
void rw_explain_saliency (const RwExplain *self, float *map);

/* Grad-CAM of layer @node (Selvaraju et al. 2017, equations 1 and 2), with
 * E in place of a class's score: max (0, sum over channels k of a_k A_k), a_k
 * the mean of dE / dA_k over the layer's pixels.  @map: a float for each pixel
 * of the layer (rw_run_get_result_shape).  Returns the largest value. */
double rw_explain_cam (const RwExplain *self, int node, float *map);

/* Layer-wise relevance of y dE / dy = y^2 in the region, summed over the
 * colours of a pixel; what arrives at planes beside the colour (a level) is
 * added to *@planes. */
gboolean rw_explain_relevance (const RwExplain *self,
                               const RwRelevanceRule *rule,
                               float *map,
                               double *planes,
                               RwRelevanceBalance *balance,
                               GError **error);

/* Effective receptive field (Luo, Li, Urtasun and Zemel 2016, section 2): does
 * forward, and back from pixel (@x, @y) of y, all of whose channels have the
 * gradient 1.  Adds the sum over colours of (dy / dx)^2 to @sums,
 * [2 @radius + 1][2 @radius + 1], the input's pixel that (@x, @y) stands for
 * in the middle. */
void
rw_explain_add_field (RwExplain *self, int x, int y, int radius, double *sums);

/* The radius in pixels within which @share of the sum of sqrt (@sums) lies. */
double rw_explain_field_radius (const double *sums, int radius, double share);
