/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave: load a weight file, ask what it is, restore pictures with it.
 *
 * This header is all that a plug-in needs.  Training and evaluation are in
 * reweave-train.h.  Every function here may be called from any thread, and
 * several threads may use one model at once.
 *
 *   g_autoptr (RwModel) model = rw_model_load ("denoise", NULL, &error);
 *   RwSettings settings = { .strength = 1.0 };
 *   RwJob job = { .bounds = ..., .roi = ..., .read = ..., .write = ... };
 *   rw_restore (model, &settings, &job, &error);
 *
 * Pixels cross this header as RGBA, 32-bit float, interleaved, straight alpha,
 * colour coded by the sRGB curve whatever the primaries are (babl's
 * "R~G~B~A float" in the picture's own space), nominal range [0,1].
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* ---- version ----------------------------------------------------------- */

#define RW_VERSION_MAJOR 0
#define RW_VERSION_MINOR 1
#define RW_VERSION_MICRO 0

/* Whether this header is of the version given, or of a later one. */
#define RW_CHECK_VERSION(major, minor, micro)                                 \
  (RW_VERSION_MAJOR > (major) ||                                              \
   (RW_VERSION_MAJOR == (major) && RW_VERSION_MINOR > (minor)) ||             \
   (RW_VERSION_MAJOR == (major) && RW_VERSION_MINOR == (minor) &&             \
    RW_VERSION_MICRO >= (micro)))

/* The version of the library that runs, "0.1.0", which may be another one than
 * the header's. */
const char *rw_version (void);

/* ---- errors ------------------------------------------------------------ */

#define RW_ERROR (rw_error_quark ())

typedef enum {
  RW_ERROR_IO,        /* a file could not be opened, read or written */
  RW_ERROR_FORMAT,    /* bytes or text that are not what they should be */
  RW_ERROR_MISMATCH,  /* is good in itself, but does not fit here */
  RW_ERROR_LIMIT,     /* larger than a cap on memory or size */
  RW_ERROR_CANCELLED, /* a progress callback or a signal said stop */
} RwErrorCode;

GQuark rw_error_quark (void);

/* ---- threads and memory ------------------------------------------------ */

/* Calls fn (i, n, fn_data) for i = 0..n-1, n <= max_n, each on some thread,
 * and returns when all have returned: the shape of gegl_parallel_distribute.
 * One of the calls is made on the calling thread, after the others were begun.
 */
typedef void (*RwDistributeFunc) (int max_n,
                                  void (*fn) (int i, int n, void *fn_data),
                                  void *fn_data);

/* Number of threads of reweave's own pool; 0 = one for each processor, capped
 * by REWEAVE_THREADS.  Has no effect on the result of anything. */
void rw_set_threads (int n_threads);

/* Sets a host's parallel-for, which is used in place of reweave's own pool;
 * NULL goes back to the pool.  Call it once at the start, before any work. */
void rw_set_distribute (RwDistributeFunc distribute, int max_n);

/* Byte budget of the process-wide cache of finished blocks; 0 switches it off.
 * Default 256 MiB, or REWEAVE_CACHE (in MiB). */
void rw_cache_set_budget (gsize bytes);

/* Blocks computed and blocks found in the cache since the process began. */
void rw_cache_get_counts (guint64 *n_computed, guint64 *n_found);

/* ---- tasks -------------------------------------------------------------- */

typedef enum {
  RW_FIELD_INT,    /* a whole number that an int holds */
  RW_FIELD_COUNT,  /* a whole number from 0 to 2^53 */
  RW_FIELD_REAL,   /* a number */
  RW_FIELD_CHOICE, /* one of words, by its index */
  RW_FIELD_TEXT,
} RwFieldKind;

/* A value that a person may set: an option, a property, an argument, a
 * slider, a layer's setting, a recipe's key. */
typedef struct {
  const char *name;    /* "level": never changes once it is published */
  const char *label;   /* "Noise level" */
  const char *summary; /* one sentence without a full stop */
  const char *unit;    /* "1/255", "px", or NULL */
  RwFieldKind kind;
  double def, low, high;    /* of numbers */
  int digits;               /* shown behind the point */
  const char *const *words; /* of a choice, NULL-terminated */
  gboolean open;            /* may be left open: then it is measured, or the
                                 net works without it */
} RwField;

typedef enum {
  RW_MASK_NONE,
  RW_MASK_OPTIONAL, /* says what to make up; the task searches where there is
                       none */
  RW_MASK_REQUIRED,
} RwMaskUse;

typedef enum {
  RW_TASK_FILTER, /* a picture of the same size */
  RW_TASK_SCALER, /* a larger one */
  RW_TASK_CODEC,  /* a picture to a latent file and back */
  RW_TASK_STUDY,  /* to train and measure only: no host offers it */
} RwTaskKind;

/* What people and hosts see of a task.  Options of the command, GEGL's
 * operations, and GIMP's procedures and dialogs are all made from this. */
typedef struct {
  const char *name;     /* "denoise"; "reweave:denoise",
                           "plug-in-reweave-denoise": never changes */
  const char *title;    /* "Denoise": of the menu entry and the undo step */
  const char *blurb;    /* one sentence without a full stop */
  const char *help;     /* a paragraph */
  const char *done;     /* "denoised": added to the name of a new layer */
  const char *category; /* GEGL's, "enhance:noise-reduction" */
  const char *weights;  /* name of the default's file, "denoise-m" */
  RwTaskKind kind;
  int scale; /* output pixels a side for an input pixel's */
  RwMaskUse mask;
  gboolean finds; /* its result is not a picture, but a share for each pixel,
                     grey: how likely something there does not belong to it */
  gboolean searches; /* without a mask it finds scratches and dust and makes up
                        what they hide, before all else: RwSettings.marks */
  double marks;      /* of that, what a host begins with */
  const RwField *controls; /* its own; strength and grain are everybody's */
  int n_controls;
} RwTaskInfo;

/* All tasks, NULL-terminated. */
const RwTaskInfo *const *rw_task_list (void);

/* ---- weight files ------------------------------------------------------ */

/* What a weight file says of itself, before its net is made ready to run. */
typedef struct {
  char *weights;        /* for rw_model_load: a name, or a path */
  char *path;           /* of the file; NULL: it is inside the library */
  char *task;           /* NULL: there is a problem */
  char *problem;        /* one sentence why it cannot be read, or NULL */
  char *card;           /* path of its page, a text that tells more, or NULL */
  GHashTable *metadata; /* char* to char*: "title", "license", "data", ...;
                           NULL: there is a problem */
  guint64 n_values;     /* in its tensors */
} RwWeightsEntry;

/* Looks at one file, by path or name.  Returns: (transfer full): never NULL.
 * That it has no problem does not yet mean that rw_model_load takes it. */
RwWeightsEntry *rw_weights_look (const char *weights);

/* All that a name stands for, in folders and inside the library, by name.
 * Returns: (transfer full), (element-type RwWeightsEntry). */
GPtrArray *rw_weights_list (void);

void rw_weights_entry_free (RwWeightsEntry *entry); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwWeightsEntry, rw_weights_entry_free)

/* ---- models ------------------------------------------------------------ */

typedef struct RwModel RwModel; /* weights ready to run; immutable */

/* Loads weights for @task ("denoise"); NULL: for the task that the file is of.
 *
 * @weights: a path, or a name like "denoise-m", or NULL or "" for the task's
 *   default.  A name is looked up in $REWEAVE_WEIGHTS (a folder), the user's
 *   data folder, the system's data folder, and last among those built into the
 *   library.  Loads are kept in a process-wide table by path, size and
 *   modification time: calling again is cheap.
 * Returns: (transfer full): the model, or NULL with RW_ERROR_IO (no such
 *   file), _FORMAT (not a weight file, no such task), _MISMATCH (weights of
 *   another task) or _LIMIT.
 */
RwModel *rw_model_load (const char *task, const char *weights, GError **error);

/* Makes a model of the same weights in which every "repeat" block of the net
 * is run @repeats times, whatever the file says: a recurrent net may be given
 * more rounds, or fewer, than it was trained with.
 * Returns: (transfer full): the model, or NULL with RW_ERROR_MISMATCH (the net
 *   has no block), _FORMAT (@repeats is not in 1..4096) or _LIMIT.
 */
RwModel *rw_model_repeat (RwModel *model, int repeats, GError **error);

/* Makes a model of the same weights that looks at the picture in @turns
 * orientations and gives the mean of what it finds: closer to the truth, in
 * @turns times the time.  In float, whatever the file says.  A model of more
 * rounds is turned after rw_model_repeat, not before.
 * Returns: (transfer full): the model, or NULL with RW_ERROR_FORMAT (@turns is
 *   not 1, 2, 4 or 8), _MISMATCH (the net cannot be turned) or _LIMIT.
 */
RwModel *rw_model_turn (RwModel *model, int turns, GError **error);

RwModel *rw_model_ref (RwModel *model);
void rw_model_unref (RwModel *model); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwModel, rw_model_unref)

/* A value of the weight file's metadata ("title", "license", "data", ...),
 * owned by the model, or NULL. */
const char *rw_model_get_metadata (const RwModel *model, const char *key);

/* What the model does to pictures; never NULL. */
const RwTaskInfo *rw_model_get_task (const RwModel *model);

/* Whether the net is told the task's control of that name.  One that is left
 * open is measured. */
gboolean rw_model_uses (const RwModel *model, const char *control);

/* How many pixels around a region its restored values depend on, at most. */
int rw_model_get_halo (const RwModel *model);

/* ---- restoring --------------------------------------------------------- */

typedef struct {
  int x, y, width, height; /* pixels; x and y may be negative */
} RwRect;

typedef struct {
  const char *name; /* of one of the task's controls */
  double value;     /* in its unit and range; 0: nothing is told to a net that
                       works without */
} RwValue;

typedef struct {
  double strength; /* [0,1]: 0 returns the input bit for bit, 1 = as trained */
  double grain;    /* [0,1]: share of the change of lightness that is undone;
                      with 1 only colours change.  What is made up for marks
                      stays */
  const RwValue *values; /* controls that a person set.  The others are open:
                            where the net has to be told one, it is told what
                            rw_job_measure finds */
  int n_values;
  double marks;  /* [0,1], of tasks that search: how readily something counts
                   as a scratch or dust; 0: nothing does, 0.5: what surely is
                   one */
  gboolean grey; /* the picture has one colour channel, given three times;
                      it comes back with three equal ones */
  gsize memory;  /* bytes that rw_restore may allocate, beside the model and
                      the cache of blocks; 0: as many as it likes.  Changes no
                      bit of the result */
} RwSettings;

/* Fills @rgba with the picture's pixels in @rect, rows tightly packed; @rect
 * lies inside the job's bounds (beyond them rw_restore mirrors the picture).
 * Always called from the thread that called rw_restore. */
typedef gboolean (*RwReadFunc) (gpointer data,
                                const RwRect *rect,
                                float *rgba,
                                GError **error);

/* Fills @mask with one float a pixel of @rect, rows tightly packed: 0 where the
 * picture is good, 1 where it is to be made up, between them a mixture.  Called
 * as RwReadFunc is. */
typedef gboolean (*RwReadMaskFunc) (gpointer data,
                                    const RwRect *rect,
                                    float *mask,
                                    GError **error);

/* Takes restored pixels of @rect, a part of the job's roi; @stride floats from
 * one row to the next.  Same thread as RwReadFunc. */
typedef gboolean (*RwWriteFunc) (gpointer data,
                                 const RwRect *rect,
                                 const float *rgba,
                                 gsize stride,
                                 GError **error);

/* @fraction grows from 0 to exactly 1.  Return FALSE to cancel.  Called on the
 * thread that called rw_restore, some 50 times a second. */
typedef gboolean (*RwProgressFunc) (gpointer data, double fraction);

/* What jobs found out about one picture, so that a host that asks for it in
 * many chunks has each block read and hashed once.  Jobs with the same notes
 * are about the same pixels, the same mask and the same settings->marks until
 * rw_notes_forget is called.
 * Whether there are notes changes no bit of a result. */
typedef struct RwNotes RwNotes;

RwNotes *rw_notes_new (void);
void rw_notes_free (RwNotes *notes); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwNotes, rw_notes_free)

/* Says that the picture, or its mask, may have changed.  Also while jobs are
 * running. */
void rw_notes_forget (RwNotes *notes);

typedef struct {
  RwRect bounds; /* where the picture has pixels */
  RwRect roi;    /* what to restore, in pixels of the result: these are the
                    task's scale times as many a side as the picture's, counted
                    from the same origin */
  RwReadFunc read;
  RwReadMaskFunc read_mask; /* of tasks that have one, else NULL */
  RwWriteFunc write;
  RwProgressFunc progress; /* may be NULL */
  gpointer data;           /* for all four */
  int strip; /* of pixels read; rows, a multiple of rw_restore_get_block (): the roi is gone
                through in strips from the top, each of which ends at such a
                multiple in the plane; in a strip, columns of blocks come one
                after the other.  0: all is one strip, which is fastest */
  RwNotes *notes; /* of this picture, or NULL */
  double *found;  /* becomes the share of the roi that was taken for marks, the
                     pixels around them left out, where the task searches.  May
                     be NULL */
} RwJob;

/* Restores job->roi.  The work is done in fixed blocks of the plane, whose
 * edges are multiples of rw_restore_get_block () from the origin; each block is
 * read with its margin, and one run of the net makes a column of blocks where
 * nothing interrupts it.  The result of a pixel does not depend on roi, threads
 * or cache: chunks give the same bits as the whole.  Alpha comes back as it
 * was.  Colour under alpha 0 is replaced before the net sees it and comes back
 * as it was.  A value outside the net's range, or that far outside 0..1 that the
 * noise which it is told of cannot reach it, is clamped for the net and keeps
 * its distance to the clamped one; a colour that is not finite stays.
 *
 * A task that searches, for which settings->marks is above 0 and the job has
 * no mask, loads the default weights of the tasks that find and fill.
 * Strength is of what these change, too.  That a whole picture looks like
 * nothing but marks (RW_MARKS_SHARE_MAX) is an error where the task has a mask.
 * Returns: TRUE, or FALSE with what a callback reported, RW_ERROR_CANCELLED,
 *   _LIMIT (memory), _MISMATCH (a setting out of range, a mask is needed) or
 * those of rw_model_load.  Some of the roi may have been written then. */
gboolean rw_restore (RwModel *model,
                     const RwSettings *settings,
                     const RwJob *job,
                     GError **error);

/* Predicts what rw_restore allocates for a job, of which only bounds, roi, strip
 * and whether there is a mask are looked at.  *@bytes is the exact number (of a
 * task that searches, the most) under settings->memory with
 * the present threads, *@least the smallest settings->memory that works; when
 * settings->memory is below *@least, *@bytes is *@least.  The model, the blocks
 * in the cache and a few KiB for the plan are not counted.  Returns FALSE with
 * the error that rw_restore would report. */
gboolean rw_restore_get_bytes (const RwModel *model,
                               const RwSettings *settings,
                               const RwJob *job,
                               gsize *least,
                               gsize *bytes,
                               GError **error);

/* The pixels that rw_restore reads for @roi, which is in pixels of the result:
 * whole blocks and their margins, and what finding marks looks at around that,
 * as far as they lie in @bounds.  Of @settings only strength and marks are
 * looked at; NULL, or marks 0: nothing is searched. */
RwRect rw_restore_get_required (const RwModel *model,
                                const RwSettings *settings,
                                const RwRect *bounds,
                                const RwRect *roi);

/* The pixels of the result that may change when those in @roi do: all blocks
 * that read some of these, wherever the picture ends. */
RwRect rw_restore_get_affected (const RwModel *model,
                                const RwSettings *settings,
                                const RwRect *roi);

/* Edge length of the fixed blocks in pixels. */
int rw_restore_get_block (void);

/* Pixels around a block that rw_restore reads, at most: the halo and what its
 * layers' whole tiles cover. */
int rw_restore_get_margin (const RwModel *model);

/* Measures the task's first control of a picture from a sparse, fixed sample
 * of job->bounds (roi is not looked at).  @value: the result, in the control's
 * range, or the control's default where nobody can tell.
 * RW_ERROR_MISMATCH when the model's net is not told this control. */
gboolean rw_job_measure (const RwModel *model,
                         const RwJob *job,
                         double *value,
                         GError **error);

/* ---- finding what to make up ------------------------------------------- */

/* Of a picture: more than this is hardly dust and scratches. */
#define RW_MARKS_SHARE_MAX 0.2

/* How far a mask of rw_marks_find depends on what is likely around it, in
 * pixels. */
#define RW_MARKS_REACH 8

/* The default weights of the task that finds dust, hairs, scratches and creases
 * on pictures.  Returns: (transfer full): a model, or NULL with
 * the error of rw_model_load and what to do instead. */
RwModel *rw_marks_load (GError **error);

/* Searches job->roi, which is in job->bounds, for what lies over the picture,
 * with a model of a task that finds.  Only settings->marks, ->grey and ->memory
 * count, and of the job all but read_mask, write and found.
 *
 * @mask: job->roi's rows tightly packed; becomes 255 where a mark is and up to
 *   two pixels around it, which its soft edge reaches, and 0 elsewhere.
 *   Pixels under alpha 0 are no marks.  Like what rw_restore makes it does not
 *   depend on roi, threads or cache.
 * @share: of the roi that marks cover, the pixels around them left out.
 *
 * Allocates what rw_restore does, and a byte for each pixel of the roi.
 * Errors are those of rw_restore, and RW_ERROR_MISMATCH for other models. */
gboolean rw_marks_find (RwModel *model,
                        const RwSettings *settings,
                        const RwJob *job,
                        guint8 *mask,
                        double *share,
                        GError **error);

/* The pixels that rw_marks_find reads for @roi, in @bounds. */
RwRect rw_marks_get_required (const RwModel *model,
                              const RwRect *bounds,
                              const RwRect *roi);

/* ---- encoded pictures, .rwi ---------------------------------------------- */

#define RW_ENCODED_ENDING ".rwi"
#define RW_ENCODED_TYPE "image/x-reweave-rwi" /* MIME */
#define RW_ENCODED_MAGIC "\213RWI\r\n\032\n"  /* the first bytes */

/* A picture beside its samples.  These are rows of width * channels numbers of
 * 8 or 16 bits, tightly packed, in native byte order, alpha straight, coded as
 * the profile says. */
typedef struct {
  int width, height;        /* 1..65535 */
  int channels;             /* 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha */
  int depth;                /* bits: 8 or 16 */
  GBytes *profile;          /* ICC; NULL: sRGB */
  GBytes *exif;             /* beginning with its TIFF header, or NULL */
  GBytes *xmp;              /* or NULL */
  GBytes *iptc;             /* or NULL */
  int density_x, density_y; /* pixels a metre, or 0 */
} RwEncodedInfo;

/* A file that was read.  One thread at a time. */
typedef struct RwEncoded RwEncoded;

/* Reads and checks the file, without its net.  RW_ERROR_IO, _FORMAT, _MISMATCH,
 * _LIMIT. (transfer full) */
RwEncoded *rw_encoded_load (const char *path, GError **error);
void rw_encoded_free (RwEncoded *encoded); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwEncoded, rw_encoded_free)

/* (transfer none) */
const RwEncodedInfo *rw_encoded_get_info (const RwEncoded *encoded);

/* Loads the weights that the file was made with: @weights, or where that is
 * NULL or "" those of the name in the file.  RW_ERROR_IO, _MISMATCH. */
gboolean rw_encoded_find_weights (RwEncoded *encoded,
                                  const char *weights,
                                  GError **error);

/* The picture's samples, (transfer full), as far as it is whole; *@damage (may
 * be NULL): what is not, (transfer full), or NULL.  Finds weights if that was
 * not done. */
GBytes *rw_encoded_decode (RwEncoded *encoded,
                           const char *weights,
                           char **damage,
                           GError **error);

/* Weights that pictures are encoded with.  Immutable; any thread. */
typedef struct RwEncoder RwEncoder;

/* @weights: a path or a name; NULL or "": the default ones.  RW_ERROR_IO,
 * _MISMATCH, _FORMAT.  (transfer full) */
RwEncoder *rw_encoder_new (const char *weights, GError **error);
void rw_encoder_free (RwEncoder *encoder); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwEncoder, rw_encoder_free)

/* Whether its weights can make better files of the same format in some 20
 * times the time.  Those in rounds, as compress-m, cannot. */
gboolean rw_encoder_can_refine (const RwEncoder *encoder);

/* Before encoding, and FALSE at first: whether it does so.  Nothing where it
 * cannot. */
void rw_encoder_set_refine (RwEncoder *encoder, gboolean refine);

/* A file's bytes, (transfer full).  @quality: 1..100.  @progress may be NULL.
 * RW_ERROR_LIMIT, _CANCELLED. */
GBytes *rw_encoder_encode (const RwEncoder *encoder,
                           const RwEncodedInfo *info,
                           const void *samples,
                           double quality,
                           RwProgressFunc progress,
                           gpointer data,
                           GError **error);

/* Writes the bytes to @path atomically. */
gboolean rw_encoded_save (GBytes *file, const char *path, GError **error);

G_END_DECLS
