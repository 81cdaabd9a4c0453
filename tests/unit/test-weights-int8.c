/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * weights/weights-int8.c and train/calibrate.c: files of nets that work with 8
 * bits, made by calibrating, read again, and damaged in every way.
 */
#include "base/alloc.h"
#include "base/parallel.h"
#include "base/random.h"
#include "io/files.h"
#include "scratch.h"
#include "train/calibrate.h"
#include "weights/weights.h"

#include <math.h>

static const char net_text[] = "input rgb sigma\n"
                               "unshuffle 2\n"
                               "conv 16 | relu -> a\n"
                               "conv 24 | relu | conv 16 | add a\n"
                               "conv 12 | shuffle 2\n"
                               "residual\n";

typedef struct {
  Scratch scratch;
  RwNet *net;
  float *params;
  RwDataset *dataset;
  RwCalibration calibration;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  scratch_set_up (&f->scratch, NULL);
  f->net = rw_net_parse (net_text, NULL);
  f->params =
      rw_try_alloc (rw_net_get_n_inner (f->net), sizeof (float), "test", NULL);
  rw_net_init_params (f->net, f->params, 5, NULL);
  f->dataset = rw_dataset_load ("synth:2", &(RwDatasetOptions){ .seed = 1 },
                                NULL, NULL);
  f->calibration = (RwCalibration){ .task = rw_task_find ("white-noise", NULL),
                                    .dataset = f->dataset };
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  rw_dataset_free (f->dataset);
  rw_free (f->params);
  rw_net_unref (f->net);
  scratch_tear_down (&f->scratch, NULL);
}

static RwQuant *
calibrate (const Fixture *f)
{
  GError *error = NULL;
  RwQuant *quant = rw_calibrate (f->net, f->params, &f->calibration, &error);

  g_assert_no_error (error);
  return quant;
}

static void
add_entry (gpointer key, gpointer value, gpointer writer)
{
  rw_safetensors_writer_set_metadata (writer, key, value);
}

static GBytes *
make_file (Fixture *f, RwDtype dtype)
{
  g_autofree char *path = scratch_path (&f->scratch, "x.safetensors");
  g_autoptr (RwQuant) quant = calibrate (f);
  g_autoptr (GHashTable) metadata = g_hash_table_new (g_str_hash, g_str_equal);
  GError *error = NULL;

  rw_quant_fix_weights (quant, f->params);
  g_hash_table_insert (metadata, (char *) "task", (char *) "white-noise");
  g_hash_table_insert (metadata, (char *) "input",
                       (char *) "rgb sigma srgb-coded range=-0.5..1.5");
  rw_weights_save_int8 (path, f->net, f->params, quant, metadata, dtype,
                        &error);
  g_assert_no_error (error);
  return rw_file_read (path, 1 << 20, NULL);
}

/* ---- calibrating -------------------------------------------------------- */

static void
assert_same_scales (const RwQuant *a, const RwQuant *b)
{
  for (int i = 0; i < rw_net_get_n_nodes (a->net); i++) {
    g_assert_cmpfloat (a->nodes[i].input.scale, ==, b->nodes[i].input.scale);
    g_assert_cmpint (a->nodes[i].input.zero, ==, b->nodes[i].input.zero);
  }
}

static void
test_calibrate (Fixture *f, gconstpointer data)
{
  g_autoptr (RwQuant) quant = calibrate (f);

  g_assert_cmpint (rw_quant_count (quant), ==, 2);
  for (int i = 0; i < rw_net_get_n_nodes (f->net); i++) {
    const char *name = rw_net_get_node_name (f->net, i);
    const RwInt8Scale *s = &quant->nodes[i].input;
    const gboolean inner =
        name && (g_str_equal (name, "conv2") || g_str_equal (name, "conv3"));
    g_assert_cmpint (rw_quant_is_rounded (quant, i), ==, inner);
    if (inner) { /* behind relu */
      g_assert_cmpint (s->zero, ==, 0);
      g_assert_cmpfloat (s->scale, >, 1e-4);
      g_assert_cmpfloat (s->scale, <, 1);
    }
  }
  for (int threads = 1; threads <= 3; threads++) {
    rw_parallel_set_threads (threads);
    g_autoptr (RwQuant) again = calibrate (f);
    assert_same_scales (quant, again);
  }
  rw_parallel_set_threads (0);
}

static void
assert_uncalibrated (const Fixture *f, RwErrorCode code, const char *fragment)
{
  GError *error = NULL;

  g_assert_null (rw_calibrate (f->net, f->params, &f->calibration, &error));
  assert_error (&error, code, fragment);
}

static void
test_calibrate_refuses (Fixture *f, gconstpointer data)
{
  static const char *const wrong[] = { "conv7", NULL };
  static const char *const all[] = { "conv1", "conv2", "conv3", "conv4",
                                     NULL };

  f->calibration.in_float = wrong;
  assert_uncalibrated (f, RW_ERROR_FORMAT, "conv7");
  f->calibration.in_float = all;
  assert_uncalibrated (f, RW_ERROR_MISMATCH, "none is left");
  f->calibration.in_float = NULL;
  rw_net_unref (f->net); /* a relu would hide it */
  f->net = rw_net_parse ("input rgb sigma\nunshuffle 2\nconv 16 | conv 24\n"
                         "conv 12 | shuffle 2\nresidual\n",
                         NULL);
  f->params[0] = NAN;
  assert_uncalibrated (f, RW_ERROR_FORMAT, "not finite");
}

static void
test_scale (void)
{
  const RwInt8Scale positive = rw_quant_scale (1, 2.55),
                    both = rw_quant_scale (-1, 1.55),
                    none = rw_quant_scale (0, 0),
                    huge = rw_quant_scale (-1e38, 3e38);

  g_assert_cmpint (positive.zero, ==, 0);
  g_assert_cmpfloat (positive.scale, ==, 0.01f);
  g_assert_cmpint (both.zero, ==, 100);
  for (const RwInt8Scale *const *s =
           (const RwInt8Scale *const[]){ &none, &huge, NULL };
       *s; s++) {
    g_assert_cmpfloat ((*s)->scale, >, 0);
    g_assert_true (isfinite (rw_int8_inverse (*s)));
    g_assert_cmpint ((*s)->zero, >=, 0);
    g_assert_cmpint ((*s)->zero, <=, 255);
  }
}

/* ---- files -------------------------------------------------------------- */

static void
test_round_trip (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) bytes = make_file (f, RW_DTYPE_F32);
  g_autoptr (RwQuant) quant = calibrate (f);
  GError *error = NULL;
  g_autoptr (RwWeights) weights = rw_weights_parse (bytes, "x", &error);

  g_assert_no_error (error);
  g_assert_nonnull (weights->quant);
  assert_same_scales (weights->quant, quant);
  g_assert_cmpstr (g_hash_table_lookup (weights->metadata, "int8"), ==,
                   "conv2 conv3");
  rw_quant_round_params (quant, f->params);
  for (gsize i = 0; i < rw_net_get_n_inner (f->net); i++)
    g_assert_cmpfloat (weights->params[i], ==, f->params[i]);
  /* again from what was read: the same bytes */
  g_autofree char *path = scratch_path (&f->scratch, "again.safetensors");
  g_assert_true (rw_weights_save_int8 (path, weights->net, weights->params,
                                       weights->quant, weights->metadata,
                                       RW_DTYPE_F32, NULL));
  g_autoptr (GBytes) again = rw_file_read (path, 1 << 20, NULL);
  g_assert_true (g_bytes_equal (bytes, again));
}

/* What is done to one tensor. */
typedef struct {
  const char *tensor;
  enum { DROP, RETYPE, LENGTHEN, SPOIL } what;
  double value; /* SPOIL: of its first number */
  const char *fragment;
} Attack;

static void
copy_tensor (RwSafetensorsWriter *writer,
             const RwSafetensors *file,
             const RwTensorInfo *tensor,
             const Attack *attack)
{
  const gboolean hit = g_str_equal (tensor->name, attack->tensor);
  gsize dims[8], n = tensor->n_values;

  if (hit && attack->what == DROP)
    return;
  for (int i = 0; i < tensor->n_dims; i++)
    dims[i] = tensor->dims[i];
  if (hit && attack->what == LENGTHEN)
    n = n / dims[0] * (dims[0] + 1), dims[0]++;
  if (rw_dtype_get_size (tensor->dtype) == 1) {
    g_autofree gint8 *values = g_new0 (gint8, n);
    memcpy (values, rw_safetensors_get_data (file, tensor), tensor->n_values);
    if (hit && attack->what == SPOIL)
      values[0] = (gint8) attack->value;
    rw_safetensors_writer_add_integers (
        writer, tensor->name,
        hit && attack->what == RETYPE
            ? (tensor->dtype == RW_DTYPE_I8 ? RW_DTYPE_U8 : RW_DTYPE_I8)
            : tensor->dtype,
        tensor->n_dims, dims, values);
    return;
  }
  g_autofree float *values = g_new0 (float, n);
  g_assert_true (rw_safetensors_read_floats (file, tensor, values, NULL));
  if (hit && attack->what == SPOIL)
    values[0] = (float) attack->value;
  rw_safetensors_writer_add_floats (
      writer, tensor->name,
      hit && attack->what == RETYPE ? RW_DTYPE_F16 : tensor->dtype,
      tensor->n_dims, dims, values);
}

static const Attack attacks[] = {
  { "conv2.weight_scale", DROP, 0, "has no tensor conv2.weight_scale" },
  { "conv2.input_scale", DROP, 0, "has no tensor conv2.input_scale" },
  { "conv3.input_zero", DROP, 0, "has no tensor conv3.input_zero" },
  { "conv3.weight", DROP, 0, "has no tensor conv3.weight" },
  { "conv2.weight_scale", LENGTHEN, 0, "its layer wants F32" },
  { "conv2.input_scale", LENGTHEN, 0, "its layer wants F32" },
  { "conv2.input_zero", LENGTHEN, 0, "its layer wants U8" },
  { "conv2.weight", LENGTHEN, 0, "its net wants 24x16x3x3" },
  { "conv2.weight_scale", RETYPE, 0, "its layer wants F32" },
  { "conv2.input_zero", RETYPE, 0, "its layer wants U8" },
  { "conv2.weight", RETYPE, 0, "has a tensor conv2.input_scale" },
  { "conv2.weight_scale", SPOIL, NAN, "finite" },
  { "conv2.weight_scale", SPOIL, INFINITY, "finite" },
  { "conv2.weight_scale", SPOIL, 0, "expected 1e-30" },
  { "conv2.weight_scale", SPOIL, -1, "expected 1e-30" },
  { "conv2.weight_scale", SPOIL, 1e38, "expected 1e-30" },
  { "conv2.input_scale", SPOIL, 0, "expected 1e-30" },
  { "conv2.input_scale", SPOIL, 1e-40, "expected 1e-30" },
  { "conv2.input_scale", SPOIL, NAN, "finite" },
  { "conv2.weight", SPOIL, -128, "is -128, expected -127" },
};

static void
test_attacks (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) bytes = make_file (f, RW_DTYPE_F32);
  g_autoptr (RwSafetensors) file = rw_safetensors_parse (bytes, "x", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (attacks); i++) {
    g_autoptr (RwSafetensorsWriter) writer = rw_safetensors_writer_new ();
    GError *error = NULL;

    g_hash_table_foreach (rw_safetensors_get_all_metadata (file), add_entry,
                          writer);
    for (int t = 0; t < rw_safetensors_get_n_tensors (file); t++)
      copy_tensor (writer, file, rw_safetensors_get_tensor (file, t),
                   &attacks[i]);
    g_autoptr (GBytes) bad = rw_safetensors_writer_to_bytes (writer);
    g_autoptr (RwWeights) weights = rw_weights_parse (bad, "bad", &error);
    if (weights)
      g_error ("attack %u on %s was accepted", i, attacks[i].tensor);
    g_assert_true (g_str_has_prefix (error->message, "bad: "));
    assert_error (&error, RW_ERROR_FORMAT, attacks[i].fragment);
  }
}

/* Changed bytes are refused, or make a net whose scales are in order. */
static void
test_mutations (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) bytes = make_file (f, RW_DTYPE_F16);
  gsize n;
  const guint8 *good = g_bytes_get_data (bytes, &n);
  int n_read = 0;

  for (guint64 i = 0; i < 5000; i++) {
    guint8 *bad = g_memdup2 (good, n);
    for (guint64 k = 0; k < 1 + i % 3; k++)
      bad[rw_random_below (i, 2 * k, (guint32) (i % 2 ? n : 1500))] =
          (guint8) rw_random_below (i, 2 * k + 1, 256);
    g_autoptr (GBytes) changed = g_bytes_new_take (bad, n);
    g_autoptr (GError) error = NULL;
    g_autoptr (RwWeights) weights = rw_weights_parse (changed, "x", &error);
    g_assert_true ((weights == NULL) == (error != NULL));
    for (int k = 0;
         weights && weights->quant && k < rw_net_get_n_nodes (weights->net);
         k++)
      if (rw_quant_is_rounded (weights->quant, k))
        g_assert_true (
            isfinite (rw_int8_inverse (&weights->quant->nodes[k].input)));
    n_read += weights != NULL;
  }
  g_assert_cmpint (n_read, >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/weights-int8/scale", test_scale);
#define ADD(name, func)                                                       \
  g_test_add ("/weights-int8/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("calibrate", test_calibrate);
  ADD ("calibrate-refuses", test_calibrate_refuses);
  ADD ("round-trip", test_round_trip);
  ADD ("attacks", test_attacks);
  ADD ("mutations", test_mutations);
  return g_test_run ();
}
