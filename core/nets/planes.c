/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The table of planes: to add one is a value of RwPlane and a row here, and a
 * line of rw_feed_fill_planes.
 */
#include "nets/planes.h"

#include "base/choice.h"

static const struct {
  const char *word;
  int channels;
} planes[RW_N_PLANES] = {
  [RW_PLANE_RGB] = { "rgb", 3 },     [RW_PLANE_GREY] = { "grey", 1 },
  [RW_PLANE_SIGMA] = { "sigma", 1 }, [RW_PLANE_VALUE] = { "value", 1 },
  [RW_PLANE_KNOWN] = { "known", 1 }, [RW_PLANE_MASK] = { "mask", 1 },
};

const char *
rw_plane_get_word (RwPlane plane)
{
  return planes[plane].word;
}

int
rw_plane_get_channels (RwPlane plane)
{
  return planes[plane].channels;
}

gboolean
rw_plane_find (const char *word, RwPlane *plane, GError **error)
{
  const char *words[RW_N_PLANES + 1] = { NULL };

  for (int i = 0; i < RW_N_PLANES; i++) {
    words[i] = planes[i].word;
    if (g_str_equal (word, words[i])) {
      *plane = (RwPlane) i;
      return TRUE;
    }
  }
  rw_choice_set_error (error, "plane", word, words);
  return FALSE;
}
