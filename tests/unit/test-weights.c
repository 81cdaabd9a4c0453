/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * weights/weights.c, weights/weights-input.c: the metadata's contract, the
 * tensors that a net wants, and 20 000 damaged files.
 */
#include "base/alloc.h"
#include "base/random.h"
#include "io/files.h"
#include "scratch.h"
#include "weights/builtin.h"
#include "weights/weights.h"

#include <math.h>
#include <stdlib.h>

static const char net_text[] = "input rgb sigma\n"
                               "conv 4 | relu\n"
                               "conv 3\n"
                               "residual\n";

static const char *const metadata[][2] = {
  { "task", "white-noise" },
  { "input", "rgb sigma srgb-coded range=-0.5..1.5" },
  { "strength", "blend" },
  { "title", "A test" },
};

/* metadata with @key set to @value, or left out when that is NULL. */
static GHashTable *
make_metadata (const char *key, const char *value)
{
  GHashTable *table =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);

  for (gsize i = 0; i < G_N_ELEMENTS (metadata); i++)
    g_hash_table_insert (table, (char *) metadata[i][0],
                         g_strdup (metadata[i][1]));
  if (value != NULL)
    g_hash_table_insert (table, (char *) key, g_strdup (value));
  else if (key != NULL)
    g_hash_table_remove (table, key);
  return table;
}

static float *
make_params (const RwNet *net)
{
  float *params =
      rw_try_alloc (rw_net_get_n_inner (net), sizeof (float), "test", NULL);

  rw_net_init_params (net, params, 5, NULL);
  return params;
}

static RwNet *
make_net (void)
{
  GError *error = NULL;
  RwNet *net = rw_net_parse (net_text, &error);

  g_assert_no_error (error);
  return net;
}

/* ---- files made by hand ------------------------------------------------ */

typedef struct {
  const char *key, *value; /* of the metadata, changed; NULL: left out */
  const char *net;         /* other text */
  int n_dropped;           /* tensors at the end */
  const char *surplus;     /* name of one more */
  gboolean reshape;        /* the first one flat */
  gboolean spoil;          /* a NaN in the last one */
  gboolean is_version_2;
} Change;

static void
add_entry (gpointer key, gpointer value, gpointer writer)
{
  rw_safetensors_writer_set_metadata (writer, key, value);
}

static void
add_tensors (RwSafetensorsWriter *writer, const RwNet *net, Change change)
{
  rw_autofree float *params = make_params (net);
  const int n = rw_net_get_n_params (net) - change.n_dropped;

  for (int i = 0; i < n; i++) {
    const RwParam *param = rw_net_get_param (net, i);
    const gboolean flat = change.reshape && i == 0;
    rw_autofree float *values =
        rw_try_alloc (param->n_values, sizeof (float), "test", NULL);
    rw_net_export_param (net, i, params, values);
    if (change.spoil && i == n - 1)
      values[param->n_values - 1] = NAN;
    rw_safetensors_writer_add_floats (
        writer, param->name, RW_DTYPE_F32, flat ? 1 : param->n_dims,
        flat ? &param->n_values : param->dims, values);
  }
}

static GBytes *
make_file (Change change)
{
  g_autoptr (RwSafetensorsWriter) writer = rw_safetensors_writer_new ();
  g_autoptr (RwNet) net = make_net ();
  g_autoptr (GHashTable) table = make_metadata (change.key, change.value);
  const float one = 1;

  g_hash_table_foreach (table, add_entry, writer);
  rw_safetensors_writer_set_metadata (writer, "net",
                                      change.net ? change.net : net_text);
  if (change.key == NULL || strcmp (change.key, "reweave.format") != 0)
    rw_safetensors_writer_set_metadata (writer, "reweave.format",
                                        change.is_version_2 ? "2" : "1");
  add_tensors (writer, net, change);
  if (change.surplus != NULL)
    rw_safetensors_writer_add_floats (writer, change.surplus, RW_DTYPE_F32, 0,
                                      NULL, &one);
  return rw_safetensors_writer_to_bytes (writer);
}

static const struct {
  Change change;
  RwErrorCode code;
  const char *fragment;
} bad[] = {
  { { "reweave.format", NULL }, RW_ERROR_FORMAT, "\"reweave.format\"" },
  { { .is_version_2 = TRUE }, RW_ERROR_MISMATCH, "format \"2\", expected 1" },
  { { "task", NULL }, RW_ERROR_FORMAT, "\"task\"" },
  { { "task", "" }, RW_ERROR_FORMAT, "\"task\"" },
  { { "input", NULL }, RW_ERROR_FORMAT, "\"input\"" },
  { { .net = "" }, RW_ERROR_FORMAT, "\"net\"" },
  { { .net = "input rgb\nbend 3\n" }, RW_ERROR_FORMAT, "its net: " },
  { { "input", "rgb srgb-coded range=0..1" }, RW_ERROR_FORMAT, "sigma" },
  { { "input", "grey sigma srgb-coded range=0..1" }, RW_ERROR_FORMAT, "rgb" },
  { { "input", "rgb sigma mask srgb-coded range=0..1" },
    RW_ERROR_MISMATCH,
    "\"mask\"" },
  { { "input", "rgb sigma linear range=0..1" }, RW_ERROR_MISMATCH, "linear" },
  { { "input", "rgb sigma srgb-coded" }, RW_ERROR_FORMAT, "range=LOW..HIGH" },
  { { "input", "rgb sigma srgb-coded range=1..1" }, RW_ERROR_FORMAT, "1..1" },
  { { "input", "rgb sigma srgb-coded range=1..0" }, RW_ERROR_FORMAT, "1..0" },
  { { "input", "rgb sigma srgb-coded range=0" }, RW_ERROR_FORMAT, "range=0" },
  { { "input", "rgb sigma srgb-coded range=.." },
    RW_ERROR_FORMAT,
    "range=.." },
  { { "input", "rgb sigma srgb-coded range=0..1e999" },
    RW_ERROR_FORMAT,
    "1e999" },
  { { "input", "rgb sigma srgb-coded range=nan..1" }, RW_ERROR_FORMAT, "nan" },
  { { "input", "rgb sigma srgb-coded range=0..inf" }, RW_ERROR_FORMAT, "inf" },
  { { "input", "rgb sigma srgb-coded range=0..1x" }, RW_ERROR_FORMAT, "1x" },
  { { .n_dropped = 1 }, RW_ERROR_FORMAT, "has no tensor" },
  { { .surplus = "extra" }, RW_ERROR_FORMAT, "has a tensor extra" },
  { { .reshape = TRUE }, RW_ERROR_FORMAT, "its net wants 4x4x3x3" },
  { { .spoil = TRUE }, RW_ERROR_FORMAT, "nan" },
};

static void
test_refuses (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    GError *error = NULL;
    g_autoptr (GBytes) bytes = make_file (bad[i].change);
    g_autoptr (RwWeights) weights =
        rw_weights_parse (bytes, "x.safetensors", &error);
    if (weights != NULL)
      g_error ("accepted, expected \"%s\"", bad[i].fragment);
    g_assert_true (g_str_has_prefix (error->message, "x.safetensors: "));
    assert_error (&error, bad[i].code, bad[i].fragment);
  }
}

static void
test_range (void)
{
  static const struct {
    const char *text;
    double low, high;
  } ranges[] = {
    { "range=0..1", 0, 1 },
    { "range=-.5..1.5", -0.5, 1.5 },
    { "range=-1e1..+2.", -10, 2 },
    { "range=.25...5", 0.25, 0.5 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (ranges); i++) {
    g_autofree char *input =
        g_strdup_printf ("rgb  sigma %s srgb-coded", ranges[i].text);
    g_autoptr (GBytes) bytes =
        make_file ((Change){ .key = "input", .value = input });
    GError *error = NULL;
    g_autoptr (RwWeights) weights = rw_weights_parse (bytes, "x", &error);
    g_assert_no_error (error);
    g_assert_cmpfloat (weights->range_low, ==, ranges[i].low);
    g_assert_cmpfloat (weights->range_high, ==, ranges[i].high);
  }
}

/* A short text may ask for much memory: only when the file has the tensors. */
static void
test_large_net (void)
{
  g_autoptr (GBytes) bytes = make_file ((Change){
      .net = "input rgb sigma\nconv 4096\nconv 4096\nconv 3\nresidual\n" });
  GError *error = NULL;
  g_autoptr (RwWeights) weights = rw_weights_parse (bytes, "x", &error);

  g_assert_null (weights);
  assert_error (&error, RW_ERROR_FORMAT, "its net wants 4096x4x3x3");
}

/* ---- round trip -------------------------------------------------------- */

static void
check_round_trip (const char *path, RwDtype dtype, float tolerance)
{
  g_autoptr (RwNet) net = make_net ();
  g_autoptr (GHashTable) table = make_metadata (NULL, NULL);
  rw_autofree float *params = make_params (net);
  GError *error = NULL;

  g_assert_true (rw_weights_save (path, net, params, table, dtype, &error));
  g_assert_no_error (error);
  g_autoptr (RwWeights) weights = rw_weights_load (path, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < rw_net_get_n_inner (net); i++)
    g_assert_cmpfloat (fabsf (weights->params[i] - params[i]), <=,
                       tolerance * fabsf (params[i]));
  g_assert_cmpstr (weights->task, ==, "white-noise");
  g_assert_cmpstr (rw_net_get_text (weights->net), ==, rw_net_get_text (net));
  g_assert_cmpstr (g_hash_table_lookup (weights->metadata, "title"), ==,
                   "A test");
  g_assert_cmpfloat (weights->range_low, ==, -0.5);
  g_assert_cmpfloat (weights->range_high, ==, 1.5);
  g_autoptr (GBytes) bytes = rw_file_read (path, 1 << 20, NULL);
  g_autofree char *digest =
      g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  g_assert_cmpstr (weights->digest, ==, digest);
}

static void
test_round_trip (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "x.safetensors");

  check_round_trip (path, RW_DTYPE_F32, 0);
  check_round_trip (path, RW_DTYPE_F16, 0x1p-11f);
  check_round_trip (path, RW_DTYPE_BF16, 0x1p-8f);
}

static void
test_save_refuses (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "x.safetensors");
  g_autoptr (RwNet) net = make_net ();
  g_autoptr (GHashTable) good = make_metadata (NULL, NULL);
  g_autoptr (GHashTable) poor = make_metadata ("task", NULL);
  rw_autofree float *params = make_params (net);
  GError *error = NULL;

  g_assert_false (
      rw_weights_save (path, net, params, poor, RW_DTYPE_F32, &error));
  assert_error (&error, RW_ERROR_FORMAT, "\"task\"");
  for (gsize i = 0; i < rw_net_get_n_inner (net); i++)
    params[i] = NAN;
  g_assert_false (
      rw_weights_save (path, net, params, good, RW_DTYPE_F32, &error));
  assert_error (&error, RW_ERROR_FORMAT, "not saved");
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_check_task (void)
{
  g_autoptr (GBytes) bytes = make_file ((Change){ 0 });
  GError *error = NULL;
  g_autoptr (RwWeights) weights = rw_weights_parse (bytes, "x", &error);

  g_assert_no_error (error);
  g_assert_true (rw_weights_check_task (weights, "x", "white-noise", &error));
  g_assert_false (rw_weights_check_task (weights, "x", "dejpeg", &error));
  assert_error (&error, RW_ERROR_MISMATCH,
                "x: weights for \"white-noise\", wanted \"dejpeg\"");
}

static void
test_builtin (void)
{
  for (const RwBuiltin *builtin = rw_builtins; builtin->name; builtin++) {
    g_autoptr (GBytes) bytes =
        g_bytes_new_static (builtin->data, builtin->n_bytes);
    GError *error = NULL;
    g_autoptr (RwWeights) weights =
        rw_weights_parse (bytes, builtin->name, &error);
    g_assert_no_error (error);
    g_assert_true (g_str_has_prefix (builtin->name, weights->task));
  }
}

/* ---- mutations --------------------------------------------------------- */

enum { N_MUTATIONS = 20000, SEED = 11 };

typedef struct {
  guint64 key, n_drawn;
} Draw;

static guint32
draw (Draw *state, gsize n)
{
  return rw_random_below (state->key, state->n_drawn++, (guint32) MAX (n, 1));
}

/* A place in the file; half of the time in its header. */
static guint
draw_place (Draw *state, const GByteArray *file)
{
  const gsize n = draw (state, 2) == 0 ? MIN (file->len, 600) : file->len;

  return draw (state, n);
}

static void
insert (GByteArray *file, guint place, const guint8 *bytes, guint n)
{
  const guint before = file->len;

  g_byte_array_set_size (file, before + n);
  memmove (file->data + place + n, file->data + place, before - place);
  memcpy (file->data + place, bytes, n);
}

/* One change of a random kind. */
static void
mutate (GByteArray *file, Draw *state)
{
  static const char *const pieces[] = {
    "\"",       "{",
    "}",        "[",
    "]",        ",",
    ":",        "\\",
    "\\u0000",  "\\ud800",
    "-1",       "1e9",
    "0.5",      "99999999999999999999",
    "null",     "\xff",
    "\n",       "F16",
    "I64",      "\"__metadata__\":{},",
    "[[[[[[[[", "{\"a\":{\"a\":{\"a\":",
  };
  const guint place = draw_place (state, file);
  const guint wanted = 1 + draw (state, 40);
  const guint n = MIN (wanted, file->len - place);

  if (file->len == 0)
    return;
  switch (draw (state, 6)) {
  case 0:
    file->data[place] ^= (guint8) (1 << draw (state, 8));
    break;
  case 1:
    file->data[place] = (guint8) draw (state, 256);
    break;
  case 2:
    g_byte_array_set_size (file, place);
    break;
  case 3:
    g_byte_array_remove_range (file, place, n);
    break;
  case 4: { /* a piece of the file somewhere else */
    g_autofree guint8 *copy = g_memdup2 (file->data + place, n);
    insert (file, draw_place (state, file), copy, n);
    break;
  }
  default: {
    const char *piece = pieces[draw (state, G_N_ELEMENTS (pieces))];
    insert (file, place, (const guint8 *) piece, (guint) strlen (piece));
  }
  }
}

/* Makes the length field right again, so that the JSON is reached. */
static void
repair_length (GByteArray *file, gsize n_data)
{
  if (file->len < 8 + n_data)
    return;
  const guint64 n = GUINT64_TO_LE ((guint64) (file->len - 8 - n_data));
  memcpy (file->data, &n, 8);
}

/* Reads all that there is. @returns whether it was a safetensors file. */
static gboolean
try_file (GBytes *bytes, int i)
{
  GError *error = NULL;
  g_autoptr (RwSafetensors) file = rw_safetensors_parse (bytes, "x", &error);

  if ((file == NULL) != (error != NULL))
    g_error ("seed %d, mutation %d: error and result", SEED, i);
  g_clear_error (&error);
  for (int k = 0; file && k < rw_safetensors_get_n_tensors (file); k++) {
    const RwTensorInfo *tensor = rw_safetensors_get_tensor (file, k);
    g_autofree float *values = g_new (float, tensor->n_values + 1);
    if (rw_safetensors_read_floats (file, tensor, values, &error) == !!error)
      g_error ("seed %d, mutation %d: error and result", SEED, i);
    g_clear_error (&error);
  }
  g_autoptr (RwWeights) weights = rw_weights_parse (bytes, "x", &error);
  if ((weights == NULL) != (error != NULL) || (weights && !file))
    g_error ("seed %d, mutation %d: error and result", SEED, i);
  g_clear_error (&error);
  return file != NULL;
}

/* REWEAVE_MUTATION=N tries only the Nth, to look at one that crashed. */
static void
test_mutations (void)
{
  const char *only = g_getenv ("REWEAVE_MUTATION");
  g_autoptr (GBytes) good = make_file ((Change){ 0 });
  gsize n, n_data = 0;
  const guint8 *bytes = g_bytes_get_data (good, &n);
  guint64 n_header;
  int n_accepted = 0;

  memcpy (&n_header, bytes, 8);
  n_data = n - 8 - (gsize) GUINT64_FROM_LE (n_header);
  for (int i = only ? atoi (only) : 0; i < N_MUTATIONS; i++) {
    Draw state = { .key = rw_random_key (SEED, (guint64) i) };
    GByteArray *file = g_byte_array_new ();
    g_byte_array_append (file, bytes, (guint) n);
    for (guint k = 0; k <= draw (&state, 3); k++)
      mutate (file, &state);
    if (draw (&state, 3) > 0)
      repair_length (file, n_data);
    g_autoptr (GBytes) mutated = g_byte_array_free_to_bytes (file);
    n_accepted += try_file (mutated, i);
    if (only != NULL)
      return;
  }
  g_test_message ("%d of %d accepted", n_accepted, N_MUTATIONS);
  g_assert_cmpint (n_accepted, >, N_MUTATIONS / 100);
  g_assert_cmpint (n_accepted, <, N_MUTATIONS / 2);
}

static void
add (const char *path, void (*test) (Scratch *, gconstpointer))
{
  g_test_add (path, Scratch, NULL, scratch_set_up, test, scratch_tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/weights/refuses", test_refuses);
  g_test_add_func ("/weights/range", test_range);
  g_test_add_func ("/weights/large-net", test_large_net);
  add ("/weights/round-trip", test_round_trip);
  add ("/weights/save-refuses", test_save_refuses);
  g_test_add_func ("/weights/check-task", test_check_task);
  g_test_add_func ("/weights/builtin", test_builtin);
  g_test_add_func ("/weights/mutations", test_mutations);
  return g_test_run ();
}
