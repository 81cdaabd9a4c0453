/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * scratch: marks are laid over a print that may be faded, soft and grainy, and
 * the answer says where they show.  Writing belongs to the print: a net that
 * takes it for marks eats captions, signs and letters.
 */
#include "tasks/scratch-damage.h"

#include "tasks/draws.h"
#include "tasks/finish.h"
#include "tasks/grain.h"
#include "tasks/scratches.h"
#include "tasks/task.h"

#include <math.h>
#include <string.h>

#define GREY_SHARE 0.1
#define UNMARKED_SHARE 0.35
#define MARGIN 8 /* px; what reaches further is mirrored there */

/* The print, as often marked as not: nothing of it tells of marks. */
#define SEPIA_SHARE 0.2
#define FADED_SHARE 0.5
#define BLUR_SHARE 0.4
#define SIGMA_LOW 0.3 /* px */
#define SIGMA_HIGH 1.2
#define GRAIN_SHARE 0.5
#define GRAIN_LOW 1.0 /* deviation of Y, 1/255 */
#define GRAIN_HIGH 20.0
#define ON_SCANNER_SHARE 0.5 /* of the marked: sharp and without grain */

#define WRITTEN_SHARE 0.3
#define PAGE_SHARE 0.4 /* of the written: full of it */
#define LINES_MAX 3    /* on the others */

/* How a patch's marks are: of one ink, or each of any. */
#define MIXED_SHARE 0.2
#define MARKS_LOW 10.0 /* a megapixel, log-uniform, and one more */
#define MARKS_HIGH 2500.0
#define MARKS_OF_ANY_KIND 4 /* further ones are dust and hairs */
#define OPACITY_LOW 0.3
#define SOFT_LOW 0.6 /* px */
#define SOFT_HIGH 2.0
#define FLANK_SHARE 0.6   /* of the creases */
#define FLANK_OPACITY 0.5 /* of a crease's other side, over its line's */

/* Of a mark in the answer: its cover, and how far it takes a colour at least,
 * from 0 to 1, beside half of the grain's deviation. */
#define COVER_LEAST 0.25f
#define CHANGE_LEAST (4 / 255.0)

typedef enum { LIGHT, DARK, COLOURED, N_INKS } Ink;

/* Indices below the damage's key. */
enum {
  IS_GREY,
  IS_UNMARKED,
  IS_SEPIA,
  IS_FADED,
  IS_BLURRED,
  IS_GRAINY,
  IS_ON_SCANNER,
  BLACK,
  WHITE,
  GAINS,
  SIGMA = GAINS + 3,
  GRAIN_SIGMA,
  GRAIN_CHROMA,
  GRAIN_SIZE,
  GRAIN_ENDS,
  GRAIN_FIELD = GRAIN_ENDS + 2,
  FILE_KEY,
  IS_WRITTEN,
  WRITING,
  NUMBER,
  IS_MIXED,
  INK,
  INKS,
  MARKS = INKS + 4 * N_INKS
};

/* Indices below the writing's key. */
enum { IS_PAGE, N_LINES, IS_DARK, WRITING_INK, LINES = WRITING_INK + 4 };

/* Indices below a mark's key. */
enum {
  MARK_KIND,
  MARK_INK,
  MARK_WIDTH,
  MARK_LENGTH,
  MARK_SOFT,
  MARK_OPACITY,
  HAS_FLANK,
  MARK_SHAPE
};

/* Widths and lengths in px.  A kind is drawn so many times in a hundred, the
 * first two for marks beyond the first few. */
typedef struct {
  RwMarkKind kind;
  double share;
  double width_low, width_high;
  double length_low, length_high;
} Sort;

static const Sort sorts[] = {
  { RW_MARK_SPECK, 0.32, 1, 8, 0, 0 },
  { RW_MARK_HAIR, 0.22, 1, 2.5, 10, 200 },
  { RW_MARK_SCRATCH, 0.12, 1, 4, 0, 0 },
  { RW_MARK_CREASE, 0.1, 1, 5, 0, 0 },
  { RW_MARK_CRACK, 0.14, 1, 5, 20, 500 },
  { RW_MARK_BRUSH, 0.05, 2, 8, 10, 100 },
  { RW_MARK_BLOB, 0.05, 4, 24, 0, 0 },
};

/* The print and what is known of it. */
typedef struct {
  guint64 key;
  gboolean grey;  /* marks have no colours either */
  double visible; /* the least change that shows, see CHANGE_LEAST */
  RwPlanes rgb;
  RwPlanes answer; /* one channel, 0 or 1 */
} Print;

void
rw_scratch_draw (guint64 key, RwDamage *damage)
{
  *damage = (RwDamage){
    .told = 1,
    .blind = TRUE,
    .clip = TRUE,
    .grey = rw_draw_is (key, IS_GREY, GREY_SHARE),
    .key = key,
  };
}

/* A protocol's patches all have marks. */
gboolean
rw_scratch_is_marked (const RwDamage *damage)
{
  return damage->plain ||
         !rw_draw_is (damage->key, IS_UNMARKED, UNMARKED_SHARE);
}

int
rw_scratch_extent (const RwDamage *damage, int length)
{
  return length + 2 * MARGIN;
}

/* ---- the print --------------------------------------------------------- */

static void
make_sepia (const Print *print)
{
  const gsize n = rw_planes_count (&print->rgb);

  for (gsize i = 0; i < n; i += 3) {
    float *p = print->rgb.pixels + i;
    p[0] = p[1] = p[2] = 0.299f * p[0] + 0.587f * p[1] + 0.114f * p[2];
  }
}

static void
age (const Print *print)
{
  const guint64 key = print->key;
  const gsize n = rw_planes_count (&print->rgb);
  const gboolean sepia =
      !print->grey && rw_draw_is (key, IS_SEPIA, SEPIA_SHARE);
  const double black = rw_draw_between (key, BLACK, 0, 0.2);
  const double white = rw_draw_between (key, WHITE, 0.75, 1);
  float slopes[3];

  if (!sepia && !rw_draw_is (key, IS_FADED, FADED_SHARE))
    return;
  if (sepia)
    make_sepia (print);
  for (guint64 c = 0; c < 3; c++) {
    const double least = !sepia || c == 0 ? 0.85 : c == 1 ? 0.75 : 0.55;
    const double gain = rw_draw_between (key, GAINS + c, least, 1);
    slopes[c] = (float) (print->grey ? 1 : gain);
  }
  for (gsize i = 0; i < n; i++)
    print->rgb.pixels[i] =
        slopes[i % 3] *
        (float) (black + (white - black) * (double) print->rgb.pixels[i]);
}

/* The deviation of the grain's Y where it is strongest. */
static double
get_grain (guint64 key)
{
  return rw_draw_is (key, IS_GRAINY, GRAIN_SHARE)
             ? rw_draw_log (key, GRAIN_SIGMA, GRAIN_LOW, GRAIN_HIGH) / 255
             : 0;
}

static void
soften_and_add_grain (Print *print)
{
  const guint64 key = print->key;
  const double sigma = get_grain (key);

  if (rw_draw_is (key, IS_BLURRED, BLUR_SHARE)) {
    const RwBlur blur =
        rw_blur_gaussian (rw_draw_between (key, SIGMA, SIGMA_LOW, SIGMA_HIGH));
    rw_blur (&print->rgb, &blur, 1, &print->rgb);
  }
  if (sigma <= 0)
    return;
  const double size = rw_draw_between (key, GRAIN_SIZE, 0, 1.3);
  const RwGrain grain = {
    .sigma_luma = sigma,
    .sigma_chroma = sigma * rw_draw_between (key, GRAIN_CHROMA, 0.1, 0.6),
    .size_luma = size,
    .size_chroma = size + 0.4,
    .gains = { (float) rw_draw_between (key, GRAIN_ENDS, 0.3, 1), 1, 1,
               (float) rw_draw_between (key, GRAIN_ENDS + 1, 0.3, 1) },
    .grey = print->grey,
    .key = rw_random_key (key, GRAIN_FIELD),
  };
  rw_grain_add (&print->rgb, &grain);
}

/* ---- marks ------------------------------------------------------------- */

static const Sort *
choose_sort (guint64 key, gboolean any)
{
  double place = rw_draw_between (key, MARK_KIND, 0,
                                  any ? 1 : sorts[0].share + sorts[1].share);

  for (gsize i = 0; i < G_N_ELEMENTS (sorts); i++) {
    place -= sorts[i].share;
    if (place < 0)
      return &sorts[i];
  }
  return &sorts[0];
}

static RwMark
draw_mark (const Sort *sort, guint64 key)
{
  return (RwMark){
    .kind = sort->kind,
    .width = rw_draw_log (key, MARK_WIDTH, sort->width_low, sort->width_high),
    .length = sort->length_low > 0
                  ? rw_draw_log (key, MARK_LENGTH, sort->length_low,
                                 sort->length_high)
                  : 0,
    .soft = rw_draw_between (key, MARK_SOFT, SOFT_LOW, SOFT_HIGH),
    .opacity = rw_draw_between (key, MARK_OPACITY, OPACITY_LOW, 1),
    .key = rw_random_key (key, MARK_SHAPE),
  };
}

/* Light is emulsion that is gone, or dust on a negative; dark is dust on a
 * print, or ink; coloured is ink, too, or a film that lost one of its layers. */
static void
draw_ink (
    const Print *print, Ink ink, guint64 key, guint64 at, float colour[3])
{
  const double low = ink == LIGHT ? 0.8 : 0;
  const double high = ink == DARK ? 0.25 : 1;
  const double grey = rw_draw_between (key, at, low, high);

  for (guint64 c = 0; c < 3; c++) {
    const double own = rw_draw_between (key, at + 1 + c, low, high);
    const double share = print->grey ? 0 : ink == COLOURED ? 1 : 0.3;
    colour[c] = (float) (grey + share * (own - grey));
  }
}

/* Lays a patch's marks into a cover for each ink. */
static void
draw_marks (const Print *print, RwPlanes covers[N_INKS])
{
  const guint64 key = print->key;
  const double size = 1e-6 * print->rgb.width * print->rgb.height;
  const int n =
      1 + (int) (size * rw_draw_log (key, NUMBER, MARKS_LOW, MARKS_HIGH));
  const gboolean mixed = rw_draw_is (key, IS_MIXED, MIXED_SHARE);
  const double place = rw_draw_between (key, INK, 0, 1);
  const Ink one = place < 0.55 ? LIGHT : place < 0.85 ? DARK : COLOURED;

  for (int i = 0; i < n; i++) {
    const guint64 at = rw_random_key (key, MARKS + (guint64) i);
    const Ink ink = mixed ? (Ink) rw_random_below (at, MARK_INK, N_INKS) : one;
    const Sort *sort = choose_sort (at, i < MARKS_OF_ANY_KIND);
    RwMark mark = draw_mark (sort, at);

    rw_mark_draw (&covers[ink], &mark);
    if (mark.kind == RW_MARK_CREASE &&
        rw_draw_is (at, HAS_FLANK, FLANK_SHARE)) {
      mark.width *= 2;
      mark.soft = mark.width;
      mark.opacity *= FLANK_OPACITY;
      rw_mark_draw (&covers[ink == DARK ? LIGHT : DARK], &mark);
    }
  }
}

/* The print's colours move towards the ink's, and where a mark shows the answer
 * becomes 1. */
static void
lay_over (Print *print,
          const RwPlanes *cover,
          const float colour[3],
          gboolean is_mark)
{
  const gsize n = rw_planes_count (cover);

  for (gsize i = 0; i < n; i++) {
    float *pixel = print->rgb.pixels + 3 * i;
    const float part = cover->pixels[i];
    float most = 0;

    for (int c = 0; c < 3; c++) {
      const float change = part * (colour[c] - pixel[c]);
      pixel[c] += change;
      most = fmaxf (most, fabsf (change));
    }
    if (is_mark && part > COVER_LEAST && (double) most > print->visible)
      print->answer.pixels[i] = 1;
  }
}

/* A page, or a few lines, of one hand. */
static void
add_writing (Print *print)
{
  static const Sort line = { RW_MARK_TEXT, 1, 0.8, 6, 60, 900 };
  static const Sort page = { RW_MARK_PAGE, 1, 0.8, 4, 0, 0 };
  const guint64 key = rw_random_key (print->key, WRITING);
  const gboolean is_page = rw_draw_is (key, IS_PAGE, PAGE_SHARE);
  const int n =
      is_page ? 1 : 1 + (int) rw_random_below (key, N_LINES, LINES_MAX);
  RwPlanes cover = rw_planes_make (print->rgb.width, print->rgb.height, 1);
  float colour[3];

  memset (cover.pixels, 0, rw_planes_count (&cover) * sizeof (float));
  for (int i = 0; i < n; i++) {
    const RwMark mark = draw_mark (is_page ? &page : &line,
                                   rw_random_key (key, LINES + (guint64) i));
    rw_mark_draw (&cover, &mark);
  }
  draw_ink (print, rw_draw_is (key, IS_DARK, 0.6) ? DARK : LIGHT, key,
            WRITING_INK, colour);
  lay_over (print, &cover, colour, FALSE);
  g_free (cover.pixels);
}

static void
add_marks (Print *print)
{
  const int width = print->rgb.width, height = print->rgb.height;
  const gsize n = (gsize) width * (gsize) height;
  g_autofree float *memory = g_new0 (float, N_INKS *n);
  RwPlanes covers[N_INKS];
  float colour[3];

  for (gsize i = 0; i < N_INKS; i++)
    covers[i] = (RwPlanes){ width, height, 1, memory + i * n };
  draw_marks (print, covers);
  for (int i = N_INKS - 1; i >= 0; i--) {
    draw_ink (print, (Ink) i, print->key, INKS + 4 * (guint64) i, colour);
    lay_over (print, &covers[i], colour, TRUE);
  }
}

void
rw_scratch_degrade (const RwSample *source,
                    RwSample *clean,
                    RwSample *input,
                    RwDamage *damage)
{
  const guint64 key = damage->key;
  const RwPlanes whole = rw_planes_of (source);
  const int width = source->width, height = source->height;
  const gboolean marked = rw_scratch_is_marked (damage);
  const gboolean last = rw_draw_is (key, IS_ON_SCANNER, ON_SCANNER_SHARE);
  Print print = { .key = key,
                  .grey = damage->grey,
                  .visible = CHANGE_LEAST + 0.5 * get_grain (key),
                  .rgb = rw_planes_make (width, height, 3),
                  .answer = rw_planes_make (width, height, 1) };
  const RwFinish finish = { .jpeg_share = 0.6,
                            .quality_low = 50,
                            .quality_high = 98,
                            .grey = damage->grey,
                            .key = rw_random_key (key, FILE_KEY) };
  RwPlanes result = rw_planes_of (input);

  rw_planes_crop (&whole, &print.rgb);
  memset (print.answer.pixels, 0,
          rw_planes_count (&print.answer) * sizeof (float));
  if (rw_draw_is (key, IS_WRITTEN, WRITTEN_SHARE))
    add_writing (&print);
  age (&print);
  if (marked && !last)
    add_marks (&print);
  soften_and_add_grain (&print);
  if (marked && last)
    add_marks (&print);
  rw_finish_as_file (&print.rgb, &finish);
  rw_planes_crop (&print.rgb, &result);
  RwPlanes mask = rw_planes_make (clean->width, clean->height, 1);
  rw_planes_crop (&print.answer, &mask);
  for (gsize i = 0; i < rw_planes_count (&mask); i++)
    for (gsize c = 0; c < 3; c++)
      clean->rgb[3 * i + c] = mask.pixels[i];
  g_free (mask.pixels);
  g_free (print.answer.pixels);
  g_free (print.rgb.pixels);
}

/* ---- the task ----------------------------------------------------------- */

const RwTask rw_task_scratch_damage = {
  .info = {
    .name = "scratch",
    .title = N_ ("Find Scratches and Dust"),
    .blurb = N_ ("Show where scratches, dust and hairs are"),
    .help = N_ ("Gives a mask in place of the picture: white where scratches, "
            "dust, hairs and creases lie over it, black where it is good, as "
            "writing is.  Inpaint finds them in the same way by itself; a mask may "
            "be looked at and corrected first."),
    .done = N_ ("mask"),
    .category = "enhance:misc",
    .weights = "scratch-m",
    .kind = RW_TASK_FILTER,
    .scale = 1,
    .finds = TRUE,
  },
  .range_low = 0,
  .range_high = 1,
  .draw = rw_scratch_draw,
  .extent = rw_scratch_extent,
  .degrade = rw_scratch_degrade,
};
