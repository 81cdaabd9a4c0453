/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One page of HTML with pictures beside it.  It needs no network and no
 * scripts, and follows the reader's choice of dark or light.
 */
#pragma once

#include "explain/explain-draw.h"

typedef struct RwCliPage RwCliPage;

/* A page index.html in @folder, which is made if missing.  (transfer full) */
RwCliPage *
rw_cli_page_new (const char *folder, const char *title, GError **error);
void rw_cli_page_free (RwCliPage *page); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwCliPage, rw_cli_page_free)

/* All texts are plain: what HTML gives a meaning is escaped. */
void rw_cli_page_heading (RwCliPage *page, int level, const char *text);
void rw_cli_page_text (RwCliPage *page, const char *format, ...)
    G_GNUC_PRINTF (2, 3);

/* Figures stand beside each other as far as there is room. */
void rw_cli_page_begin_row (RwCliPage *page);
void rw_cli_page_end_row (RwCliPage *page);

/* A figure with a caption below. @picture (taken, NULL: an error that was
 * reported before) is saved as @name, "saliency.png"; a pixel of it is @zoom
 * wide. */
gboolean rw_cli_page_figure (RwCliPage *page,
                             RwPicture *picture,
                             const char *name,
                             int zoom,
                             GError **error,
                             const char *format,
                             ...) G_GNUC_PRINTF (6, 7);

/* A scale bar with what its ends mean; its file is made once. */
gboolean rw_cli_page_bar (RwCliPage *page,
                          RwCliScale scale,
                          const char *low,
                          const char *high,
                          GError **error);

/* A table: cells with a '|' between, the first row is its head. */
void rw_cli_page_begin_table (RwCliPage *page, const char *cells);
void rw_cli_page_row (RwCliPage *page, const char *format, ...)
    G_GNUC_PRINTF (2, 3);
void rw_cli_page_end_table (RwCliPage *page);

/* Bars side by side, drawn in the page itself. */
void rw_cli_page_bins (RwCliPage *page,
                       const gsize *bins,
                       int n,
                       const char *low,
                       const char *high,
                       const char *caption);

/* Writes it, atomically. */
gboolean rw_cli_page_save (RwCliPage *page, GError **error);
