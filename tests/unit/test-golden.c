/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Golden pictures: what each shipped weight file makes of a drawn picture is
 * what it made when fixtures/golden.txt was written, so that a change of the
 * engine or of the way that alters pictures is noticed.  The table has a row
 * for each quarter of each result: means and deviations of red, green and blue
 * in 1/255.  With --renew FILE the program writes the table instead.
 */
#include "canvas.h"
#include "tasks/task.h"
#include "weights/weights.h"

#include <math.h>
#include <stdio.h>

enum { WIDTH = 96, HEIGHT = 80, PARTS = 2, VALUES = 6 };

/* Levels of CPU and compilers differ by less than a tenth of this. */
#define TOLERANCE 0.05

#define RENEW "look at what has changed, then renew by: ninja -C build golden"

/* A hole in the middle. */
static gboolean
read_mask (gpointer data, const RwRect *rect, float *mask, GError **error)
{
  for (int y = rect->y; y < rect->y + rect->height; y++)
    for (int x = rect->x; x < rect->x + rect->width; x++)
      *mask++ = x >= 40 && x < 56 && y >= 30 && y < 50;
  return TRUE;
}

typedef struct {
  float *rgba;
  int width, height; /* of the result */
} Result;

typedef struct {
  Canvas canvas; /* first: its reader is called with a pointer to it */
  Result result;
} Golden;

static gboolean
write_golden (gpointer data,
              const RwRect *rect,
              const float *rgba,
              gsize stride,
              GError **error)
{
  const Result *result = &((Golden *) data)->result;

  for (int y = 0; y < rect->height; y++)
    memcpy (result->rgba + 4 * ((gsize) (rect->y + y) * (gsize) result->width +
                                (gsize) rect->x),
            rgba + stride * (gsize) y, 16 * (gsize) rect->width);
  return TRUE;
}

/* Means and deviations of part (@i, @j) of the result. */
static void
describe_part (const Result *result, int i, int j, double values[VALUES])
{
  const int width = result->width / PARTS, height = result->height / PARTS;
  const double n = (double) width * height;

  for (int c = 0; c < 3; c++) {
    double sum = 0, squares = 0;
    for (int y = j * height; y < (j + 1) * height; y++)
      for (int x = i * width; x < (i + 1) * width; x++) {
        const double v =
            255 * (double) result->rgba[4 * (y * result->width + x) + c];
        sum += v;
        squares += v * v;
      }
    values[c] = sum / n;
    values[3 + c] = sqrt (MAX (squares / n - sum / n * (sum / n), 0));
  }
}

static void
describe (const char *name, const Result *result, GString *table)
{
  double values[VALUES];

  for (int j = 0; j < PARTS; j++)
    for (int i = 0; i < PARTS; i++) {
      describe_part (result, i, j, values);
      g_string_append_printf (table, "%s %d,%d", name, i, j);
      for (int k = 0; k < VALUES; k++)
        g_string_append_printf (table, " %.3f", values[k]);
      g_string_append_c (table, '\n');
    }
}

/* Adds the rows of what @model makes; @value NULL: nothing is set. */
static void
restore (RwModel *model,
         const char *name,
         const RwValue *value,
         GString *table)
{
  const int scale = rw_model_get_task (model)->scale;
  Golden golden = { .result = { .width = WIDTH * scale,
                                .height = HEIGHT * scale } };
  Result *result = &golden.result;
  GError *error = NULL;
  const RwSettings settings = { .strength = 1,
                                .values = value,
                                .n_values = value != NULL };

  canvas_init (&golden.canvas, (RwRect){ 0, 0, WIDTH, HEIGHT }, 7);
  result->rgba =
      g_new0 (float, 4 * (gsize) result->width * (gsize) result->height);
  RwJob job = canvas_job (&golden.canvas,
                          (RwRect){ 0, 0, result->width, result->height });
  job.read_mask = read_mask;
  job.write = write_golden;
  rw_restore (model, &settings, &job, &error);
  g_assert_no_error (error);
  describe (name, result, table);
  g_free (result->rgba);
  canvas_clear (&golden.canvas);
}

/* The rows of one weight file, or none where it is not a filter's. */
static void
add_file (const char *folder, const char *file, GString *table)
{
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_autofree char *name = g_strndup (file, strlen (file) - 12);
  GError *error = NULL;
  RwWeights *weights = rw_weights_load (path, &error);
  g_assert_no_error (error);
  const RwTask *task = rw_task_find (weights->task, &error);
  g_assert_no_error (error);

  if (task->info.kind == RW_TASK_FILTER) {
    g_autoptr (RwModel) model = rw_model_load (NULL, path, &error);
    g_assert_no_error (error);
    g_string_append_printf (table, "%s %.16s\n", name, weights->digest);
    restore (model, name, NULL, table);
    if (task->info.n_controls > 0 &&
        rw_model_uses (model, task->info.controls[0].name)) {
      const RwValue value = { task->info.controls[0].name, task->eval[0] };
      g_autofree char *told =
          g_strdup_printf ("%s/%s=%g", name, value.name, value.value);

      restore (model, told, &value, table);
    }
  }
  rw_weights_free (weights);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* (transfer full) the table of all weight files in @folder. */
static char *
make_table (const char *folder)
{
  GString *table = g_string_new (
      "# What each of weights/ makes of a drawn picture: test-golden.c.\n"
      "# Renewed by: ninja -C build golden\n");
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *file;

  g_assert_nonnull (dir);
  while ((file = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (file, ".safetensors"))
      g_ptr_array_add (files, g_strdup (file));
  g_ptr_array_sort (files, compare_names);
  for (guint i = 0; i < files->len; i++)
    add_file (folder, files->pdata[i], table);
  return g_string_free (table, FALSE);
}

/* Compares the words of two rows, of which the first two are no numbers. */
static void
compare_rows (const char *found, const char *expected)
{
  g_auto (GStrv) a = g_strsplit (found, " ", -1);
  g_auto (GStrv) b = g_strsplit (expected, " ", -1);

  if (g_strv_length (a) != g_strv_length (b) || g_strcmp0 (a[0], b[0]) != 0 ||
      (a[0] != NULL && g_strcmp0 (a[1], b[1]) != 0))
    g_error ("found \"%s\", expected \"%s\": weights have changed; " RENEW,
             found, expected);
  for (guint i = 2; i < g_strv_length (a); i++)
    if (!(fabs (g_ascii_strtod (a[i], NULL) - g_ascii_strtod (b[i], NULL)) <=
          TOLERANCE))
      g_error ("found \"%s\", expected \"%s\": pictures have changed; " RENEW,
               found, expected);
}

static void
test_golden (void)
{
  g_autofree char *folder =
      g_test_build_filename (G_TEST_DIST, "..", "weights", NULL);
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "fixtures", "golden.txt", NULL);
  g_autofree char *text = NULL;
  GError *error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_autofree char *table = make_table (folder);
  g_auto (GStrv) found = g_strsplit (table, "\n", -1);
  g_auto (GStrv) expected = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (found), >, 20);
  for (guint i = 0; found[i] != NULL && expected[i] != NULL; i++)
    compare_rows (found[i], expected[i]);
  g_assert_cmpuint (g_strv_length (found), ==, g_strv_length (expected));
}

/* TABLE lies in tests/fixtures, beside whose folder weights is. */
static int
renew (const char *path)
{
  g_autofree char *fixtures = g_path_get_dirname (path);
  g_autofree char *folder =
      g_build_filename (fixtures, "..", "..", "weights", NULL);
  g_autofree char *table = make_table (folder);
  g_autoptr (GError) error = NULL;

  if (g_file_set_contents (path, table, -1, &error))
    return 0;
  fprintf (stderr, "%s\n", error->message);
  return 1;
}

int
main (int argc, char **argv)
{
  if (argc == 3 && g_str_equal (argv[1], "--renew"))
    return renew (argv[2]);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/golden", test_golden);
  return g_test_run ();
}
