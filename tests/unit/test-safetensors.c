/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * weights/safetensors*.c: whatever breaks a rule is refused with its reason,
 * and what is written is read back.  Damaged files are in test-weights.c.
 */
#include "scratch.h"
#include "weights/safetensors.h"

#include <math.h>

#define ENTRY(dtype, shape, offsets)                                          \
  "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

/* A file of this length field, header and number of data bytes. */
static GBytes *
make_bytes (guint64 n_header, const char *header, gsize header_size, gsize n)
{
  GByteArray *array = g_byte_array_new ();
  const guint64 prefix = GUINT64_TO_LE (n_header);

  g_byte_array_append (array, (const guint8 *) &prefix, 8);
  g_byte_array_append (array, (const guint8 *) header, (guint) header_size);
  for (guint8 zero = 0; n > 0; n--)
    g_byte_array_append (array, &zero, 1);
  return g_byte_array_free_to_bytes (array);
}

static GBytes *
make_file (const char *header, gsize n)
{
  return make_bytes (strlen (header), header, strlen (header), n);
}

/* ---- what is accepted -------------------------------------------------- */

static const struct {
  const char *header;
  gsize n_data;
  int n_tensors;
} good[] = {
  { "{}", 0, 0 },
  { " \t\r\n{ }\n  ", 0, 0 },
  { "{\"__metadata__\":{}}", 0, 0 },
  { "{\"__metadata__\":null}", 0, 0 },
  { "{\"scalar\":" ENTRY ("F32", "[]", "[0,4]") "}", 4, 1 },
  { "{\"empty\":" ENTRY ("F32", "[0,3]", "[0,0]") "}", 0, 1 },
  { "{\"b\":" ENTRY ("F16", "[1]", "[4,6]") ",\"a\":" ENTRY (
        "F32", "[1]", "[0,4]") "}",
    6, 2 },
  { "{\"a\":" ENTRY ("I8", "[1,1,1,1,1,1,1,1]", "[0,1]") "}", 1, 1 },
  { "{\"a\":" ENTRY ("BF16", "[1]", "[0,2]") ",\"b\":" ENTRY (
        "U8", "[3]", "[2,5]") ",\"c\":" ENTRY ("I64", "[1]", "[5,13]") "}",
    13, 3 },
  { "{\"a\":{\"later\":[{\"x\":[-1.5e+3,true,false,null,{},[]]},\"\\u00e9\"],"
    "\"dtype\":\"I8\",\"shape\":[],\"data_offsets\":[0,1]}}",
    1, 1 },
};

static void
test_accepts (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++) {
    GError *error = NULL;
    g_autoptr (GBytes) bytes = make_file (good[i].header, good[i].n_data);
    g_autoptr (RwSafetensors) file = rw_safetensors_parse (bytes, "x", &error);
    g_assert_no_error (error);
    g_assert_cmpint (rw_safetensors_get_n_tensors (file), ==,
                     good[i].n_tensors);
  }
}

/* ---- what is refused --------------------------------------------------- */

#define F4 ENTRY ("F32", "[1]", "[0,4]")
#define BIG "9007199254740992" /* 2^53 */

static const struct {
  const char *header;
  gsize n_data;
  const char *fragment; /* of the message */
} attacks[] = {
  /* not one JSON object */
  { "", 0, "expected '{'" },
  { "{", 0, "expected a string" },
  { "[]", 0, "expected '{'" },
  { "null", 0, "expected '{'" },
  { "{}x", 0, "something after the end" },
  { "{}{}", 0, "something after the end" },
  { "\v{}", 0, "expected '{'" },
  { "\xef\xbb\xbf{}", 0, "expected '{'" },
  { "{\"a\":" F4 ",}", 4, "expected a string" },
  { "{,\"a\":" F4 "}", 4, "expected a string" },
  { "{\"a\" " F4 "}", 4, "expected ':'" },
  { "{\"a\":" F4 " \"b\":" F4 "}", 4, "expected ','" },
  { "{'a':" F4 "}", 4, "expected a string" },
  { "{\"a\":" F4, 4, "expected ','" },
  { "{\"a", 0, "string without an end" },
  { "{\"a\\", 0, "unknown escape" },
  { "{\"a\\u12", 0, "four hexadecimal digits" },
  /* text */
  { "{\"\xff\":" F4 "}", 4, "not valid UTF-8" },
  { "{\"\xc0\x80\":" F4 "}", 4, "not valid UTF-8" },
  { "{\"\xed\xa0\x80\":" F4 "}", 4, "not valid UTF-8" },
  { "{\"\xf4\x90\x80\x80\":" F4 "}", 4, "not valid UTF-8" },
  { "{\"a\tb\":" F4 "}", 4, "control character in a string" },
  { "{\"a\\u0000b\":" F4 "}", 4, "\\u0000" },
  { "{\"\\ud800\":" F4 "}", 4, "surrogate" },
  { "{\"\\ud800x\":" F4 "}", 4, "surrogate" },
  { "{\"\\ud800\\u0041\":" F4 "}", 4, "surrogate" },
  { "{\"\\udc00\\ud800\":" F4 "}", 4, "surrogate" },
  { "{\"\\x41\":" F4 "}", 4, "unknown escape" },
  { "{\"\\u00zz\":" F4 "}", 4, "four hexadecimal digits" },
  { "{\"a\\nb\":" F4 "}", 4, "control character in the tensor name" },
  { "{\"a\\u0085b\":" F4 "}", 4, "control character in the tensor name" },
  { "{\"a\\u007f\":" F4 "}", 4, "control character in the tensor name" },
  /* keys that come twice */
  { "{\"a\":" F4 ",\"a\":" F4 "}", 4, "\"a\" comes twice" },
  { "{\"a\":" F4 ",\"\\u0061\":" F4 "}", 4, "\"a\" comes twice" },
  { "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "comes twice" },
  { "{\"__metadata__\":{},\"__metadat\\u0061__\":{}}", 0, "comes twice" },
  { "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0, "\"k\" comes twice" },
  { "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],"
    "\"data_offsets\":[0,4]}}",
    4, "\"dtype\" comes twice" },
  { "{\"a\":{\"x\":1,\"x\":1,\"dtype\":\"F32\",\"shape\":[1],"
    "\"data_offsets\":[0,4]}}",
    4, "\"x\" comes twice" },
  /* metadata that are no strings */
  { "{\"__metadata__\":{\"k\":1}}", 0, "expected a string" },
  { "{\"__metadata__\":{\"k\":null}}", 0, "expected a string" },
  { "{\"__metadata__\":[]}", 0, "expected '{'" },
  { "{\"__metadata__\":\"x\"}", 0, "expected '{'" },
  { "{\"__metadata__\":nil}", 0, "expected a value" },
  /* entries */
  { "{\"a\":1}", 0, "expected '{'" },
  { "{\"a\":{}}", 0, "lacks dtype" },
  { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "lacks dtype" },
  { "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "lacks dtype" },
  { "{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "lacks dtype" },
  { "{\"a\":" ENTRY ("F64", "[1]", "[0,8]") "}", 8, "has dtype \"F64\"" },
  { "{\"a\":" ENTRY ("f32", "[1]", "[0,4]") "}", 4, "has dtype \"f32\"" },
  { "{\"a\":{\"dtype\":5,\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
    "expected a string" },
  { "{\"a\":" ENTRY ("F32", "1", "[0,4]") "}", 4, "expected '['" },
  { "{\"a\":" ENTRY ("F32", "[1,]", "[0,4]") "}", 4, "plain whole number" },
  { "{\"a\":" ENTRY ("F32", "[1 1]", "[0,4]") "}", 4, "expected ','" },
  { "{\"a\":" ENTRY ("F32", "[\"1\"]", "[0,4]") "}", 4, "plain whole number" },
  { "{\"a\":" ENTRY ("F32", "[1.0]", "[0,4]") "}", 4, "plain whole number" },
  { "{\"a\":" ENTRY ("F32", "[1e0]", "[0,4]") "}", 4, "plain whole number" },
  { "{\"a\":" ENTRY ("F32", "[-1]", "[0,4]") "}", 4, "plain whole number" },
  { "{\"a\":" ENTRY ("F32", "[-0]", "[0,0]") "}", 0, "plain whole number" },
  { "{\"a\":" ENTRY ("F32", "[+1]", "[0,4]") "}", 4, "plain whole number" },
  { "{\"a\":" ENTRY ("F32", "[01]", "[0,4]") "}", 4, "plain whole number" },
  { "{\"a\":" ENTRY ("F32", "[0x1]", "[0,4]") "}", 4, "expected ','" },
  { "{\"a\":" ENTRY ("F32", "[9007199254740993]", "[0,4]") "}", 4, "2^53" },
  { "{\"a\":" ENTRY ("F32", "[18446744073709551617]", "[0,4]") "}", 4,
    "2^53" },
  { "{\"a\":" ENTRY ("F32", "[2,18446744073709551614]", "[0,4]") "}", 4,
    "2^53" },
  { "{\"a\":" ENTRY ("F32", "[2,9223372036854775807]", "[0,4]") "}", 4,
    "2^53" },
  { "{\"a\":" ENTRY ("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4,
    "too many numbers" },
  { "{\"a\":" ENTRY ("F32", "[" BIG "," BIG "]", "[0,4]") "}", 4,
    "overflows" },
  { "{\"a\":" ENTRY ("I64", "[" BIG ",512]", "[0,8]") "}", 8, "overflows" },
  { "{\"a\":" ENTRY ("F32", "[1]", "[0]") "}", 4, "two growing numbers" },
  { "{\"a\":" ENTRY ("F32", "[1]", "[0,4,4]") "}", 4, "too many numbers" },
  { "{\"a\":" ENTRY ("F32", "[1]", "[4,0]") "}", 4, "two growing numbers" },
  { "{\"a\":" ENTRY ("F32", "[1]", "[0,4.0]") "}", 4, "plain whole number" },
  { "{\"a\":" ENTRY ("F32", "[1]", "{}") "}", 4, "expected '['" },
  { "{\"a\":{\"later\":nul}}", 0, "expected a value" },
  { "{\"a\":{\"later\":01}}", 0, "expected a value" },
  { "{\"a\":{\"later\":1.}}", 0, "expected digits" },
  { "{\"a\":{\"later\":1e}}", 0, "expected digits" },
  { "{\"a\":{\"later\":[1,]}}", 0, "expected a value" },
  { "{\"a\":{\"later\":[1}}}", 0, "expected ','" },
  { "{\"a\":{\"later\":{\"x\":}}}", 0, "expected a value" },
  { "{\"a\":{\"later\":{\"x\"}}}", 0, "expected ':'" },
  { "{\"a\":{\"later\":{1:2}}}", 0, "expected a string" },
  { "{\"a\":{\"later\":}}", 0, "expected a value" },
  { "{\"a\":{\"later\":[", 0, "expected a value" },
  /* sizes and places */
  { "{\"a\":" ENTRY ("F32", "[2]", "[0,4]") "}", 4, "dtype want 8" },
  { "{\"a\":" ENTRY ("F16", "[3]", "[0,4]") "}", 4, "dtype want 6" },
  { "{\"a\":" ENTRY ("F32", "[]", "[0,0]") "}", 0, "dtype want 4" },
  { "{\"a\":" ENTRY ("F32", "[2]", "[0,8]") "}", 6, "ends at byte 8" },
  { "{\"a\":" F4 ",\"b\":" F4 "}", 4, "overlap" },
  { "{\"a\":" ENTRY ("F32", "[2]", "[0,8]") ",\"b\":" ENTRY (
        "F32", "[1]", "[4,8]") "}",
    8, "overlap" },
  { "{\"a\":" ENTRY ("F32", "[1]", "[4,8]") "}", 8, "hole" },
  { "{\"a\":" F4 ",\"b\":" ENTRY ("F32", "[1]", "[5,9]") "}", 9, "hole" },
  { "{\"a\":" F4 "}", 38, "38 bytes of data, its tensors want 4" },
  { "{}", 1, "1 bytes of data, its tensors want 0" },
};

static void
check_refused (GBytes *bytes, RwErrorCode code, const char *fragment)
{
  GError *error = NULL;
  g_autoptr (RwSafetensors) file =
      rw_safetensors_parse (bytes, "x.safetensors", &error);

  if (file != NULL) {
    g_test_message ("accepted, expected \"%s\"", fragment);
    g_test_fail ();
    return;
  }
  g_assert_true (g_str_has_prefix (error->message, "x.safetensors: "));
  assert_error (&error, code, fragment);
}

static void
test_refuses (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (attacks); i++) {
    g_autoptr (GBytes) bytes =
        make_file (attacks[i].header, attacks[i].n_data);
    check_refused (bytes, RW_ERROR_FORMAT, attacks[i].fragment);
  }
}

static void
test_refuses_lengths (void)
{
  for (gsize n = 0; n < 8; n++) {
    g_autoptr (GBytes) bytes = g_bytes_new ("\2\0\0\0\0\0\0\0{}", n);
    check_refused (bytes, RW_ERROR_FORMAT, "not a whole safetensors file");
  }
  const guint64 lengths[] = { 3, 1 << 20, G_MAXINT64, G_MAXUINT64 - 7,
                              G_MAXUINT64 };
  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++) {
    g_autoptr (GBytes) bytes = make_bytes (lengths[i], "{}", 2, 0);
    check_refused (bytes, RW_ERROR_FORMAT, "not a whole safetensors file");
  }
  g_autoptr (GBytes) shorter = make_bytes (1, "{}", 2, 0);
  check_refused (shorter, RW_ERROR_FORMAT, "expected a string");
  g_autoptr (GBytes) padded = make_bytes (4, "{}\0\0", 4, 0);
  check_refused (padded, RW_ERROR_FORMAT, "NUL");
}

/* "{" + @before @n times + "}" as the header. */
static GBytes *
make_long (const char *before, gsize n, const char *after)
{
  g_autoptr (GString) text = g_string_new (before);

  for (gsize i = 0; i < n; i++)
    g_string_append_c (text, *after == '[' ? '[' : 'n');
  g_string_append (text, after);
  return make_file (text->str, 4);
}

static void
test_refuses_lengthy (void)
{
  g_autoptr (GBytes) name = make_long ("{\"", 257, "\":" F4 "}");
  check_refused (name, RW_ERROR_FORMAT, "name has 257 bytes");
  g_autoptr (GBytes) deep = make_long ("{\"a\":{\"x\":", 33, "[]}}");
  check_refused (deep, RW_ERROR_FORMAT, "nested too deeply");
  g_autoptr (GBytes) deepest = make_long ("{\"a\":{\"x\":", 900000, "[");
  check_refused (deepest, RW_ERROR_FORMAT, "nested too deeply");
  g_autoptr (GBytes) header =
      make_long ("{\"__metadata__\":{\"k\":\"", 1 << 20, "\"}}");
  check_refused (header, RW_ERROR_LIMIT, "expected at most 1048576");
}

static void
test_long_name (void)
{
  GError *error = NULL;
  g_autoptr (GBytes) bytes = make_long ("{\"", 256, "\":" F4 "}");
  g_autoptr (RwSafetensors) file = rw_safetensors_parse (bytes, "x", &error);

  g_assert_no_error (error);
  g_assert_cmpuint (strlen (rw_safetensors_get_tensor (file, 0)->name), ==,
                    256);
}

/* 5 000 names for one region: a small file, much memory. */
static void
test_refuses_shared_region (void)
{
  g_autoptr (GString) text = g_string_new ("{");

  for (int i = 0; i < 5000; i++)
    g_string_append_printf (text, "%s\"t%d\":" F4, i > 0 ? "," : "", i);
  g_string_append_c (text, '}');
  g_autoptr (GBytes) bytes = make_file (text->str, 4);
  check_refused (bytes, RW_ERROR_FORMAT, "overlap");
}

/* ---- round trip -------------------------------------------------------- */

static const gsize shape[2] = { 3, 5 };

static RwSafetensorsWriter *
make_writer (gboolean backwards)
{
  RwSafetensorsWriter *writer = rw_safetensors_writer_new ();
  const char *keys[] = { "title", "a \"quoted\"\\\n\1 key", "\xc3\xa9" };
  const char *names[] = { "w.half", "w.full", "a.full", "odd" };
  const RwDtype types[] = { RW_DTYPE_F16, RW_DTYPE_F32, RW_DTYPE_F32,
                            RW_DTYPE_BF16 };
  float values[15];

  for (int i = 0; i < 15; i++)
    values[i] = (float) (i - 7) / 4;
  for (int k = 0; k < 3; k++)
    rw_safetensors_writer_set_metadata (writer, keys[backwards ? 2 - k : k],
                                        keys[backwards ? 2 - k : k]);
  for (int k = 0; k < 4; k++) {
    const int i = backwards ? 3 - k : k;
    rw_safetensors_writer_add_floats (writer, names[i], types[i],
                                      i == 3 ? 1 : 2, shape, values);
  }
  return writer;
}

static void
check_tensor (const RwSafetensors *file, const char *name, gsize n)
{
  const RwTensorInfo *tensor = rw_safetensors_find (file, name);
  float values[15];
  GError *error = NULL;

  g_assert_nonnull (tensor);
  g_assert_cmpuint (tensor->n_values, ==, n);
  g_assert_true (rw_safetensors_read_floats (file, tensor, values, &error));
  g_assert_no_error (error);
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat (values[i], ==, ((float) i - 7) / 4);
}

static void
test_round_trip (Scratch *scratch, gconstpointer data)
{
  g_autofree char *path = scratch_path (scratch, "a.safetensors");
  g_autoptr (RwSafetensorsWriter) writer = make_writer (FALSE);
  GError *error = NULL;

  g_assert_true (rw_safetensors_writer_save (writer, path, &error));
  g_assert_no_error (error);
  g_autoptr (RwSafetensors) file = rw_safetensors_load (path, 1 << 20, &error);
  g_assert_no_error (error);
  g_assert_cmpint (rw_safetensors_get_n_tensors (file), ==, 4);
  check_tensor (file, "w.full", 15);
  check_tensor (file, "a.full", 15);
  check_tensor (file, "w.half", 15);
  check_tensor (file, "odd", 3);
  const char *names[] = { "a.full", "w.full", "odd", "w.half" };
  for (int i = 0; i < 4; i++)
    g_assert_cmpstr (rw_safetensors_get_tensor (file, i)->name, ==, names[i]);
  g_assert_cmpuint (g_hash_table_size (rw_safetensors_get_all_metadata (file)),
                    ==, 3);
  g_assert_cmpstr (rw_safetensors_get_metadata (file, "\xc3\xa9"), ==,
                   "\xc3\xa9");
  g_assert_cmpstr (
      rw_safetensors_get_metadata (file, "a \"quoted\"\\\n\1 key"), ==,
      "a \"quoted\"\\\n\1 key");
  g_assert_null (rw_safetensors_get_metadata (file, "none"));
  g_assert_null (rw_safetensors_find (file, "none"));
  g_assert_null (rw_safetensors_load (path, 100, &error));
  assert_error (&error, RW_ERROR_LIMIT, "expected at most 100");
}

static void
test_same_bytes (void)
{
  g_autoptr (RwSafetensorsWriter) one = make_writer (FALSE);
  g_autoptr (RwSafetensorsWriter) other = make_writer (TRUE);
  g_autoptr (GBytes) first = rw_safetensors_writer_to_bytes (one);
  g_autoptr (GBytes) again = rw_safetensors_writer_to_bytes (one);
  g_autoptr (GBytes) second = rw_safetensors_writer_to_bytes (other);
  const guint8 *bytes = g_bytes_get_data (first, NULL);
  guint64 n_header;

  g_assert_true (g_bytes_equal (first, again));
  g_assert_true (g_bytes_equal (first, second));
  memcpy (&n_header, bytes, 8);
  n_header = GUINT64_FROM_LE (n_header);
  g_assert_cmpuint ((8 + n_header) % 64, ==, 0);
  g_assert_cmpint (bytes[8], ==, '{');
  g_assert_cmpint (bytes[7 + n_header] == ' ' || bytes[7 + n_header] == '}',
                   ==, TRUE);
}

static void
test_writer_odd (void)
{
  g_autoptr (RwSafetensorsWriter) writer = rw_safetensors_writer_new ();
  g_autofree char *huge = g_strnfill (1 << 20, 'x');
  g_autoptr (GBytes) empty = rw_safetensors_writer_to_bytes (writer);
  GError *error = NULL;
  g_autoptr (RwSafetensors) file = rw_safetensors_parse (empty, "x", &error);

  g_assert_no_error (error);
  g_assert_cmpint (rw_safetensors_get_n_tensors (file), ==, 0);
  rw_safetensors_writer_set_metadata (writer, "command", "cat \xff.png");
  g_autoptr (GBytes) mended = rw_safetensors_writer_to_bytes (writer);
  g_autoptr (RwSafetensors) second =
      rw_safetensors_parse (mended, "x", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (rw_safetensors_get_metadata (second, "command"), ==,
                   "cat \xef\xbf\xbd.png");
  rw_safetensors_writer_set_metadata (writer, "command", huge);
  g_assert_null (rw_safetensors_writer_to_bytes (writer));
  g_assert_false (rw_safetensors_writer_save (writer, "none/x", &error));
  assert_error (&error, RW_ERROR_LIMIT, "shorten the metadata");
}

/* An F32 tensor at an odd address. */
static void
test_unaligned (void)
{
  static const char header[] = "{\"a\":" ENTRY (
      "U8", "[1]", "[0,1]") ",\"b\":" ENTRY ("F32", "[2]", "[1,9]") "}  ";
  GByteArray *array = g_byte_array_new ();
  const guint8 data[] = { 7, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0 };

  for (gsize n = strlen (header) - 1; n <= strlen (header); n++) {
    const guint64 prefix = GUINT64_TO_LE ((guint64) n);
    GError *error = NULL;
    float values[2];
    g_byte_array_set_size (array, 0);
    g_byte_array_append (array, (const guint8 *) &prefix, 8);
    g_byte_array_append (array, (const guint8 *) header, (guint) n);
    g_byte_array_append (array, data, sizeof data);
    g_autoptr (GBytes) bytes = g_bytes_new (array->data, array->len);
    g_autoptr (RwSafetensors) file = rw_safetensors_parse (bytes, "x", &error);
    g_assert_no_error (error);
    const RwTensorInfo *tensor = rw_safetensors_find (file, "b");
    g_assert_true (rw_safetensors_read_floats (file, tensor, values, &error));
    g_assert_cmpfloat (values[0], ==, 1);
    g_assert_cmpfloat (values[1], ==, -2);
    const RwTensorInfo *byte = rw_safetensors_find (file, "a");
    g_assert_cmpint (*rw_safetensors_get_data (file, byte), ==, 7);
    g_assert_false (rw_safetensors_read_floats (file, byte, values, &error));
    assert_error (&error, RW_ERROR_MISMATCH, "tensor a is U8");
  }
  g_byte_array_unref (array);
}

static void
test_not_finite (void)
{
  const float bad[] = { NAN, INFINITY, -INFINITY };
  const RwDtype types[] = { RW_DTYPE_F32, RW_DTYPE_F16, RW_DTYPE_BF16 };

  for (int i = 0; i < 9; i++) {
    g_autoptr (RwSafetensorsWriter) writer = rw_safetensors_writer_new ();
    const float values[3] = { 0, 1, bad[i % 3] };
    const gsize dims[1] = { 3 };
    float back[3];
    GError *error = NULL;
    rw_safetensors_writer_add_floats (writer, "a", types[i / 3], 1, dims,
                                      values);
    g_autoptr (GBytes) bytes = rw_safetensors_writer_to_bytes (writer);
    g_autoptr (RwSafetensors) file = rw_safetensors_parse (bytes, "x", &error);
    g_assert_no_error (error);
    g_assert_false (rw_safetensors_read_floats (
        file, rw_safetensors_get_tensor (file, 0), back, &error));
    assert_error (&error, RW_ERROR_FORMAT, "value 2 of tensor a");
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/safetensors/accepts", test_accepts);
  g_test_add_func ("/safetensors/refuses", test_refuses);
  g_test_add_func ("/safetensors/refuses-lengths", test_refuses_lengths);
  g_test_add_func ("/safetensors/refuses-lengthy", test_refuses_lengthy);
  g_test_add_func ("/safetensors/long-name", test_long_name);
  g_test_add_func ("/safetensors/refuses-shared-region",
                   test_refuses_shared_region);
  g_test_add ("/safetensors/round-trip", Scratch, NULL, scratch_set_up,
              test_round_trip, scratch_tear_down);
  g_test_add_func ("/safetensors/same-bytes", test_same_bytes);
  g_test_add_func ("/safetensors/writer-odd", test_writer_odd);
  g_test_add_func ("/safetensors/unaligned", test_unaligned);
  g_test_add_func ("/safetensors/not-finite", test_not_finite);
  return g_test_run ();
}
