/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/capacity.c on made-up figures and through the trainer, and the contact
 * sheet of train/sheet.c, which shows the same pictures.
 */
#include "training.h"

#include "train/capacity.h"

#include <math.h>

static void
test_judge (void)
{
  static const struct {
    RwCapacityFigures figures;
    RwCapacity expected;
    const char *fragment;
  } cases[] = {
    /* validation, training, then both at the best */
    { { 30, 29, 30, 29, 10 }, RW_CAPACITY_LEARNS, "go on" },
    { { 30, 33, 30, 33, 10 }, RW_CAPACITY_LEARNS, "go on" },
    { { 29.9, 31.2, 30, 31, 10 },
      RW_CAPACITY_OVERFITS,
      "training 31.20 dB, validation 29.90 dB: since step 10, the best, "
      "training gained 0.20 dB and validation lost 0.10: " },
    { { 29.98, 31.02, 30, 31, 10 }, RW_CAPACITY_STALLS, "since step 10" },
    { { 29.5, 30.9, 30, 31, 10 }, RW_CAPACITY_STALLS, "larger net" },
    { { 30, NAN, 30, NAN, 10 }, RW_CAPACITY_UNKNOWN, "nothing to compare" },
    { { 30, 31, 30.1, NAN, 10 }, RW_CAPACITY_UNKNOWN, "nothing to compare" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = rw_capacity_describe (&cases[i].figures);
    g_test_message ("%s", text);
    g_assert_cmpint (rw_capacity_judge (&cases[i].figures), ==,
                     cases[i].expected);
    g_assert_nonnull (strstr (text, cases[i].fragment));
  }
}

typedef struct {
  Watch watch;
  double training, validation; /* PSNR */
  int n_sentences;
} Seen;

static gboolean
see (gpointer data, const RwTrainReport *report)
{
  Seen *seen = data;

  seen->training = report->training_psnr;
  seen->validation = report->psnr;
  if (report->validated && report->capacity != NULL) {
    g_assert_true (g_str_has_prefix (report->capacity, "capacity: training "));
    seen->n_sentences++;
  }
  return watch (&seen->watch, report);
}

static void
test_trainer (Fixture *f, gconstpointer data)
{
  g_autofree char *with = scratch_path (&f->scratch, "a.safetensors");
  g_autofree char *without = scratch_path (&f->scratch, "b.safetensors");
  RwTraining training = make_training (f, with);
  Seen seen = { 0 };

  training.report = see;
  training.report_data = &seen;
  training.capacity = TRUE;
  train (&training);
  g_assert_cmpint (seen.n_sentences, ==, 13); /* tenths, 7, 14, 21 */
  g_assert_true (isfinite (seen.training));
  g_assert_cmpfloat (seen.training, !=, seen.validation);
  training.out = without;
  training.capacity = FALSE;
  train (&training);
  g_assert_true (isnan (seen.training));
  assert_same_file (with, without); /* to look changes nothing */
}

/* Measured on the same pictures, both figures are the same. */
static void
test_same_pictures (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "a.safetensors");
  RwTraining training = make_training (f, out);
  Seen seen = { 0 };

  training.validation = training.training;
  training.report = see;
  training.report_data = &seen;
  training.capacity = TRUE;
  train (&training);
  g_assert_cmpfloat (seen.training, ==, seen.validation);
}

/* Mean square difference of two columns of the sheet, of [0,255]. */
static double
compare_columns (const RwPicture *sheet, int a, int b)
{
  const guint8 *samples = sheet->data;
  double sum = 0;

  for (int y = 4; y < 4 + 256; y++)
    for (int x = 0; x < 3 * 256; x++) {
      const guint8 *row = samples + 3 * y * sheet->width;
      const double d = row[3 * (4 + a * 260) + x] - row[3 * (4 + b * 260) + x];
      sum += d * d;
    }
  return sum / (256 * 3 * 256);
}

static void
test_sheet (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "a.safetensors");
  g_autofree char *path = scratch_path (&f->scratch, "sheet.png");
  RwTraining training = make_training (f, out);

  g_assert_true (rw_recipe_set (f->recipe, "lr", "0.01", NULL));
  g_assert_true (rw_recipe_set (f->recipe, "steps", "150", NULL));
  training.sheet = path;
  train (&training);
  g_autoptr (RwPicture) sheet = rw_picture_load (path, NULL);
  g_assert_nonnull (sheet);
  g_assert_cmpint (sheet->width, ==, 3 * 260 + 4);
  g_assert_cmpint (sheet->height, ==, 4 + 260 * 6); /* of eight patches */
  const double damaged = compare_columns (sheet, 0, 2),
               restored = compare_columns (sheet, 1, 2);
  g_test_message ("mean square error %g, restored %g", damaged, restored);
  /* sigma 25, some of it clipped */
  g_assert_cmpfloat (damaged, >, 400);
  g_assert_cmpfloat (damaged, <, 640);
  g_assert_cmpfloat (restored, >, 0);
  g_assert_cmpfloat (restored, <, 0.9 * damaged);
}

#define ADD(name, func)                                                       \
  g_test_add ("/capacity/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/capacity/judge", test_judge);
  ADD ("trainer", test_trainer);
  ADD ("same-pictures", test_same_pictures);
  ADD ("sheet", test_sheet);
  return g_test_run ();
}
