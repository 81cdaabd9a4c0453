/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A library of noise.  Pictures are read in strips of as many rows as a window
 * has; the next one begins half a window below.
 */
#include "train/data/noise-library.h"

#include "reweave.h"
#include "base/alloc.h"
#include "base/parallel.h"
#include "base/random.h"
#include "io/rows.h"
#include "train/data/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define STEP (RW_NOISE_SIDE / 2) /* px between windows that are looked at */
#define KEEP_KEY 0x6e015e
#define MOST_TEXTURED 1.6 /* times the calm quarter's deviation */
#define MOST_TURNED 0.1   /* difference of correlations */
#define N_CURVE 256
#define LEAST_DEVIATION 1e-5f /* so that nobody divides by 0 */

struct RwNoiseLibrary {
  GPtrArray *windows;              /* of RwNoiseWindow, bin by bin */
  guint firsts[RW_NOISE_BINS + 1]; /* where each bin's begin, and the end */
  float curve[N_CURVE][3];
  gboolean grey, turns;
};

/* A collection in progress. */
typedef struct {
  GPtrArray *bins[RW_NOISE_BINS]; /* of RwNoiseWindow */
  guint64 n_seen[RW_NOISE_BINS];
} Collection;

static int
get_bin (float brightness)
{
  return CLAMP ((int) (brightness * RW_NOISE_BINS), 0, RW_NOISE_BINS - 1);
}

/* Takes @window: the n-th of a bin that is full takes the place of another
 * with probability RW_NOISE_BIN_MOST / n, so all are kept equally likely. */
static void
collect (Collection *collection, RwNoiseWindow *window)
{
  const int b = get_bin (window->brightness);
  GPtrArray *bin = collection->bins[b];
  const guint64 n = collection->n_seen[b]++;

  if (bin->len < RW_NOISE_BIN_MOST) {
    g_ptr_array_add (bin, window);
    return;
  }
  const guint64 key = rw_random_key (KEEP_KEY, (guint64) b);
  const guint64 at = rw_random_bits (key, n) % (n + 1);
  if (at < bin->len) {
    g_free (bin->pdata[at]);
    bin->pdata[at] = window;
  } else {
    g_free (window);
  }
}

/* ---- one picture ------------------------------------------------------- */

typedef struct {
  int width;
  float *rgb;              /* [RW_NOISE_SIDE][width][3] */
  RwNoiseWindow **windows; /* of each place, or NULL */
  int n_places;
  int *free_rows; /* of each place: the first row that no window has yet */
} Strip;

static void
look (int item, int worker, void *data)
{
  const Strip *strip = data;
  RwNoiseWindow *window = g_new (RwNoiseWindow, 1);

  if (rw_noise_window_take (window, strip->rgb + 3 * (gsize) item * STEP,
                            3 * (gsize) strip->width))
    strip->windows[item] = window;
  else
    g_free (window);
}

/* From left to right those that overlap none taken before. */
static void
take_strip (Strip *strip, int y, Collection *collection)
{
  rw_parallel_for (strip->n_places, look, strip);
  for (int i = 0; i < strip->n_places; i++) {
    RwNoiseWindow *window = g_steal_pointer (&strip->windows[i]);
    if (window == NULL)
      continue;
    if (MAX (strip->free_rows[i], strip->free_rows[i + 1]) > y) {
      g_free (window);
      continue;
    }
    strip->free_rows[i] = strip->free_rows[i + 1] = y + RW_NOISE_SIDE;
    collect (collection, window);
  }
}

/* The next @n rows of the file become the strip's from @first on. */
static gboolean
read_rows (RwRowReader *reader,
           RwPicture *rows,
           int n,
           float *rgba,
           Strip *strip,
           int first,
           GError **error)
{
  const gsize width = (gsize) strip->width;
  const RwRect rect = { 0, 0, strip->width, n };

  if (!rw_row_reader_read (reader, rows->data, n, error))
    return FALSE;
  rw_picture_get_rgba (rows, &rect, rgba);
  for (gsize i = 0; i < width * (gsize) n; i++)
    memcpy (strip->rgb + 3 * ((gsize) first * width + i), rgba + 4 * i,
            3 * sizeof (float));
  return TRUE;
}

static gboolean
scan_rows (RwRowReader *reader,
           RwPicture *rows,
           float *rgba,
           Strip *strip,
           Collection *collection,
           GError **error)
{
  const int height = rw_row_reader_get_picture (reader)->height;
  const gsize half = 3 * (gsize) STEP * (gsize) strip->width;

  if (!read_rows (reader, rows, STEP, rgba, strip, STEP, error))
    return FALSE;
  for (int y = STEP; y + STEP <= height; y += STEP) {
    memmove (strip->rgb, strip->rgb + half, half * sizeof (float));
    if (!read_rows (reader, rows, STEP, rgba, strip, STEP, error))
      return FALSE;
    take_strip (strip, y - STEP, collection);
  }
  return TRUE;
}

static gboolean
scan_file (const char *path, Collection *collection, GError **error)
{
  g_autoptr (RwRowReader) reader = rw_row_reader_new (path, error);

  if (reader == NULL)
    return FALSE;
  const RwPicture *info = rw_row_reader_get_picture (reader);
  if (MIN (info->width, info->height) < RW_NOISE_SIDE)
    return TRUE;
  const gsize n = (gsize) info->width * RW_NOISE_SIDE;
  g_autoptr (RwPicture) rows = rw_picture_new_like (info, STEP, error);
  rw_autofree float *rgb =
      rw_try_alloc (n, 3 * sizeof (float), "a strip of a picture", error);
  rw_autofree float *rgba =
      rw_try_alloc (n / 2, 4 * sizeof (float), "rows of a picture", error);
  if (rows == NULL || rgb == NULL || rgba == NULL)
    return FALSE;
  const int n_places = (info->width - RW_NOISE_SIDE) / STEP + 1;
  g_autofree RwNoiseWindow **windows =
      g_new0 (RwNoiseWindow *, (gsize) n_places);
  g_autofree int *free_rows = g_new0 (int, (gsize) n_places + 1);
  Strip strip = { .width = info->width,
                  .rgb = rgb,
                  .windows = windows,
                  .n_places = n_places,
                  .free_rows = free_rows };
  return scan_rows (reader, rows, rgba, &strip, collection, error);
}

/* ---- the library ------------------------------------------------------- */

static int
compare_lightness (gconstpointer a, gconstpointer b)
{
  const RwNoiseWindow *x = *(RwNoiseWindow *const *) a;
  const RwNoiseWindow *y = *(RwNoiseWindow *const *) b;

  return (x->lightness > y->lightness) - (x->lightness < y->lightness);
}

/* Leaves out what varies more than noise of this brightness does.  Returns how
 * many. */
static int
drop_textures (GPtrArray *bin)
{
  int n = 0;

  if (bin->len == 0)
    return 0;
  g_ptr_array_sort (bin, compare_lightness);
  const RwNoiseWindow *calm = bin->pdata[(bin->len - 1) / 4];
  const float most = (float) MOST_TEXTURED * calm->lightness;
  while (((const RwNoiseWindow *) bin->pdata[bin->len - 1])->lightness >
         most) {
    g_ptr_array_remove_index (bin, bin->len - 1);
    n++;
  }
  return n;
}

static void
describe_bin (const GPtrArray *bin, int b, RwNoiseReport *report)
{
  double light = 0, squares[3] = { 0 }, brightness = 0;

  report->bins[b].n = (int) bin->len;
  if (bin->len == 0)
    return;
  for (guint i = 0; i < bin->len; i++) {
    const RwNoiseWindow *window = bin->pdata[i];
    brightness += (double) window->brightness;
    light += (double) window->lightness * (double) window->lightness;
    for (int c = 0; c < 3; c++)
      squares[c] +=
          (double) window->deviations[c] * (double) window->deviations[c];
    for (int k = 0; k < RW_NOISE_N_LAGS; k++) {
      report->along[k] += (double) window->along[k];
      report->down[k] += (double) window->down[k];
    }
    report->grey &= window->grey;
  }
  report->bins[b].brightness = brightness / bin->len;
  report->bins[b].lightness = 255 * sqrt (light / bin->len);
  for (int c = 0; c < 3; c++)
    report->bins[b].deviations[c] = 255 * sqrt (squares[c] / bin->len);
}

static void
describe (Collection *collection, RwNoiseReport *report)
{
  report->grey = TRUE;
  for (int b = 0; b < RW_NOISE_BINS; b++) {
    report->n_found += collection->n_seen[b];
    report->n_textured += drop_textures (collection->bins[b]);
    report->n_windows += (int) collection->bins[b]->len;
    describe_bin (collection->bins[b], b, report);
  }
  for (int k = 0; k < RW_NOISE_N_LAGS && report->n_windows > 0; k++) {
    report->along[k] /= report->n_windows;
    report->down[k] /= report->n_windows;
  }
}

/* Of channel @c at @brightness. */
static double
interpolate (const RwNoiseReport *report, int c, double brightness)
{
  int below = -1;

  for (int b = 0; b < RW_NOISE_BINS; b++) {
    const double here = report->bins[b].brightness;
    const double value = report->bins[b].deviations[c];
    if (report->bins[b].n == 0)
      continue;
    if (brightness <= here) {
      if (below < 0)
        return value;
      const double before = report->bins[below].brightness;
      const double first = report->bins[below].deviations[c];
      return first + (value - first) * (brightness - before) / (here - before);
    }
    below = b;
  }
  return below < 0 ? 0 : report->bins[below].deviations[c];
}

static RwNoiseLibrary *
finish (Collection *collection, const RwNoiseReport *report)
{
  RwNoiseLibrary *library = g_new0 (RwNoiseLibrary, 1);

  library->windows = g_ptr_array_new_with_free_func (g_free);
  for (int b = 0; b < RW_NOISE_BINS; b++) {
    library->firsts[b] = library->windows->len;
    while (collection->bins[b]->len > 0)
      g_ptr_array_add (library->windows,
                       g_ptr_array_steal_index (collection->bins[b],
                                                collection->bins[b]->len - 1));
  }
  library->firsts[RW_NOISE_BINS] = library->windows->len;
  for (int i = 0; i < N_CURVE; i++)
    for (int c = 0; c < 3; c++)
      library->curve[i][c] =
          MAX (LEAST_DEVIATION,
               (float) (interpolate (report, c, i / (N_CURVE - 1.0)) / 255));
  library->grey = report->grey;
  library->turns = fabs (report->along[0] - report->down[0]) <= MOST_TURNED;
  return library;
}

static gboolean
check (const char *path, const RwNoiseReport *report, GError **error)
{
  if (report->n_windows >= RW_NOISE_LEAST)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: %d flat windows of %d x %d pixels were found in %d "
               "pictures%s%s%s, expected %d or more to learn noise from; add "
               "scans or photographs of even surfaces, such as blank paper, "
               "a wall or the sky, from dark to light",
               path, report->n_windows, RW_NOISE_SIDE, RW_NOISE_SIDE,
               report->n_files - report->n_broken,
               report->broken != NULL ? " (and one cannot be read: " : "",
               report->broken != NULL ? report->broken : "",
               report->broken != NULL ? ")" : "", RW_NOISE_LEAST);
  return FALSE;
}

void
rw_noise_report_clear (RwNoiseReport *report)
{
  g_clear_pointer (&report->broken, g_free);
}

static void
scan_all (char **paths, Collection *collection, RwNoiseReport *report)
{
  for (int i = 0; paths[i] != NULL; i++) {
    g_autoptr (GError) failure = NULL;
    report->n_files++;
    if (scan_file (paths[i], collection, &failure))
      continue;
    if (report->n_broken++ == 0)
      report->broken = g_strdup (failure->message);
  }
}

RwNoiseLibrary *
rw_noise_library_load (const char *path, RwNoiseReport *report, GError **error)
{
  RwNoiseReport own = { 0 };
  RwNoiseReport *told = report != NULL ? report : &own;
  Collection collection = { 0 };
  RwNoiseLibrary *library = NULL;

  *told = (RwNoiseReport){ 0 };
  g_auto (GStrv) paths = rw_dataset_list_endings (path, rw_row_endings, error);
  if (paths == NULL)
    return NULL;
  for (int b = 0; b < RW_NOISE_BINS; b++)
    collection.bins[b] = g_ptr_array_new_with_free_func (g_free);
  scan_all (paths, &collection, told);
  describe (&collection, told);
  if (check (path, told, error))
    library = finish (&collection, told);
  for (int b = 0; b < RW_NOISE_BINS; b++)
    g_ptr_array_unref (collection.bins[b]);
  rw_noise_report_clear (&own);
  return library;
}

void
rw_noise_library_free (RwNoiseLibrary *library)
{
  if (library == NULL)
    return;
  g_ptr_array_unref (library->windows);
  g_free (library);
}

char *
rw_noise_library_get_fingerprint (const RwNoiseLibrary *library)
{
  guint64 hash = rw_random_key (library->windows->len, 0);

  for (guint i = 0; i < library->windows->len; i++) {
    const RwNoiseWindow *window = library->windows->pdata[i];
    hash = rw_random_bits (hash,
                           XXH3_64bits (window->noise, sizeof window->noise));
    hash = rw_random_bits (
        hash, XXH3_64bits (&window->brightness, sizeof window->brightness));
  }
  return g_strdup_printf ("%016" G_GINT64_MODIFIER "x", hash);
}

gboolean
rw_noise_library_is_grey (const RwNoiseLibrary *library)
{
  return library->grey;
}

gboolean
rw_noise_library_may_turn (const RwNoiseLibrary *library)
{
  return library->turns;
}

const RwNoiseWindow *
rw_noise_library_pick (const RwNoiseLibrary *library,
                       float brightness,
                       guint64 key)
{
  const int bin = get_bin (brightness);

  for (int reach = 1;; reach++) { /* ends: there are windows */
    const guint first = library->firsts[MAX (0, bin - reach)];
    const guint end = library->firsts[MIN (RW_NOISE_BINS, bin + reach + 1)];
    if (end > first)
      return library->windows
          ->pdata[first + rw_random_below (key, 0, end - first)];
  }
}

const float *
rw_noise_library_get_deviations (const RwNoiseLibrary *library,
                                 float brightness)
{
  const int i = (int) (brightness * (N_CURVE - 1) + 0.5f);

  return library->curve[CLAMP (i, 0, N_CURVE - 1)];
}
