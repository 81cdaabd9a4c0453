/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Bands of latents.
 */
#include "codec/codec-bands.h"
#include "base/alloc.h"
#include "base/parallel.h"
#include "codec/codec-bridge.h"
#include "codec/codec-field.h"
#include "codec/codec-model.h"
#include "codec/codec-rans.h"

#include <math.h>
#include <string.h>

/* Bits of the length and of the number behind an escape, together. */
#define ESCAPE_BITS_MAX 16
#define CHUNK_BITS 8

typedef struct {
  const RwCodecTables *tables;
  const RwCodecLayout *layout;
  int width, height;    /* the layout's */
  int n_streams;        /* of a band */
  int n_channels;       /* of a stream */
  RwCodecField *fields; /* one for each worker */
  RwCodecModel *models; /* also */
  int n_workers;
} Job;

int
rw_codec_count_bands (int height)
{
  return (height + RW_CODEC_BAND_ROWS - 1) / RW_CODEC_BAND_ROWS;
}

gsize
rw_codec_get_least_bytes (gsize n_latents)
{
  /* log2 (16384 / 16353) bits each, which is 1 / 366 */
  return n_latents / 366 / 8;
}

/* ---- scratch ----------------------------------------------------------- */

static void
clear_job (Job *job)
{
  for (int i = 0; i < job->n_workers; i++) {
    rw_codec_field_clear (&job->fields[i]);
    rw_codec_model_clear (&job->models[i]);
  }
  g_free (job->fields);
  g_free (job->models);
}

static gboolean
init_job (Job *job,
          const RwCodecTables *tables,
          const RwCodecLayout *layout,
          GError **error)
{
  *job = (Job){
    .tables = tables,
    .layout = layout,
    .width = layout->width,
    .height = layout->height,
    .n_streams = rw_codec_layout_count_streams (layout),
    .n_channels = rw_codec_layout_count_channels (layout, tables),
  };
  job->n_workers =
      MIN (rw_parallel_get_workers (), rw_codec_count_bands (job->height));
  job->fields = g_new0 (RwCodecField, (gsize) job->n_workers);
  job->models = g_new0 (RwCodecModel, (gsize) job->n_workers);
  for (int i = 0; i < job->n_workers; i++)
    if (!rw_codec_field_init (&job->fields[i], job->tables->n_channels,
                              job->width, error) ||
        !rw_codec_model_init (&job->models[i], job->tables, error)) {
      clear_job (job);
      return FALSE;
    }
  return TRUE;
}

gsize
rw_codec_bands_count_bytes (const RwCodecTables *tables, int width, int height)
{
  const gsize n_workers =
      (gsize) MIN (rw_parallel_get_workers (), rw_codec_count_bands (height));
  const gsize n = (gsize) tables->n_channels * RW_CODEC_BAND_ROWS;

  /* magnitudes, a list of intervals that may have grown once, distributions */
  return n_workers * (n * ((gsize) width + 2) * (1 + 3 * sizeof (guint32)) +
                      (gsize) tables->n_channels * (gsize) tables->n_classes *
                          (RW_CODEC_SYMBOLS + 1) * sizeof (guint16));
}

static int
get_rows (const Job *job, int band)
{
  return MIN (RW_CODEC_BAND_ROWS, job->height - band * RW_CODEC_BAND_ROWS);
}

/* Where row @y of @band in @channel begins. */
static gsize
get_offset (const Job *job, int channel, int band, int y)
{
  const gsize row = (gsize) channel * (gsize) job->height +
                    (gsize) (band * RW_CODEC_BAND_ROWS + y);

  return row * (gsize) job->width;
}

/* Row @y of @band in @channel. */
typedef struct {
  int channel;
  const gint16 *latents;
  const gint16 *before; /* those of the round before; NULL: it has none */
} Line;

static Line
get_line (const Job *job, const gint16 *latents, int channel, int band, int y)
{
  const gint16 *own = latents + get_offset (job, channel, band, y);
  const gsize round =
      (gsize) job->n_channels * (gsize) job->width * (gsize) job->height;

  return (Line){ channel, own,
                 channel >= job->n_channels ? own - round : NULL };
}

/* Whether all that is left to tell is a half of a cell. */
static gboolean
is_halved (const Line *line, int x)
{
  return line->before != NULL && line->before[x] != 0;
}

/* ---- coding ------------------------------------------------------------ */

typedef struct {
  Job job;
  const gint16 *latents;
  GByteArray **streams;
} Encoding;

/* Undoes rw_codec_fold. */
static int
unfold (guint folded)
{
  return folded & 1 ? -(int) (folded / 2) - 1 : (int) (folded / 2);
}

static int
count_bits (guint value)
{
  return 32 - __builtin_clz (value);
}

/* What is above the direct symbols: number + 1 has n bits; n - 1 zeros and a
 * one, then the n - 1 lower bits, the high ones first. */
static void
put_escape (RwRansEncoder *encoder, guint folded)
{
  const guint value = folded - RW_CODEC_ESCAPE + 1;
  const int n = count_bits (value);

  for (int i = 1; i < n; i++)
    rw_rans_put_bits (encoder, 0, 1);
  rw_rans_put_bits (encoder, 1, 1);
  for (int left = n - 1; left > 0;) {
    const int step = MIN (left, CHUNK_BITS);
    left -= step;
    rw_rans_put_bits (encoder, (value >> left) & ((1u << step) - 1), step);
  }
}

static void
put_row (RwRansEncoder *encoder,
         const Encoding *encoding,
         const RwCodecModel *model,
         const RwCodecRow *row,
         const Line *line)
{
  const RwCodecTables *tables = encoding->job.tables;

  for (int x = 0; x < encoding->job.width; x++) {
    const int latent = line->latents[x];
    if (is_halved (line, x)) {
      rw_rans_put_bits (encoder, (guint) (latent & 1), 1);
      rw_codec_row_set (row, x, latent);
      continue;
    }
    const int class = rw_codec_row_get_class (row, tables, x);
    guint16 *starts = rw_codec_model_get (model, line->channel, class);
    const guint folded = rw_codec_fold (latent);
    const guint symbol = MIN (folded, RW_CODEC_ESCAPE);

    rw_rans_put (encoder, starts[symbol],
                 (guint) (starts[symbol + 1] - starts[symbol]));
    if (symbol == RW_CODEC_ESCAPE)
      put_escape (encoder, folded);
    rw_codec_model_learn (starts, symbol);
    rw_codec_row_set (row, x, latent);
  }
}

/* @index: of the stream, those of a band behind each other. */
static void
encode_stream (const Encoding *encoding, int index, int worker)
{
  const Job *job = &encoding->job;
  const int band = index / job->n_streams, rows = get_rows (job, band);
  const int first = index % job->n_streams * job->n_channels;
  g_autoptr (GArray) intervals =
      g_array_sized_new (FALSE, FALSE, sizeof (guint32),
                         (guint) (job->n_channels * rows * job->width));
  RwRansEncoder encoder = { intervals };

  for (int channel = first; channel < first + job->n_channels; channel++)
    for (int y = 0; y < rows; y++) {
      const Line line = get_line (job, encoding->latents, channel, band, y);
      const RwCodecRow row = rw_codec_field_begin_row (
          &job->fields[worker], job->tables, channel, y);
      put_row (&encoder, encoding, &job->models[worker], &row, &line);
    }
  rw_rans_finish (&encoder, encoding->streams[index]);
}

static void
encode_band (int band, int worker, void *data)
{
  const Encoding *encoding = data;
  const Job *job = &encoding->job;

  rw_codec_model_begin (&job->models[worker], job->tables, job->layout->rate);
  for (int i = 0; i < job->n_streams; i++)
    encode_stream (encoding, band * job->n_streams + i, worker);
}

GPtrArray *
rw_codec_encode_bands (const RwCodecTables *tables,
                       const RwCodecLayout *layout,
                       const gint16 *latents,
                       GError **error)
{
  Encoding encoding = { .latents = latents };

  if (!init_job (&encoding.job, tables, layout, error))
    return NULL;
  const int n_bands = rw_codec_count_bands (layout->height);
  const int n = n_bands * encoding.job.n_streams;
  encoding.streams = g_new (GByteArray *, (gsize) n);
  for (int i = 0; i < n; i++)
    encoding.streams[i] = g_byte_array_new ();
  rw_parallel_for_workers (encoding.job.n_workers, n_bands, encode_band,
                           &encoding);
  GPtrArray *streams =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  for (int i = 0; i < n; i++) { /* without what an array has in reserve */
    const GByteArray *stream = encoding.streams[i];
    g_ptr_array_add (streams, g_bytes_new (stream->data, stream->len));
    g_byte_array_unref (encoding.streams[i]);
  }
  g_free (encoding.streams);
  clear_job (&encoding.job);
  return streams;
}

/* ---- decoding ---------------------------------------------------------- */

typedef struct {
  Job job;
  RwCodecStream *streams;
  gint16 *latents;
} Decoding;

/* What put_escape put; FALSE when it is no latent. */
static gboolean
take_escape (RwRansDecoder *decoder, int *latent)
{
  int n = 1;
  guint value = 1;

  while (rw_rans_take_bits (decoder, 1) == 0)
    if (++n > ESCAPE_BITS_MAX)
      return FALSE;
  for (int left = n - 1; left > 0;) {
    const int step = MIN (left, CHUNK_BITS);
    left -= step;
    value = value << step | rw_rans_take_bits (decoder, step);
  }
  *latent = unfold (value - 1 + RW_CODEC_ESCAPE);
  return *latent >= G_MININT16 && *latent <= G_MAXINT16;
}

/* The half of the cell of @before. */
static gboolean
take_half (RwRansDecoder *decoder, int before, int *latent)
{
  const int size = 2 * ABS (before) + (int) rw_rans_take_bits (decoder, 1);

  *latent = before > 0 ? size : -size;
  return size <= G_MAXINT16;
}

/* By the symbol of @class, which is learnt. */
static gboolean
take_symbol (RwRansDecoder *decoder, guint16 *starts, int *latent)
{
  const guint at = rw_rans_peek (decoder);
  guint symbol = 0;

  while (starts[symbol + 1] <= at)
    symbol++;
  rw_rans_take (decoder, starts[symbol],
                (guint) (starts[symbol + 1] - starts[symbol]));
  *latent = unfold (symbol);
  if (symbol == RW_CODEC_ESCAPE && !take_escape (decoder, latent))
    return FALSE;
  rw_codec_model_learn (starts, symbol);
  return TRUE;
}

static gboolean
take_row (RwRansDecoder *decoder,
          const Decoding *decoding,
          const RwCodecModel *model,
          const RwCodecRow *row,
          const Line *line)
{
  const RwCodecTables *tables = decoding->job.tables;
  gint16 *to = decoding->latents + (line->latents - decoding->latents);

  for (int x = 0; x < decoding->job.width; x++) {
    int latent;

    if (!(is_halved (line, x)
              ? take_half (decoder, line->before[x], &latent)
              : take_symbol (decoder,
                             rw_codec_model_get (
                                 model, line->channel,
                                 rw_codec_row_get_class (row, tables, x)),
                             &latent)))
      return FALSE;
    to[x] = (gint16) latent;
    rw_codec_row_set (row, x, latent);
  }
  return !decoder->failed;
}

static gboolean
take_stream (const Decoding *decoding,
             const RwCodecStream *stream,
             int band,
             int first,
             int worker)
{
  const Job *job = &decoding->job;
  RwRansDecoder decoder;

  if (stream->damaged ||
      !rw_rans_begin (&decoder, stream->bytes, stream->n_bytes))
    return FALSE;
  for (int channel = first; channel < first + job->n_channels; channel++)
    for (int y = 0; y < get_rows (job, band); y++) {
      const Line line = get_line (job, decoding->latents, channel, band, y);
      const RwCodecRow row = rw_codec_field_begin_row (
          &job->fields[worker], job->tables, channel, y);
      if (!take_row (&decoder, decoding, &job->models[worker], &row, &line))
        return FALSE;
    }
  return rw_rans_is_done (&decoder);
}

/* All channels of a band from @first on. */
static void
clear_channels (const Decoding *decoding, int band, int first)
{
  const Job *job = &decoding->job;
  const gsize n = (gsize) get_rows (job, band) * (gsize) job->width;

  for (int channel = first; channel < job->tables->n_channels; channel++)
    memset (decoding->latents + get_offset (job, channel, band, 0), 0,
            n * sizeof *decoding->latents);
}

static void
decode_band (int band, int worker, void *data)
{
  const Decoding *decoding = data;
  const Job *job = &decoding->job;
  const int n_bands = rw_codec_count_bands (job->height);
  int i = 0;

  rw_codec_model_begin (&job->models[worker], job->tables, job->layout->rate);
  while (i < job->n_streams &&
         take_stream (decoding, &decoding->streams[i * n_bands + band], band,
                      i * job->n_channels, worker))
    i++;
  clear_channels (decoding, band, i * job->n_channels);
  for (; i < job->n_streams; i++)
    decoding->streams[i * n_bands + band].damaged = TRUE;
}

/* ---- all --------------------------------------------------------------- */

gboolean
rw_codec_decode_bands (const RwCodecTables *tables,
                       const RwCodecLayout *layout,
                       RwCodecStream *streams,
                       gint16 *latents,
                       GError **error)
{
  Decoding decoding = { .streams = streams, .latents = latents };

  if (!init_job (&decoding.job, tables, layout, error))
    return FALSE;
  rw_parallel_for_workers (decoding.job.n_workers,
                           rw_codec_count_bands (layout->height), decode_band,
                           &decoding);
  clear_job (&decoding.job);
  rw_codec_bridge (streams, decoding.job.n_channels, layout->width,
                   layout->height, latents);
  return TRUE;
}

/* ---- measuring --------------------------------------------------------- */

static double
measure_row (const Job *job, const RwCodecRow *row, const Line *line)
{
  double bits = 0;

  for (int x = 0; x < job->width; x++) {
    const int latent = line->latents[x];
    if (is_halved (line, x)) {
      bits++;
      rw_codec_row_set (row, x, latent);
      continue;
    }
    const int class = rw_codec_row_get_class (row, job->tables, x);
    guint16 *starts =
        rw_codec_model_get (&job->models[0], line->channel, class);
    const guint folded = rw_codec_fold (latent);
    const guint symbol = MIN (folded, RW_CODEC_ESCAPE);

    bits += RW_CODEC_PRECISION - log2 (starts[symbol + 1] - starts[symbol]);
    if (symbol == RW_CODEC_ESCAPE)
      bits += rw_codec_count_escape_bits (folded);
    rw_codec_model_learn (starts, symbol);
    rw_codec_row_set (row, x, latent);
  }
  return bits;
}

gboolean
rw_codec_measure_channels (const RwCodecTables *tables,
                           const RwCodecLayout *layout,
                           const gint16 *latents,
                           double *bits,
                           GError **error)
{
  Job job;

  if (!init_job (&job, tables, layout, error))
    return FALSE;
  memset (bits, 0, (gsize) tables->n_channels * sizeof *bits);
  for (int band = 0; band < rw_codec_count_bands (layout->height); band++) {
    rw_codec_model_begin (&job.models[0], tables, layout->rate);
    for (int channel = 0; channel < job.n_streams * job.n_channels; channel++)
      for (int y = 0; y < get_rows (&job, band); y++) {
        const Line line = get_line (&job, latents, channel, band, y);
        const RwCodecRow row =
            rw_codec_field_begin_row (&job.fields[0], tables, channel, y);
        bits[channel] += measure_row (&job, &row, &line);
      }
  }
  clear_job (&job);
  return TRUE;
}
