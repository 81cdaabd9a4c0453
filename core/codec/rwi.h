/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Files of compressed pictures, .rwi: what a picture was, streams of latents
 * and what describes the picture.  FORMAT.md has the bytes.
 */
#pragma once

#include <glib.h>

#include "codec/codec-bands.h"
#include "io/picture.h"

#define RW_RWI_ENDING ".rwi"

/* Rates are in steps of this many between two of the net's. */
#define RW_RWI_RATE_STEPS 8192

#define RW_RWI_DIGEST_BYTES 16
#define RW_RWI_MAX_NAME 255
#define RW_RWI_MAX_BYTES ((gsize) 2 << 30)

/* Of the weights that a file was made with. */
typedef struct {
  int n_channels, scale, n_rates;
  int rate;     /* 0..(n_rates - 1) * RW_RWI_RATE_STEPS */
  int n_rounds; /* that the channels are, as many as rates; 0: in none */
  guint8
      digest[RW_RWI_DIGEST_BYTES]; /* the head of the weight file's SHA-256 */
  char name[RW_RWI_MAX_NAME + 1];  /* UTF-8, what they are called */
} RwRwiCoding;

/* The table whose rate is the nearest.  In rounds that is one of two: that of
 * steps as they are, or that of steps 2^(1/2) as large. */
static inline int
rw_rwi_get_table (const RwRwiCoding *coding)
{
  const int share = coding->rate % RW_RWI_RATE_STEPS;

  if (coding->n_rounds > 0)
    return share > 0 && share <= RW_RWI_RATE_STEPS * 3 / 4;
  return (coding->rate + RW_RWI_RATE_STEPS / 2) / RW_RWI_RATE_STEPS;
}

/* Streams that a band has: rounds that there are, or 1. */
static inline int
rw_rwi_count_streams (const RwRwiCoding *coding)
{
  return coding->n_rounds > 0
             ? (coding->rate + RW_RWI_RATE_STEPS - 1) / RW_RWI_RATE_STEPS + 1
             : 1;
}

/* Rows or columns of latents of so many pixels. */
static inline int
rw_rwi_count_latents (const RwRwiCoding *coding, int pixels)
{
  return (pixels - 1) / coding->scale + 1;
}

/* ---- writing ------------------------------------------------------------ */

/* The file for @picture, whose profile, EXIF, XMP and IPTC go into it, with
 * its packed alpha (NULL where it has none) and the streams of its bands,
 * those of a band behind each other, (element-type GBytes).  What it does not keep is added to @notes (or NULL).
 * RW_ERROR_LIMIT.  (transfer full) */
GBytes *rw_rwi_write (const RwPicture *picture,
                      const RwRwiCoding *coding,
                      const GByteArray *alpha,
                      const GPtrArray *bands,
                      GPtrArray *notes,
                      GError **error);

/* ---- reading ------------------------------------------------------------ */

typedef struct {
  GBytes *bytes;
  RwPicture *picture; /* all but its samples: data is NULL; of 8 or 16 bits */
  RwRwiCoding coding;
  int n_bands;
  int n_streams; /* of a band: rounds that there are, or 1 */
  int n_wanted;  /* the first of them, which are decoded; all unless told */
  RwCodecStream *streams; /* [n_streams][n_bands], within bytes; those that are
                             not whole are damaged */
  const guint8 *alpha;    /* packed, within bytes; or NULL */
  gsize n_alpha;
  GPtrArray *damage; /* (element-type utf8): what is damaged besides bands */
} RwRwi;

/* What can be read of @bytes.  RW_ERROR_FORMAT for what is no such file or
 * damaged where nothing can be made of the rest, _MISMATCH for a later version
 * of them, _LIMIT.  (transfer full) */
RwRwi *rw_rwi_parse (GBytes *bytes, const char *name, GError **error);
RwRwi *rw_rwi_load (const char *path, GError **error);
void rw_rwi_free (RwRwi *file); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwRwi, rw_rwi_free)

/* Of a picture in rounds: decodes the first @n alone, which are a coarser
 * picture.  RW_ERROR_MISMATCH where it has none or fewer. */
gboolean
rw_rwi_want_rounds (RwRwi *file, const char *name, int n, GError **error);

/* How its latents are coded. */
RwCodecLayout rw_rwi_get_layout (const RwRwi *file);

/* Whether the first bytes of @path are those of such a file. */
gboolean rw_rwi_knows (const char *path);

/* All damage, that of bands, too ("band 3 of 12, rows 512 to 767"), with
 * semicolons between; NULL: there is none. (transfer full) */
char *rw_rwi_describe_damage (const RwRwi *file);

/* ---- alpha -------------------------------------------------------------- */

/* The last channel of @picture, of 8 or 16 bits, packed without loss; NULL
 * with RW_ERROR_LIMIT.  (transfer full) */
GByteArray *rw_rwi_pack_alpha (const RwPicture *picture, GError **error);

/* The same row by row. */
typedef struct RwRwiAlphaPacker RwRwiAlphaPacker;

/* @kind: width, channels and depth of the rows.  RW_ERROR_LIMIT. */
RwRwiAlphaPacker *rw_rwi_alpha_packer_new (const RwPicture *kind,
                                           GError **error);
void rw_rwi_alpha_packer_free (RwRwiAlphaPacker *packer); /* accepts NULL */

/* The next row, which is row @y of @rows. */
void rw_rwi_alpha_packer_add (RwRwiAlphaPacker *packer,
                              const RwPicture *rows,
                              int y);

/* All of it, after the last row.  (transfer full) */
GByteArray *rw_rwi_alpha_packer_get (RwRwiAlphaPacker *packer);

/* Rows of packed alpha. */
typedef struct RwRwiAlpha RwRwiAlpha;

/* @bytes: borrowed.  @kind: as above.  NULL: there is no memory for it. */
RwRwiAlpha *
rw_rwi_alpha_new (const guint8 *bytes, gsize n, const RwPicture *kind);
void rw_rwi_alpha_free (RwRwiAlpha *alpha); /* accepts NULL */

/* The next row, into row @y of @rows; NULL: nowhere.  FALSE: there is none. */
gboolean rw_rwi_alpha_read (RwRwiAlpha *alpha, RwPicture *rows, int y);

/* Into the last channel of @picture; FALSE: the bytes are not such a one. */
gboolean
rw_rwi_unpack_alpha (const guint8 *bytes, gsize n, RwPicture *picture);

/* Makes @picture, of 8 or 16 bits, opaque. */
void rw_rwi_clear_alpha (RwPicture *picture);
