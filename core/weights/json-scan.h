/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A strict JSON scanner for hostile text: no tree, no recursion, whole numbers
 * only.  The caller asks for what must come next; the first thing that is not
 * so is kept in `problem` and everything after it fails too.
 * Source: RFC 8259.
 */
#pragma once

#include <glib.h>

#define RW_JSON_MAX_DEPTH 32 /* of values that are skipped */
#define RW_JSON_MAX_INTEGER (G_GUINT64_CONSTANT (1) << 53) /* RFC 8259, 6 */

typedef struct {
  const char *start, *at, *end; /* valid UTF-8 without NUL, not terminated */
  char problem[96];             /* empty: none so far */
} RwJson;

/* Keeps the first problem; always FALSE. */
gboolean rw_json_fail (RwJson *json, const char *problem);

/* The next character that is not blank, or 0 at the end; it stays. */
char rw_json_peek (RwJson *json);

/* Takes @c if it comes next. */
gboolean rw_json_accept (RwJson *json, char c);

/* Takes @c, which must come next. */
gboolean rw_json_expect (RwJson *json, char c);

/* Takes @word ("null"), which must come next. */
gboolean rw_json_word (RwJson *json, const char *word);

/* For the items between an opening character, taken already, and @close:
 *   for (gboolean first = TRUE; rw_json_next (json, ']', &first);) ...
 * Check `problem` after the loop. */
gboolean rw_json_next (RwJson *json, char close, gboolean *first);

/* A string with its escapes resolved replaces @out; NULL: is checked only.
 * Refused: control characters, \u0000, halves of surrogate pairs. */
gboolean rw_json_string (RwJson *json, GString *out);

/* Only digits: no sign, point, exponent or leading zero; at most 2^53. */
gboolean rw_json_integer (RwJson *json, guint64 *value);

/* Any value, nested at most RW_JSON_MAX_DEPTH deep. */
gboolean rw_json_skip (RwJson *json);
