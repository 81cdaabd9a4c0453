/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The ends of rANS streams.
 */
#include "codec/codec-rans.h"

enum { STATE_BYTES = 4 };

static void
put_state (guint8 *out, guint32 state)
{
  for (int i = 0; i < STATE_BYTES; i++)
    out[i] = (guint8) (state >> (8 * i));
}

void
rw_rans_finish (const RwRansEncoder *encoder, GByteArray *out)
{
  const guint32 *intervals = (const guint32 *) encoder->intervals->data;
  guint32 states[2] = { RW_RANS_LOW, RW_RANS_LOW };
  g_autoptr (GArray) words = g_array_new (FALSE, FALSE, sizeof (guint16));
  guint8 head[2 * STATE_BYTES];

  for (guint i = encoder->intervals->len; i-- > 0;) {
    const guint32 start = intervals[i] & 0xffff;
    const guint32 frequency = intervals[i] >> 16;
    guint32 state = states[i & 1];
    /* 2^32 for the frequency 2^14 */
    const guint64 end = (guint64) frequency << (32 - RW_CODEC_PRECISION);
    if (state >= end) {
      const guint16 word = (guint16) state;
      g_array_append_val (words, word);
      state >>= 16;
    }
    states[i & 1] = ((state / frequency) << RW_CODEC_PRECISION) +
                    state % frequency + start;
  }
  put_state (head, states[0]);
  put_state (head + STATE_BYTES, states[1]);
  g_byte_array_append (out, head, sizeof head);
  for (guint i = words->len; i-- > 0;) {
    const guint16 word = g_array_index (words, guint16, i);
    const guint8 bytes[2] = { word & 255, word >> 8 };
    g_byte_array_append (out, bytes, 2);
  }
}

static guint32
take_state (const guint8 *bytes)
{
  return (guint32) bytes[0] | (guint32) bytes[1] << 8 |
         (guint32) bytes[2] << 16 | (guint32) bytes[3] << 24;
}

gboolean
rw_rans_begin (RwRansDecoder *decoder, const guint8 *stream, gsize n_bytes)
{
  if (n_bytes < 2 * STATE_BYTES || n_bytes % 2 != 0)
    return FALSE;
  *decoder = (RwRansDecoder){
    .states = { take_state (stream), take_state (stream + STATE_BYTES) },
    .at = stream + 2 * STATE_BYTES,
    .end = stream + n_bytes,
  };
  return decoder->states[0] >= RW_RANS_LOW &&
         decoder->states[1] >= RW_RANS_LOW;
}

gboolean
rw_rans_is_done (const RwRansDecoder *decoder)
{
  return !decoder->failed && decoder->at == decoder->end &&
         decoder->states[0] == RW_RANS_LOW &&
         decoder->states[1] == RW_RANS_LOW;
}
