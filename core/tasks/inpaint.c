/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * inpaint: marks are drawn until a share of the patch is covered.
 */
#include "tasks/inpaint.h"

#include "tasks/draws.h"
#include "tasks/scratches.h"
#include "tasks/task.h"

#include <math.h>
#include <string.h>

#define GREY_SHARE 0.1

/* Of a patch, log-uniform. A net learns from holes alone, so patches have more of
 * them than pictures do. The last mark may add a few pixels, up to SHARE_MOST. */
#define SHARE_LOW 0.03
#define SHARE_HIGH 0.33
#define SHARE_MOST 0.35

/* Of the patches.  In one that mixes kinds, wide holes make up nearly all of the
 * error, so half of them have thin marks alone. */
#define THIN_SHARE 0.5
#define ONE_KIND_SHARE 0.6 /* the others mix kinds */
#define MARKS_MAX 400      /* after these, blobs as large as what is missing */

/* Indices below the damage's key. */
enum { IS_GREY, SHARE, IS_ONE_KIND, KIND, MARKS, IS_THIN };

/* Indices below a mark's key. */
enum { MARK_KIND, MARK_WIDTH, MARK_LENGTH, MARK_SHAPE };

/* Widths in px, and lengths in px that a mark has if there is room for it. */
typedef struct {
  double width_low, width_high;
  double length_low, length_high;
} Range;

static const Range ranges[] = {
  [RW_MARK_SPECK] = { 1, 8, 0, 0 },    [RW_MARK_HAIR] = { 1, 2.5, 30, 200 },
  [RW_MARK_SCRATCH] = { 1, 4, 0, 0 },  [RW_MARK_CREASE] = { 2, 6, 0, 0 },
  [RW_MARK_TEXT] = { 1, 4, 60, 1500 }, [RW_MARK_BRUSH] = { 2, 24, 10, 300 },
  [RW_MARK_BLOB] = { 6, 60, 0, 0 },    [RW_MARK_RECTANGLE] = { 3, 48, 4, 64 },
};

/* The first N_THIN are thin. */
static const RwMarkKind kinds[] = {
  RW_MARK_SPECK,  RW_MARK_HAIR,  RW_MARK_SCRATCH, RW_MARK_TEXT,
  RW_MARK_CREASE, RW_MARK_BRUSH, RW_MARK_BLOB,    RW_MARK_RECTANGLE,
};
#define N_THIN 4

void
rw_inpaint_draw (guint64 key, RwDamage *damage)
{
  *damage = (RwDamage){
    .told = 1,
    .blind = TRUE,
    .clip = TRUE,
    .grey = rw_draw_is (key, IS_GREY, GREY_SHARE),
    .key = key,
  };
}

int
rw_inpaint_extent (const RwDamage *damage, int length)
{
  return length;
}

/* A mark of @kind that covers about @room pixels at most. */
static RwMark
draw_mark (const RwPlanes *cover, guint64 key, RwMarkKind kind, double room)
{
  const double diagonal = hypot (cover->width, cover->height);
  const double across = kind == RW_MARK_SCRATCH
                            ? MAX (cover->width, cover->height)
                        : kind == RW_MARK_CREASE ? diagonal
                                                 : 0;

  /* edge to edge needs room for a width of a pixel */
  if (room < 1.2 * across)
    kind = RW_MARK_HAIR;
  const Range *range = &ranges[kind];
  const gboolean is_long = kind == RW_MARK_SCRATCH || kind == RW_MARK_CREASE;
  const double widest =
      is_long ? room / (1.2 * across) : 0.9 * sqrt (room) + 0.1;
  const double width =
      rw_draw_log (key, MARK_WIDTH, range->width_low, range->width_high);
  RwMark mark = { .kind = kind,
                  .width = fmax (1, fmin (width, widest)),
                  .soft = 1,
                  .opacity = 1,
                  .key = rw_random_key (key, MARK_SHAPE) };

  if (range->length_low > 0)
    mark.length = fmin (
        rw_draw_log (key, MARK_LENGTH, range->length_low, range->length_high),
        0.9 * room / mark.width);
  return mark;
}

/* Draws holes into @cover, which is all 0. */
static void
draw_holes (RwPlanes *cover, guint64 key)
{
  const double n_pixels = (double) rw_planes_count (cover);
  const double goal = fmin (
      fmax (1, n_pixels * rw_draw_log (key, SHARE, SHARE_LOW, SHARE_HIGH)),
      floor (n_pixels * SHARE_MOST));
  const gboolean one_kind = rw_draw_is (key, IS_ONE_KIND, ONE_KIND_SHARE);
  const guint64 marks = rw_random_key (key, MARKS);
  const guint32 n_kinds =
      rw_draw_is (key, IS_THIN, THIN_SHARE) ? N_THIN : G_N_ELEMENTS (kinds);
  const RwMarkKind kind = kinds[rw_random_below (key, KIND, n_kinds)];
  double n = 0;

  for (guint64 i = 0; n < goal && i < 2 * MARKS_MAX; i++) {
    const guint64 at = rw_random_key (marks, i);
    const RwMarkKind other = kinds[rw_random_below (at, MARK_KIND, n_kinds)];
    RwMark mark = draw_mark (cover, at,
                             i >= MARKS_MAX ? RW_MARK_BLOB
                             : one_kind     ? kind
                                            : other,
                             goal - n);

    if (i >= MARKS_MAX)
      mark.width = fmax (1, sqrt (goal - n));
    n += rw_mark_draw (cover, &mark);
  }
}

void
rw_inpaint_degrade (const RwSample *source,
                    RwSample *clean,
                    RwSample *input,
                    RwDamage *damage)
{
  const RwPlanes whole = rw_planes_of (source);
  RwPlanes target = rw_planes_of (clean), damaged = rw_planes_of (input);
  const gsize n = (gsize) clean->width * (gsize) clean->height;
  g_autofree float *memory = g_new0 (float, n);
  RwPlanes cover = { clean->width, clean->height, 1, memory };

  rw_planes_crop (&whole, &target);
  rw_planes_crop (&whole, &damaged);
  draw_holes (&cover, damage->key);
  for (gsize i = 0; i < n; i++) {
    memory[i] = memory[i] > 0.5f ? 1 : 0;
    if (memory[i] > 0)
      for (gsize c = 0; c < 3; c++)
        input->rgb[3 * i + c] = RW_HOLE_COLOUR;
  }
  if (input->mask != NULL)
    memcpy (input->mask, memory, n * sizeof (float));
}

/* ---- the task ----------------------------------------------------------- */

const RwTask rw_task_inpaint = {
  .info = {
    .name = "inpaint",
    .title = N_ ("Inpaint"),
    .blurb = N_ ("Make up what is missing from what is around it"),
    .help = N_ ("Fills holes, scratches, dust and writing that a mask tells. "
            "Without one it finds scratches and dust by itself."),
    .done = N_ ("inpainted"),
    .category = "enhance:noise-reduction",
    .weights = "inpaint-m",
    .kind = RW_TASK_FILTER,
    .scale = 1,
    .mask = RW_MASK_OPTIONAL,
    .searches = TRUE,
    .marks = 0.5,
  },
  .range_low = 0,
  .range_high = 1,
  .draw = rw_inpaint_draw,
  .degrade = rw_inpaint_degrade,
};
