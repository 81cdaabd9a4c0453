/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Colour spaces are kept by their profiles; sRGB has none.
 */
#include "rwi-pixels.h"

#include <string.h>

static const Babl *
get_babl (int channels, int depth, const Babl *space)
{
  static const char *const names[] = { "Y'", "Y'A", "R'G'B'", "R'G'B'A" };
  g_autofree char *name =
      g_strdup_printf ("%s u%d", names[channels - 1], depth);

  return babl_format_with_space (name, space);
}

const Babl *
rw_rwi_get_format (const RwEncodedInfo *info, const char *path)
{
  const Babl *space = NULL;
  const char *reason = NULL;

  if (info->profile != NULL) {
    gsize n;
    const char *icc = g_bytes_get_data (info->profile, &n);
    space = babl_space_from_icc (
        icc, (int) n, BABL_ICC_INTENT_RELATIVE_COLORIMETRIC, &reason);
    if (space == NULL)
      g_warning ("%s: its colour profile cannot be used here (%s), sRGB is "
                 "taken for it; convert the picture to a profile of a matrix "
                 "and curves",
                 path, reason != NULL ? reason : "it is of an unknown kind");
  }
  return get_babl (info->channels, info->depth, space);
}

/* Whether the profile's header says that it is for @kind, "GRAY" or "RGB ". */
static gboolean
is_profile_of (const char *icc, int n, const char *kind)
{
  return n >= 20 && memcmp (icc + 16, kind, 4) == 0;
}

const Babl *
rw_rwi_choose_format (const Babl *format, RwEncodedInfo *info)
{
  const BablModelFlag flags =
      babl_get_model_flags (babl_format_get_model (format));
  const Babl *space = babl_format_get_space (format);
  gboolean grey =
      (flags & BABL_MODEL_FLAG_GRAY) != 0 && !babl_format_is_palette (format);
  int n = 0;
  const char *icc =
      space != babl_space ("sRGB") ? babl_space_get_icc (space, &n) : NULL;

  if (icc != NULL && is_profile_of (icc, n, "RGB "))
    grey = FALSE; /* three equal channels: it has no other profile */
  else if (icc == NULL || !grey || !is_profile_of (icc, n, "GRAY")) {
    space = babl_space ("sRGB"); /* CMYK, and what has no profile at all */
    icc = NULL;
  }
  *info = (RwEncodedInfo){
    .channels = (grey ? 1 : 3) + (babl_format_has_alpha (format) ? 1 : 0),
    .depth = babl_format_get_type (format, 0) == babl_type ("u8") ? 8 : 16,
    .profile = icc != NULL ? g_bytes_new (icc, (gsize) n) : NULL,
  };
  return get_babl (info->channels, info->depth, space);
}
