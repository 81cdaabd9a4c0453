/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * train/schedules.c and schedule-*.c: values, and what holds for all.
 */
#include "train/schedules.h"

#include "reweave.h"

#include <math.h>
#include <string.h>

static void
check (const char *name, double progress, double expected)
{
  const RwSchedule *schedule = rw_schedule_find (name, NULL);

  g_assert_nonnull (schedule);
  g_assert_cmpfloat (fabs (schedule->factor (progress) - expected), <=, 1e-12);
}

static void
test_values (void)
{
  check ("constant", 0, 1);
  check ("constant", 0.7, 1);
  check ("constant", 1, 1);
  check ("cosine", 0, 1);
  check ("cosine", 1.0 / 3, 0.75);
  check ("cosine", 0.5, 0.5);
  check ("cosine", 2.0 / 3, 0.25);
  check ("cosine", 1, 0);
}

static void
test_all_within (void)
{
  for (const RwSchedule *const *s = rw_schedule_list (); *s != NULL; s++)
    for (int i = 0; i <= 100; i++) {
      const double factor = (*s)->factor (i / 100.0);
      g_assert_cmpfloat (factor, >=, 0);
      g_assert_cmpfloat (factor, <=, 1);
    }
}

static void
test_warmup (void)
{
  const RwSchedule *schedule = rw_schedule_find ("constant", NULL);

  for (guint64 step = 0; step < 20; step++) {
    const double expected = step < 10 ? 2e-3 * (double) (step + 1) / 10 : 2e-3;
    const double rate = rw_schedule_rate (schedule, 2e-3, step, 10, 0.1);
    g_assert_cmpfloat (fabs (rate - expected), <=, 1e-15);
  }
  g_assert_cmpfloat (rw_schedule_rate (schedule, 2e-3, 0, 0, 0), ==, 2e-3);
}

/* Rates of a whole training of 100 steps, progress beyond the end included. */
static void
test_course (void)
{
  const RwSchedule *schedule = rw_schedule_find ("cosine", NULL);

  for (guint64 step = 0; step < 100; step++) {
    const double progress = (double) step / 100;
    const double expected = 0.01 * 0.5 * (1 + cos (G_PI * progress)) *
                            fmin (1, ((double) step + 1) / 5);
    const double rate = rw_schedule_rate (schedule, 0.01, step, 5, progress);
    g_assert_cmpfloat (fabs (rate - expected), <=, 1e-15);
  }
  g_assert_cmpfloat (rw_schedule_rate (schedule, 0.01, 100, 5, 1.5), <=,
                     1e-18);
}

static void
test_unknown (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (rw_schedule_find ("cosinus", &error));
  g_assert_error (error, RW_ERROR, RW_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "did you mean \"cosine\"?"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/schedules/values", test_values);
  g_test_add_func ("/schedules/all-within", test_all_within);
  g_test_add_func ("/schedules/warmup", test_warmup);
  g_test_add_func ("/schedules/course", test_course);
  g_test_add_func ("/schedules/unknown", test_unknown);
  return g_test_run ();
}
