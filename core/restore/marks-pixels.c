/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Packed, marks are their number and a list of pixels in the order of rows.
 */
#include "restore/marks-pixels.h"

#include "base/alloc.h"
#include "base/words.h"
#include "restore/blocks.h"

#include <string.h>

typedef struct {
  guint16 x, y; /* in the rectangle that was packed */
  RwMarkChange change;
} Mark;

gboolean
rw_marks_init (RwMarks *marks, const RwRect *area, GError **error)
{
  *marks = (RwMarks){ .area = *area };
  marks->mask = rw_try_alloc ((gsize) area->width, (gsize) area->height,
                              _ ("the mask of a picture"), error);
  return marks->mask != NULL;
}

gboolean
rw_marks_begin_changes (RwMarks *marks, GError **error)
{
  const gsize width = (gsize) marks->area.width;
  const int height = marks->area.height;
  gsize n = 0;

  marks->starts = rw_try_alloc ((gsize) height + 1, sizeof *marks->starts,
                                _ ("the marks of a picture"), error);
  if (marks->starts == NULL)
    return FALSE;
  for (int y = 0; y < height; y++) {
    marks->starts[y] = n;
    for (gsize x = 0; x < width; x++)
      n += marks->mask[(gsize) y * width + x] > 0;
  }
  marks->starts[height] = n;
  marks->changes = rw_try_alloc (n, sizeof *marks->changes,
                                 _ ("the marks of a picture"), error);
  return marks->changes != NULL;
}

void
rw_marks_clear (RwMarks *marks)
{
  rw_free (marks->mask);
  rw_free (marks->starts);
  rw_free (marks->changes);
  *marks = (RwMarks){ 0 };
}

guint8 *
rw_marks_get_row (const RwMarks *marks, int x, int y)
{
  const RwRect *area = &marks->area;

  return marks->mask + (gsize) (y - area->y) * (gsize) area->width +
         (x - area->x);
}

static gboolean
has_changes (const RwMarks *marks, int y)
{
  const gsize *start = marks->starts + (y - marks->area.y);

  return start[1] > start[0];
}

gboolean
rw_marks_has_changes (const RwMarks *marks, const RwRect *rect)
{
  for (int y = rect->y; y < rect->y + rect->height; y++)
    if (has_changes (marks, y))
      return TRUE;
  return FALSE;
}

RwMarkChange *
rw_marks_get_changes (const RwMarks *marks, int x, int y)
{
  const guint8 *row = rw_marks_get_row (marks, marks->area.x, y);
  RwMarkChange *change = marks->changes + marks->starts[y - marks->area.y];

  for (int i = 0; i < x - marks->area.x; i++)
    change += row[i] > 0;
  return change;
}

void
rw_marks_add_changes (const RwMarks *marks,
                      const RwRect *rect,
                      float share,
                      float *rgba)
{
  const RwRect part = rw_rect_intersect (rect, &marks->area);

  for (int y = part.y; y < part.y + part.height; y++) {
    if (!has_changes (marks, y))
      continue;
    const guint8 *marked = rw_marks_get_row (marks, part.x, y);
    const RwMarkChange *change =
        (const RwMarkChange *) rw_marks_get_changes (marks, part.x, y);
    float *pixel = rgba + 4 * ((gsize) (y - rect->y) * (gsize) rect->width +
                               (gsize) (part.x - rect->x));
    for (int x = 0; x < part.width; x++, pixel += 4)
      if (marked[x] > 0) {
        for (int c = 0; c < 3; c++)
          pixel[c] += share * (*change)[c];
        change++;
      }
  }
}

/* ---- packed -------------------------------------------------------------- */

GBytes *
rw_marks_pack (const RwMarks *marks, const RwRect *rect)
{
  GByteArray *packed = g_byte_array_new ();
  guint64 n = 0;

  g_byte_array_append (packed, (const guint8 *) &n, sizeof n);
  for (int y = 0; y < rect->height; y++) {
    const guint8 *row = rw_marks_get_row (marks, rect->x, rect->y + y);
    const RwMarkChange *change = NULL;
    for (int x = 0; x < rect->width; x++) {
      if (row[x] == 0)
        continue;
      Mark mark = { .x = (guint16) x, .y = (guint16) y };
      if (change == NULL && marks->starts != NULL)
        change = (const RwMarkChange *) rw_marks_get_changes (
            marks, rect->x + x, rect->y + y);
      if (change != NULL)
        memcpy (mark.change, *change++, sizeof mark.change);
      g_byte_array_append (packed, (const guint8 *) &mark, sizeof mark);
      n++;
    }
  }
  memcpy (packed->data, &n, sizeof n);
  return g_byte_array_free_to_bytes (packed);
}

static const Mark *
get_list (GBytes *packed, guint64 *n)
{
  const guint64 *start = g_bytes_get_data (packed, NULL);

  *n = *start;
  return (const Mark *) (start + 1);
}

static gboolean
has_pixel (const RwMarks *marks, int x, int y)
{
  const RwRect *area = &marks->area;

  return x >= area->x && x < area->x + area->width && y >= area->y &&
         y < area->y + area->height;
}

void
rw_marks_unpack_mask (RwMarks *marks, GBytes *packed, int x, int y)
{
  guint64 n;
  const Mark *list = get_list (packed, &n);

  for (guint64 i = 0; i < n; i++)
    if (has_pixel (marks, x + list[i].x, y + list[i].y))
      *rw_marks_get_row (marks, x + list[i].x, y + list[i].y) = 255;
}

void
rw_marks_unpack_changes (RwMarks *marks, GBytes *packed, int x, int y)
{
  guint64 n;
  const Mark *list = get_list (packed, &n);
  RwMarkChange *change = NULL;
  int row = -1; /* of which change is the next */

  for (guint64 i = 0; i < n; i++) {
    if (!has_pixel (marks, x + list[i].x, y + list[i].y))
      continue;
    if (list[i].y != row)
      change = rw_marks_get_changes (marks, x + list[i].x, y + list[i].y);
    row = list[i].y;
    memcpy (*change++, list[i].change, sizeof *change);
  }
}
