/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Pairs of repeated shots.
 */
#include "train/data/repeats.h"

#include "reweave.h"
#include "train/data/align.h"
#include "train/data/dataset-private.h"

#include <math.h>
#include <string.h>

enum { SQUARE = 8, LEAST_SIDE = 32 };
#define DEFAULT_MAX_BYTES ((gsize) 4 << 30)

/* One shot on its way in. */
typedef struct {
  char *path;
  RwPicture *picture; /* three channels */
  RwShift shift;      /* against the first */
  double gain[3];     /* to the brightness of the first */
  double offset[3];
} Shot;

typedef struct {
  char *name; /* of the folder, or what the names have in common */
  GPtrArray *shots;
} Scene;

typedef struct {
  const char *path;
  const RwDatasetOptions *options;
  RwDataset *dataset;
  RwRepeatsReport told;
  RwDatasetReport *report;
  guint n_alone; /* shots of which there is but one */
  gsize n_bytes;
} Loading;

static void
shot_free (gpointer data)
{
  Shot *shot = data;

  g_free (shot->path);
  rw_picture_free (shot->picture);
  g_free (shot);
}

static void
scene_free (gpointer data)
{
  Scene *scene = data;

  g_free (scene->name);
  g_ptr_array_unref (scene->shots);
  g_free (scene);
}

/* ---- which shots belong together ---------------------------------------- */

/* The folder of @path if that is below @root; else "a/scan" of
 * "a/scan_12.png".  (transfer full) */
static char *
get_scene_name (const char *root, const char *path)
{
  char *folder = g_path_get_dirname (path);
  g_autofree char *own = g_strdup (root);

  while (strlen (own) > 1 && g_str_has_suffix (own, "/"))
    own[strlen (own) - 1] = '\0';
  if (!g_str_equal (folder, own))
    return folder;
  g_free (folder);
  char *name = g_strdup (path);
  char *dot = strrchr (name, '.');
  if (dot != NULL)
    *dot = '\0';
  gsize n = strlen (name);
  while (n > 0 && g_ascii_isdigit (name[n - 1]))
    n--;
  name[n] = '\0';
  return name;
}

/* (element-type Scene), in the order of their first shots. */
static GPtrArray *
find_scenes (const char *root, GError **error)
{
  g_auto (GStrv) paths = rw_dataset_list (root, error);
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);

  if (paths == NULL)
    return NULL;
  GPtrArray *scenes = g_ptr_array_new_with_free_func (scene_free);
  for (int i = 0; paths[i] != NULL; i++) {
    g_autofree char *name = get_scene_name (root, paths[i]);
    Scene *scene = g_hash_table_lookup (known, name);
    if (scene == NULL) {
      scene = g_new0 (Scene, 1);
      scene->name = g_steal_pointer (&name);
      scene->shots = g_ptr_array_new_with_free_func (shot_free);
      g_hash_table_insert (known, scene->name, scene);
      g_ptr_array_add (scenes, scene);
    }
    Shot *shot = g_new0 (Shot, 1);
    shot->path = g_strdup (paths[i]);
    g_ptr_array_add (scene->shots, shot);
  }
  return scenes;
}

/* ---- comparing ---------------------------------------------------------- */

static double
get_sample (const RwPicture *picture, int x, int y, int c)
{
  const gsize at =
      3 * ((gsize) y * (gsize) picture->width + (gsize) x) + (gsize) c;

  return (double) rw_picture_get_sample (picture, at) /
         (double) rw_picture_get_peak (picture);
}

/* Of a square of pixels, whose noise nearly is gone in the mean. */
static double
get_mean (const RwPicture *picture, int x, int y, int c)
{
  double sum = 0;

  for (int v = y; v < y + SQUARE; v++)
    for (int u = x; u < x + SQUARE; u++)
      sum += get_sample (picture, u, v, c);
  return sum / (SQUARE * SQUARE);
}

/* First and second moments of the squares that both show. */
typedef struct {
  double n, a, b, aa, bb, ab;
} Moments;

static Moments
measure (const Shot *first, const Shot *shot, int c)
{
  const RwPicture *one = first->picture, *other = shot->picture;
  const int left = MAX (0, -shot->shift.x), top = MAX (0, -shot->shift.y);
  const int right = one->width - MAX (0, shot->shift.x);
  const int bottom = one->height - MAX (0, shot->shift.y);
  Moments m = { 0 };

  for (int y = top; y + SQUARE <= bottom; y += SQUARE)
    for (int x = left; x + SQUARE <= right; x += SQUARE) {
      const double a = get_mean (one, x, y, c);
      const double b =
          get_mean (other, x + shot->shift.x, y + shot->shift.y, c);
      m.n++;
      m.a += a;
      m.b += b;
      m.aa += a * a;
      m.bb += b * b;
      m.ab += a * b;
    }
  return m;
}

/* Whether both show the same; sets the line that brings @shot's brightness to
 * @first's, channel by channel.  As noise is in both, the line has the ratio of
 * the deviations as its slope: that of a regression would be too flat. */
static gboolean
match (const Shot *first, Shot *shot, double *correlation)
{
  double ab = 0, aa = 0, bb = 0;

  for (int c = 0; c < 3; c++) {
    const Moments m = measure (first, shot, c);
    const double va = m.aa - m.a * m.a / m.n, vb = m.bb - m.b * m.b / m.n;
    aa += va;
    bb += vb;
    ab += m.ab - m.a * m.b / m.n;
    shot->gain[c] = vb > 0 && va > 0 ? sqrt (va / vb) : 1;
    shot->offset[c] = (m.a - shot->gain[c] * m.b) / m.n;
  }
  *correlation = aa > 0 && bb > 0 ? ab / sqrt (aa * bb) : 0;
  return *correlation >= RW_REPEATS_LEAST;
}

/* ---- reading ------------------------------------------------------------ */

static void G_GNUC_PRINTF (4, 5) leave_out (
    Loading *loading, GPtrArray *shots, guint i, const char *why, ...)
{
  const Shot *shot = shots->pdata[i];
  va_list arguments;

  va_start (arguments, why);
  g_autofree char *text = g_strdup_vprintf (why, arguments);
  va_end (arguments);
  g_autofree char *sentence = g_strdup_printf ("%s: %s", shot->path, text);
  rw_dataset_report_add (loading->report, RW_LEFT_OUT_UNLIKE, sentence);
  g_ptr_array_remove_index (shots, i);
}

/* Leaves out what is broken or of another size than the first. */
static void
read_shots (Loading *loading, Scene *scene)
{
  GPtrArray *shots = scene->shots;

  for (guint i = 0; i < shots->len;) {
    Shot *shot = shots->pdata[i];
    RwDatasetImage *image =
        rw_dataset_image_new (g_strdup (shot->path), g_strdup (shot->path));
    g_autoptr (GError) failure = NULL;
    RwDatasetPixels pixels = { 0 };
    gboolean unused;
    if (rw_dataset_image_probe (image, &unused, &failure) &&
        rw_dataset_image_decode (image, &pixels, &failure))
      shot->picture = pixels.clean;
    rw_dataset_image_unref (image);
    if (shot->picture == NULL) {
      rw_dataset_report_add (loading->report, RW_LEFT_OUT_BROKEN,
                             failure->message);
      g_ptr_array_remove_index (shots, i);
      continue;
    }
    const RwPicture *first = ((const Shot *) shots->pdata[0])->picture;
    if (MIN (shot->picture->width, shot->picture->height) < LEAST_SIDE)
      leave_out (loading, shots, i, "is smaller than %d pixels", LEAST_SIDE);
    else if (shot->picture->width != first->width ||
             shot->picture->height != first->height)
      leave_out (loading, shots, i, "is %d x %d, the first is %d x %d",
                 shot->picture->width, shot->picture->height, first->width,
                 first->height);
    else
      i++;
  }
}

static gboolean
is_copy (const GPtrArray *shots, guint i)
{
  const RwPicture *picture = ((const Shot *) shots->pdata[i])->picture;
  const gsize n = rw_dataset_count_bytes (picture);

  for (guint k = 0; k < i; k++) {
    const RwPicture *other = ((const Shot *) shots->pdata[k])->picture;
    if (other->depth == picture->depth &&
        memcmp (other->data, picture->data, n) == 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
align_shots (Loading *loading, Scene *scene, GError **error)
{
  GPtrArray *shots = scene->shots;

  for (guint i = 1; i < shots->len;) {
    const Shot *first = shots->pdata[0];
    Shot *shot = shots->pdata[i];
    double correlation;
    if (is_copy (shots, i)) {
      leave_out (loading, shots, i, "has the pixels of another shot");
      continue;
    }
    if (!rw_align_find (first->picture, shot->picture, &shot->shift, error))
      return FALSE;
    if (match (first, shot, &correlation))
      i++;
    else
      leave_out (loading, shots, i,
                 "correlates %.2f with the first shot, expected %.2f or more",
                 correlation, RW_REPEATS_LEAST);
  }
  for (int c = 0; shots->len > 0 && c < 3; c++)
    ((Shot *) shots->pdata[0])->gain[c] = 1;
  return TRUE;
}

/* ---- pairs -------------------------------------------------------------- */

/* What all shots of a scene show, in the first one's pixels. */
static RwRect
intersect (const GPtrArray *shots)
{
  const RwPicture *first = ((const Shot *) shots->pdata[0])->picture;
  int left = 0, top = 0, right = first->width, bottom = first->height;

  for (guint i = 0; i < shots->len; i++) {
    const RwShift *shift = &((const Shot *) shots->pdata[i])->shift;
    left = MAX (left, -shift->x);
    top = MAX (top, -shift->y);
    right = MIN (right, first->width - shift->x);
    bottom = MIN (bottom, first->height - shift->y);
  }
  return (RwRect){ left, top, right - left, bottom - top };
}

/* Channel @c of a shot at pixel (x, y) of the first, in its brightness. */
static double
read_as_first (const Shot *shot, int x, int y, int c)
{
  return shot->gain[c] * get_sample (shot->picture, x + shot->shift.x,
                                     y + shot->shift.y, c) +
         shot->offset[c];
}

/* The mean of all shots but @i, in the brightness of that. */
static double
read_others (const GPtrArray *shots, guint i, int x, int y, int c)
{
  const Shot *own = shots->pdata[i];
  double sum = 0;

  for (guint k = 0; k < shots->len; k++)
    if (k != i)
      sum += read_as_first (shots->pdata[k], x, y, c);
  return (sum / (shots->len - 1) - own->offset[c]) / own->gain[c];
}

static gboolean
make_pair (const GPtrArray *shots,
           guint i,
           const RwRect *rect,
           RwDatasetPixels *pixels,
           GError **error)
{
  const Shot *own = shots->pdata[i];

  pixels->clean = rw_picture_new (rect->width, rect->height, 3, 16, error);
  pixels->damaged =
      pixels->clean != NULL
          ? rw_picture_new (rect->width, rect->height, 3, 16, error)
          : NULL;
  if (pixels->damaged == NULL)
    return FALSE;
  guint16 *clean = pixels->clean->data, *damaged = pixels->damaged->data;
  for (int y = rect->y; y < rect->y + rect->height; y++)
    for (int x = rect->x; x < rect->x + rect->width; x++)
      for (int c = 0; c < 3; c++) {
        const double input =
            get_sample (own->picture, x + own->shift.x, y + own->shift.y, c);
        const double target = read_others (shots, i, x, y, c);
        *damaged++ = (guint16) (65535 * input + 0.5);
        *clean++ = (guint16) (65535 * CLAMP (target, 0, 1) + 0.5);
      }
  return TRUE;
}

static gboolean
add_pair (Loading *loading,
          const Scene *scene,
          guint i,
          const RwRect *rect,
          GError **error)
{
  const Shot *shot = scene->shots->pdata[i];
  const double n = scene->shots->len;
  const gsize cap = loading->options->max_bytes > 0
                        ? loading->options->max_bytes
                        : DEFAULT_MAX_BYTES;
  RwDatasetImage *image = rw_dataset_image_new (g_strdup (shot->path), NULL);

  image->partner = g_strdup (scene->name);
  image->scene = (int) loading->told.n_scenes;
  image->noise_share = sqrt ((n - 1) / n);
  image->width = rect->width;
  image->height = rect->height;
  image->n_bytes = 12 * (gsize) rect->width * (gsize) rect->height;
  loading->n_bytes += image->n_bytes;
  if (loading->n_bytes > cap)
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 "%s: the shots take more than %" G_GSIZE_FORMAT
                 " MiB in memory, which is the cap; give fewer or smaller "
                 "ones, or raise --data-memory",
                 loading->path, cap >> 20);
  else if (make_pair (scene->shots, i, rect, &image->pixels, error)) {
    rw_dataset_add (loading->dataset, image);
    return TRUE;
  }
  rw_dataset_image_unref (image);
  return FALSE;
}

static gboolean
add_scene (Loading *loading, Scene *scene, GError **error)
{
  loading->report->n_files += scene->shots->len;
  read_shots (loading, scene);
  if (!align_shots (loading, scene, error))
    return FALSE;
  if (scene->shots->len < 2) {
    loading->n_alone += scene->shots->len;
    return TRUE;
  }
  const RwRect rect = intersect (scene->shots);
  if (MIN (rect.width, rect.height) < MAX (1, loading->options->min_side)) {
    rw_dataset_report_add (loading->report, RW_LEFT_OUT_SMALL, scene->name);
    return TRUE;
  }
  loading->told.n_scenes++;
  for (guint i = 0; i < scene->shots->len; i++) {
    const RwShift *shift = &((const Shot *) scene->shots->pdata[i])->shift;
    loading->told.most_shift =
        MAX (loading->told.most_shift, MAX (ABS (shift->x), ABS (shift->y)));
    if (!add_pair (loading, scene, i, &rect, error))
      return FALSE;
  }
  loading->told.n_shots += scene->shots->len;
  g_ptr_array_set_size (scene->shots, 0); /* the memory of the next */
  return TRUE;
}

static gboolean
check_found (const Loading *loading, GError **error)
{
  const RwDatasetReport *report = loading->report;
  g_autoptr (GString) why = g_string_new (NULL);

  if (loading->told.n_scenes > 0)
    return TRUE;
  for (int i = 0; i < RW_N_LEFT_OUT; i++)
    if (report->n_left_out[i] > 0)
      g_string_append_printf (why, "; %u %s (%s)", report->n_left_out[i],
                              rw_left_out_get_label ((RwLeftOut) i),
                              report->left_out[i][0]);
  g_set_error (
      error, RW_ERROR, RW_ERROR_MISMATCH,
      "%s: found no two shots of one scene among %u pictures, "
      "expected a folder for each scene, or names alike up to a "
      "number at the end, as scan_1.png and scan_2.png%s; sort them so",
      loading->path, report->n_files, why->str);
  return FALSE;
}

RwDataset *
rw_dataset_load_repeats (const char *path,
                         const RwDatasetOptions *options,
                         RwRepeatsReport *told,
                         RwDatasetReport *report,
                         GError **error)
{
  g_autoptr (RwDataset) dataset = rw_dataset_new ();
  RwDatasetReport own = { 0 };
  Loading loading = { .path = path,
                      .options = options,
                      .dataset = dataset,
                      .report = report != NULL ? report : &own };
  g_autoptr (GPtrArray) scenes = find_scenes (path, error);
  gboolean good = scenes != NULL;

  memset (loading.report, 0, sizeof *loading.report);
  for (guint i = 0; good && i < scenes->len; i++)
    good = add_scene (&loading, scenes->pdata[i], error);
  good = good && check_found (&loading, error);
  loading.report->n_kept = loading.told.n_shots;
  loading.report->n_bytes = loading.n_bytes;
  if (told != NULL)
    *told = loading.told;
  rw_dataset_report_clear (&own);
  return good ? g_steal_pointer (&dataset) : NULL;
}
