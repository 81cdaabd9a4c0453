/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * PNG's bKGD and sBIT (PNG specification, sections 11.3.5.1 and 11.3.3.4).
 */
#include "io/png-hints.h"

#include <string.h>

enum { PALETTE = 3, HAS_COLOUR = 2, HAS_ALPHA = 4 };

/* ---- the background ---------------------------------------------------- */

/* Number @i of a chunk as it would be with 16 bits. */
static guint16
widen (const guint8 *bytes, int i, int depth)
{
  const guint peak = (1u << depth) - 1;
  const guint value = (guint) bytes[2 * i] << 8 | bytes[2 * i + 1];

  return (guint16) (MIN (value, peak) * 65535u / peak);
}

gboolean
rw_png_take_background (RwMetadata *more,
                        const RwPngKind *kind,
                        const guint8 *bytes,
                        gsize n)
{
  const gboolean colour = (kind->type & HAS_COLOUR) != 0;

  if (kind->type == PALETTE) {
    if (n != 1 || bytes[0] >= kind->n_colours)
      return FALSE;
    for (int i = 0; i < 3; i++)
      more->background[i] = (guint16) (257 * kind->palette[3 * bytes[0] + i]);
  } else {
    if (n != (colour ? 6 : 2))
      return FALSE;
    for (int i = 0; i < 3; i++)
      more->background[i] = widen (bytes, colour ? i : 0, kind->depth);
  }
  more->has_background = TRUE;
  return TRUE;
}

gsize
rw_png_put_background (const RwMetadata *more,
                       int channels,
                       int depth,
                       guint8 bytes[6])
{
  const guint16 *b = more->background;
  const int n = channels > 2 ? 3 : 1;

  if (n == 1 && (b[0] != b[1] || b[1] != b[2]))
    return 0;
  for (int i = 0; i < n; i++) {
    const guint value = depth == 16 ? b[i] : (b[i] + 128u) / 257;
    bytes[2 * i] = (guint8) (value >> 8);
    bytes[2 * i + 1] = (guint8) value;
  }
  return 2 * (gsize) n;
}

/* ---- bits that mean something ------------------------------------------ */

gboolean
rw_png_take_bits (RwMetadata *more,
                  const RwPngKind *kind,
                  const guint8 *bytes,
                  gsize n)
{
  const int n_colours = (kind->type & HAS_COLOUR) != 0 ? 3 : 1;
  const gboolean alpha = (kind->type & HAS_ALPHA) != 0;
  const int most = kind->type == PALETTE ? 8 : kind->depth;

  if (n != (gsize) (n_colours + alpha))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    if (bytes[i] < 1 || bytes[i] > most)
      return FALSE;
  for (int i = 0; i < 3; i++)
    more->bits[i] = bytes[n_colours == 3 ? i : 0];
  more->bits[3] = alpha ? bytes[n_colours] : 0;
  return TRUE;
}

gsize
rw_png_put_bits (const RwMetadata *more,
                 int channels,
                 int depth,
                 guint8 bytes[4])
{
  const guint8 *b = more->bits;
  gsize n = 0;

  if (channels > 2) {
    memcpy (bytes, b, 3);
    n = 3;
  } else
    bytes[n++] = MAX (b[0], MAX (b[1], b[2]));
  if (channels % 2 == 0) /* alpha that was made of tRNS counts as whole */
    bytes[n++] = b[3] != 0 ? b[3] : (guint8) depth;
  for (gsize i = 0; i < n; i++)
    bytes[i] = MIN (bytes[i], (guint8) depth);
  return n;
}
