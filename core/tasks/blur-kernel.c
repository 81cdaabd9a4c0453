/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Kernels of blurred pictures: each kind has one size, which is bisected until
 * the kernel's weights measure what was asked. So even a blur of a third of a
 * pixel, of which samples of the continuous shape know nothing, is what it
 * says.
 */
#include "tasks/blur-kernel.h"

#include "tasks/draws.h"

#include <math.h>

#define WALK_POINTS 48
#define BISECTIONS 14
#define LEAST_WEIGHT 1e-4 /* of the largest: less is left out */

enum { STRETCH, TURN, BETA, WIND, STEPS }; /* indices below the key */

typedef struct {
  RwBlurKind kind;
  int reach;                   /* px */
  double beta;                 /* GENERAL, PLATEAU */
  double xx, xy, yy;           /* q = xx x^2 + 2 xy x y + yy y^2 at size 1 */
  double walk[WALK_POINTS][2]; /* WALK: around its centroid, at size 1 */
} Shape;

typedef double Grid[RW_KERNEL_SIDE_MAX][RW_KERNEL_SIDE_MAX];

int
rw_blur_kernel_reach (double radius)
{
  return MIN ((int) ceil (2 * radius) + 1, RW_KERNEL_RADIUS_MAX);
}

/* ---- shapes ------------------------------------------------------------ */

/* Lengths 1 / stretch and stretch along axes that are turned. */
static void
draw_ellipse (Shape *shape, guint64 key)
{
  const double stretch = rw_draw_between (key, STRETCH, 1, 2);
  const double turn = rw_draw_between (key, TURN, 0, G_PI);
  const double c = cos (turn), s = sin (turn);
  const double a = 1 / stretch, b = stretch;

  shape->xx = a * c * c + b * s * s;
  shape->yy = a * s * s + b * c * c;
  shape->xy = (a - b) * c * s;
}

/* Steps of one length, whose direction drifts: from nearly straight to curled.
 */
static void
draw_walk (Shape *shape, guint64 key)
{
  const double wind = rw_draw_between (key, WIND, 0, 0.5);
  double angle = rw_draw_between (key, TURN, 0, 2 * G_PI);
  double x = 0, y = 0, mean_x = 0, mean_y = 0;
  float normals[WALK_POINTS];

  rw_random_gaussian (rw_random_key (key, STEPS), 0, normals, WALK_POINTS);
  for (int i = 0; i < WALK_POINTS; i++) {
    angle += wind * (double) normals[i];
    x += cos (angle);
    y += sin (angle);
    shape->walk[i][0] = x;
    shape->walk[i][1] = y;
    mean_x += x / WALK_POINTS;
    mean_y += y / WALK_POINTS;
  }
  for (int i = 0; i < WALK_POINTS; i++) {
    shape->walk[i][0] -= mean_x;
    shape->walk[i][1] -= mean_y;
  }
}

static Shape
draw_shape (RwBlurKind kind, double radius, guint64 key)
{
  Shape shape = { .kind = kind,
                  .reach = rw_blur_kernel_reach (radius),
                  .xx = 1,
                  .yy = 1,
                  .beta = 1 };

  switch (kind) {
  case RW_BLUR_DISC:
  case RW_BLUR_GAUSSIAN:
    break;
  case RW_BLUR_WALK:
    draw_walk (&shape, key);
    break;
  case RW_BLUR_GENERAL:
    draw_ellipse (&shape, key);
    shape.beta = rw_draw_log (key, BETA, 0.5, 4);
    break;
  case RW_BLUR_PLATEAU:
    draw_ellipse (&shape, key);
    shape.beta = rw_draw_between (key, BETA, 1, 2);
    break;
  }
  return shape;
}

/* The weight (x, y) px from the centre at @size; not for walks. */
static double
weigh (const Shape *shape, double size, double x, double y)
{
  const double q =
      (shape->xx * x * x + 2 * shape->xy * x * y + shape->yy * y * y) /
      (size * size);

  switch (shape->kind) {
  case RW_BLUR_DISC: /* with an edge of one pixel */
    return CLAMP (size + 0.5 - sqrt (x * x + y * y), 0, 1);
  case RW_BLUR_GAUSSIAN:
    return exp (-0.5 * q);
  case RW_BLUR_GENERAL:
    return exp (-0.5 * pow (q, shape->beta));
  case RW_BLUR_PLATEAU:
    return 1 / (1 + pow (q, shape->beta));
  case RW_BLUR_WALK:
    break;
  }
  return 0;
}

/* Each point's weight goes to the four pixels around. */
static void
plot_walk (const Shape *shape, double size, Grid grid)
{
  const double most = shape->reach - 1e-6;

  for (int i = 0; i < WALK_POINTS; i++) {
    const double x = CLAMP (size * shape->walk[i][0], -most, most);
    const double y = CLAMP (size * shape->walk[i][1], -most, most);
    const int left = (int) floor (x), top = (int) floor (y);
    const double u = x - left, v = y - top;
    double *above = grid[top + shape->reach] + left + shape->reach;
    double *below = grid[top + 1 + shape->reach] + left + shape->reach;
    above[0] += (1 - u) * (1 - v);
    above[1] += u * (1 - v);
    below[0] += (1 - u) * v;
    below[1] += u * v;
  }
}

/* ---- kernels ----------------------------------------------------------- */

static RwKernel
make_kernel (const Shape *shape, double size)
{
  const int reach = shape->reach, side = 2 * reach + 1;
  RwKernel kernel = { .n = 0 };
  Grid grid = { { 0 } };
  double most = 0, sum = 0;

  if (shape->kind == RW_BLUR_WALK)
    plot_walk (shape, size, grid);
  for (int y = 0; y < side; y++) {
    for (int x = 0; x < side; x++) {
      if (shape->kind != RW_BLUR_WALK)
        grid[y][x] = weigh (shape, size, x - reach, y - reach);
      most = fmax (most, grid[y][x]);
    }
  }
  for (int y = 0; y < side; y++) {
    for (int x = 0; x < side; x++) {
      if (grid[y][x] < LEAST_WEIGHT * most)
        continue;
      kernel.weights[kernel.n] = (float) grid[y][x];
      kernel.x[kernel.n] = (gint8) (x - reach);
      kernel.y[kernel.n++] = (gint8) (y - reach);
      sum += grid[y][x];
    }
  }
  for (int i = 0; i < kernel.n; i++)
    kernel.weights[i] *= (float) (1 / sum);
  return kernel;
}

double
rw_blur_kernel_measure (const RwKernel *kernel)
{
  double sum = 0, x = 0, y = 0, squares = 0;

  for (int i = 0; i < kernel->n; i++) {
    const double weight = (double) kernel->weights[i];
    sum += weight;
    x += weight * kernel->x[i];
    y += weight * kernel->y[i];
    squares +=
        weight * (kernel->x[i] * kernel->x[i] + kernel->y[i] * kernel->y[i]);
  }
  x /= sum;
  y /= sum;
  return 2 * sqrt (fmax (0, 0.5 * (squares / sum - x * x - y * y)));
}

RwKernel
rw_blur_kernel_make (RwBlurKind kind, double radius, guint64 key)
{
  const Shape shape = draw_shape (kind, radius, key);
  double low = 0.02 * radius, high = 4 * radius + 1;
  RwKernel kernel;

  if (kind == RW_BLUR_WALK)
    low = 0;
  for (int i = 0; i < BISECTIONS; i++) {
    const double middle = 0.5 * (low + high);
    kernel = make_kernel (&shape, middle);
    if (rw_blur_kernel_measure (&kernel) < radius)
      low = middle;
    else
      high = middle;
  }
  return kernel;
}
