/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * rANS (Duda, 2013): two interleaved states of 32 bits, words of 16 bits.
 * What is coded is a list of intervals (start, frequency) of 2^14; the first,
 * third, ... is in state 0, the others in state 1.  The coder walks from the
 * last one to the first, the decoder the other way.
 *
 * A stream is both states, 4 bytes each, then the words in the order in which
 * they are read, all of them little-endian.
 */
#pragma once

#include <glib.h>

#include "codec/codec-tables.h"

#define RW_RANS_LOW                                                           \
  ((guint32) 1 << 16) /* states are this or more, and have
                                           this value at the list's end */

/* ---- coding ------------------------------------------------------------ */

/* A list of intervals; each is start | frequency << 16. */
typedef struct {
  GArray *intervals; /* of guint32 */
} RwRansEncoder;

static inline void
rw_rans_put (RwRansEncoder *encoder, guint start, guint frequency)
{
  const guint32 interval = start | frequency << 16;

  g_array_append_val (encoder->intervals, interval);
}

/* @n bits, 1..14, that nothing foretells. */
static inline void
rw_rans_put_bits (RwRansEncoder *encoder, guint value, int n)
{
  const int rest = RW_CODEC_PRECISION - n;

  rw_rans_put (encoder, value << rest, 1u << rest);
}

/* Appends the stream of the list to @out. */
void rw_rans_finish (const RwRansEncoder *encoder, GByteArray *out);

/* ---- decoding ---------------------------------------------------------- */

typedef struct {
  guint32 states[2];
  guint turn;             /* which state is next */
  gboolean failed;        /* words were wanted after the last one */
  const guint8 *at, *end; /* the words left */
} RwRansDecoder;

/* FALSE when the stream has no states, or ones that no coder makes. */
gboolean
rw_rans_begin (RwRansDecoder *decoder, const guint8 *stream, gsize n_bytes);

/* Whether all was read and nothing is left over. */
gboolean rw_rans_is_done (const RwRansDecoder *decoder);

/* Where in the 2^14 the next interval is. */
static inline guint
rw_rans_peek (const RwRansDecoder *decoder)
{
  return decoder->states[decoder->turn] & (RW_CODEC_TOTAL - 1);
}

/* Takes the interval, which has what peek found. */
static inline void
rw_rans_take (RwRansDecoder *decoder, guint start, guint frequency)
{
  guint32 state = decoder->states[decoder->turn];

  state = frequency * (state >> RW_CODEC_PRECISION) +
          (state & (RW_CODEC_TOTAL - 1)) - start;
  if (state < RW_RANS_LOW) {
    if (decoder->at == decoder->end) {
      decoder->failed = TRUE;
      state |= RW_RANS_LOW;
    } else {
      state = state << 16 | (guint32) decoder->at[0] |
              (guint32) decoder->at[1] << 8;
      decoder->at += 2;
    }
  }
  decoder->states[decoder->turn] = state;
  decoder->turn ^= 1;
}

static inline guint
rw_rans_take_bits (RwRansDecoder *decoder, int n)
{
  const int rest = RW_CODEC_PRECISION - n;
  const guint value = rw_rans_peek (decoder) >> rest;

  rw_rans_take (decoder, value << rest, 1u << rest);
  return value;
}
