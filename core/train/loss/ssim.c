/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Structural similarity with its gradient.
 *
 * All channels of a picture are filtered at once, the whole of it with one
 * call across and one down: places where the window crosses the picture's
 * right side hold nonsense, which nobody looks at.  The way back is the same
 * filter over maps with zeros there and a margin of zeros before and behind.
 */
#include "train/loss/ssim.h"

#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

#define DEVIATION 1.5
/* Taken off all values, so that the squares of the means, which the variances
 * are differences to, are small. */
#define MIDDLE 0.5f

int
rw_ssim_window (int side, double weights[RW_SSIM_WINDOW])
{
  const int n = MIN (RW_SSIM_WINDOW, side - (side % 2 == 0));
  double sum = 0;

  for (int i = 0; i < n; i++) {
    const double d = i - n / 2;
    weights[i] = exp (-d * d / (2 * DEVIATION * DEVIATION));
    sum += weights[i];
  }
  for (int i = 0; i < n; i++)
    weights[i] /= sum;
  return n;
}

/* ---- the filter --------------------------------------------------------- */

typedef struct {
  int n;
  float weights[RW_SSIM_WINDOW];
} Window;

typedef struct {
  Window across, down;
  gsize stride, row, n;      /* floats of a pixel, a row, a picture */
  gsize margin;              /* floats before a map on the way back */
  int out_height, out_width; /* places of the window */
} Geometry;

static Window
make_window (int side)
{
  double weights[RW_SSIM_WINDOW];
  Window window = { .n = rw_ssim_window (side, weights) };

  for (int i = 0; i < window.n; i++)
    window.weights[i] = (float) weights[i];
  return window;
}

static Geometry
make_geometry (const RwLossShape *shape)
{
  Geometry g = { .across = make_window (shape->width),
                 .down = make_window (shape->height),
                 .stride = (gsize) shape->stride };

  g.row = g.stride * (gsize) shape->width;
  g.n = g.row * (gsize) shape->height;
  g.margin = (gsize) (g.down.n - 1) * g.row;
  g.out_height = shape->height - g.down.n + 1;
  g.out_width = shape->width - g.across.n + 1;
  return g;
}

gsize
rw_ssim_count_plane (const RwLossShape *shape)
{
  const gsize row = (gsize) shape->stride * (gsize) shape->width;
  const gsize margin = (RW_SSIM_WINDOW - 1) * (row + (gsize) shape->stride);

  return (row * (gsize) shape->height + margin + 15) / 16 * 16;
}

/* @to: local means of the picture @from, in its first out_height rows. */
static void
filter (const Geometry *g, const float *from, float *between, float *to)
{
  const gsize n_across = g->n - (gsize) (g->across.n - 1) * g->stride;

  rw_kernels ()->correlate (between, from, n_across, g->across.weights,
                            g->across.n, g->stride);
  rw_kernels ()->correlate (to, between, n_across - g->margin, g->down.weights,
                            g->down.n, g->row);
}

/* The adjoint of filter of the map at @work + margin, with zeros before and
 * behind; the picture is left in @work. */
static void
filter_back (const Geometry *g, float *work, float *between)
{
  const gsize before = (gsize) (g->across.n - 1) * g->stride;

  memset (work, 0, g->margin * sizeof (float));
  memset (work + g->n, 0, g->margin * sizeof (float));
  memset (between, 0, before * sizeof (float));
  rw_kernels ()->correlate (between + before, work, g->n, g->down.weights,
                            g->down.n, g->row);
  rw_kernels ()->correlate (work, between, g->n, g->across.weights,
                            g->across.n, g->stride);
}

/* ---- one place ---------------------------------------------------------- */

/* Local means of y, d = y - t, d^2, y^2 + t^2; y and t less MIDDLE. */
enum { MEAN, DIFFERENCE, DIFFERENCE_SQUARE, SQUARES };

/* 1 - l and 1 - c, and what they are quotients by. */
typedef struct {
  float mean, difference; /* of y; of y - t */
  float l_loss, l_divisor, c_loss, c_divisor;
} Place;

static inline Place
look (const RwSsimScale *scale, gsize at)
{
  const float mean = scale->moments[MEAN][at];
  const float difference = scale->moments[DIFFERENCE][at];
  const float other = mean - difference;
  const float light = mean + MIDDLE, other_light = other + MIDDLE;
  Place p = { .mean = mean, .difference = difference };

  p.l_divisor = light * light + other_light * other_light + (float) RW_SSIM_C1;
  p.l_loss = scale->luminance ? difference * difference / p.l_divisor : 0;
  p.c_divisor = scale->moments[SQUARES][at] - mean * mean - other * other +
                (float) RW_SSIM_C2;
  p.c_loss =
      (scale->moments[DIFFERENCE_SQUARE][at] - difference * difference) /
      p.c_divisor;
  return p;
}

/* ---- forward ------------------------------------------------------------ */

static inline float
moment_of (int moment, float y, float d)
{
  const float centred = y - MIDDLE, other = centred - d;

  switch (moment) {
  case MEAN:
    return centred;
  case DIFFERENCE:
    return d;
  case DIFFERENCE_SQUARE:
    return d * d;
  default:
    return centred * centred + other * other;
  }
}

static inline __attribute__ ((always_inline)) void
make_moment (const RwSsimScale *scale, const Geometry *g, int moment)
{
  float *const work = scale->work;
  float *const between = work + rw_ssim_count_plane (&scale->shape);

  for (gsize i = 0; i < g->n; i++)
    work[i] = moment_of (moment, scale->y[i], scale->y[i] - scale->target[i]);
  filter (g, work, between, scale->moments[moment]);
}

void
rw_ssim_measure (const RwSsimScale *scale, double *distances)
{
  const Geometry g = make_geometry (&scale->shape);
  const int channels = scale->shape.channels;
  const double n_places = (double) g.out_height * g.out_width;

  make_moment (scale, &g, MEAN);
  make_moment (scale, &g, DIFFERENCE);
  make_moment (scale, &g, DIFFERENCE_SQUARE);
  make_moment (scale, &g, SQUARES);
  for (int c = 0; c < channels; c++)
    distances[c] = 0;
  for (int y = 0; y < g.out_height; y++)
    for (int x = 0; x < g.out_width; x++)
      for (int c = 0; c < channels; c++) {
        const Place p =
            look (scale, (gsize) y * g.row + (gsize) x * g.stride + (gsize) c);
        distances[c] += (double) (p.l_loss + p.c_loss - p.l_loss * p.c_loss);
      }
  for (int c = 0; c < channels; c++)
    distances[c] /= n_places;
}

/* ---- backward ----------------------------------------------------------- */

/* Overwrites the moments at @at by the slopes of slope * (1 - l c) by the
 * local means of y, d^2 and y^2 + t^2, the other picture's mean held. */
static inline void
turn_place (const RwSsimScale *scale, gsize at, float slope)
{
  const Place p = look (scale, at);
  const float light = p.mean + MIDDLE;
  const float by_c = slope * (1 - p.l_loss) / p.c_divisor;
  float by_mean = -2 * by_c * (p.difference - p.c_loss * p.mean);

  if (scale->luminance)
    by_mean += 2 * slope * (1 - p.c_loss) * (p.difference - p.l_loss * light) /
               p.l_divisor;
  scale->moments[MEAN][at] = by_mean;
  scale->moments[DIFFERENCE_SQUARE][at] = by_c;
  scale->moments[SQUARES][at] = -by_c * p.c_loss;
}

static void
turn_moments (const RwSsimScale *scale,
              const Geometry *g,
              const double *slopes)
{
  const double n_places = (double) g->out_height * g->out_width;

  for (int c = 0; c < scale->shape.channels; c++) {
    const float slope = (float) (slopes[c] / n_places);
    for (int y = 0; y < g->out_height; y++)
      for (int x = 0; x < g->out_width; x++)
        turn_place (scale,
                    (gsize) y * g->row + (gsize) x * g->stride + (gsize) c,
                    slope);
  }
}

/* The map of places, and zeros where it has none. */
static void
copy_map (const RwSsimScale *scale, const Geometry *g, const float *map)
{
  const gsize n_used = (gsize) g->out_width * g->stride;

  for (int y = 0; y < g->out_height; y++) {
    float *to = scale->work + g->margin + (gsize) y * g->row;
    memcpy (to, map + (gsize) y * g->row, n_used * sizeof (float));
    memset (to + n_used, 0, (g->row - n_used) * sizeof (float));
  }
}

static inline __attribute__ ((always_inline)) void
add_moment (const RwSsimScale *scale, const Geometry *g, int moment)
{
  const RwLossShape *shape = &scale->shape;

  copy_map (scale, g, scale->moments[moment]);
  filter_back (g, scale->work, scale->work + rw_ssim_count_plane (shape));
  for (gsize i = 0; i < g->n; i += g->stride)
    for (gsize at = i; at < i + (gsize) shape->channels; at++) {
      const float factor = moment == MEAN ? 1
                           : moment == DIFFERENCE_SQUARE
                               ? 2 * (scale->y[at] - scale->target[at])
                               : 2 * (scale->y[at] - MIDDLE);
      scale->dy[at] += factor * scale->work[at];
    }
}

void
rw_ssim_add_gradient (const RwSsimScale *scale, const double *slopes)
{
  const Geometry g = make_geometry (&scale->shape);

  turn_moments (scale, &g, slopes);
  add_moment (scale, &g, MEAN);
  add_moment (scale, &g, DIFFERENCE_SQUARE);
  add_moment (scale, &g, SQUARES);
}
