/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A net and its entropy tables: pictures to .rwi files and back.
 */
#pragma once

#include <glib.h>

#include "codec/codec-count.h"
#include "codec/codec-net.h"
#include "codec/rwi.h"
#include "weights/weights.h"

/* Of a weight file's metadata: its entropy tables, in base64. */
#define RW_CODEC_TABLES_KEY "entropy.tables"

typedef struct RwCodec RwCodec; /* immutable; any thread */

/* What rw_weights_find finds for @weights; NULL: the default ones of the task
 * compress.  RW_ERROR_MISMATCH for weights of another task or without tables.
 * (transfer full) */
RwCodec *rw_codec_load (const char *weights, GError **error);

/* Those that @file was made with: @weights if not NULL, else what is found for
 * the name in the file.  RW_ERROR_MISMATCH when these are others.  @name: of
 * the file, for messages.  (transfer full) */
RwCodec *rw_codec_load_for (const RwRwi *file,
                            const char *name,
                            const char *weights,
                            GError **error);
void rw_codec_free (RwCodec *codec); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwCodec, rw_codec_free)

/* RW_ERROR_MISMATCH when @file was made with other weights. */
gboolean rw_codec_check_file (const RwCodec *codec,
                              const RwRwi *file,
                              const char *name,
                              GError **error);

typedef enum {
  RW_CODEC_QUALITY, /* 1..100, the task's */
  RW_CODEC_BPP,     /* bits a pixel of the whole file, within 3 percent */
  RW_CODEC_PSNR,    /* dB of RGB in 8 bits, or a little above */
} RwCodecGoal;

typedef struct {
  RwCodecGoal goal;
  double value;
  /* Called now and then; FALSE stops with RW_ERROR_CANCELLED.  Or NULL. */
  gboolean (*go_on) (gpointer data, double fraction);
  gpointer data;
  gsize memory;    /* bytes that it may take, weights apart; 0: any number.  It
                   changes no bit of the file. */
  gboolean refine; /* a better file of the same format, in some 20 times the
                      time: codec-refine.h */
} RwCodecTarget;

typedef struct {
  double quality;    /* 1..100 */
  double bpp;        /* of the whole file */
  double psnr;       /* dB; NAN unless it was the goal */
  int width, height; /* of a picture from a file */
} RwCodecResult;

/* The file of @picture at the lowest rate that reaches the target.
 * RW_ERROR_MISMATCH when no rate does, _LIMIT, _CANCELLED.  What is not kept is
 * added to @notes (or NULL).  (transfer full) */
GBytes *rw_codec_encode (const RwCodec *codec,
                         const RwPicture *picture,
                         const RwCodecTarget *target,
                         RwCodecResult *result,
                         GPtrArray *notes,
                         GError **error);

/* The same for the picture file @path, which passes row by row, again for each
 * rate that is tried. */
GBytes *rw_codec_encode_file (const RwCodec *codec,
                              const char *path,
                              const RwCodecTarget *target,
                              RwCodecResult *result,
                              GPtrArray *notes,
                              GError **error);

/* Where rows of a decoded picture go. */
typedef struct {
  /* Once it is known of all bands and of alpha what is damaged. */
  gboolean (*begin) (gpointer data, GError **error);
  /* The next rows; nothing else of @rows is used. */
  gboolean (*write) (gpointer data, const RwPicture *rows, GError **error);
  gpointer data;
} RwCodecSink;

/* The rows of the picture in @file, from the top down.  @memory: bytes that it
 * may take, weights apart, of which the sink takes @taken; 0: any number.  It
 * changes no bit of the picture.  Errors: as for rw_codec_decode. */
gboolean rw_codec_decode_rows (const RwCodec *codec,
                               RwRwi *file,
                               const char *name,
                               gsize memory,
                               gsize taken,
                               const RwCodecSink *sink,
                               GError **error);

/* The picture in @file, as far as it is not damaged; marks bands that do not
 * decode.  @memory: as above, the picture among it.  RW_ERROR_FORMAT when
 * nothing of it is left, _MISMATCH, _LIMIT.
 * (transfer full) */
RwPicture *rw_codec_decode (const RwCodec *codec,
                            RwRwi *file,
                            const char *name,
                            gsize memory,
                            GError **error);

/* Latents of @file's picture: int16 [n_channels][rows][columns]; marks bands
 * that do not decode.  (transfer full), rw_free. */
gint16 *
rw_codec_read_latents (const RwCodec *codec, RwRwi *file, GError **error);

/* Bits of each channel in @file; [n_channels].  *@still: what all of them would
 * take with one table for each channel of this file, the best there is, which
 * knows nothing of neighbours and is itself not counted.  (transfer full),
 * g_free. */
double *rw_codec_measure_file (const RwCodec *codec,
                               RwRwi *file,
                               double *still,
                               GError **error);

/* Counts the tables of @weights, which were loaded by rw_weights_load_named
 * (@name) and are for the task compress, on @pictures, (element-type
 * RwPicture), and puts them into their metadata. */
gboolean rw_codec_add_tables (RwWeights *weights,
                              const char *name,
                              const GPtrArray *pictures,
                              GError **error);
