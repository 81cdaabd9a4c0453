/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Text from outside, such as names of files and what metadata says, on its way
 * to a terminal.
 */
#pragma once

#include <glib.h>

/* @text without anything that a terminal would obey: control characters and
 * bytes that are no UTF-8 become \xNN, those beyond ASCII \u00NN.  Such
 * characters also are those that turn the direction of writing.
 * (transfer full) */
char *rw_cli_show (const char *text);

/* The same of a text of lines, which stay lines.  (transfer full) */
char *rw_cli_show_lines (const char *text);

/* The same of JSON text in UTF-8, which has such characters in strings only
 * and those of ASCII escaped already: it stays the same JSON.  (transfer full)
 */
char *rw_cli_show_json (const char *json);

/* "reweave: message" on standard error, on one line. */
void rw_cli_print_error (const char *message);

/* One line on standard error: what of a picture is not in the new file @out;
 * nothing when there are no @notes (element-type utf8). */
void rw_cli_print_notes (const char *out, const GPtrArray *notes);
