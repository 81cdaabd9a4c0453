/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Feeding a net.
 */
#include "train/feed.h"

#include "reweave.h"
#include "train/loss/metrics.h"

#include <math.h>

static gboolean
fail (GError **error, const char *found, const char *expected)
{
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "net: %s, but this task wants %s; change the net's text", found,
               expected);
  return FALSE;
}

static gboolean
find_planes (RwFeed *feed, const RwNet *net, GError **error)
{
  int channel = 0;

  for (int i = 0; i < rw_net_get_n_planes (net); i++) {
    switch (rw_net_get_plane (net, i)) {
    case RW_PLANE_RGB:
      if (feed->rgb >= 0)
        return fail (error, "its input has the plane rgb twice", "it once");
      feed->rgb = channel;
      channel += 3;
      break;
    case RW_PLANE_SIGMA:
      if (feed->level >= 0)
        return fail (error, "its input has the plane sigma twice", "it once");
      feed->level = channel++;
      break;
    case RW_PLANE_GREY:
      return fail (error, "its input has the plane grey",
                   "rgb, and sigma or not");
    }
  }
  if (feed->rgb < 0)
    return fail (error, "its input has no plane rgb", "rgb, and sigma or not");
  return TRUE;
}

gboolean
rw_feed_init (RwFeed *feed,
              const RwNet *net,
              const RwTask *task,
              GError **error)
{
  int numerator, denominator;

  *feed = (RwFeed){ .rgb = -1,
                    .level = -1,
                    .stride = rw_channel_stride (rw_net_get_in_channels (net)),
                    .low = (float) task->range_low,
                    .high = (float) task->range_high };
  if (!find_planes (feed, net, error))
    return FALSE;
  if (rw_net_get_out_channels (net) != 3)
    return fail (error, "its output is not 3 channels",
                 "colour; end with conv 3, or conv 12 | shuffle 2");
  rw_net_get_scale (net, &numerator, &denominator);
  if (numerator != denominator)
    return fail (error, "its output is not as large as its input",
                 "the same size");
  return TRUE;
}

void
rw_feed_fill (const RwFeed *feed,
              const float *rgb,
              gsize n_pixels,
              double level,
              float *input)
{
  const float plane = (float) (level / 255);

  for (gsize i = 0; i < n_pixels; i++, input += feed->stride, rgb += 3) {
    for (int c = 0; c < 3; c++)
      input[feed->rgb + c] = CLAMP (rgb[c], feed->low, feed->high);
    if (feed->level >= 0)
      input[feed->level] = plane;
  }
}

double
rw_feed_measure_level (const RwTask *task,
                       const float *clean,
                       const float *damaged,
                       gsize n_pixels)
{
  const double level = 255 * sqrt (rw_mse (clean, damaged, 3 * n_pixels));

  return MIN (level, task->level_max);
}

static const char *
name_plane (RwPlane plane)
{
  switch (plane) {
  case RW_PLANE_RGB:
    return "rgb";
  case RW_PLANE_GREY:
    return "grey";
  case RW_PLANE_SIGMA:
    return "sigma";
  }
  return "";
}

char *
rw_feed_describe (const RwNet *net, const RwTask *task)
{
  GString *text = g_string_new (NULL);
  char low[G_ASCII_DTOSTR_BUF_SIZE], high[G_ASCII_DTOSTR_BUF_SIZE];

  for (int i = 0; i < rw_net_get_n_planes (net); i++)
    g_string_append_printf (text, "%s ",
                            name_plane (rw_net_get_plane (net, i)));
  g_ascii_formatd (low, sizeof low, "%g", task->range_low);
  g_ascii_formatd (high, sizeof high, "%g", task->range_high);
  g_string_append_printf (text, "srgb-coded range=%s..%s", low, high);
  return g_string_free (text, FALSE);
}
