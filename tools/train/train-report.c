/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How reweave train tells what it does: a bar, lines or JSON events.
 */
#include "train/train-report.h"

#include "train/train-curve.h"

#include "train/data/transplant.h"
#include "train/loss/objective.h"

#include <math.h>
#include <stdio.h>

#define EVENT_PERIOD_US 1000000

void
rw_cli_train_begin (RwCliTrainReport *report,
                    const char *out,
                    const char *plot,
                    gboolean json)
{
  *report = (RwCliTrainReport){
    .json = json, .out = out, .plot = plot, .rate = NAN
  };
  rw_cli_progress_begin (&report->progress, json);
}

static JsonBuilder *
begin_event (const char *name)
{
  JsonBuilder *event = json_builder_new ();

  json_builder_begin_object (event);
  rw_cli_json_string (event, "event", name);
  return event;
}

static void
end_event (JsonBuilder *event)
{
  json_builder_end_object (event);
  rw_cli_json_print (event, FALSE);
  g_object_unref (event);
}

/* ---- data -------------------------------------------------------------- */

static void
print_left_out (const RwDatasetReport *data, RwLeftOut why)
{
  const guint n = data->n_left_out[why];
  char *const *examples = data->left_out[why];

  if (n == 0)
    return;
  fprintf (stderr, "  left out, %s: %u", rw_left_out_get_label (why), n);
  for (int i = 0; i < RW_DATASET_N_EXAMPLES && examples[i]; i++) {
    g_autofree char *example = rw_cli_show (examples[i]);
    fprintf (stderr, "%s %s", i ? ";" : ":", example);
  }
  fputs (n > RW_DATASET_N_EXAMPLES ? "; ...\n" : "\n", stderr);
}

void
rw_cli_train_data (const RwCliTrainReport *report,
                   const char *path,
                   const RwDatasetReport *data)
{
  if (!report->json) {
    g_autofree char *shown = rw_cli_show (path);
    fprintf (stderr, "%s: %u picture%s, %.0f MiB", shown, data->n_kept,
             data->n_kept == 1 ? "" : "s", data->n_bytes / 1048576.0);
    if (data->n_ahead)
      fprintf (stderr, " held and %u of them decoded ahead", data->n_ahead);
    fputc ('\n', stderr);
    for (int why = 0; why < RW_N_LEFT_OUT; why++)
      print_left_out (data, why);
    return;
  }
  JsonBuilder *event = begin_event ("data");
  rw_cli_json_string (event, "path", path);
  rw_cli_json_integer (event, "pictures", data->n_kept);
  for (int why = 0; why < RW_N_LEFT_OUT; why++)
    rw_cli_json_integer (event, rw_left_out_get_name (why),
                         data->n_left_out[why]);
  rw_cli_json_integer (event, "bytes", (gint64) data->n_bytes);
  rw_cli_json_integer (event, "ahead", data->n_ahead);
  end_event (event);
}

static void
print_noise (const char *path, const RwNoiseReport *noise)
{
  g_autofree char *shown = rw_cli_show (path);
  g_autofree char *broken = rw_cli_show (noise->broken ? noise->broken : "");

  fprintf (stderr,
           "%s: noise of %d flat windows in %d pictures%s, for "
           "%.0f %% of the patches\n",
           shown, noise->n_windows, noise->n_files - noise->n_broken,
           noise->grey ? ", all grey" : "",
           100 * (double) RW_TRANSPLANT_SHARE);
  if (noise->broken)
    fprintf (stderr, "  left out, broken: %d: %s%s\n", noise->n_broken, broken,
             noise->n_broken > 1 ? "; ..." : "");
  if (noise->n_textured)
    fprintf (stderr, "  left out, as they vary like texture: %d windows\n",
             noise->n_textured);
  fputs ("  brightness  windows  deviation  red    green  blue (of 255)\n",
         stderr);
  for (int b = 0; b < RW_NOISE_BINS; b++)
    if (noise->bins[b].n)
      fprintf (stderr, "  %10.0f  %7d  %9.2f  %-5.2f  %-5.2f  %-5.2f\n",
               255 * noise->bins[b].brightness, noise->bins[b].n,
               noise->bins[b].lightness, noise->bins[b].deviations[0],
               noise->bins[b].deviations[1], noise->bins[b].deviations[2]);
  fputs ("  correlation at", stderr);
  for (int i = 0; i < RW_NOISE_N_LAGS; i++)
    fprintf (stderr, "%s %d: %.2f", i ? "," : "", rw_noise_lags[i],
             (noise->along[i] + noise->down[i]) / 2);
  fputs (" pixels\n", stderr);
}

static void
add_correlations (JsonBuilder *event, const char *name, const double *values)
{
  json_builder_set_member_name (event, name);
  json_builder_begin_array (event);
  for (int i = 0; i < RW_NOISE_N_LAGS; i++)
    json_builder_add_double_value (event, values[i]);
  json_builder_end_array (event);
}

void
rw_cli_train_repeats (const RwCliTrainReport *report,
                      const RwRepeatsReport *repeats)
{
  if (!report->json) {
    fprintf (stderr,
             "  %u shots of %u scene%s, moved by up to %d pixels: each "
             "learns from the others of its scene\n",
             repeats->n_shots, repeats->n_scenes,
             repeats->n_scenes == 1 ? "" : "s", repeats->most_shift);
    return;
  }
  JsonBuilder *event = begin_event ("repeats");
  rw_cli_json_integer (event, "scenes", repeats->n_scenes);
  rw_cli_json_integer (event, "shots", repeats->n_shots);
  rw_cli_json_integer (event, "most_shift", repeats->most_shift);
  end_event (event);
}

void
rw_cli_train_noise (const RwCliTrainReport *report,
                    const char *path,
                    const RwNoiseReport *noise)
{
  if (!report->json) {
    print_noise (path, noise);
    return;
  }
  JsonBuilder *event = begin_event ("noise");
  rw_cli_json_string (event, "path", path);
  rw_cli_json_integer (event, "pictures", noise->n_files - noise->n_broken);
  rw_cli_json_integer (event, "broken", noise->n_broken);
  rw_cli_json_integer (event, "windows", noise->n_windows);
  rw_cli_json_integer (event, "textured", noise->n_textured);
  rw_cli_json_number (event, "share", (double) RW_TRANSPLANT_SHARE);
  json_builder_set_member_name (event, "bins");
  json_builder_begin_array (event);
  for (int b = 0; b < RW_NOISE_BINS; b++) {
    if (noise->bins[b].n == 0)
      continue;
    json_builder_begin_object (event);
    rw_cli_json_integer (event, "windows", noise->bins[b].n);
    rw_cli_json_number (event, "brightness", 255 * noise->bins[b].brightness);
    rw_cli_json_number (event, "deviation", noise->bins[b].lightness);
    rw_cli_json_number (event, "red", noise->bins[b].deviations[0]);
    rw_cli_json_number (event, "green", noise->bins[b].deviations[1]);
    rw_cli_json_number (event, "blue", noise->bins[b].deviations[2]);
    json_builder_end_object (event);
  }
  json_builder_end_array (event);
  add_correlations (event, "correlation_along", noise->along);
  add_correlations (event, "correlation_down", noise->down);
  end_event (event);
}

/* With what the patch makes of it.  (transfer full) */
static char *
describe_loss (const RwRecipe *recipe)
{
  const RwLossShape shape = { recipe->patch, recipe->patch, 3, 4 };
  g_autoptr (RwObjective) objective = rw_objective_parse (recipe->loss, NULL);

  return objective ? rw_objective_describe (objective, &shape)
                   : g_strdup (recipe->loss);
}

void
rw_cli_train_split (const RwCliTrainReport *report, int n, int n_validation)
{
  if (!report->json)
    fprintf (stderr, "%d of these %d are put aside to validate on\n",
             n_validation, n);
}

void
rw_cli_train_start (RwCliTrainReport *report,
                    const RwRecipe *recipe,
                    int n_training,
                    int n_validation)
{
  report->loss = recipe->loss;
  g_autofree char *loss = describe_loss (recipe);
  g_autofree char *batch =
      recipe->accumulate > 1
          ? g_strdup_printf ("%d x %d", recipe->accumulate, recipe->batch)
          : g_strdup_printf ("%d", recipe->batch);

  if (!report->json) {
    fprintf (
        stderr,
        "training on %d pictures, validating on %d: batches of %s patches "
        "of %d x %d, %s, %s, learning rate %g\n",
        n_training, n_validation, batch, recipe->patch, recipe->patch, loss,
        recipe->optimizer, recipe->lr);
    return;
  }
  JsonBuilder *event = begin_event ("start");
  rw_cli_json_integer (event, "n_steps", (gint64) recipe->steps);
  rw_cli_json_integer (event, "batch", recipe->batch);
  rw_cli_json_integer (event, "accumulate", recipe->accumulate);
  rw_cli_json_integer (event, "patch", recipe->patch);
  rw_cli_json_string (event, "loss", loss);
  rw_cli_json_integer (event, "training_pictures", n_training);
  rw_cli_json_integer (event, "validation_pictures", n_validation);
  end_event (event);
}

/* ---- steps ------------------------------------------------------------- */

static void
print_event (const char *name, const RwTrainReport *step)
{
  JsonBuilder *event = begin_event (name);

  rw_cli_json_integer (event, "step", (gint64) step->step);
  rw_cli_json_integer (event, "n_steps", (gint64) step->n_steps);
  rw_cli_json_number (event, "loss", step->loss);
  rw_cli_json_number (event, "mean_loss", step->mean_loss);
  rw_cli_json_number (event, "learning_rate", step->learning_rate);
  rw_cli_json_number (event, "gradient_norm", step->gradient_norm);
  rw_cli_json_number (event, "psnr", step->psnr);
  if (isfinite (step->rate)) {
    rw_cli_json_number (event, "bits_per_pixel", step->rate);
    rw_cli_json_number (event, "score", step->score);
    rw_cli_json_number (event, "best_score", step->best_score);
  } else {
    rw_cli_json_number (event, "best_psnr", step->best_score);
  }
  rw_cli_json_number (event, "training_psnr", step->training_psnr);
  rw_cli_json_number (event, "patches_per_s", step->patches_per_second);
  rw_cli_json_number (event, "seconds", step->seconds);
  rw_cli_json_number (event, "seconds_left", step->seconds_left);
  end_event (event);
}

void
rw_cli_train_note (gpointer data, const char *sentence)
{
  RwCliTrainReport *report = data;

  if (report->json) {
    JsonBuilder *event = begin_event ("note");
    rw_cli_json_string (event, "text", sentence);
    end_event (event);
    return;
  }
  rw_cli_progress_clear (&report->progress);
  g_autofree char *shown = rw_cli_show (sentence);
  fprintf (stderr, "%s\n", shown);
}

static void
tell_events (RwCliTrainReport *report, const RwTrainReport *step)
{
  const gint64 now = g_get_monotonic_time ();

  if (step->validated)
    print_event ("validation", step);
  if (step->validated && step->capacity)
    rw_cli_train_note (report, step->capacity);
  if (step->saved)
    print_event ("checkpoint", step);
  if (step->done || now - report->event_us >= EVENT_PERIOD_US) {
    print_event ("step", step);
    report->event_us = now;
  }
}

static double
get_fraction (const RwTrainReport *step)
{
  const double by_step =
      step->n_steps ? (double) step->step / (double) step->n_steps : 0;
  const double whole = step->seconds + step->seconds_left;

  /* a training of a given time nears its end faster than its steps do */
  return whole > 0 ? MAX (by_step, step->seconds / whole) : by_step;
}

static void
tell_progress (RwCliTrainReport *report, const RwTrainReport *step)
{
  g_autofree char *left = rw_cli_format_time (step->seconds_left);
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (
      text, "step %" G_GUINT64_FORMAT "%s%" G_GUINT64_FORMAT "  loss %.5f",
      step->step, step->timed ? " of about " : "/", step->n_steps,
      step->mean_loss);
  if (isfinite (step->psnr))
    g_string_append_printf (text, "  psnr %.2f", step->psnr);
  if (isfinite (step->rate))
    g_string_append_printf (text, " at %.3f bits/pixel", step->rate);
  g_string_append_printf (text, "  %.0f patches/s  %s left",
                          step->patches_per_second, left);
  rw_cli_progress_show (&report->progress, get_fraction (step), text->str);
}

/* A plot that fails is told of; the training is worth more. */
static void
draw_plot (RwCliTrainReport *report)
{
  g_autofree char *log = g_strconcat (report->out, ".log.csv", NULL);
  g_autofree char *name = g_path_get_basename (report->out);
  g_autofree char *title = g_filename_display_name (name);
  g_autoptr (GError) error = NULL;

  if (!report->plot ||
      rw_cli_train_curve_save (log, title, report->loss, report->plot, &error))
    return;
  rw_cli_progress_clear (&report->progress);
  rw_cli_print_error (error->message);
}

gboolean
rw_cli_train_step (gpointer data, const RwTrainReport *step)
{
  RwCliTrainReport *report = data;

  report->rate = step->rate;
  if (report->json)
    tell_events (report, step);
  if (step->validated && !report->json) {
    rw_cli_progress_clear (&report->progress);
    g_autofree char *rate =
        isfinite (step->rate)
            ? g_strdup_printf (" at %.4f bits a pixel, score %.3f dB",
                               step->rate, step->score)
            : g_strdup ("");
    fprintf (stderr,
             "step %" G_GUINT64_FORMAT ": validation PSNR %.3f dB%s%s\n",
             step->step, step->psnr, rate,
             step->score >= step->best_score ? ", the best so far" : "");
    if (step->capacity)
      fprintf (stderr, "  %s\n", step->capacity);
  }
  if (step->validated)
    draw_plot (report);
  if (rw_cli_progress_is_due (&report->progress))
    tell_progress (report, step);
  return !rw_cli_is_interrupted ();
}

void
rw_cli_train_end (RwCliTrainReport *report, const RwTrained *trained)
{
  const char *out = report->out;

  rw_cli_progress_clear (&report->progress);
  draw_plot (report);
  if (report->json) {
    JsonBuilder *event = begin_event (trained->stopped ? "stopped" : "done");
    rw_cli_json_string (event, "out", out);
    rw_cli_json_integer (event, "step", (gint64) trained->step);
    rw_cli_json_number (event, "psnr", trained->psnr);
    rw_cli_json_integer (event, "best_step", (gint64) trained->best_step);
    rw_cli_json_number (event, "seconds", trained->seconds);
    end_event (event);
    return;
  }
  g_autofree char *time = rw_cli_format_time (trained->seconds);
  g_autofree char *shown = rw_cli_show (out);
  printf ("%s: %" G_GUINT64_FORMAT " steps in %s", shown, trained->step, time);
  if (isfinite (trained->psnr))
    printf (", validation %s %.3f dB",
            isfinite (report->rate) ? "score" : "PSNR", trained->psnr);
  putchar ('\n');
}
