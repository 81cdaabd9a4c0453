/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Kernels of blurred pictures, made to measure.
 *
 * The radius of a kernel is that of a disc that spreads light as far: twice
 * the root of the mean over both axes of the weights' squared distance from
 * their centroid. A disc of radius r has a deviation of r / 2 along each axis,
 * so a Gaussian's radius is twice its deviation.
 */
#pragma once

#include "tasks/filter.h"

typedef enum {
  RW_BLUR_DISC,     /* defocus */
  RW_BLUR_GAUSSIAN, /* round */
  RW_BLUR_WALK,     /* a hand that shakes: a walk with a changing direction */
  RW_BLUR_GENERAL,  /* exp (-q^beta / 2), an ellipse; beta 0.5..4 */
  RW_BLUR_PLATEAU,  /* 1 / (1 + q^beta), an ellipse; beta 1..2 */
} RwBlurKind;

#define RW_BLUR_KERNEL_LARGEST 4.0 /* px */

/* Clean pixels around a picture that a kernel of @radius px needs at most,
 * with one pixel of its centroid's place. */
int rw_blur_kernel_reach (double radius);

/* A kernel whose radius is @radius px, 0.1..4, up to 1 %; other numbers from
 * @key. */
RwKernel rw_blur_kernel_make (RwBlurKind kind, double radius, guint64 key);

/* The radius in px as defined above. */
double rw_blur_kernel_measure (const RwKernel *kernel);
