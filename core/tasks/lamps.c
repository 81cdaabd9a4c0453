/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Each lamp is a disc or a bar with a soft edge, and a glow that falls with the
 * third power of the distance.
 */
#include "tasks/lamps.h"

#include "tasks/draws.h"

#include <math.h>

#define MOST 4
#define BAR_SHARE 0.4
#define RADIUS_LOW 0.7 /* px */
#define RADIUS_HIGH 20.0
#define LENGTH_MOST 8.0 /* of a bar, in its widths */
#define SOFT 0.7f       /* px, of the edge */
#define POWER_LOW 1.0   /* times white */
#define POWER_HIGH 64.0
#define GLOW_LOW 1e-3 /* of the power, in the middle */
#define GLOW_HIGH 3e-2
#define GLOW_WIDTH_LOW 1.0 /* radii */
#define GLOW_WIDTH_HIGH 4.0
#define GREEN_LOW 0.6 /* of red: lamps are warm */
#define BLUE_LOW 0.2

/* Indices below the key, and below a lamp's key. */
enum { NUMBER, LAMPS };
enum {
  X,
  Y,
  RADIUS,
  IS_BAR,
  LENGTH,
  ANGLE,
  POWER,
  GLOW,
  GLOW_WIDTH,
  GREEN,
  BLUE
};

typedef struct {
  double x, y;        /* middle */
  float radius, half; /* half the thickness, and half of what is straight */
  float along_x, along_y;  /* direction of a bar */
  float power, glow, wide; /* of the light, of its glow; px */
  float colour[3];
} Lamp;

static Lamp
draw_lamp (int width, int height, gboolean grey, guint64 key)
{
  const double radius = rw_draw_log (key, RADIUS, RADIUS_LOW, RADIUS_HIGH);
  const double angle = rw_draw_between (key, ANGLE, 0, G_PI);
  const gboolean bar = rw_draw_is (key, IS_BAR, BAR_SHARE);
  const double power = rw_draw_log (key, POWER, POWER_LOW, POWER_HIGH);
  const double green = rw_draw_between (key, GREEN, GREEN_LOW, 1);
  const double blue = green * rw_draw_between (key, BLUE, BLUE_LOW, 1);
  Lamp lamp = {
    .x = rw_draw_between (key, X, 0, width),
    .y = rw_draw_between (key, Y, 0, height),
    .radius = (float) (bar ? radius / 3 : radius),
    .along_x = (float) cos (angle),
    .along_y = (float) sin (angle),
    .power = (float) power,
    .glow = (float) (power * rw_draw_log (key, GLOW, GLOW_LOW, GLOW_HIGH)),
    .wide = (float) (radius * rw_draw_between (key, GLOW_WIDTH, GLOW_WIDTH_LOW,
                                               GLOW_WIDTH_HIGH)),
    .colour = { 1, grey ? 1 : (float) green, grey ? 1 : (float) blue },
  };

  if (bar)
    lamp.half =
        lamp.radius * (float) rw_draw_between (key, LENGTH, 0, LENGTH_MOST);
  return lamp;
}

/* What it adds to red in the pixel whose middle is @x, @y from its own. */
static float
shine (const Lamp *lamp, float x, float y)
{
  const float along = x * lamp->along_x + y * lamp->along_y;
  const float over = along - CLAMP (along, -lamp->half, lamp->half);
  const float across = y * lamp->along_x - x * lamp->along_y;
  const float distance = sqrtf (over * over + across * across);
  const float edge = (lamp->radius - distance) / SOFT + 0.5f;
  const float far = distance / lamp->wide;
  const float fall = 1 + far * far;

  return lamp->power * CLAMP (edge, 0.0f, 1.0f) +
         lamp->glow / (fall * sqrtf (fall));
}

void
rw_lamps_add (RwPlanes *light, gboolean grey, guint64 key)
{
  const int n = 1 + (int) rw_random_below (key, NUMBER, MOST);

  for (int i = 0; i < n; i++) {
    const Lamp lamp = draw_lamp (light->width, light->height, grey,
                                 rw_random_key (key, LAMPS + (guint64) i));
    float *p = light->pixels;

    for (int y = 0; y < light->height; y++)
      for (int x = 0; x < light->width; x++, p += 3) {
        const float added = shine (&lamp, (float) (x + 0.5 - lamp.x),
                                   (float) (y + 0.5 - lamp.y));

        for (int c = 0; c < 3; c++)
          p[c] += added * lamp.colour[c];
      }
  }
}
