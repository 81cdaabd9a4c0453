/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * core/codec: latents come back as they were, whatever they are and however
 * many threads there are, and damage stays in its band.
 */
#include "codec/codec-bands.h"
#include "codec/codec-rans.h"
#include "latents.h"
#include "reweave.h"
#include "scratch.h"

/* ---- rANS --------------------------------------------------------------- */

/* Intervals of all frequencies there are, one of them twice as wide as all
 * others together. */
static void
test_rans (void)
{
  for (int n = 0; n < 3000; n = 2 * n + 1) {
    g_autoptr (GArray) intervals = g_array_new (FALSE, FALSE, 4);
    g_autoptr (GByteArray) stream = g_byte_array_new ();
    RwRansEncoder encoder = { intervals };
    RwRansDecoder decoder;

    for (int i = 0; i < n; i++) {
      const guint frequency =
          1 +
          rw_random_below (1, 2 * (guint64) i, i % 3 ? RW_CODEC_TOTAL - 1 : 3);
      const guint start = rw_random_below (1, 2 * (guint64) i + 1,
                                           RW_CODEC_TOTAL - frequency + 1);
      rw_rans_put (&encoder, start, frequency);
      rw_rans_put_bits (&encoder, (guint) i & 7, 3);
    }
    rw_rans_finish (&encoder, stream);
    g_assert_true (rw_rans_begin (&decoder, stream->data, stream->len));
    for (int i = 0; i < n; i++) {
      const guint32 interval = g_array_index (intervals, guint32, 2 * i);
      const guint start = interval & 0xffff, frequency = interval >> 16;
      const guint at = rw_rans_peek (&decoder);

      g_assert_cmpuint (at, >=, start);
      g_assert_cmpuint (at, <, start + frequency);
      rw_rans_take (&decoder, start, frequency);
      g_assert_cmpuint (rw_rans_take_bits (&decoder, 3), ==, (guint) i & 7);
    }
    g_assert_true (rw_rans_is_done (&decoder));
  }
}

/* A list of one certain interval takes the states alone. */
static void
test_rans_certain (void)
{
  g_autoptr (GArray) intervals = g_array_new (FALSE, FALSE, 4);
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  RwRansEncoder encoder = { intervals };
  RwRansDecoder decoder;

  for (int i = 0; i < 100; i++)
    rw_rans_put (&encoder, 0, RW_CODEC_TOTAL);
  rw_rans_finish (&encoder, stream);
  g_assert_cmpuint (stream->len, ==, 8);
  g_assert_true (rw_rans_begin (&decoder, stream->data, stream->len));
  g_assert_true (rw_rans_is_done (&decoder));
  g_assert_false (rw_rans_begin (&decoder, stream->data, 7));
  g_assert_false (rw_rans_begin (&decoder, stream->data, 6));
  stream->data[2] = 0; /* a state below its least */
  g_assert_false (rw_rans_begin (&decoder, stream->data, stream->len));
}

/* ---- bands -------------------------------------------------------------- */

static RwCodecStream *
to_streams (const GPtrArray *bands)
{
  RwCodecStream *streams = g_new0 (RwCodecStream, bands->len);

  for (guint i = 0; i < bands->len; i++)
    streams[i].bytes =
        g_bytes_get_data (g_ptr_array_index (bands, i), &streams[i].n_bytes);
  return streams;
}

#define LAYOUT(rate, width, height)                                           \
  &(RwCodecLayout) { rate, width, height, 0, 0 }

/* Latents that come back as they were. */
static void
check_round_trip (const RwCodecTables *tables,
                  const gint16 *latents,
                  int width,
                  int height)
{
  const gsize n = (gsize) tables->n_channels * (gsize) width * (gsize) height;
  g_autofree gint16 *decoded = g_new (gint16, n);
  GError *error = NULL;

  for (int rate = 0; rate < tables->n_rates; rate++) {
    g_autoptr (GPtrArray) bands = rw_codec_encode_bands (
        tables, LAYOUT (rate, width, height), latents, &error);
    g_assert_no_error (error);
    g_assert_cmpint (bands->len, ==, (height + 15) / 16);
    g_autofree RwCodecStream *streams = to_streams (bands);
    g_assert_true (rw_codec_decode_bands (tables, LAYOUT (rate, width, height),
                                          streams, decoded, &error));
    for (guint i = 0; i < bands->len; i++)
      g_assert_false (streams[i].damaged);
    g_assert_cmpmem (decoded, n * sizeof *decoded, latents,
                     n * sizeof *latents);
  }
}

static const struct {
  int width, height;
} sizes[] = { { 1, 1 },  { 2, 1 },   { 1, 2 },   { 1, 17 }, { 17, 1 },
              { 5, 15 }, { 5, 16 },  { 5, 17 },  { 3, 32 }, { 33, 33 },
              { 2, 60 }, { 257, 3 }, { 40, 100 } };

static void
test_sizes (void)
{
  g_autoptr (RwCodecTables) counted = latents_tables (6);
  g_autoptr (RwCodecTables) drawn = latents_draw_tables (8, 6);

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (double loud = 0.01; loud < 1e5; loud *= 30) {
      const int width = sizes[i].width, height = sizes[i].height;
      g_autofree gint16 *latents = latents_draw (i, 6, width, height, loud);
      check_round_trip (counted, latents, width, height);
      check_round_trip (drawn, latents, width, height);
    }
}

/* Values at the ends of what there is, alone and mixed. */
static void
test_extremes (void)
{
  static const gint16 values[] = { G_MININT16, G_MAXINT16, -32767, 16, -16,
                                   15,         -15,        0,      1,  -1 };
  enum { N = 3 * 20 * 18 };
  gint16 latents[N];

  for (guint64 trial = 0; trial < 12; trial++) {
    g_autoptr (RwCodecTables) tables = latents_draw_tables (20 + trial, 3);
    for (gsize v = 0; v < G_N_ELEMENTS (values); v++) {
      for (int i = 0; i < N; i++)
        latents[i] = values[v];
      check_round_trip (tables, latents, 20, 18);
    }
    for (guint64 i = 0; i < N; i++)
      latents[i] = values[rw_random_below (trial, i, G_N_ELEMENTS (values))];
    check_round_trip (tables, latents, 20, 18);
    for (guint64 i = 0; i < N; i++)
      latents[i] = (gint16) rw_random_bits (trial, i);
    check_round_trip (tables, latents, 20, 18);
  }
}

/* Every escape that there is. */
static void
test_all_values (void)
{
  g_autoptr (RwCodecTables) tables = latents_draw_tables (31, 1);
  g_autofree gint16 *latents = g_new (gint16, 65536);

  for (int i = 0; i < 65536; i++)
    latents[i] = (gint16) (i - 32768);
  check_round_trip (tables, latents, 1024, 64);
}

static void
test_threads (void)
{
  g_autoptr (RwCodecTables) tables = latents_tables (5);
  g_autofree gint16 *latents = latents_draw (2, 5, 30, 200, 2);
  g_autoptr (GPtrArray) first = NULL;
  static const int counts[] = { 1, 2, 5, 0 };

  for (gsize t = 0; t < G_N_ELEMENTS (counts); t++) {
    rw_set_threads (counts[t]);
    g_autoptr (GPtrArray) bands =
        rw_codec_encode_bands (tables, LAYOUT (1, 30, 200), latents, NULL);
    check_round_trip (tables, latents, 30, 200);
    if (first == NULL)
      first = g_ptr_array_ref (bands);
    for (guint i = 0; i < bands->len; i++)
      g_assert_true (g_bytes_equal (g_ptr_array_index (bands, i),
                                    g_ptr_array_index (first, i)));
    g_autoptr (RwCodecTables) again = latents_tables (5);
    g_autoptr (GBytes) a = rw_codec_tables_to_bytes (tables);
    g_autoptr (GBytes) b = rw_codec_tables_to_bytes (again);
    g_assert_true (g_bytes_equal (a, b));
  }
}

/* ---- how well ----------------------------------------------------------- */

static gsize
count_bytes (const RwCodecTables *tables, const gint16 *latents, int w, int h)
{
  g_autoptr (GPtrArray) bands =
      rw_codec_encode_bands (tables, LAYOUT (1, w, h), latents, NULL);
  gsize n = 0;

  for (guint i = 0; i < bands->len; i++)
    n += g_bytes_get_size (g_ptr_array_index (bands, i));
  return n;
}

/* Streams are as long as their symbols' bits, and contexts are worth it. */
static void
test_bits (void)
{
  enum { N = 8, WIDTH = 96, HEIGHT = 96 };
  g_autoptr (RwCodecTables) tables = latents_tables (N);
  g_autofree gint16 *latents = latents_draw (99, N, WIDTH, HEIGHT, 1);
  double bits[N], sum = 0;

  g_assert_true (rw_codec_measure_channels (tables, LAYOUT (1, WIDTH, HEIGHT),
                                            latents, bits, NULL));
  for (int c = 0; c < N; c++)
    sum += bits[c];
  const double told = sum / 8 + 6 * 8;
  const double bytes = (double) count_bytes (tables, latents, WIDTH, HEIGHT);
  g_assert_cmpfloat (bytes, <, told * 1.001 + 12);
  g_assert_cmpfloat (bytes, >, told * 0.998 - 24);

  memset (tables->weights, 0, sizeof tables->weights);
  /* class 0 has the lower latents alone: let it have what all have */
  for (int c = 0; c < tables->n_rates * N; c++)
    memset (tables->choices + c * tables->n_classes,
            tables->choices[c * tables->n_classes + 3],
            (gsize) tables->n_classes);
  const double blind = (double) count_bytes (tables, latents, WIDTH, HEIGHT);
  g_test_message ("%.0f bytes, %.0f without contexts", bytes, blind);
  g_assert_cmpfloat (bytes, <, 0.97 * blind);
}

/* A channel that repeats another one is foretold by it. */
static void
test_references (void)
{
  enum { N = 4, WIDTH = 30, HEIGHT = 30 };
  gint16 *latents = latents_draw (5, N, WIDTH, HEIGHT, 2);
  LatentsSet set = { N, WIDTH, HEIGHT, { latents, latents, latents } };
  const RwCodecSamples samples = { .n_pictures = 1,
                                   .n_rates = LATENTS_RATES,
                                   .n_channels = N,
                                   .latents = latents_give,
                                   .data = &set };

  for (gsize i = 0; i < WIDTH * HEIGHT; i++)
    latents[3 * WIDTH * HEIGHT + i] = (gint16) -latents[WIDTH * HEIGHT + i];
  g_autoptr (RwCodecTables) tables = rw_codec_count (&samples, NULL);
  g_assert_cmpint (tables->references[0], ==, RW_CODEC_NO_CHANNEL);
  g_assert_cmpint (tables->references[3 * RW_CODEC_REFERENCES], ==, 1);
  g_free (latents);
}

/* ---- damage ------------------------------------------------------------- */

/* Cut off, or with bytes changed: nothing but the band itself suffers, and
 * what is left over or lacks is found. */
static void
test_damage (void)
{
  enum { N = 3, WIDTH = 9, HEIGHT = 40, SIZE = N * WIDTH * HEIGHT };
  g_autoptr (RwCodecTables) tables = latents_tables (N);
  g_autofree gint16 *latents = latents_draw (4, N, WIDTH, HEIGHT, 3);
  g_autoptr (GPtrArray) bands =
      rw_codec_encode_bands (tables, LAYOUT (1, WIDTH, HEIGHT), latents, NULL);
  g_autofree RwCodecStream *good = to_streams (bands);
  gint16 decoded[SIZE];
  int n_found = 0, n_trials = 0;

  for (gsize trial = 0; trial < 20000; trial++) {
    RwCodecStream streams[3];
    memcpy (streams, good, sizeof streams);
    const gsize n = good[1].n_bytes;
    g_autofree guint8 *copy = g_memdup2 (good[1].bytes, n);
    streams[1].bytes = copy;
    if (trial < n)
      streams[1].n_bytes = trial;
    else
      for (guint64 k = 0; k <= trial % 3; k++)
        copy[rw_random_below (trial, 2 * k, (guint32) n)] ^=
            (guint8) (1 + rw_random_below (trial, 2 * k + 1, 255));
    g_assert_true (rw_codec_decode_bands (tables, LAYOUT (1, WIDTH, HEIGHT),
                                          streams, decoded, NULL));
    g_assert_false (streams[0].damaged);
    g_assert_false (streams[2].damaged);
    n_trials++;
    n_found += streams[1].damaged;
    if (trial < n)
      g_assert_true (streams[1].damaged);
    for (int c = 0; c < N; c++) {
      const gsize at = (gsize) c * WIDTH * HEIGHT;
      g_assert_cmpmem (decoded + at, 16 * WIDTH * 2, latents + at,
                       16 * WIDTH * 2);
      g_assert_cmpmem (decoded + at + 32 * WIDTH, 8 * WIDTH * 2,
                       latents + at + 32 * WIDTH, 8 * WIDTH * 2);
    }
  }
  /* a checksum is for the rest; two bytes may undo each other */
  g_assert_cmpint (n_found, >, n_trials * 99 / 100);
}

/* Lost rows lie between those around them. */
static void
test_bridge (void)
{
  enum { WIDTH = 2, HEIGHT = 48 };
  g_autoptr (RwCodecTables) tables = latents_tables (1);
  gint16 latents[WIDTH * HEIGHT], decoded[WIDTH * HEIGHT];

  for (int i = 0; i < WIDTH * HEIGHT; i++)
    latents[i] = (gint16) (i / WIDTH < 16 ? 17 : 34);
  g_autoptr (GPtrArray) bands =
      rw_codec_encode_bands (tables, LAYOUT (0, WIDTH, HEIGHT), latents, NULL);
  g_autofree RwCodecStream *streams = to_streams (bands);
  streams[1].damaged = TRUE;
  g_assert_true (rw_codec_decode_bands (tables, LAYOUT (0, WIDTH, HEIGHT),
                                        streams, decoded, NULL));
  for (int i = 0; i < 16; i++)
    g_assert_cmpint (decoded[(16 + i) * WIDTH], ==, 17 + i + 1);
  streams[2].damaged = TRUE; /* nothing is below */
  g_assert_true (rw_codec_decode_bands (tables, LAYOUT (0, WIDTH, HEIGHT),
                                        streams, decoded, NULL));
  g_assert_cmpint (decoded[16 * WIDTH], ==, 17 * 32 / 33);
  g_assert_cmpint (decoded[47 * WIDTH], ==, 0);
  streams[0].damaged = TRUE; /* nor above */
  g_assert_true (rw_codec_decode_bands (tables, LAYOUT (0, WIDTH, HEIGHT),
                                        streams, decoded, NULL));
  for (int i = 0; i < WIDTH * HEIGHT; i++)
    g_assert_cmpint (decoded[i], ==, 0);
}

/* ---- rounds ------------------------------------------------------------- */

enum { OWN = 3, ROUNDS = 4, COLUMNS = 21, ROWS = 40 };
enum { PLANE = COLUMNS * ROWS, ROUND = OWN * PLANE, ALL = ROUNDS * ROUND };

typedef struct {
  RwCodecTables *tables;
  gint16 *latents;
  GPtrArray *bands;
  RwCodecStream streams[ROUNDS * 3]; /* in the order of decoding */
  gint16 decoded[ALL];
} InRounds;

static RwCodecLayout
get_rounds (int wanted)
{
  return (RwCodecLayout){
    .width = COLUMNS, .height = ROWS, .n_rounds = ROUNDS, .wanted = wanted
  };
}

static void
begin_rounds (InRounds *r, double loud)
{
  const RwCodecLayout layout = get_rounds (ROUNDS);
  g_autofree gint16 *finest = latents_draw (8, OWN, COLUMNS, ROWS, loud);

  r->tables = latents_tables_in_rounds (OWN, ROUNDS);
  r->latents = latents_cut (finest, ROUND, ROUNDS);
  r->bands = rw_codec_encode_bands (r->tables, &layout, r->latents, NULL);
  g_assert_cmpuint (r->bands->len, ==, ROUNDS * 3);
  for (int i = 0; i < ROUNDS * 3; i++) {
    GBytes *stream = r->bands->pdata[i % 3 * ROUNDS + i / 3];
    r->streams[i] = (RwCodecStream){ 0 };
    r->streams[i].bytes = g_bytes_get_data (stream, &r->streams[i].n_bytes);
  }
}

static void
end_rounds (InRounds *r)
{
  g_ptr_array_unref (r->bands);
  g_free (r->latents);
  rw_codec_tables_free (r->tables);
}

/* The first rounds come back alone, whatever their latents are. */
static void
test_rounds (void)
{
  static const double loud[] = { 0.3, 3, 60, 8000 };

  for (gsize i = 0; i < G_N_ELEMENTS (loud); i++) {
    g_autofree InRounds *r = g_new (InRounds, 1);
    begin_rounds (r, loud[i]);
    for (int wanted = 1; wanted <= ROUNDS; wanted++) {
      const RwCodecLayout layout = get_rounds (wanted);
      g_assert_true (rw_codec_decode_bands (r->tables, &layout, r->streams,
                                            r->decoded, NULL));
      g_assert_cmpmem (r->decoded, (gsize) wanted * ROUND * 2, r->latents,
                       (gsize) wanted * ROUND * 2);
      for (int k = wanted * ROUND; k < ALL; k++)
        g_assert_cmpint (r->decoded[k], ==, 0);
    }
    end_rounds (r);
  }
}

/* The streams are as long as is measured. */
static void
test_rounds_bits (void)
{
  const RwCodecLayout layout = get_rounds (ROUNDS);
  g_autofree InRounds *r = g_new (InRounds, 1);
  double bits[OWN * ROUNDS], told = 0, n = 0;

  begin_rounds (r, 3);
  g_assert_true (
      rw_codec_measure_channels (r->tables, &layout, r->latents, bits, NULL));
  for (int c = 0; c < OWN * ROUNDS; c++)
    told += bits[c] / 8;
  for (int i = 0; i < ROUNDS * 3; i++)
    n += (double) r->streams[i].n_bytes - 8; /* two states */
  g_assert_cmpfloat_with_epsilon (n, told, 2 * ROUNDS * 3);
  end_rounds (r);
}

/* A lost round takes those behind it along, and those before it stay. */
static void
test_rounds_damage (void)
{
  const RwCodecLayout layout = get_rounds (ROUNDS);
  g_autofree InRounds *r = g_new (InRounds, 1);

  begin_rounds (r, 3);
  r->streams[2 * 3 + 1].damaged = TRUE; /* the third round of the middle */
  r->streams[0 * 3 + 2].damaged = TRUE; /* the first one of the last band */
  g_assert_true (rw_codec_decode_bands (r->tables, &layout, r->streams,
                                        r->decoded, NULL));
  for (int i = 0; i < ROUNDS * 3; i++)
    g_assert_cmpint (r->streams[i].damaged, ==,
                     i % 3 == 2 || (i % 3 == 1 && i / 3 >= 2));
  for (int i = 0; i < ALL; i++) {
    const int round = i / ROUND, band = i % PLANE / COLUMNS / 16;
    if (band == 0 || (band == 1 && round < 2))
      g_assert_cmpint (r->decoded[i], ==, r->latents[i]);
    else if (band == 1 || round > 0)
      g_assert_cmpint (r->decoded[i], ==, 0);
  }
  end_rounds (r);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/codec/rans", test_rans);
  g_test_add_func ("/codec/rans-certain", test_rans_certain);
  g_test_add_func ("/codec/sizes", test_sizes);
  g_test_add_func ("/codec/extremes", test_extremes);
  g_test_add_func ("/codec/all-values", test_all_values);
  g_test_add_func ("/codec/threads", test_threads);
  g_test_add_func ("/codec/bits", test_bits);
  g_test_add_func ("/codec/rounds", test_rounds);
  g_test_add_func ("/codec/rounds/bits", test_rounds_bits);
  g_test_add_func ("/codec/rounds/damage", test_rounds_damage);
  g_test_add_func ("/codec/references", test_references);
  g_test_add_func ("/codec/damage", test_damage);
  g_test_add_func ("/codec/bridge", test_bridge);
  return g_test_run ();
}
