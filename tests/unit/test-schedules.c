/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/optim/schedules.c and schedule-*.c: whole curves, plateaus, and what
 * holds for all; trainings whose rate falls by validations resume to the same
 * bytes.
 */
#include "training.h"

#include "train/optim/schedules.h"

#include <math.h>

static const RwScheduleSettings plain = { .gamma = 0.1,
                                          .decay = 0.2,
                                          .plateau_patience = 2 };

static const RwSchedule *
find (const char *name)
{
  const RwSchedule *schedule = rw_schedule_find (name, NULL);

  g_assert_nonnull (schedule);
  return schedule;
}

static void
check (const char *name,
       const RwScheduleSettings *settings,
       guint64 step,
       double progress,
       double expected)
{
  const double factor =
      rw_schedule_factor (find (name), settings, step, progress);

  g_assert_cmpfloat (fabs (factor - expected), <=, 1e-12);
}

/* ---- curves ------------------------------------------------------------- */

static void
test_values (void)
{
  check ("constant", &plain, 0, 0, 1);
  check ("constant", &plain, 7, 0.7, 1);
  check ("reduce-on-plateau", &plain, 7, 0.7, 1);
  check ("linear", &plain, 0, 0, 1);
  check ("linear", &plain, 0, 0.75, 0.25);
  check ("linear", &plain, 0, 1, 0);
  check ("stable-decay", &plain, 0, 0, 1);
  check ("stable-decay", &plain, 0, 0.7, 1);
  check ("stable-decay", &plain, 0, 0.9, 0.5);
  check ("stable-decay", &plain, 0, 1, 0);
  check ("stable-decay", &(RwScheduleSettings){ 0 }, 0, 1, 1);
  check ("cosine", &plain, 0, 0, 1);
  check ("cosine", &plain, 0, 1.0 / 3, 0.75);
  check ("cosine", &plain, 0, 2.0 / 3, 0.25);
  check ("cosine", &plain, 0, 1, 0);
  check ("one-cycle", &plain, 0, 0, 0.04);
  check ("one-cycle", &plain, 0, 0.225, 0.52);
  check ("one-cycle", &plain, 0, 0.45, 1);
  check ("one-cycle", &plain, 0, 0.675, 0.52);
  check ("one-cycle", &plain, 0, 0.9, 0.04);
  check ("one-cycle", &plain, 0, 0.95, (0.04 + 4e-6) / 2);
  check ("one-cycle", &plain, 0, 1, 4e-6);
}

static void
test_step (void)
{
  const RwScheduleSettings every = { .step_size = 30, .gamma = 0.5 };

  for (guint64 step = 0; step < 100; step++) {
    const double progress = (double) step / 99;
    check ("step", &every, step, progress, pow (0.5, (double) (step / 30)));
    check ("step", &plain, step, progress,
           step < 33   ? 1
           : step < 66 ? 0.1
                       : 0.01);
  }
}

static void
test_warmup (void)
{
  const RwScheduleSettings ten = { .warmup = 10 };

  for (guint64 step = 0; step < 20; step++) {
    const double progress = (double) step / 20;
    const double rise = step < 10 ? (double) (step + 1) / 10 : 1;
    check ("constant", &ten, step, progress, rise);
    check ("cosine", &ten, step, progress,
           rise * 0.5 * (1 + cos (G_PI * progress)));
    check ("one-cycle", &ten, step, 0.45, 1); /* it rises by itself */
  }
  check ("cosine", &ten, 100, 1.5, 0); /* progress beyond the end */
}

static void
test_all_within (void)
{
  for (const RwSchedule *const *s = rw_schedule_list (); *s != NULL; s++)
    for (guint64 i = 0; i <= 100; i++) {
      const double factor = (*s)->factor (&plain, i, (double) i / 100);
      g_assert_cmpfloat (factor, >=, 0);
      g_assert_cmpfloat (factor, <=, 1);
    }
}

/* ---- plateaus ----------------------------------------------------------- */

/* A made-up course of validations, with patience 2. */
static void
test_plateau (void)
{
  static const struct {
    double metric, factor;
  } course[] = { { 20, 1 },       { 21, 1 },
                 { 21.005, 1 },                /* too little */
                 { 20.9, 0.1 },                /* the second: a drop */
                 { 20.8, 0.1 },   { 22, 0.1 }, /* better: anew */
                 { 21, 0.1 },     { NAN, 0.01 },
                 { 21, 0.01 },    { 22.02, 0.01 },
                 { 22.02, 0.01 }, { 22.02, 0.001 } };
  RwPlateau plateau;

  rw_plateau_begin (&plateau);
  rw_plateau_add (&plateau, &plain, NAN);
  g_assert_true (isnan (plateau.best));
  rw_plateau_begin (&plateau);
  for (guint i = 0; i < G_N_ELEMENTS (course); i++) {
    rw_plateau_add (&plateau, &plain, course[i].metric);
    g_assert_cmpfloat (fabs (plateau.factor / course[i].factor - 1), <=, 1e-9);
  }
  g_assert_cmpfloat (plateau.best, ==, 22.02);
}

typedef struct {
  guint64 stop_at;
  double first, last; /* rates */
} Rates;

static gboolean
watch_rates (gpointer data, const RwTrainReport *report)
{
  Rates *rates = data;

  if (report->step == 1)
    rates->first = report->learning_rate;
  rates->last = report->learning_rate;
  return report->step != rates->stop_at;
}

/* A rate so low that nothing gets better: it falls at every validation but the
 * first, also where a training was stopped between them. */
static void
test_plateau_resumes (Fixture *f, gconstpointer data)
{
  g_autofree char *whole = scratch_path (&f->scratch, "whole.safetensors");
  g_autofree char *parts = scratch_path (&f->scratch, "parts.safetensors");
  RwTraining training = make_training (f, whole);
  Rates rates = { 0 };
  static const char *const settings[][2] = { { "schedule",
                                               "reduce-on-plateau" },
                                             { "plateau_patience", "2" },
                                             { "validate_every", "2" },
                                             { "gamma", "0.5" },
                                             { "lr", "1e-8" },
                                             { "warmup", "0" } };

  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    g_assert_true (
        rw_recipe_set (f->recipe, settings[i][0], settings[i][1], NULL));
  training.report = watch_rates;
  training.report_data = &rates;
  train (&training);
  /* validations after 2, 4 ... 24: drops at 6, 10, 14, 18 and 22 */
  g_assert_cmpfloat (rates.first, ==, 1e-8);
  g_assert_cmpfloat (fabs (rates.last / (1e-8 / 32) - 1), <=, 1e-9);
  training.out = parts;
  for (rates.stop_at = 5; rates.stop_at < 24; rates.stop_at += 4) {
    train (&training);
    training.resume = TRUE;
  }
  train (&training);
  assert_same (whole, parts);
}

static void
test_plateau_refused (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "r.safetensors");
  RwTraining training = make_training (f, out);

  g_assert_true (
      rw_recipe_set (f->recipe, "schedule", "reduce-on-plateau", NULL));
  training.validation = NULL;
  assert_refused (&training, RW_ERROR_MISMATCH,
                  "expected validation pictures");
  training.validation = f->validation;
  f->recipe->validate_every = 0;
  assert_refused (&training, RW_ERROR_MISMATCH,
                  "expected validate_every above 0");
}

/* The rates that a training tells are lr times the curve. */
static void
test_training (Fixture *f, gconstpointer data)
{
  g_autofree char *out = scratch_path (&f->scratch, "t.safetensors");
  RwTraining training = make_training (f, out);
  Rates rates = { 0 };

  training.report = watch_rates;
  training.report_data = &rates;
  for (const RwSchedule *const *s = rw_schedule_list (); *s != NULL; s++) {
    g_assert_true (rw_recipe_set (f->recipe, "schedule", (*s)->name, NULL));
    f->recipe->warmup = 0;
    train (&training);
    g_assert_cmpfloat (
        fabs (rates.first / (0.003 * (*s)->factor (&plain, 0, 0)) - 1), <=,
        1e-9);
    g_assert_cmpfloat (
        fabs (rates.last / (0.003 * (*s)->factor (&plain, 23, 23.0 / 24)) - 1),
        <=, 1e-9);
  }
}

static void
test_unknown (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (rw_schedule_find ("cosinus", &error));
  g_assert_error (error, RW_ERROR, RW_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "did you mean \"cosine\"?"));
}

#define ADD(name, func)                                                       \
  g_test_add ("/schedules/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schedules/values", test_values);
  g_test_add_func ("/schedules/step", test_step);
  g_test_add_func ("/schedules/warmup", test_warmup);
  g_test_add_func ("/schedules/all-within", test_all_within);
  g_test_add_func ("/schedules/plateau", test_plateau);
  ADD ("plateau-resumes", test_plateau_resumes);
  ADD ("plateau-refused", test_plateau_refused);
  ADD ("training", test_training);
  g_test_add_func ("/schedules/unknown", test_unknown);
  return g_test_run ();
}
