/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Tables of the entropy coder, and their bytes.
 */
#include "codec/codec-tables.h"
#include "reweave.h"

#include <string.h>

enum { VERSION = 1, HEADER_BYTES = 8 + RW_CODEC_NEIGHBOURS };

RwCodecTables *
rw_codec_tables_new (int n_rates,
                     int n_channels,
                     int n_classes,
                     int n_distributions)
{
  RwCodecTables *tables = g_new0 (RwCodecTables, 1);
  const gsize n = (gsize) n_channels;

  tables->n_rates = n_rates;
  tables->n_channels = n_channels;
  tables->n_classes = n_classes;
  tables->n_distributions = n_distributions;
  tables->references = g_new0 (guint16, n * RW_CODEC_REFERENCES);
  tables->choices = g_new0 (guint8, n * (gsize) n_rates * (gsize) n_classes);
  tables->starts =
      g_new0 (guint16, (gsize) n_distributions * (RW_CODEC_SYMBOLS + 1));
  return tables;
}

void
rw_codec_tables_free (RwCodecTables *tables)
{
  if (tables == NULL)
    return;
  g_free (tables->references);
  g_free (tables->choices);
  g_free (tables->starts);
  g_free (tables);
}

void
rw_codec_tables_fill_classes (RwCodecTables *tables)
{
  int class = 0;

  for (int context = 0; context < RW_CODEC_CONTEXTS; context++) {
    while (class < tables->n_classes - 1 &&
           tables->thresholds[class] <= context)
      class ++;
    tables->classes[context] = (guint8) class;
  }
}

/* ---- writing ----------------------------------------------------------- */

static void
put_byte (GByteArray *out, guint value)
{
  const guint8 byte = (guint8) value;

  g_byte_array_append (out, &byte, 1);
}

static void
put_short (GByteArray *out, guint value)
{
  put_byte (out, value & 255);
  put_byte (out, value >> 8);
}

GBytes *
rw_codec_tables_to_bytes (const RwCodecTables *tables)
{
  GByteArray *out = g_byte_array_new ();
  const int n_rows = tables->n_rates * tables->n_channels;

  put_byte (out, VERSION);
  put_byte (out, (guint) tables->n_rates);
  put_short (out, (guint) tables->n_channels);
  put_byte (out, (guint) tables->n_classes);
  put_byte (out, RW_CODEC_SYMBOLS);
  put_short (out, (guint) tables->n_distributions);
  g_byte_array_append (out, tables->weights, RW_CODEC_NEIGHBOURS);
  for (int i = 0; i < tables->n_classes - 1; i++)
    put_short (out, tables->thresholds[i]);
  for (int i = 0; i < tables->n_channels * RW_CODEC_REFERENCES; i++)
    put_short (out, tables->references[i]);
  g_byte_array_append (out, tables->choices,
                       (guint) (n_rows * tables->n_classes));
  for (int d = 0; d < tables->n_distributions; d++) {
    const guint16 *starts = tables->starts + d * (RW_CODEC_SYMBOLS + 1);
    for (int s = 0; s < RW_CODEC_SYMBOLS; s++)
      put_short (out, (guint) (starts[s + 1] - starts[s]));
  }
  return g_byte_array_free_to_bytes (out);
}

/* ---- reading ----------------------------------------------------------- */

typedef struct {
  const guint8 *at;
  const char *name;
  GError **error;
} Reader;

static gboolean G_GNUC_PRINTF (2, 3)
    fail (const Reader *reader, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);

  g_set_error (reader->error, RW_ERROR, RW_ERROR_FORMAT,
               "%s: its entropy tables %s; the file is damaged, get it again",
               reader->name, what);
  return FALSE;
}

static int
take_byte (Reader *reader)
{
  return *reader->at++;
}

static int
take_short (Reader *reader)
{
  const int low = take_byte (reader);

  return low | take_byte (reader) << 8;
}

/* The sizes, and whether the bytes are as many as these want. */
static RwCodecTables *
take_header (Reader *reader, gsize n_bytes)
{
  if (n_bytes < HEADER_BYTES) {
    fail (reader, "have %zu bytes, expected at least %d", n_bytes,
          HEADER_BYTES);
    return NULL;
  }
  const int version = take_byte (reader);
  const int rates = take_byte (reader);
  const int channels = take_short (reader);
  const int classes = take_byte (reader);
  const int symbols = take_byte (reader);
  const int distributions = take_short (reader);

  if (version != VERSION || symbols != RW_CODEC_SYMBOLS) {
    fail (reader, "are of version %d with %d symbols, expected %d with %d",
          version, symbols, VERSION, RW_CODEC_SYMBOLS);
    return NULL;
  }
  if (rates < 1 || rates > RW_CODEC_MAX_RATES || channels < 1 ||
      channels > RW_CODEC_MAX_CHANNELS || classes < 1 ||
      classes > RW_CODEC_MAX_CLASSES || distributions < 1 ||
      distributions > RW_CODEC_MAX_DISTRIBUTIONS) {
    fail (reader,
          "have %d rates, %d channels, %d classes and %d distributions, "
          "expected 1 to %d, %d, %d and %d",
          rates, channels, classes, distributions, RW_CODEC_MAX_RATES,
          RW_CODEC_MAX_CHANNELS, RW_CODEC_MAX_CLASSES,
          RW_CODEC_MAX_DISTRIBUTIONS);
    return NULL;
  }
  const gsize wanted = HEADER_BYTES + 2 * ((gsize) classes - 1) +
                       2 * (gsize) channels * RW_CODEC_REFERENCES +
                       (gsize) rates * (gsize) channels * (gsize) classes +
                       2 * (gsize) distributions * RW_CODEC_SYMBOLS;
  if (n_bytes != wanted) {
    fail (reader, "have %zu bytes, expected %zu", n_bytes, wanted);
    return NULL;
  }
  return rw_codec_tables_new (rates, channels, classes, distributions);
}

static gboolean
take_contexts (Reader *reader, RwCodecTables *tables)
{
  int sum = 0;

  for (int i = 0; i < RW_CODEC_NEIGHBOURS; i++) {
    tables->weights[i] = (guint8) take_byte (reader);
    sum += tables->weights[i];
  }
  if (sum > RW_CODEC_WEIGHT_MAX)
    return fail (reader,
                 "weigh neighbours by %d together, expected at most %d", sum,
                 RW_CODEC_WEIGHT_MAX);
  for (int i = 0; i < tables->n_classes - 1; i++) {
    tables->thresholds[i] = (guint16) take_short (reader);
    if (tables->thresholds[i] < (i > 0 ? tables->thresholds[i - 1] + 1 : 1))
      return fail (
          reader, "have a threshold %d after %d, expected a larger one",
          tables->thresholds[i], i > 0 ? tables->thresholds[i - 1] : 0);
  }
  rw_codec_tables_fill_classes (tables);
  for (int i = 0; i < tables->n_channels * RW_CODEC_REFERENCES; i++) {
    const int channel = i / RW_CODEC_REFERENCES;
    const int other = take_short (reader);
    if (other >= channel && other != RW_CODEC_NO_CHANNEL)
      return fail (
          reader, "foretell channel %d by channel %d, expected an earlier one",
          channel, other);
    tables->references[i] = (guint16) other;
  }
  return TRUE;
}

static gboolean
take_distributions (Reader *reader, RwCodecTables *tables)
{
  const int n = tables->n_rates * tables->n_channels * tables->n_classes;

  for (int i = 0; i < n; i++) {
    tables->choices[i] = (guint8) take_byte (reader);
    if (tables->choices[i] >= tables->n_distributions)
      return fail (reader, "name distribution %d of %d", tables->choices[i],
                   tables->n_distributions);
  }
  for (int d = 0; d < tables->n_distributions; d++) {
    guint16 *starts = tables->starts + d * (RW_CODEC_SYMBOLS + 1);
    int sum = 0;
    for (int s = 0; s < RW_CODEC_SYMBOLS; s++) {
      const int frequency = take_short (reader);
      sum += frequency;
      if (frequency < 1 || sum > RW_CODEC_TOTAL)
        return fail (reader,
                     "have a frequency of %d in distribution %d, expected 1 "
                     "or more and %d together",
                     frequency, d, RW_CODEC_TOTAL);
      starts[s + 1] = (guint16) sum;
    }
    if (sum != RW_CODEC_TOTAL)
      return fail (reader,
                   "have frequencies of %d in distribution %d, "
                   "expected %d",
                   sum, d, RW_CODEC_TOTAL);
  }
  return TRUE;
}

RwCodecTables *
rw_codec_tables_parse (GBytes *bytes, const char *name, GError **error)
{
  gsize n_bytes;
  Reader reader = { g_bytes_get_data (bytes, &n_bytes), name, error };
  g_autoptr (RwCodecTables) tables = take_header (&reader, n_bytes);

  if (tables == NULL || !take_contexts (&reader, tables) ||
      !take_distributions (&reader, tables))
    return NULL;
  return g_steal_pointer (&tables);
}
