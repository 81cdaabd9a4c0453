/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * fill-holes: what holes hold becomes a weighted mean of what is around them.
 * The last channel is the mask: holes are where it is above 0.5, g is 0 there and
 * 1 elsewhere, and in holes
 *
 *   y[c] = S(g x[c]) / S(g)
 *
 * S adds up boxes of side 3^k for k = 1..steps with the weights 3^(-5k), so a
 * pixel counts about as the fifth power of 1 / distance.  What has no good pixel
 * in the largest box stays.  The mean costs some 500 additions for a pixel of a
 * hole, and a net that begins with it need not learn to carry colours inwards.
 * smooth=8 lets thin holes go on with the slopes around them.
 * Source: Shepard 1968 (inverse distance weighting).
 */
#include "layers/layer.h"

#include "base/parallel.h"
#include "layers/continue-slopes.h"

#include <string.h>

#define POWER 5

enum {
  STEPS_MOST = 5,
  SMOOTH_MOST = 32,
  ROWS = 32, /* of y that a worker makes at a time */
};

typedef struct {
  RwLayer base;
  int steps, smooth;
} Fill;

static const RwSetting settings[] = {
  RW_SETTING_INT (Fill,
                  steps,
                  RW_SETTING_NAMED,
                  "the largest mean is over 3^steps pixels a side",
                  .def = 4,
                  .low = 1,
                  .high = STEPS_MOST),
  RW_SETTING_INT (Fill,
                  smooth,
                  RW_SETTING_NAMED,
                  "rounds in which slopes go on into holes, 2 pixels each",
                  .def = 0,
                  .low = 0,
                  .high = SMOOTH_MOST),
  RW_SETTING_END,
};

static int
power_of_3 (int n)
{
  int p = 1;

  while (n-- > 0)
    p *= 3;
  return p;
}

/* Of the largest mean. */
static int
get_reach (const RwLayer *layer)
{
  return power_of_3 (((const Fill *) layer)->steps) / 2;
}

static int
get_smooth_reach (const RwLayer *layer)
{
  return 2 * ((const Fill *) layer)->smooth;
}

static gboolean
shape (const RwLayer *layer, const RwShape *in, RwShape *out, GError **error)
{
  if (in->c < 2) {
    g_set_error (
        error, RW_ERROR, RW_ERROR_MISMATCH,
        "fill-holes: 1 channel, wanted 2 or more, of which the last is the "
        "mask");
    return FALSE;
  }
  *out = *in;
  rw_shape_set (out, in->h, in->w, in->c - 1);
  return TRUE;
}

static RwWindow
window (const RwLayer *layer)
{
  const int reach = get_reach (layer) + get_smooth_reach (layer);

  return (
      RwWindow){ .multiply = 1, .divide = 1, .before = reach, .after = reach };
}

/* ---- sums over boxes ---------------------------------------------------- */

/* Rows of a field of c numbers a pixel, with @reach pixels of 0 at both ends,
 * and for each step their sums over 3^k neighbours in the row:
 * [1 + steps][n_rows][w][c]. */
typedef struct {
  int steps, reach, n_rows, w, c;
  float *values;
} Field;

static Field
field_make (const RwLayer *layer, int n_rows, const RwShape *in, float *values)
{
  const int reach = get_reach (layer);

  return (Field){ ((const Fill *) layer)->steps,
                  reach,
                  n_rows,
                  in->w + 2 * reach,
                  in->c,
                  values };
}

static size_t
field_size (const Field *field)
{
  return (size_t) (1 + field->steps) * (size_t) field->n_rows *
         (size_t) field->w * (size_t) field->c;
}

static float *
field_row (const Field *field, int step, int row)
{
  const size_t line = (size_t) field->w * (size_t) field->c;

  return field->values +
         ((size_t) step * (size_t) field->n_rows + (size_t) row) * line;
}

/* Sums of three that lie @apart numbers from each other, 0 beyond the row. */
static void
add_three (float *sums, const float *values, int n, int apart)
{
  for (int i = 0; i < n; i++) {
    const float before = i >= apart ? values[i - apart] : 0;
    const float after = i + apart < n ? values[i + apart] : 0;

    sums[i] = before + values[i] + after;
  }
}

static void
add_along_rows (const Field *field)
{
  for (int k = 1, apart = field->c; k <= field->steps; k++, apart *= 3)
    for (int row = 0; row < field->n_rows; row++)
      add_three (field_row (field, k, row), field_row (field, k - 1, row),
                 field->w * field->c, apart);
}

/* S of the field's c numbers at @row, @x, 0 being the first that is a pixel. */
static void
add_boxes (const Field *field, int row, int x, float *sums)
{
  float weight = 1;

  memset (sums, 0, (size_t) field->c * sizeof (float));
  for (int k = 1, reach = 1; k <= field->steps; k++, reach = 3 * reach + 1) {
    const int first = MAX (row - reach, 0);
    const int last = MIN (row + reach, field->n_rows - 1);

    weight /= (float) power_of_3 (POWER);
    for (int c = 0; c < field->c; c++) {
      const float *p =
          field_row (field, k, first) + (x + field->reach) * field->c + c;
      float sum = 0;

      for (int y = first; y <= last; y++, p += (size_t) field->w * field->c)
        sum += *p;
      sums[c] += weight * sum;
    }
  }
}

static gboolean
is_hole (const RwShape *in, const float *x)
{
  return x[in->c - 1] > 0.5f;
}

/* The pixels of a row; 0 are set on both sides. */
static float *
clear_ends (const Field *field, int row)
{
  const size_t n = (size_t) field->reach * (size_t) field->c;
  float *values = field_row (field, 0, row);

  memset (values, 0, n * sizeof (float));
  memset (values + (size_t) field->w * (size_t) field->c - n, 0,
          n * sizeof (float));
  return values + n;
}

/* g x and g of one row. */
static void
set_good (const RwPass *p, const float *x, const Field *field, int row)
{
  const int c = p->in[0].c, stride = p->in[0].stride;
  float *values = clear_ends (field, row);

  for (int i = 0; i < p->in[0].w; i++, x += stride, values += c) {
    const gboolean hole = is_hole (&p->in[0], x);

    for (int k = 0; k < c - 1; k++)
      values[k] = hole ? 0 : x[k];
    values[c - 1] = hole ? 0 : 1;
  }
}

/* ---- forward ------------------------------------------------------------ */

typedef struct {
  const RwLayer *layer;
  const RwPass *p;
} Job;

static gboolean
has_hole (const RwPass *p, const float *x, int n_rows)
{
  const int n = n_rows * p->in[0].w;

  for (int i = 0; i < n; i++, x += p->in[0].stride)
    if (is_hole (&p->in[0], x))
      return TRUE;
  return FALSE;
}

/* Row @row of the field, whose pixels are @x; packed. */
static void
fill_row (
    const RwPass *p, const Field *field, int row, const float *x, float *y)
{
  const int c = p->in[0].c, from = p->in[0].stride;
  float sums[field->c];

  for (int i = 0; i < p->out.w; i++, x += from, y += c - 1) {
    memcpy (y, x, (size_t) (c - 1) * sizeof (float));
    if (!is_hole (&p->in[0], x))
      continue;
    add_boxes (field, row, i, sums);
    for (int k = 0; k < c - 1 && sums[c - 1] > 0; k++)
      y[k] = sums[k] / sums[c - 1];
  }
}

/* Sets row @row of hole. */
static void
mark_row (const RwPass *p, RwSlopes *slopes, int row, const float *x)
{
  float *hole = slopes->hole + (ptrdiff_t) row * slopes->w * slopes->c;

  for (int i = 0; i < slopes->w; i++, x += p->in[0].stride, hole += slopes->c)
    for (int k = 0; k < slopes->c; k++)
      hole[k] = is_hole (&p->in[0], x);
}

/* Pixels that lie @stride floats apart to y. */
static void
copy_rows (
    const RwPass *p, const float *pixels, int stride, int n_rows, float *y)
{
  for (int i = 0; i < n_rows * p->out.w; i++) {
    memset (y, 0, (size_t) p->out.stride * sizeof (float));
    memcpy (y, pixels, (size_t) p->out.c * sizeof (float));
    pixels += stride;
    y += p->out.stride;
  }
}

typedef struct {
  int first, end;
} Rows;

/* The rows and @reach more on both sides, as far as there are any. */
static Rows
rows_around (const RwPass *p, Rows rows, int reach)
{
  return (Rows){ MAX (rows.first - reach, -p->above[0]),
                 MIN (rows.end + reach, p->in[0].h + p->below[0]) };
}

/* ROWS rows of an image. */
static void
forward_part (int item, int worker, void *data)
{
  const Job *j = data;
  const RwPass *p = j->p;
  const int parts = (p->out.h + ROWS - 1) / ROWS;
  const int image = item / parts, first = item % parts * ROWS;
  const Rows rows = { first, MIN (first + ROWS, p->out.h) };
  const Rows smooth = rows_around (p, rows, get_smooth_reach (j->layer));
  const Rows seen = rows_around (p, smooth, get_reach (j->layer));
  const ptrdiff_t line = (ptrdiff_t) p->in[0].w * p->in[0].stride;
  const float *x = p->x[0] + (ptrdiff_t) image * p->in[0].h * line;
  float *y = p->y + ((size_t) image * (size_t) p->out.h + (size_t) first) *
                        (size_t) p->out.w * (size_t) p->out.stride;
  float *scratch = p->scratch + (size_t) worker * p->scratch_stride;
  const Field field =
      field_make (j->layer, seen.end - seen.first, &p->in[0], scratch);
  const int packed_line = p->out.w * p->out.c;
  RwSlopes slopes;

  if (!has_hole (p, x + first * line, rows.end - first)) {
    copy_rows (p, x + first * line, p->in[0].stride, rows.end - first, y);
    return;
  }
  for (int row = seen.first; row < seen.end; row++)
    set_good (p, x + row * line, &field, row - seen.first);
  add_along_rows (&field);
  rw_slopes_init (&slopes, smooth.end - smooth.first, p->out.w, p->out.c,
                  scratch + field_size (&field));
  for (int row = smooth.first; row < smooth.end; row++) {
    const int place = row - smooth.first;

    fill_row (p, &field, row - seen.first, x + row * line,
              slopes.u + (ptrdiff_t) place * packed_line);
    mark_row (p, &slopes, place, x + row * line);
  }
  rw_slopes_continue (&slopes, ((const Fill *) j->layer)->smooth, FALSE);
  copy_rows (p, slopes.u + (ptrdiff_t) (first - smooth.first) * packed_line,
             p->out.c, rows.end - first, y);
}

static void
forward (const RwLayer *layer, const RwPass *p)
{
  Job job = { layer, p };
  const int parts = (p->out.h + ROWS - 1) / ROWS;

  rw_parallel_for_workers (p->workers, p->out.n * parts, forward_part, &job);
}

/* ---- backward ----------------------------------------------------------- */

/* dy, packed, back through the slopes. */
static const float *
go_back_slopes (const RwLayer *layer,
                const RwPass *p,
                const float *x,
                const float *dy,
                float *floats)
{
  const int line = p->in[0].w * p->in[0].stride, c = p->out.c;
  RwSlopes slopes;

  rw_slopes_init (&slopes, p->in[0].h, p->in[0].w, c, floats);
  for (int row = 0; row < p->in[0].h; row++)
    mark_row (p, &slopes, row, x + (ptrdiff_t) row * line);
  for (int i = 0; i < p->in[0].h * p->in[0].w; i++)
    memcpy (slopes.u + (ptrdiff_t) i * c, dy + (ptrdiff_t) i * p->out.stride,
            (size_t) c * sizeof (float));
  rw_slopes_continue (&slopes, ((const Fill *) layer)->smooth, TRUE);
  return slopes.u;
}

/* S is its own transpose: dx = dy + S(dy / S(g) in holes, else 0) where the
 * image is good, and 0 in holes that got a mean. */
static void
backward_image (const RwLayer *layer, const RwPass *p, size_t image)
{
  const int c = p->in[0].c, h = p->in[0].h, w = p->in[0].w;
  const size_t from = (size_t) p->in[0].stride, to = (size_t) p->out.c;
  const size_t n = (size_t) h * (size_t) w;
  const float *x = p->x[0] + image * n * from;
  float *dx = p->dx[0] + image * n * from;
  const Field field = field_make (layer, h, &p->in[0], p->scratch);
  float *weights = p->scratch + field_size (&field); /* S(g) */
  const float *dy = go_back_slopes (
      layer, p, x, p->dy + image * n * (size_t) p->out.stride, weights + n);
  float sums[field.c];

  for (int row = 0; row < h; row++)
    set_good (p, x + (size_t) row * (size_t) w * from, &field, row);
  add_along_rows (&field);
  for (size_t i = 0; i < n; i++) {
    weights[i] = 0;
    if (!is_hole (&p->in[0], x + i * from))
      continue;
    add_boxes (&field, (int) (i / (size_t) w), (int) (i % (size_t) w), sums);
    weights[i] = sums[c - 1];
  }
  for (int row = 0; row < h; row++) {
    float *values = clear_ends (&field, row);

    for (size_t i = (size_t) row * (size_t) w;
         i < (size_t) (row + 1) * (size_t) w; i++, values += c)
      for (int k = 0; k < c; k++)
        values[k] = k < c - 1 && weights[i] > 0
                        ? dy[i * to + (size_t) k] / weights[i]
                        : 0;
  }
  add_along_rows (&field);
  for (size_t i = 0; i < n; i++) {
    const gboolean hole = is_hole (&p->in[0], x + i * from);

    add_boxes (&field, (int) (i / (size_t) w), (int) (i % (size_t) w), sums);
    for (size_t k = 0; k < from; k++) {
      const float d = k >= (size_t) c - 1 || weights[i] > 0 ? 0
                      : hole                                ? dy[i * to + k]
                             : dy[i * to + k] + sums[k];

      dx[i * from + k] = (p->dx_add[0] ? dx[i * from + k] : 0) + d;
    }
  }
}

static void
backward (const RwLayer *layer, const RwPass *p)
{
  if (p->dx[0])
    for (int image = 0; image < p->in[0].n; image++)
      backward_image (layer, p, (size_t) image);
}

static size_t
scratch (const RwLayer *layer, const RwPass *pass, RwPassKind kind)
{
  const RwShape *in = &pass->in[0];
  const int rows = MIN (ROWS, pass->out.h) + 2 * get_smooth_reach (layer);
  const Field part =
      field_make (layer, rows + 2 * get_reach (layer), in, NULL);
  const Field whole = field_make (layer, in->h, in, NULL);
  const size_t forward =
      field_size (&part) + rw_slopes_size (rows, in->w, in->c - 1);
  const size_t n = (size_t) in->h * (size_t) in->w;
  const size_t backward =
      field_size (&whole) + n + rw_slopes_size (in->h, in->w, in->c - 1);

  return kind == RW_PASS_FORWARD ? forward : MAX (forward, backward);
}

const RwLayerClass rw_layer_fill_holes = {
  .name = "fill-holes",
  .summary = "holes, told by the last channel, get means of what is around",
  .size = sizeof (Fill),
  .flags = RW_LAYER_NEEDS_X,
  .relevance = RW_RELEVANCE_SHARES,
  .channels = { RW_CHANNELS_STAY },
  .settings = settings,
  .examples = { "fill-holes", "fill-holes steps=2 smooth=3" },
  .shape = shape,
  .scratch = scratch,
  .window = window,
  .forward = forward,
  .backward = backward,
};
