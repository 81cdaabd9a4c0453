/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Dead leaves: shapes drawn front to back until nothing shows through, at
 * twice the size, then 2 x 2 means.
 *
 * Radii have density r^-3 between a least one, drawn for each picture, and
 * half the longer side, which makes the picture look alike at every scale
 * between.
 */
#include "train/data/dead-leaves.h"

#include "base/alloc.h"
#include "base/random.h"

#include <math.h>

#define MAX_SIDE 8192
#define SCALE 2 /* drawn at this times the size */
#define LEAST_RADIUS                                                          \
  4.0f /* in drawn pixels; up to LEAST_SPREAD times that                      \
        */
#define LEAST_SPREAD 8.0f
#define N_COLOURS 8 /* of a picture's palette */
#define MAX_SHAPES (1 << 22)

typedef enum { SHAPE_DISK, SHAPE_POLYGON, SHAPE_BAR, N_SHAPES } Shape;

typedef struct {
  Shape shape;
  float x, y, radius; /* centre and greatest extent, drawn pixels */
  float cosine, sine; /* of the turn */
  float flat;         /* the second axis over the first, (0,1] */
  int corners;        /* polygon: 3..6 */
  float colour[3];
  float shade_x, shade_y; /* slope of brightness, a drawn pixel */
  float stripe, period;   /* stripes: height, length in drawn pixels */
  float grain;            /* height of the texture */
  float grain_size;       /* in drawn pixels */
  guint64 key;            /* of the texture */
} Leaf;

typedef struct {
  int width, height; /* drawn */
  gsize n_empty;
  guint8 *pixels; /* [height][width][4]: colour, filled */
  float palette[N_COLOURS][3];
  float contrast; /* of the textures of this picture */
  float least;    /* radius */
} Canvas;

/* Three standard normal values. */
static void
draw_normals (guint64 key, float *normals)
{
  rw_random_gaussian (key, 0, normals, 3);
}

/* Colours of photographs: lightness spreads widely, the two opponent axes much
 * less, and a picture keeps to a few hues. */
static void
make_palette (Canvas *canvas, guint64 key)
{
  float cast[3];

  draw_normals (rw_random_key (key, 0), cast);
  for (int i = 0; i < N_COLOURS; i++) {
    float n[3];
    draw_normals (rw_random_key (key, 1 + (guint64) i), n);
    const float light =
        0.06f + 0.88f * rw_random_uniform (key, 100 + (guint64) i);
    const float warm = 0.05f * cast[1] + 0.1f * n[1];
    const float green = 0.02f * cast[2] + 0.04f * n[2];
    canvas->palette[i][0] = light + warm - green;
    canvas->palette[i][1] = light + green;
    canvas->palette[i][2] = light - warm - green;
  }
}

/* r with density r^-3 in [low,high], from u uniform in [0,1). */
static float
draw_radius (float u, float low, float high)
{
  const float a = 1 / (low * low), b = 1 / (high * high);

  return 1 / sqrtf (a - u * (a - b));
}

static void
draw_surface (const Canvas *canvas, Leaf *leaf, guint64 key)
{
  const float *base = canvas->palette[rw_random_below (key, 10, N_COLOURS)];
  const float kind = rw_random_uniform (key, 11);
  float n[3];

  draw_normals (rw_random_key (key, 0), n);
  for (int c = 0; c < 3; c++)
    leaf->colour[c] =
        base[c] + 0.07f * n[0] + (c == 0 ? 0.02f : -0.02f) * n[1];
  leaf->shade_x = 0.2f * (rw_random_uniform (key, 12) - 0.5f) / leaf->radius;
  leaf->shade_y = 0.2f * (rw_random_uniform (key, 13) - 0.5f) / leaf->radius;
  const float height = canvas->contrast * rw_random_uniform (key, 14);
  leaf->stripe = kind < 0.12f ? height : 0;
  leaf->period = 4 + 20 * rw_random_uniform (key, 15);
  leaf->grain = kind > 0.5f ? height : 0;
  leaf->grain_size = 2 + 10 * rw_random_uniform (key, 16);
  leaf->key = rw_random_key (key, 1);
}

static Leaf
draw_leaf (const Canvas *canvas, guint64 key)
{
  const float turn = 2 * (float) G_PI * rw_random_uniform (key, 0);
  const float kind = rw_random_uniform (key, 1);
  const float high = 0.5f * (float) MAX (canvas->width, canvas->height);
  Leaf leaf = {
    .shape = kind < 0.6f    ? SHAPE_DISK
             : kind < 0.85f ? SHAPE_POLYGON
                            : SHAPE_BAR,
    .x = rw_random_uniform (key, 2),
    .y = rw_random_uniform (key, 3),
    .radius = draw_radius (rw_random_uniform (key, 4), canvas->least,
                           MAX (high, 2 * canvas->least)),
    .cosine = cosf (turn),
    .sine = sinf (turn),
    .flat = 0.3f + 0.7f * rw_random_uniform (key, 5),
    .corners = 3 + (int) rw_random_below (key, 6, 4),
  };

  if (leaf.shape == SHAPE_BAR)
    leaf.flat = 0.06f + 0.3f * rw_random_uniform (key, 5);
  /* centres also lie outside, so that the border is like the inside */
  leaf.x = leaf.x * ((float) canvas->width + 2 * leaf.radius) - leaf.radius;
  leaf.y = leaf.y * ((float) canvas->height + 2 * leaf.radius) - leaf.radius;
  draw_surface (canvas, &leaf, rw_random_key (key, 7));
  return leaf;
}

/* Is (u, v), in the leaf's axes with extent 1, inside? */
static gboolean
is_inside (
    const Leaf *leaf, const float (*normals)[2], float inner, float u, float v)
{
  switch (leaf->shape) {
  case SHAPE_DISK:
    return u * u + v * v < 1;
  case SHAPE_BAR:
    return fabsf (u) < 1 && fabsf (v) < 1;
  case SHAPE_POLYGON:
    for (int i = 0; i < leaf->corners; i++)
      if (u * normals[i][0] + v * normals[i][1] > inner)
        return FALSE;
    return TRUE;
  case N_SHAPES:
    break;
  }
  return FALSE;
}

/* Smooth noise in [-1,1]: random values on a grid, blended between. */
static float
grain_at (const Leaf *leaf, float x, float y)
{
  const float u = x / leaf->grain_size, v = y / leaf->grain_size;
  const int i = (int) floorf (u), j = (int) floorf (v);
  const float s = u - (float) i, t = v - (float) j;
  float corner[4];

  for (int k = 0; k < 4; k++) {
    const guint64 at =
        ((guint64) (guint32) (j + k / 2) << 32) | (guint32) (i + k % 2);
    corner[k] = rw_random_uniform (leaf->key, at);
  }
  const float top = corner[0] + s * (corner[1] - corner[0]);
  const float bottom = corner[2] + s * (corner[3] - corner[2]);
  return 2 * (top + t * (bottom - top)) - 1;
}

static void
paint (const Leaf *leaf, float dx, float dy, guint8 *pixel)
{
  float light = dx * leaf->shade_x + dy * leaf->shade_y;

  if (leaf->stripe > 0) {
    const float u = dx * leaf->cosine + dy * leaf->sine;
    light += leaf->stripe * sinf (2 * (float) G_PI * u / leaf->period);
  }
  if (leaf->grain > 0)
    light += leaf->grain * (grain_at (leaf, dx, dy) +
                            0.5f * grain_at (leaf, 2.03f * dx, 2.03f * dy));
  for (int c = 0; c < 3; c++) {
    const float value = CLAMP (leaf->colour[c] + light, 0.0f, 1.0f);
    pixel[c] = (guint8) (value * 255 + 0.5f);
  }
  pixel[3] = 1;
}

/* Draws what is not yet covered. */
static void
draw (Canvas *canvas, const Leaf *leaf)
{
  const int left = (int) MAX (0, floorf (leaf->x - 1.1f * leaf->radius));
  const int top = (int) MAX (0, floorf (leaf->y - 1.1f * leaf->radius));
  const int right =
      (int) MIN ((float) canvas->width, leaf->x + 1.1f * leaf->radius);
  const int bottom =
      (int) MIN ((float) canvas->height, leaf->y + 1.1f * leaf->radius);
  const float inner = cosf ((float) G_PI / (float) leaf->corners);
  float normals[6][2];

  for (int i = 0; i < leaf->corners; i++) {
    const float angle = 2 * (float) G_PI * (float) i / (float) leaf->corners;
    normals[i][0] = cosf (angle);
    normals[i][1] = sinf (angle);
  }
  for (int y = top; y < bottom; y++) {
    guint8 *row = canvas->pixels + (gsize) y * (gsize) canvas->width * 4;
    for (int x = left; x < right; x++) {
      const float dx = (float) x + 0.5f - leaf->x,
                  dy = (float) y + 0.5f - leaf->y;
      const float u = (dx * leaf->cosine + dy * leaf->sine) / leaf->radius;
      const float v =
          (dy * leaf->cosine - dx * leaf->sine) / (leaf->radius * leaf->flat);
      if (row[4 * x + 3] || !is_inside (leaf, normals, inner, u, v))
        continue;
      paint (leaf, dx, dy, row + 4 * x);
      canvas->n_empty--;
    }
  }
}

/* What is still empty after the last leaf becomes a plain background. */
static void
fill_rest (Canvas *canvas)
{
  const gsize n = (gsize) canvas->width * (gsize) canvas->height;
  Leaf ground = { 0 };

  for (int c = 0; c < 3; c++)
    ground.colour[c] = canvas->palette[0][c];
  for (gsize i = 0; i < n && canvas->n_empty > 0; i++) {
    if (canvas->pixels[4 * i + 3])
      continue;
    paint (&ground, 0, 0, canvas->pixels + 4 * i);
    canvas->n_empty--;
  }
}

static void
shrink (const Canvas *canvas, RwPicture *picture)
{
  const gsize stride = (gsize) canvas->width * 4;
  guint8 *out = picture->data;

  for (int y = 0; y < picture->height; y++) {
    for (int x = 0; x < picture->width; x++) {
      const guint8 *p = canvas->pixels + (gsize) (SCALE * y) * stride +
                        (gsize) (SCALE * x) * 4;
      for (int c = 0; c < 3; c++)
        *out++ = (guint8) ((p[c] + p[c + 4] + p[c + stride] +
                            p[c + stride + 4] + 2) /
                           4);
    }
  }
}

RwPicture *
rw_dead_leaves_new (
    guint64 seed, guint64 index, int width, int height, GError **error)
{
  const guint64 key = rw_random_key (rw_random_key (seed, 0x1eaf), index);
  Canvas canvas = { .width = SCALE * width, .height = SCALE * height };

  g_return_val_if_fail (width > 0 && height > 0, NULL);
  if (width > MAX_SIDE || height > MAX_SIDE) {
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 "a dead-leaves picture of %d x %d is too large, sides may be "
                 "up to %d; ask for less",
                 width, height, MAX_SIDE);
    return NULL;
  }
  g_autoptr (RwPicture) picture = rw_picture_new (width, height, 3, 8, error);
  if (picture == NULL)
    return NULL;
  canvas.n_empty = (gsize) canvas.width * (gsize) canvas.height;
  rw_autofree guint8 *pixels =
      rw_try_alloc (canvas.n_empty, 4, "a dead-leaves picture", error);
  if (pixels == NULL)
    return NULL;
  canvas.pixels = pixels;
  canvas.contrast = 0.3f * rw_random_uniform (key, 0);
  canvas.least =
      LEAST_RADIUS * powf (LEAST_SPREAD, rw_random_uniform (key, 1));
  make_palette (&canvas, rw_random_key (key, 1));
  for (guint64 i = 0; canvas.n_empty > 0 && i < MAX_SHAPES; i++) {
    const Leaf leaf =
        draw_leaf (&canvas, rw_random_key (rw_random_key (key, 2), i));
    draw (&canvas, &leaf);
  }
  fill_rest (&canvas);
  shrink (&canvas, picture);
  return g_steal_pointer (&picture);
}
