/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the level of a picture is measured from, gathered while its rows pass.
 */
#pragma once

#include "io/picture.h"

typedef struct RwCliSample RwCliSample;

/* (transfer full) */
RwCliSample *rw_cli_sample_new (const RwPicture *picture, GError **error);
void rw_cli_sample_free (RwCliSample *sample); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwCliSample, rw_cli_sample_free)

/* Bytes that a sample of a picture and measuring take, at most. */
gsize rw_cli_sample_count_bytes (const RwPicture *picture);

/* Takes what is needed of @n rows from row @y of the picture on. */
void rw_cli_sample_add (RwCliSample *sample, const guint8 *rows, int y, int n);

/* Once all rows have passed: as rw_job_measure. */
gboolean rw_cli_sample_measure (RwCliSample *sample,
                                const RwModel *model,
                                double *value,
                                GError **error);
