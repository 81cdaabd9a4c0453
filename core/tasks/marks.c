/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Marks on a print: light ones (holes in the print, dust on a negative) and
 * dark ones (dust on a print), each laid over the picture with its cover.
 */
#include "tasks/marks.h"

#include "tasks/draws.h"
#include "tasks/scratches.h"

#include <math.h>

#define OPACITY_LOW 0.3
#define SOFT_LOW 0.7 /* px */
#define SOFT_HIGH 2.0
#define CREASE_SHARE 0.08 /* of the patches that have marks */
#define FLANK_OPACITY 0.5 /* of a crease's other side, over its line's */

typedef enum { LIGHT, DARK, N_TONES } Tone;

/* Numbers are per megapixel for what lies anywhere, and per 1000 px of a side
 * for what crosses the picture. */
typedef struct {
  RwMarkKind kind;
  double low, high; /* number, drawn log-uniformly */
  double width_low, width_high;
  double length_low, length_high; /* px */
  gboolean crosses;
} Sort;

static const Sort sorts[] = {
  { RW_MARK_SPECK, 5, 1000, 1, 8, 0, 0, FALSE },
  { RW_MARK_HAIR, 0.1, 40, 1, 2, 30, 200, FALSE },
  { RW_MARK_SCRATCH, 0.1, 6, 1, 4, 0, 0, TRUE },
};

/* Indices below the key, and below a mark's key. */
enum { TONE, IS_CREASE, INK_LIGHT, INK_DARK, CREASE, SORTS = 16 };
enum { NUMBER, PART };
enum { WIDTH, LENGTH, SOFT, OPACITY, SHAPE };

static RwMark
draw_mark (const Sort *sort, guint64 key)
{
  return (RwMark){
    .kind = sort->kind,
    .width = rw_draw_log (key, WIDTH, sort->width_low, sort->width_high),
    .length =
        sort->length_low > 0
            ? rw_draw_log (key, LENGTH, sort->length_low, sort->length_high)
            : 0,
    .soft = rw_draw_between (key, SOFT, SOFT_LOW, SOFT_HIGH),
    .opacity = rw_draw_between (key, OPACITY, OPACITY_LOW, 1),
    .key = rw_random_key (key, SHAPE),
  };
}

static void
draw_sort (RwPlanes *cover, const Sort *sort, guint64 key)
{
  const double size = sort->crosses ? 0.5e-3 * (cover->width + cover->height)
                                    : 1e-6 * cover->width * cover->height;
  const double mean = size * rw_draw_log (key, NUMBER, sort->low, sort->high);
  const int n = (int) (mean + rw_draw_between (key, PART, 0, 1));

  for (int i = 0; i < n; i++) {
    const RwMark mark = draw_mark (sort, rw_random_key (key, 2 + (guint64) i));
    rw_mark_draw (cover, &mark);
  }
}

/* A light line, beside which the same line, wider, is dark. */
static void
draw_crease (RwPlanes *covers, guint64 key)
{
  static const Sort crease = { RW_MARK_CREASE, 1, 1, 2, 5, 0, 0, TRUE };
  RwMark mark = draw_mark (&crease, key);

  rw_mark_draw (&covers[LIGHT], &mark);
  mark.width *= 2;
  mark.soft = mark.width;
  mark.opacity *= FLANK_OPACITY;
  rw_mark_draw (&covers[DARK], &mark);
}

static void
lay_over (RwPlanes *rgb, const RwPlanes *cover, float colour)
{
  const gsize n = rw_planes_count (cover);

  for (gsize i = 0; i < n; i++) {
    float *pixel = rgb->pixels + 3 * i;
    for (int c = 0; c < 3; c++)
      pixel[c] += cover->pixels[i] * (colour - pixel[c]);
  }
}

void
rw_marks_add (RwPlanes *rgb, guint64 key)
{
  const gsize n = (gsize) rgb->width * (gsize) rgb->height;
  g_autofree float *memory = g_new0 (float, N_TONES *n);
  RwPlanes covers[N_TONES] = {
    { rgb->width, rgb->height, 1, memory },
    { rgb->width, rgb->height, 1, memory + n },
  };
  const Tone tone = rw_draw_is (key, TONE, 0.6) ? LIGHT : DARK;

  for (gsize i = 0; i < G_N_ELEMENTS (sorts); i++)
    draw_sort (&covers[tone], &sorts[i], rw_random_key (key, SORTS + i));
  if (rw_draw_is (key, IS_CREASE, CREASE_SHARE))
    draw_crease (covers, rw_random_key (key, CREASE));
  lay_over (rgb, &covers[DARK],
            (float) rw_draw_between (key, INK_DARK, 0, 0.25));
  lay_over (rgb, &covers[LIGHT],
            (float) rw_draw_between (key, INK_LIGHT, 0.85, 1));
}
