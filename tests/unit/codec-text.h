/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For tests: a small codec, built as weights/recipes/compress-gain.ini is.
 */
#pragma once

#define CODEC_TEXT_WITH(quantise)                                             \
  "input rgb value -> picture\n"                                              \
  "unshuffle 2 | conv 12 | relu | down 16\n"                                  \
  "down 16 -> a | conv 16 | relu | conv 16 | add a\n"                         \
  "down 24 -> detail\n"                                                       \
  "from picture | unshuffle 8 | unshuffle 2 | conv 24 k=1 | add detail -> "   \
  "y\n"                                                                       \
  "from picture | max-pool 8 | max-pool 2 -> rate\n"                          \
  "from y | gain rate 6 span=7.746 -> scaled\n"                               \
  "bits rate 6 -> bits\n"                                                     \
  "from scaled | " quantise " -> latents\n"                                   \
  "gain rate 6 span=0.1291 -> z\n"                                            \
  "conv 24 | relu | up 16 | conv 16 | relu | up 16 | up 12 | relu\n"          \
  "conv 12 | shuffle 2 -> fine\n"                                             \
  "from z | conv 768 k=1 | shuffle 2 | shuffle 8 | add fine\n"

#define CODEC_TEXT CODEC_TEXT_WITH ("quantise")
