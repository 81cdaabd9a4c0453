/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What describes a picture beside its size, its profile and its EXIF block,
 * on the way from one file into another.
 */
#pragma once

#include <glib.h>

/* Bytes of everything that describes a picture, together. */
#define RW_METADATA_MAX ((gsize) 64 << 20)

/* How a TIFF file had its samples, to write the next one alike. */
typedef struct {
  gboolean is_tiff;
  gboolean big_endian, big;   /* byte order; BigTIFF */
  gboolean min_is_white;      /* in the file; in memory 0 is black */
  gboolean half;              /* 16 bit floats; in memory they have 32 */
  gboolean tiled, planar;     /* not in strips; a plane for each channel */
  int compression, predictor; /* libtiff's numbers; 0: none said */
  int alpha;                  /* libtiff's EXTRASAMPLE_... of the alpha */
  double x_resolution, y_resolution; /* pixels a unit, or 0 */
  int unit;                          /* libtiff's RESUNIT_..., or 0 */
} RwTiffKind;

/* Shared by pictures and not changed once a reader has filled it. */
typedef struct {
  GBytes *xmp;           /* a packet of RDF, or NULL */
  GBytes *iptc;          /* IIM records, or NULL */
  GBytes *photoshop;     /* image resource blocks, among them IPTC; or NULL */
  GBytes *chunks;        /* whole PNG chunks, for PNG only; or NULL */
  GBytes *markers;       /* whole JPEG segments, for JPEG only; or NULL */
  char *texts;           /* which texts the chunks and markers are; or NULL */
  guint16 background[3]; /* PNG bKGD: red, green, blue of 65535 */
  gboolean has_background;
  guint8 bits[4]; /* PNG sBIT: of red, green, blue, alpha (0: not said); the
                     first is 0 where nothing was said */
  guint8 cicp[4]; /* PNG cICP: primaries, transfer, matrix, full range */
  gboolean has_cicp;
  int jfif_unit, jfif_x, jfif_y; /* density as JFIF has it; 0: none */
  gboolean lossless;             /* WebP: the file was so */
  RwTiffKind tiff;
} RwMetadata;

/* (transfer full) */
RwMetadata *rw_metadata_new (void);
RwMetadata *rw_metadata_ref (RwMetadata *metadata);        /* accepts NULL */
RwMetadata *rw_metadata_copy (const RwMetadata *metadata); /* to change */
void rw_metadata_unref (RwMetadata *metadata);             /* accepts NULL */

/* The IPTC records: those that stand alone, else those in the resource blocks;
 * or NULL.  (transfer full) */
GBytes *rw_metadata_get_iptc (const RwMetadata *metadata);

/* The resource blocks, made around the IPTC records where there are none; or
 * NULL.  (transfer full) */
GBytes *rw_metadata_get_photoshop (const RwMetadata *metadata);
