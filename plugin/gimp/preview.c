/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Requests go from the main thread to one worker and come back as idle calls.
 */
#include "preview.h"

#include <string.h>

#include "pixels.h"

typedef struct {
  RwPreview *preview; /* (owned) */
  RwModel *model;
  RwSliders sliders;
  gboolean grey;
  RwRect bounds;   /* of the item */
  RwRect view;     /* what is shown; inside bounds */
  RwRect have;     /* what is read: view, whole blocks, halo */
  float *pixels;   /* of have */
  float *result;   /* of view */
  float *selected; /* of view, one float a pixel; NULL: all of it */
  const Babl *work;
  gint stop; /* atomic */
  gboolean done;
} Request;

struct RwPreview {
  GimpPreview *view;
  GtkWidget *split;
  RwItem item;
  RwModel *model;
  RwSliders sliders;
  GThreadPool *worker;
  Request *latest; /* borrowed from the worker or an idle call; NULL: none */
  Request *shown;  /* (owned): the last finished one */
  gboolean closed;
};

static void
preview_clear (gpointer data)
{
  RwPreview *preview = data;

  rw_model_unref (preview->model);
}

static void
request_free (Request *request)
{
  if (request == NULL)
    return;
  g_rc_box_release_full (request->preview, preview_clear);
  rw_model_unref (request->model);
  g_free (request->pixels);
  g_free (request->result);
  g_free (request->selected);
  g_free (request);
}

/* ---- the worker's side -------------------------------------------------- */

static gboolean
read_request (gpointer data, const RwRect *rect, float *rgba, GError **error)
{
  const Request *request = data;
  const RwRect *have = &request->have;

  for (int y = 0; y < rect->height; y++) {
    const int v = CLAMP (rect->y + y - have->y, 0, have->height - 1);
    const float *row = request->pixels + (gsize) v * have->width * 4;

    for (int x = 0; x < rect->width; x++) {
      const int u = CLAMP (rect->x + x - have->x, 0, have->width - 1);

      memcpy (rgba, row + (gsize) u * 4, 4 * sizeof (float));
      rgba += 4;
    }
  }
  return TRUE;
}

static gboolean
write_request (gpointer data,
               const RwRect *rect,
               const float *rgba,
               gsize stride,
               GError **error)
{
  Request *request = data;
  const RwRect *view = &request->view;

  for (int y = 0; y < rect->height; y++) {
    const gsize row = (gsize) (rect->y + y - view->y) * view->width;

    memcpy (request->result + (row + rect->x - view->x) * 4, rgba + y * stride,
            (gsize) rect->width * 4 * sizeof (float));
  }
  return TRUE;
}

static gboolean
keep_going (gpointer data, double fraction)
{
  Request *request = data;

  return g_atomic_int_get (&request->stop) == 0;
}

static gboolean finish (gpointer data);

static void
work (gpointer data, gpointer unused)
{
  Request *request = data;
  RwValue values[RW_CONTROLS_MAX];
  RwSettings settings = rw_sliders_get_settings (
      &request->sliders, rw_model_get_task (request->model), values);
  const RwJob job = {
    .bounds = request->bounds,
    .roi = request->view,
    .read = read_request,
    .write = write_request,
    .progress = keep_going,
    .data = request,
  };

  settings.grey = request->grey;
  if (g_atomic_int_get (&request->stop) == 0)
    request->done = rw_restore (request->model, &settings, &job, NULL);
  g_idle_add (finish, request);
}

/* ---- the main thread's side --------------------------------------------- */

static const Babl *
get_screen_format (RwItem item)
{
  const gboolean alpha = gimp_drawable_has_alpha (RW_DRAWABLE (item));
  const char *name;

  if (gimp_drawable_is_gray (RW_DRAWABLE (item)))
    name = alpha ? "Y'A u8" : "Y' u8";
  else
    name = alpha ? "R'G'B'A u8" : "R'G'B' u8";
  return babl_format_with_space (
      name, gimp_drawable_get_format (RW_DRAWABLE (item)));
}

static RwRect
get_view (const RwPreview *preview)
{
  const RwItem item = preview->item;
  RwRect view;

  gimp_preview_get_position (preview->view, &view.x, &view.y);
  gimp_preview_get_size (preview->view, &view.width, &view.height);
  view.x = CLAMP (view.x, 0, rw_item_get_width (item) - 1);
  view.y = CLAMP (view.y, 0, rw_item_get_height (item) - 1);
  view.width = MIN (view.width, rw_item_get_width (item) - view.x);
  view.height = MIN (view.height, rw_item_get_height (item) - view.y);
  return view;
}

/* Mixes the original back into @row, the restored row @y of the view, where
 * it is not selected and, in a split view, in the left half, which ends in a
 * line of one pixel. */
static void
compose_row (const Request *request, gboolean split, int y, float *row)
{
  const RwRect *view = &request->view;
  const RwRect line = { view->x, view->y + y, view->width, 1 };
  const int half = split ? view->width / 2 : -1;
  const float *selected = request->selected;
  g_autofree float *before = g_new (float, (gsize) view->width * 4);

  if (!split && selected == NULL)
    return;
  read_request ((gpointer) request, &line, before, NULL);
  for (int x = 0; x < view->width; x++) {
    float share = selected ? selected[(gsize) y * view->width + x] : 1;

    if (x < half)
      share = 0;
    for (int c = 0; c < 4; c++) {
      const float old = before[x * 4 + c];
      float *value = row + x * 4 + c;

      *value = x == half ? 1 : old + share * (*value - old);
    }
  }
}

/* gimp_preview_draw_buffer would heed the selection too, but in 2.10.34 it
 * shifts the picture where the view is wider than the selection. */
static void
draw (RwPreview *preview)
{
  const Request *request = preview->shown;
  const RwRect *view = &request->view;
  const Babl *screen = get_screen_format (preview->item);
  const int pixel = babl_format_get_bytes_per_pixel (screen);
  const gsize n = (gsize) view->width * view->height;
  const gboolean split =
      gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (preview->split));
  g_autofree float *pixels =
      g_memdup2 (request->result, n * 4 * sizeof (float));
  g_autofree guchar *bytes = g_malloc (n * pixel);

  for (int y = 0; y < view->height; y++)
    compose_row (request, split, y, pixels + (gsize) y * view->width * 4);
  babl_process (babl_fish (request->work, screen), pixels, bytes, (long) n);
  gimp_preview_area_draw (
      GIMP_PREVIEW_AREA (gimp_preview_get_area (preview->view)), 0, 0,
      view->width, view->height,
      gimp_drawable_type (RW_DRAWABLE (preview->item)), bytes,
      view->width * pixel);
}

static gboolean
is_same (const RwRect *a, const RwRect *b)
{
  return a->x == b->x && a->y == b->y && a->width == b->width &&
         a->height == b->height;
}

/* Draws a request that is still wanted when the worker is through with it. */
static gboolean
finish (gpointer data)
{
  Request *request = data;
  RwPreview *preview = request->preview;

  if (preview->closed || preview->latest != request || !request->done) {
    if (preview->latest == request)
      preview->latest = NULL;
    request_free (request);
    return G_SOURCE_REMOVE;
  }
  preview->latest = NULL;
  request_free (preview->shown);
  preview->shown = request;
  if (gimp_preview_get_update (preview->view)) {
    const RwRect view = get_view (preview);

    if (is_same (&view, &request->view))
      draw (preview);
  }
  return G_SOURCE_REMOVE;
}

static void
stop_latest (RwPreview *preview)
{
  if (preview->latest != NULL)
    g_atomic_int_set (&preview->latest->stop, 1);
  preview->latest = NULL;
}

static Request *
request_new (RwPreview *preview)
{
  Request *request = g_new0 (Request, 1);
  RwPixels pixels;

  rw_pixels_open (&pixels, preview->item);
  request->preview = g_rc_box_acquire (preview);
  request->model = rw_model_ref (preview->model);
  request->sliders = preview->sliders;
  request->grey = pixels.grey;
  request->work = pixels.samples.work;
  request->bounds = pixels.bounds;
  request->view = get_view (preview);
  request->have = rw_restore_get_required (request->model, &request->bounds,
                                           &request->view);
  request->pixels =
      g_new (float, (gsize) request->have.width * request->have.height * 4);
  request->result =
      g_new (float, (gsize) request->view.width * request->view.height * 4);
  rw_pixels_read (&pixels, &request->have, request->pixels, NULL);
  rw_pixels_close (&pixels);
  request->selected = rw_pixels_get_selection (preview->item, &request->view);
  return request;
}

/* GIMP calls this a moment after the last change of view or settings. */
static void
on_invalidated (GimpPreview *view, gpointer data)
{
  RwPreview *preview = data;

  stop_latest (preview);
  if (preview->model == NULL) {
    g_clear_pointer (&preview->shown, request_free);
    gimp_preview_draw (view);
    return;
  }
  preview->latest = request_new (preview);
  g_thread_pool_push (preview->worker, preview->latest, NULL);
}

static void
on_split (GtkToggleButton *button, gpointer data)
{
  RwPreview *preview = data;

  if (preview->shown != NULL)
    gimp_preview_invalidate (preview->view);
}

RwPreview *
rw_preview_new (GtkWidget *view, RwItem item)
{
  RwPreview *preview = g_rc_box_new0 (RwPreview);

  preview->view = GIMP_PREVIEW (view);
  preview->item = item;
  preview->worker = g_thread_pool_new (work, NULL, 1, FALSE, NULL);
  preview->split = gtk_check_button_new_with_mnemonic ("S_plit view");
  gtk_widget_set_tooltip_text (preview->split,
                               "Left half before, right half after");
  gtk_box_pack_start (GTK_BOX (gimp_preview_get_controls (preview->view)),
                      preview->split, FALSE, FALSE, 0);
  gtk_widget_show (preview->split);
  g_signal_connect (view, "invalidated", G_CALLBACK (on_invalidated), preview);
  g_signal_connect (preview->split, "toggled", G_CALLBACK (on_split), preview);
  return preview;
}

void
rw_preview_set (RwPreview *preview, RwModel *model, const RwSliders *sliders)
{
  if (model != NULL)
    rw_model_ref (model);
  rw_model_unref (preview->model);
  preview->model = model;
  preview->sliders = *sliders;
  gimp_preview_invalidate (preview->view);
}

void
rw_preview_free (RwPreview *preview)
{
  g_signal_handlers_disconnect_by_data (preview->view, preview);
  g_signal_handlers_disconnect_by_data (preview->split, preview);
  stop_latest (preview);
  preview->closed = TRUE;
  g_thread_pool_free (preview->worker, FALSE, TRUE);
  g_clear_pointer (&preview->shown, request_free);
  g_rc_box_release_full (preview, preview_clear);
}
