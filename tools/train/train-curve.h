/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The curves of a training, read from its OUT.log.csv: loss, PSNR, learning
 * rate.
 */
#pragma once

#include <glib.h>

/* Draws the log at @log to @path, .svg or .png, atomically.  @title: above it;
 * @loss: what the loss is called.  Many steps are drawn as means over equal
 * spans.  RW_ERROR_IO, _FORMAT. */
gboolean rw_cli_train_curve_save (const char *log,
                                  const char *title,
                                  const char *loss,
                                  const char *path,
                                  GError **error);
