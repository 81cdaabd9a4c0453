/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the GEGL operations and the GIMP plug-in both ask of a colour space.
 */
#pragma once

#include <babl/babl.h>
#include <glib.h>

/* Whether R', which is coded by the space's own curve, is R~, which is coded
 * by the sRGB curve in every space.  NULL is sRGB. */
static inline gboolean
is_srgb_coded (const Babl *space)
{
  const Babl *srgb = babl_trc ("sRGB");
  const Babl *red = NULL, *green = NULL, *blue = NULL;

  if (space == NULL)
    return TRUE;
  babl_space_get (space, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, &red,
                  &green, &blue);
  return red == srgb && green == srgb && blue == srgb;
}
