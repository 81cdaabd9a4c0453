/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Between the widget, GIMP and the parts that do the work: the view (where),
 * what is kept (pixels), the painter (cairo) and one job at a time.
 */
#include "preview-private.h"

#include "pixels.h"

#define AREA_WIDTH 480 /* pixels that the area asks for at least */
#define AREA_HEIGHT 340
#define WATCH_S 1 /* between two looks whether the item is still there */

static void wake (RwPreview *preview);

static void
preview_clear (gpointer data)
{
  RwPreview *preview = data;

  rw_model_unref (preview->model);
  rw_kept_free (preview->kept);
  rw_painter_free (preview->painter);
  if (preview->has_screen)
    rw_screen_clear (&preview->screen);
}

/* ---- work --------------------------------------------------------------- */

/* The item may go while the dialog is open. */
static gboolean
check_item (RwPreview *preview)
{
  if (preview->is_gone || gimp_item_is_valid (preview->item))
    return !preview->is_gone;
  preview->is_gone = TRUE;
  preview->problem (preview->data,
                    _ ("What was to be changed has been deleted from the "
                       "image; close this dialog and choose another layer."),
                    TRUE);
  return FALSE;
}

static void
read_part (RwPreview *preview, const RwRect *part)
{
  g_autofree float *rgba =
      g_new (float, (gsize) part->width * part->height * 4);
  g_autofree float *selected = NULL;
  RwRect touched;

  rw_preview_read (preview->item, preview->task->scale, part, rgba);
  if (preview->task->scale == 1)
    selected = rw_pixels_get_selection (preview->item, part);
  rw_kept_put_before (preview->kept, part, rgba, selected);
  touched = rw_kept_get_touched (preview->kept, part);
  rw_painter_forget (preview->painter, &touched);
  gtk_widget_queue_draw (preview->area);
}

static void
start_job (RwPreview *preview, const RwRect *part)
{
  RwPreviewJob *job = rw_preview_job_new (preview->item, preview->model,
                                          &preview->sliders, part);

  job->number = preview->number;
  job->owner = g_rc_box_acquire (preview);
  preview->job = job;
  g_thread_pool_push (preview->worker, job, NULL);
}

/* Does one thing that is missing; called again as long as there is any. */
static gboolean
step (gpointer data)
{
  RwPreview *preview = data;
  const RwRect visible = rw_view_get_visible (&preview->view);
  RwRect part;

  if (!check_item (preview)) {
    preview->idle = 0;
    return G_SOURCE_REMOVE;
  }
  if (rw_kept_find_missing (preview->kept, RW_KEPT_READ, &visible, &part)) {
    read_part (preview, &part);
    return G_SOURCE_CONTINUE;
  }
  if (preview->job == NULL && preview->model != NULL && !preview->failed &&
      rw_kept_find_missing (preview->kept, RW_KEPT_MENDED, &visible, &part))
    start_job (preview, &part);
  preview->idle = 0;
  return G_SOURCE_REMOVE;
}

/* Looks for work when the widgets have nothing to do. */
static void
wake (RwPreview *preview)
{
  if (preview->idle == 0 && !preview->closed)
    preview->idle = g_idle_add_full (G_PRIORITY_LOW, step, preview, NULL);
}

/* The mean of all runs of the present weights. */
static void
measure_pace (RwPreview *preview, const RwPreviewJob *job)
{
  if (job->seconds <= 0 || job->model != preview->model)
    return;
  preview->seconds += job->seconds;
  preview->pixels += (double) job->part.width * job->part.height;
  preview->pace (preview->data, preview->seconds / preview->pixels);
}

static void
take_result (RwPreview *preview, const RwPreviewJob *job)
{
  const gboolean is_new = job->number == preview->number;

  if (job->done && preview->model != NULL) {
    const RwRect touched = rw_kept_get_touched (preview->kept, &job->part);

    rw_kept_put_after (preview->kept, &job->part, job->result, is_new);
    rw_painter_forget (preview->painter, &touched);
    gtk_widget_queue_draw (preview->area);
  } else if (job->error != NULL && is_new &&
             !g_error_matches (job->error, RW_ERROR, RW_ERROR_CANCELLED)) {
    preview->failed = TRUE;
    preview->problem (preview->data, job->error->message, FALSE);
  }
}

/* The worker is through with a job: back on the main thread. */
static gboolean
finish (gpointer data)
{
  RwPreviewJob *job = data;
  RwPreview *preview = job->owner;

  if (!preview->closed) {
    preview->job = NULL;
    take_result (preview, job);
    measure_pace (preview, job);
    wake (preview);
  }
  rw_preview_job_free (job);
  g_rc_box_release_full (preview, preview_clear);
  return G_SOURCE_REMOVE;
}

static void
work (gpointer data, gpointer unused)
{
  rw_preview_job_run (data);
  g_idle_add (finish, data);
}

static gboolean
watch (gpointer data)
{
  RwPreview *preview = data;

  if (check_item (preview))
    return G_SOURCE_CONTINUE;
  preview->watch = 0;
  return G_SOURCE_REMOVE;
}

/* ---- looking ------------------------------------------------------------ */

void
rw_preview_look (RwPreview *preview)
{
  const RwRect visible = rw_view_get_visible (&preview->view);
  g_autofree char *text =
      g_strdup_printf (_ ("%.0f %%"), preview->view.zoom * 100);

  gtk_label_set_text (GTK_LABEL (preview->zoom), text);
  if (rw_kept_look (preview->kept, &visible,
                    rw_view_get_level (&preview->view)))
    rw_painter_forget (preview->painter, NULL);
  gtk_widget_queue_draw (preview->area);
  wake (preview);
}

static void
on_size (GtkWidget *area, GtkAllocation *size, gpointer data)
{
  RwPreview *preview = data;

  rw_view_resize (&preview->view, size->width, size->height);
  rw_preview_look (preview);
}

static gboolean
on_draw (GtkWidget *area, RwDrawEvent *event, gpointer data)
{
  RwPreview *preview = data;
  cairo_t *cr = rw_draw_begin (area, event);

  if (!preview->has_screen && check_item (preview)) {
    rw_screen_init (&preview->screen, area, preview->item);
    preview->has_screen = TRUE;
  }
  if (preview->has_screen)
    rw_painter_draw (preview->painter, cr, &preview->view, preview->kept);
  rw_draw_end (cr);
  return TRUE;
}

static void
on_mode (GtkComboBox *modes, gpointer data)
{
  RwPreview *preview = data;

  rw_view_set_mode (&preview->view,
                    (RwViewMode) gtk_combo_box_get_active (modes));
  rw_preview_look (preview);
}

/* ---- putting it together ------------------------------------------------ */

static void
make_area (RwPreview *preview)
{
  preview->area = gtk_drawing_area_new ();
  gtk_widget_set_size_request (preview->area, AREA_WIDTH, AREA_HEIGHT);
  g_signal_connect (preview->area, "size-allocate", G_CALLBACK (on_size),
                    preview);
  g_signal_connect (preview->area, RW_DRAW_SIGNAL, G_CALLBACK (on_draw),
                    preview);
  rw_preview_listen (preview);
}

/* In the order of RwViewMode. */
static const char *const mode_names[] = { N_ ("After"), N_ ("Before"),
                                          N_ ("Split"), N_ ("Side by side"),
                                          N_ ("What changed") };

static GtkWidget *
make_controls (RwPreview *preview)
{
  GtkWidget *row = rw_row_new (6);
  GtkWidget *label = gtk_label_new_with_mnemonic (_ ("V_iew:"));
  GtkWidget *fit = gtk_button_new_with_mnemonic (_ ("_Fit"));
  GtkWidget *one = gtk_button_new_with_mnemonic (_ ("_1:1"));

  preview->modes = gtk_combo_box_text_new ();
  for (guint i = 0; i < G_N_ELEMENTS (mode_names); i++)
    gtk_combo_box_text_append_text (GTK_COMBO_BOX_TEXT (preview->modes),
                                    _ (mode_names[i]));
  gtk_combo_box_set_active (GTK_COMBO_BOX (preview->modes), RW_VIEW_AFTER);
  gtk_label_set_mnemonic_widget (GTK_LABEL (label), preview->modes);
  gtk_widget_set_tooltip_text (
      preview->modes,
      _ ("In the picture, dragging moves it, the wheel zooms, and the right "
         "button shows the original as long as it is held; after a click "
         "into it, a, b, s, d and c choose the view, and 0, 1, + and - "
         "zoom"));
  preview->zoom = gtk_label_new (_ ("100 %"));
  gtk_widget_set_tooltip_text (fit, _ ("Show all of it"));
  gtk_widget_set_tooltip_text (one,
                               _ ("Show each pixel as one of the screen's"));
  gtk_box_pack_start (GTK_BOX (row), label, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (row), preview->modes, FALSE, FALSE, 0);
  gtk_box_pack_end (GTK_BOX (row), one, FALSE, FALSE, 0);
  gtk_box_pack_end (GTK_BOX (row), fit, FALSE, FALSE, 0);
  gtk_box_pack_end (GTK_BOX (row), preview->zoom, FALSE, FALSE, 0);
  g_signal_connect (preview->modes, "changed", G_CALLBACK (on_mode), preview);
  g_signal_connect_swapped (fit, "clicked", G_CALLBACK (rw_preview_fit),
                            preview);
  g_signal_connect_swapped (one, "clicked",
                            G_CALLBACK (rw_preview_show_pixels), preview);
  return row;
}

/* What is selected of the item, or the canvas, in its own coordinates. */
static RwRect
get_canvas (RwItem item)
{
  RwImage image = gimp_item_get_image (item);
  int x = 0, y = 0;

  rw_item_get_offsets (item, &x, &y);
  return (RwRect){ -x, -y, rw_image_get_width (image),
                   rw_image_get_height (image) };
}

static void
open_view (RwPreview *preview)
{
  const int scale = preview->task->scale;
  const RwRect bounds = { 0, 0, rw_item_get_width (preview->item) * scale,
                          rw_item_get_height (preview->item) * scale };
  RwRect canvas = get_canvas (preview->item);
  RwRect middle = canvas;

  if (!gimp_selection_is_empty (gimp_item_get_image (preview->item)))
    rw_pixels_get_selected (preview->item, &middle);
  rw_view_init (&preview->view, bounds.width, bounds.height,
                (middle.x + middle.width / 2.0) * scale,
                (middle.y + middle.height / 2.0) * scale);
  preview->kept = rw_kept_new (&bounds, rw_restore_get_block ());
  preview->painter = rw_painter_new (rw_screen_convert, &preview->screen);
  canvas = (RwRect){ canvas.x * scale, canvas.y * scale, canvas.width * scale,
                     canvas.height * scale };
  rw_painter_set_canvas (preview->painter, &canvas);
}

RwPreview *
rw_preview_new (const RwTaskInfo *task,
                RwItem item,
                void (*problem) (gpointer data,
                                 const char *message,
                                 gboolean is_gone),
                void (*pace) (gpointer data, double seconds),
                gpointer data)
{
  RwPreview *preview = g_rc_box_new0 (RwPreview);

  preview->task = task;
  preview->item = item;
  preview->problem = problem;
  preview->pace = pace;
  preview->data = data;
  preview->worker = g_thread_pool_new (work, NULL, 1, FALSE, NULL);
  open_view (preview);
  make_area (preview);
  preview->widget = rw_column_new (6);
  gtk_box_pack_start (GTK_BOX (preview->widget), preview->area, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (preview->widget), make_controls (preview),
                      FALSE, FALSE, 0);
  preview->watch = g_timeout_add_seconds (WATCH_S, watch, preview);
  return preview;
}

GtkWidget *
rw_preview_get_widget (RwPreview *preview)
{
  return preview->widget;
}

static gboolean
has_same_values (const RwSliders *a, const RwSliders *b)
{
  if (a->scratches != b->scratches)
    return FALSE;
  for (int i = 0; i < RW_CONTROLS_MAX; i++)
    if (a->values[i] != b->values[i])
      return FALSE;
  return TRUE;
}

void
rw_preview_set (RwPreview *preview, RwModel *model, const RwSliders *sliders)
{
  const gboolean other = model != preview->model;
  const gboolean grain_mixes =
      preview->task->mask == RW_MASK_NONE && !preview->task->searches;
  const gboolean grain_moved = sliders->grain != preview->sliders.grain;

  if (other || !has_same_values (sliders, &preview->sliders) ||
      (preview->task->searches && grain_moved)) {
    preview->number++;
    if (preview->failed && !preview->is_gone)
      preview->problem (preview->data, NULL, FALSE);
    preview->failed = FALSE;
    rw_kept_make_old (preview->kept);
  }
  if (other) {
    if (preview->job != NULL)
      g_atomic_int_set (&preview->job->stop, 1);
    if (model != NULL)
      rw_model_ref (model);
    rw_model_unref (preview->model);
    preview->model = model;
    preview->seconds = preview->pixels = 0;
    preview->pace (preview->data, 0);
  }
  if (model == NULL) {
    rw_kept_forget_changes (preview->kept);
    rw_painter_forget (preview->painter, NULL);
  }
  preview->sliders = *sliders;
  /* The core keeps no grain of what is made up. */
  rw_painter_set_mix (preview->painter, sliders->strength,
                      grain_mixes ? sliders->grain : 0);
  gtk_widget_queue_draw (preview->area);
  wake (preview);
}

void
rw_preview_free (RwPreview *preview)
{
  preview->closed = TRUE;
  g_signal_handlers_disconnect_by_data (preview->area, preview);
  g_signal_handlers_disconnect_by_data (preview->modes, preview);
  if (preview->idle != 0)
    g_source_remove (preview->idle);
  if (preview->watch != 0)
    g_source_remove (preview->watch);
  if (preview->job != NULL)
    g_atomic_int_set (&preview->job->stop, 1);
  g_thread_pool_free (preview->worker, FALSE, TRUE);
  g_rc_box_release_full (preview, preview_clear);
}
