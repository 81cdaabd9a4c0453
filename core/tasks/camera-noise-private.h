/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What is decided about one patch, and the parts of the work: shared by
 * camera-*.c, and by their test, which sets what it wants to see.
 */
#pragma once

#include "tasks/demosaic.h"
#include "tasks/filter.h"
#include "tasks/jpeg-blocks.h"
#include "tasks/sample.h"

#define RW_CAMERA_MARGIN 16 /* pixels: filters reach 12, blocks of JPEG 8 */

typedef enum {
  RW_CAMERA_CLEAN,    /* white noise of less than an 8-bit step */
  RW_CAMERA_WHITE,    /* white noise */
  RW_CAMERA_SHORTCUT, /* blurred white noise on luma and chroma */
  RW_CAMERA_SENSOR    /* the sensor's noise, developed */
} RwCameraKind;

typedef struct {
  RwCameraKind kind;
  float level;         /* deviation of luma aimed at, in 1/255 */
  guint64 key;         /* of the noise */
  gboolean grey;       /* the result has no colour */
  gboolean soften;     /* the clean picture has been through a camera, too */
  float shrink_source; /* before the camera; 1: not */
  float lens_sigma;    /* pixels: what the lens blurs then; 0: nothing */
  float shrink_result; /* in the camera, at its end */

  /* between coded colour and sensor */
  float exposure;   /* a factor on linear light */
  float contrast;   /* of RwTone */
  float colour_mix; /* 0: the sensor sees as eyes do, 1: most unlike them */
  float gain[3];    /* white balance */
  gboolean mosaic;  /* a Bayer sensor; else three colours a pixel */
  int phase;
  RwDemosaic demosaic;

  /* the sensor's noise, of variance shot * light + read, light 0..1 */
  float shot, read;
  float cloud_share; /* of the deviation: noise of low frequency; 0: none */
  float cloud_sigma; /* its blur, pixels */
  float line_share;  /* of the deviation: of rows or columns */
  gboolean columns;
  float hot_share; /* of pixels that are hot */

  /* in-camera processing */
  float luma_sigma;    /* pixels; 0: not */
  float chroma_sigma;  /* 0: not */
  float chroma_weight; /* of the blurred chroma, 0..1 */
  float sharpen;       /* amount of an unsharp mask on luma; 0: not */
  float sharpen_sigma;
  float knots[4]; /* factors on the noise at Y of 0, 0.3, 0.6 and 1 */

  float chroma_share; /* SHORTCUT: deviation of chroma to luma's */

  int n_jpegs;           /* how often through JPEG: 0..2 */
  RwJpegBlocks jpegs[2]; /* of the result and 8 pixels around it */
} RwCamera;

/* All that follows from a key, a level and whether the picture is grey. */
void
rw_camera_decide (guint64 key, double level, gboolean grey, RwCamera *camera);

int rw_camera_extent (const RwCamera *camera, int length);

/* rw_camera_noise_degrade for one camera.  Returns the deviation of Y. */
double rw_camera_degrade (const RwCamera *camera,
                          const RwSample *source,
                          RwSample *clean,
                          RwSample *input);

/* Floats of workspace for rw_camera_develop. */
gsize rw_camera_develop_workspace (int width, int height);

/* Steps 1 to 8: @rgb, coded, goes back to the sensor and is developed without
 * noise into @clean and, if @noisy is not NULL, with noise into @noisy, both
 * Y Cb Cr; each three planes of one size.  @rgb is spent. */
void rw_camera_develop (const RwCamera *camera,
                        RwPlanes rgb[3],
                        RwPlanes clean[3],
                        RwPlanes noisy[3],
                        float *workspace);
