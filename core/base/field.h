/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What is done with a value by its description (RwField, reweave.h): it is
 * read, checked, kept in a struct, and written for people.  Settings of layers,
 * keys of recipes, numbers of losses and controls of tasks are all fields.
 *
 * A value is a double: the number itself, or of a choice the index of its
 * word.  Texts are not read here.  A value that is refused gets one sentence:
 *
 *   k: found "99", expected a whole number from 1 to 15; change it
 */
#pragma once

#include "reweave.h"

/* All of @text as a value in the field's range.  Blanks before a number are
 * skipped, as g_ascii_strtod does.  FALSE with RW_ERROR_FORMAT; *value is left
 * then. */
gboolean rw_field_parse (const RwField *field,
                         const char *text,
                         double *value,
                         GError **error);

/* The same of the number that @text begins with; *end: what follows it, which
 * is left where the number is refused. */
gboolean rw_field_scan (const RwField *field,
                        const char *text,
                        const char **end,
                        double *value,
                        GError **error);

/* Whether a number is in the field's range, and whole where it has to be.
 * FALSE with RW_ERROR_MISMATCH. */
gboolean rw_field_check (const RwField *field, double value, GError **error);

/* Keeps a value in @member and reads it there: an int of RW_FIELD_INT and
 * RW_FIELD_CHOICE, a guint64 of RW_FIELD_COUNT, a double of RW_FIELD_REAL. */
void rw_field_set (const RwField *field, void *member, double value);
double rw_field_get (const RwField *field, const void *member);

/* (transfer full) "0.001", "1e-8", "4096", "same": parses to the same value. */
char *rw_field_print (const RwField *field, double value);

/* (transfer full) "1e-9..10", "same|valid", "text": for help. */
char *rw_field_describe_range (const RwField *field);
