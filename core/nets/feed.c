/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Feeding a net.
 */
#include "nets/feed.h"

#include "reweave.h"
#include "nets/planes.h"

static gboolean
fail (GError **error, const char *found, const char *expected)
{
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "net: %s, expected %s; change the net's text", found, expected);
  return FALSE;
}

static gboolean
find_planes (RwFeed *feed, const RwNet *net, GError **error)
{
  int channel = 0;

  for (int i = 0; i < RW_N_PLANES; i++)
    feed->channel[i] = -1;
  for (int i = 0; i < rw_net_get_n_planes (net); i++) {
    const RwPlane plane = rw_net_get_plane (net, i);
    if (feed->channel[plane] >= 0) {
      g_autofree char *found = g_strdup_printf (
          "its input has the plane \"%s\" twice", rw_plane_get_word (plane));
      return fail (error, found, "each plane once");
    }
    feed->channel[plane] = channel;
    channel += rw_plane_get_channels (plane);
  }
  feed->rgb = feed->channel[RW_PLANE_RGB];
  if (feed->rgb < 0)
    return fail (error, "its input has no plane \"rgb\"",
                 "one, for example \"input rgb sigma\"");
  if (rw_feed_takes (feed, RW_PLANE_KNOWN) &&
      !rw_feed_takes (feed, RW_PLANE_VALUE))
    return fail (error, "its input has the plane \"known\" without \"value\"",
                 "both, \"input rgb value known\"");
  return TRUE;
}

static gboolean
check_output (const RwNet *net, int scale, GError **error)
{
  int numerator, denominator;

  if (rw_net_get_out_channels (net) != 3) {
    g_autofree char *found = g_strdup_printf ("its output has %d channels",
                                              rw_net_get_out_channels (net));
    return fail (error, found, "3; end with conv 3, or conv 12 | shuffle 2");
  }
  rw_net_get_scale (net, &numerator, &denominator);
  if (numerator == scale * denominator)
    return TRUE;
  g_autofree char *found =
      g_strdup_printf ("its output is %d/%d times as wide as its input",
                       numerator, denominator);
  g_autofree char *expected = g_strdup_printf ("%d times", scale);
  return fail (error, found, expected);
}

gboolean
rw_feed_init (RwFeed *feed,
              const RwNet *net,
              double low,
              double high,
              int scale,
              GError **error)
{
  *feed = (RwFeed){ .stride = rw_channel_stride (rw_net_get_in_channels (net)),
                    .low = (float) low,
                    .high = (float) high };
  return find_planes (feed, net, error) && check_output (net, scale, error);
}

gboolean
rw_feed_takes (const RwFeed *feed, RwPlane plane)
{
  return feed->channel[plane] >= 0;
}

gboolean
rw_feed_takes_value (const RwFeed *feed)
{
  return rw_feed_takes (feed, RW_PLANE_SIGMA) ||
         rw_feed_takes (feed, RW_PLANE_VALUE);
}

gboolean
rw_feed_works_blind (const RwFeed *feed)
{
  return rw_feed_takes (feed, RW_PLANE_KNOWN);
}

/* ---- filling ------------------------------------------------------------ */

/* @value at @channel of each pixel. */
static void
fill_channel (
    const RwFeed *feed, int channel, float value, gsize n_pixels, float *input)
{
  if (channel >= 0)
    for (gsize i = 0; i < n_pixels; i++)
      input[i * (gsize) feed->stride + (gsize) channel] = value;
}

static void
fill_grey (const RwFeed *feed, gsize n_pixels, float *input)
{
  const int grey = feed->channel[RW_PLANE_GREY];

  if (grey >= 0)
    for (gsize i = 0; i < n_pixels; i++, input += feed->stride) {
      const float *rgb = input + feed->rgb;
      input[grey] = (rgb[0] + rgb[1] + rgb[2]) / 3;
    }
}

static void
fill_mask (const RwFeed *feed, const float *mask, gsize n_pixels, float *input)
{
  const int channel = feed->channel[RW_PLANE_MASK];

  if (mask == NULL)
    fill_channel (feed, channel, 0, n_pixels, input);
  else if (channel >= 0)
    for (gsize i = 0; i < n_pixels; i++)
      input[i * (gsize) feed->stride + (gsize) channel] = mask[i];
}

void
rw_feed_fill_planes (const RwFeed *feed,
                     const float *mask,
                     const RwTold *told,
                     gsize n_pixels,
                     float *input)
{
  const int *channel = feed->channel;

  fill_grey (feed, n_pixels, input);
  fill_channel (feed, channel[RW_PLANE_SIGMA], told->value, n_pixels, input);
  fill_channel (feed, channel[RW_PLANE_VALUE],
                told->known ? told->value : 0.0f, n_pixels, input);
  fill_channel (feed, channel[RW_PLANE_KNOWN], told->known ? 1.0f : 0.0f,
                n_pixels, input);
  fill_mask (feed, mask, n_pixels, input);
}

void
rw_feed_fill (const RwFeed *feed,
              const float *rgb,
              const float *mask,
              const RwTold *told,
              gsize n_pixels,
              float *input)
{
  for (gsize i = 0; i < n_pixels; i++)
    for (gsize c = 0; c < 3; c++)
      input[i * (gsize) feed->stride + (gsize) feed->rgb + c] =
          CLAMP (rgb[3 * i + c], feed->low, feed->high);
  rw_feed_fill_planes (feed, mask, told, n_pixels, input);
}

/* ---- in words ----------------------------------------------------------- */

char *
rw_feed_describe (const RwNet *net, double low, double high)
{
  GString *text = g_string_new (NULL);
  char first[G_ASCII_DTOSTR_BUF_SIZE], last[G_ASCII_DTOSTR_BUF_SIZE];

  for (int i = 0; i < rw_net_get_n_planes (net); i++)
    g_string_append_printf (text, "%s ",
                            rw_plane_get_word (rw_net_get_plane (net, i)));
  g_ascii_formatd (first, sizeof first, "%g", low);
  g_ascii_formatd (last, sizeof last, "%g", high);
  g_string_append_printf (text, "srgb-coded range=%s..%s", first, last);
  return g_string_free (text, FALSE);
}
