/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What gets onto pictures. Nearly all of it consists of lines with round ends:
 * cover falls from 1 to 0 where the distance from a line passes half its
 * width.
 */
#include "tasks/scratches.h"

#include "tasks/draws.h"

#include <math.h>

#define PIECE 32.0 /* px: long lines are drawn so, in smaller boxes */

/* Writing. */
#define ADVANCE 0.75 /* from letter to letter, of a letter's height */
#define GAP_SHARE 0.17
#define BOWED_SHARE 0.4
#define BOW_PIECES 5

/* Indices below a mark's key; what needs many numbers counts on from MORE. */
enum { PLACE_X, PLACE_Y, ANGLE, BEND, AXIS, BROKEN, SIZE, MORE = 16 };

typedef struct {
  double x, y; /* px from the upper left corner of the first pixel */
} Point;

/* ---- lines ------------------------------------------------------------- */

static int
draw_piece (RwPlanes *cover, const RwMark *mark, Point a, Point b)
{
  const double reach = 0.5 * (mark->width + mark->soft);
  const int left = (int) fmax (0, floor (fmin (a.x, b.x) - reach));
  const int top = (int) fmax (0, floor (fmin (a.y, b.y) - reach));
  const int right = (int) fmin (cover->width, fmax (a.x, b.x) + reach + 1);
  const int bottom = (int) fmin (cover->height, fmax (a.y, b.y) + reach + 1);
  const float dx = (float) (b.x - a.x), dy = (float) (b.y - a.y);
  const float per_square = 1 / fmaxf (dx * dx + dy * dy, 1e-12f);
  const float slope = (float) (1 / mark->soft), most = (float) mark->opacity;
  int n = 0;

  for (int y = top; y < bottom; y++) {
    float *row = cover->pixels + (gsize) y * (gsize) cover->width;
    const float v = (float) (y + 0.5 - a.y);
    for (int x = left; x < right; x++) {
      const float u = (float) x + (float) (0.5 - a.x);
      const float along = (u * dx + v * dy) * per_square;
      const float t = CLAMP (along, 0.0f, 1.0f);
      const float p = u - t * dx, q = v - t * dy;
      const float height = ((float) reach - sqrtf (p * p + q * q)) * slope;
      const float value = most * CLAMP (height, 0.0f, 1.0f);
      const float old = row[x];
      n += (old <= 0.5f) & (value > 0.5f);
      row[x] = value > old ? value : old;
    }
  }
  return n;
}

static int
draw_line (RwPlanes *cover, const RwMark *mark, Point a, Point b)
{
  const double length = hypot (b.x - a.x, b.y - a.y);
  const int n_pieces = MAX (1, (int) ceil (length / PIECE));
  int n = 0;

  for (int i = 0; i < n_pieces; i++) {
    const double s = (double) i / n_pieces, t = (i + 1.0) / n_pieces;
    const Point from = { a.x + s * (b.x - a.x), a.y + s * (b.y - a.y) };
    const Point to = { a.x + t * (b.x - a.x), a.y + t * (b.y - a.y) };
    n += draw_piece (cover, mark, from, to);
  }
  return n;
}

/* ---- marks ------------------------------------------------------------- */

static Point
draw_place (const RwPlanes *cover, guint64 key)
{
  return (Point){ rw_draw_between (key, PLACE_X, 0, cover->width),
                  rw_draw_between (key, PLACE_Y, 0, cover->height) };
}

static Point
step (Point from, double angle, double length)
{
  return (Point){ from.x + length * cos (angle),
                  from.y + length * sin (angle) };
}

static int
draw_speck (RwPlanes *cover, const RwMark *mark)
{
  const Point place = draw_place (cover, mark->key);
  const double angle = rw_draw_between (mark->key, ANGLE, 0, 2 * G_PI);
  const double length =
      rw_draw_between (mark->key, SIZE, 0, 0.5) * mark->width;

  return draw_line (cover, mark, place, step (place, angle, length));
}

static int
draw_hair (RwPlanes *cover, const RwMark *mark)
{
  const int n_lines = CLAMP ((int) (mark->length / 6), 3, 32);
  const Point middle = draw_place (cover, mark->key);
  const double angle = rw_draw_between (mark->key, ANGLE, 0, 2 * G_PI);
  const double bend = rw_draw_between (mark->key, BEND, -0.8, 0.8);
  Point last = { 0 };
  int n = 0;

  for (int i = 0; i <= n_lines; i++) {
    const double t = (double) i / n_lines - 0.5;
    const Point on = step (middle, angle, t * mark->length);
    const Point here =
        step (on, angle + G_PI / 2, bend * (t * t - 0.08) * mark->length);
    if (i > 0)
      n += draw_line (cover, mark, last, here);
    last = here;
  }
  return n;
}

/* Pieces with gaps along a line that is almost upright or almost level. */
static int
draw_scratch (RwPlanes *cover, const RwMark *mark)
{
  const Point place = draw_place (cover, mark->key);
  const gboolean upright = rw_draw_is (mark->key, AXIS, 0.7);
  const gboolean broken = rw_draw_is (mark->key, BROKEN, 0.5);
  const double tilt = rw_draw_between (mark->key, ANGLE, -0.02, 0.02);
  const double end = upright ? cover->height : cover->width;
  double at = -mark->width;
  int n = 0;

  for (guint64 i = MORE; at < end; i += 2) {
    const double to =
        broken ? at + rw_draw_log (mark->key, i, 10, 200) : end + mark->width;
    const Point a = { place.x + tilt * at, at };
    const Point b = { place.x + tilt * to, to };
    const Point p = { at, place.y + tilt * at },
                q = { to, place.y + tilt * to };
    n += draw_line (cover, mark, upright ? a : p, upright ? b : q);
    at = to + rw_draw_log (mark->key, i + 1, 3, 60);
  }
  return n;
}

static int
draw_crease (RwPlanes *cover, const RwMark *mark)
{
  const double reach = hypot (cover->width, cover->height);
  const Point middle = draw_place (cover, mark->key);
  const double angle = rw_draw_between (mark->key, ANGLE, 0, 2 * G_PI);
  const int n_lines = MAX (4, (int) (reach / 12));
  Point last = { 0 };
  int n = 0;

  for (int i = 0; i <= n_lines; i++) {
    const double along = reach * (2.0 * i / n_lines - 1);
    const double aside =
        rw_draw_between (mark->key, MORE + (guint64) i, -1.5, 1.5);
    const Point here =
        step (step (middle, angle, along), angle + G_PI / 2, aside);
    if (i > 0)
      n += draw_line (cover, mark, last, here);
    last = here;
  }
  return n;
}

/* It wanders, and now and then goes on from an earlier place. */
static int
draw_crack (RwPlanes *cover, const RwMark *mark)
{
  const guint64 key = mark->key;
  Point here = draw_place (cover, key), fork = here;
  double angle = rw_draw_between (key, ANGLE, 0, 2 * G_PI),
         left = mark->length;
  int n = 0;

  for (guint64 i = MORE; left > 0; i += 6) {
    RwMark piece = *mark;
    const double length = rw_draw_log (key, i, 4, 20);
    piece.width =
        fmax (1, mark->width * rw_draw_between (key, i + 1, 0.4, 1.3));
    angle += rw_draw_between (key, i + 2, -0.8, 0.8);
    const Point next = step (here, angle, length);
    if (!rw_draw_is (key, i + 3, 0.08))
      n += draw_line (cover, &piece, here, next);
    if (rw_draw_is (key, i + 4, 0.1)) {
      here = fork;
      angle += rw_draw_between (key, i + 5, 0.8, 5.5);
    } else {
      fork = rw_draw_is (key, i + 5, 0.25) ? here : fork;
      here = next;
    }
    left -= length;
  }
  return n;
}

/* A line that may be bowed. */
static int
draw_stroke (RwPlanes *cover, const RwMark *mark, Point a, Point b, double bow)
{
  Point last = a;
  int n = 0;

  if (bow == 0)
    return draw_line (cover, mark, a, b);
  for (int i = 1; i <= BOW_PIECES; i++) {
    const double t = (double) i / BOW_PIECES, aside = 4 * bow * t * (1 - t);
    const Point here = { a.x + t * (b.x - a.x) - aside * (b.y - a.y),
                         a.y + t * (b.y - a.y) + aside * (b.x - a.x) };
    n += draw_line (cover, mark, last, here);
    last = here;
  }
  return n;
}

/* A letter has two to four strokes between points of a grid of 3 x 4. */
static int
draw_letter (RwPlanes *cover,
             const RwMark *mark,
             Point corner,
             double angle,
             double height,
             guint64 key)
{
  const int n_lines = 2 + (int) rw_random_below (key, 0, 3);
  int n = 0;

  for (int j = 0; j < n_lines; j++) {
    const guint64 first = 1 + 6 * (guint64) j;
    const double bow = rw_draw_is (key, first + 4, BOWED_SHARE)
                           ? rw_draw_between (key, first + 5, -0.5, 0.5)
                           : 0;
    Point ends[2];
    for (guint64 k = 0; k < 2; k++) {
      const double u = rw_random_below (key, first + 2 * k, 3) / 2.0;
      const double v = rw_random_below (key, first + 2 * k + 1, 4) / 3.0;
      ends[k] = step (step (corner, angle, 0.5 * height * u), angle + G_PI / 2,
                      height * v);
    }
    n += draw_stroke (cover, mark, ends[0], ends[1], bow);
  }
  return n;
}

/* @n_places letters and gaps between words, from @start on. */
static int
draw_row (RwPlanes *cover,
          const RwMark *mark,
          Point start,
          double angle,
          double height,
          int n_places,
          guint64 key)
{
  int n = 0;

  for (int i = 0; i < n_places; i++) {
    const guint64 letter = rw_random_key (key, MORE + (guint64) i);
    const Point corner = step (start, angle, i * ADVANCE * height);
    if (i == 0 || !rw_draw_is (letter, SIZE, GAP_SHARE))
      n += draw_letter (cover, mark, corner, angle, height,
                        rw_random_key (letter, MORE));
  }
  return n;
}

static int
draw_text (RwPlanes *cover, const RwMark *mark)
{
  const double height = mark->width * rw_draw_between (mark->key, SIZE, 5, 9);
  const double angle = rw_draw_between (mark->key, ANGLE, -0.15, 0.15);
  const int n_places = CLAMP ((int) (mark->length / (2.5 * height)), 1, 60);
  const Point middle = draw_place (cover, mark->key);

  return draw_row (cover, mark,
                   step (middle, angle, -0.5 * n_places * ADVANCE * height),
                   angle, height, n_places, mark->key);
}

/* Rows of text, one below the other. */
static int
draw_page (RwPlanes *cover, const RwMark *mark)
{
  const guint64 key = mark->key;
  const double height = mark->width * rw_draw_between (key, SIZE, 5, 9);
  const double angle = rw_draw_between (key, ANGLE, -0.05, 0.05);
  const double apart = height * rw_draw_between (key, BEND, 1.4, 2.5);
  const int n_rows = 1 + (int) (cover->height / apart);
  const int n_places = 1 + (int) (cover->width / (ADVANCE * height));
  const Point first = { -height * rw_draw_between (key, PLACE_X, 0, 1),
                        -height * rw_draw_between (key, PLACE_Y, 0, 1) };
  int n = 0;

  for (int i = 0; i < n_rows; i++)
    n += draw_row (cover, mark, step (first, angle + G_PI / 2, i * apart),
                   angle, height, n_places,
                   rw_random_key (key, MORE + (guint64) i));
  return n;
}

static int
draw_brush (RwPlanes *cover, const RwMark *mark)
{
  const double stride = fmax (6, 0.6 * mark->width);
  const int n_lines = CLAMP ((int) (mark->length / stride), 1, 200);
  Point here = draw_place (cover, mark->key);
  double angle = rw_draw_between (mark->key, ANGLE, 0, 2 * G_PI);
  double bend = 0;
  int n = 0;

  for (int i = 0; i < n_lines; i++) {
    bend = 0.7 * bend +
           rw_draw_between (mark->key, MORE + (guint64) i, -0.4, 0.4);
    angle += bend;
    const Point next = step (here, angle, stride);
    n += draw_line (cover, mark, here, next);
    /* a stroke that leaves the picture turns round */
    if (next.x < 0 || next.x > cover->width || next.y < 0 ||
        next.y > cover->height)
      angle += G_PI;
    here = next;
  }
  return n;
}

static int
draw_blob (RwPlanes *cover, const RwMark *mark)
{
  const Point middle = draw_place (cover, mark->key);
  const int n_discs = 3 + (int) rw_random_below (mark->key, SIZE, 5);
  int n = 0;

  for (int i = 0; i < n_discs; i++) {
    const guint64 first = MORE + 3 * (guint64) i;
    const double angle = rw_draw_between (mark->key, first, 0, 2 * G_PI);
    const double aside =
        rw_draw_between (mark->key, first + 1, 0, 0.22) * mark->width;
    RwMark disc = *mark;
    disc.width =
        mark->width * rw_draw_between (mark->key, first + 2, 0.35, 0.55);
    const Point from = step (middle, angle, aside);
    n += draw_line (cover, &disc, from, step (from, angle, aside));
  }
  return n;
}

static int
draw_rectangle (RwPlanes *cover, const RwMark *mark)
{
  const Point middle = draw_place (cover, mark->key);
  const gboolean upright = rw_draw_is (mark->key, AXIS, 0.5);
  const double w = upright ? mark->width : mark->length;
  const double h = upright ? mark->length : mark->width;
  const int left = (int) fmax (0, rint (middle.x - w / 2));
  const int right = (int) fmin (cover->width, rint (middle.x + w / 2));
  const int top = (int) fmax (0, rint (middle.y - h / 2));
  const int bottom = (int) fmin (cover->height, rint (middle.y + h / 2));
  const float value = (float) mark->opacity;
  int n = 0;

  for (int y = top; y < bottom; y++) {
    float *row = cover->pixels + (gsize) y * (gsize) cover->width;
    for (int x = left; x < right; x++) {
      n += (row[x] <= 0.5f) & (value > 0.5f);
      row[x] = MAX (row[x], value);
    }
  }
  return n;
}

int
rw_mark_draw (RwPlanes *cover, const RwMark *mark)
{
  switch (mark->kind) {
  case RW_MARK_SPECK:
    return draw_speck (cover, mark);
  case RW_MARK_HAIR:
    return draw_hair (cover, mark);
  case RW_MARK_SCRATCH:
    return draw_scratch (cover, mark);
  case RW_MARK_CREASE:
    return draw_crease (cover, mark);
  case RW_MARK_TEXT:
    return draw_text (cover, mark);
  case RW_MARK_PAGE:
    return draw_page (cover, mark);
  case RW_MARK_BRUSH:
    return draw_brush (cover, mark);
  case RW_MARK_BLOB:
    return draw_blob (cover, mark);
  case RW_MARK_RECTANGLE:
    return draw_rectangle (cover, mark);
  case RW_MARK_CRACK:
    return draw_crack (cover, mark);
  }
  return 0;
}
