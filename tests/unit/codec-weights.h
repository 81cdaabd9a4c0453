/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For tests: weights of the task compress, small and random, with entropy
 * tables, and a picture that they were counted on.
 */
#pragma once

#include "codec/codec.h"
#include "random-weights.h"

#include <math.h>

#define CODEC_NET                                                             \
  "input rgb value -> picture\n"                                              \
  "unshuffle 2 | down 6 | down 6 | down 6 -> y\n"                             \
  "from picture | max-pool 8 | max-pool 2 -> rate\n"                          \
  "from y\n"                                                                  \
  "gain rate 3 span=60 -> scaled\n"                                           \
  "bits rate 3 -> bits\n"                                                     \
  "from scaled\n"                                                             \
  "quantise\n"                                                                \
  "gain rate 3 span=0.02\n"                                                   \
  "up 6 | up 6 | up 6 | conv 12 | shuffle 2\n"

/* The same in rounds. */
#define CODEC_NET_IN_ROUNDS                                                   \
  "input rgb value -> told\n"                                                 \
  "unshuffle 2 | down 6 | down 6 | down 6 -> y\n"                             \
  "from told | max-pool 8 | max-pool 2 -> rate\n"                             \
  "from y | bits rate 3 span=4 -> bits\n"                                     \
  "from y | rounds rate 3 -> latents\n"                                       \
  "zeros 6\n"                                                                 \
  "repeat 3 {\n"                                                              \
  "slice 6 -> sum\n"                                                          \
  "from latents | slice 6 step=6 -> new\n"                                    \
  "concat sum | gru 5 k=1 | conv 6 | add new | add sum\n"                     \
  "}\n"                                                                       \
  "up 6 | up 6 | up 6 | conv 12 | shuffle 2\n"

/* (transfer full) */
static inline RwPicture *
codec_picture_draw (int width, int height, int channels, int depth)
{
  RwPicture *picture = rw_picture_new (width, height, channels, depth, NULL);
  const int peak = depth == 8 ? 255 : 65535;

  for (gsize i = 0; i < (gsize) width * (gsize) height * (gsize) channels;
       i++) {
    const double x = (double) (i / (gsize) channels % (gsize) width);
    const double y = (double) (i / (gsize) channels / (gsize) width);
    const double value =
        0.5 + 0.3 * sin (x / 3 + y / 11) * cos (y / 5 + (double) (i % 2));
    const int sample = (int) (value * peak);
    if (depth == 8)
      ((guint8 *) picture->data)[i] = (guint8) sample;
    else
      ((guint16 *) picture->data)[i] = (guint16) sample;
  }
  picture->more = rw_metadata_new ();
  return picture;
}

static inline void
codec_weights_write_net (const char *path, const char *net, guint64 seed)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) pictures =
      g_ptr_array_new_with_free_func ((GDestroyNotify) rw_picture_free);

  random_weights_write (path, "compress", net, seed);
  g_autoptr (RwWeights) weights = rw_weights_load (path, &error);
  g_assert_no_error (error);
  g_ptr_array_add (pictures, codec_picture_draw (150, 100, 3, 8));
  g_assert_true (rw_codec_add_tables (weights, path, pictures, &error));
  g_assert_no_error (error);
  rw_weights_save (path, weights->net, weights->params, weights->metadata,
                   RW_DTYPE_F32, &error);
  g_assert_no_error (error);
}

static inline void
codec_weights_write (const char *path, guint64 seed)
{
  codec_weights_write_net (path, CODEC_NET, seed);
}
