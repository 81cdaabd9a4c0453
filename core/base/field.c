/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Fields: parsing, checking and printing.
 */
#include "base/field.h"

#include "base/choice.h"

#include <math.h>
#include <string.h>

#define MAX_SHOWN 40 /* bytes of a text in a message */

/* ---- refusing ----------------------------------------------------------- */

static gboolean
fail_number (const RwField *field, const char *found, int code, GError **error)
{
  g_autofree char *low = rw_field_print (field, field->low);
  g_autofree char *high = rw_field_print (field, field->high);
  const char *unit = field->unit;

  g_set_error (error, RW_ERROR, code,
               "%s: found \"%s\", expected a %snumber from %s to %s%s%s%s; "
               "change it",
               field->name, found,
               field->kind == RW_FIELD_REAL ? "" : "whole ", low, high,
               unit != NULL ? " (" : "", unit != NULL ? unit : "",
               unit != NULL ? ")" : "");
  return FALSE;
}

static gboolean
fail_word (const RwField *field, const char *found, GError **error)
{
  g_autofree char *words = g_strjoinv (", ", (char **) field->words);
  const char *nearest = rw_choice_nearest (found, field->words);

  if (nearest != NULL)
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "%s: found \"%s\", expected one of %s; did you mean \"%s\"?",
                 field->name, found, words, nearest);
  else
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "%s: found \"%s\", expected one of %s; change it",
                 field->name, found, words);
  return FALSE;
}

/* The first @n bytes of a text, fit for a message.  (transfer full) */
static char *
shorten (const char *text, gsize n)
{
  g_autofree char *shown = g_strndup (text, MIN (n, MAX_SHOWN));

  return g_utf8_make_valid (shown, -1);
}

/* ---- reading ------------------------------------------------------------ */

static gboolean
fits (const RwField *field, double value)
{
  return value >= field->low && value <= field->high &&
         (field->kind == RW_FIELD_REAL || floor (value) == value);
}

gboolean
rw_field_scan (const RwField *field,
               const char *text,
               const char **end,
               double *value,
               GError **error)
{
  char *after = NULL;
  const double number = g_ascii_strtod (text, &after);

  if (after == text || !fits (field, number)) {
    const gsize n = after > text ? (gsize) (after - text) : strlen (text);
    g_autofree char *found = shorten (text, n);
    return fail_number (field, found, RW_ERROR_FORMAT, error);
  }
  *end = after;
  *value = number;
  return TRUE;
}

static gboolean
parse_word (const RwField *field,
            const char *text,
            double *value,
            GError **error)
{
  for (int i = 0; field->words[i] != NULL; i++)
    if (strcmp (field->words[i], text) == 0) {
      *value = i;
      return TRUE;
    }
  g_autofree char *found = shorten (text, strlen (text));
  return fail_word (field, found, error);
}

gboolean
rw_field_parse (const RwField *field,
                const char *text,
                double *value,
                GError **error)
{
  const char *end = NULL;
  double number = 0;

  g_return_val_if_fail (field->kind != RW_FIELD_TEXT, FALSE);
  if (field->kind == RW_FIELD_CHOICE)
    return parse_word (field, text, value, error);
  if (!rw_field_scan (field, text, &end, &number, NULL) || *end != '\0') {
    g_autofree char *found = shorten (text, strlen (text));
    return fail_number (field, found, RW_ERROR_FORMAT, error);
  }
  *value = number;
  return TRUE;
}

gboolean
rw_field_check (const RwField *field, double value, GError **error)
{
  char found[G_ASCII_DTOSTR_BUF_SIZE];

  if (fits (field, value))
    return TRUE;
  g_ascii_formatd (found, sizeof found, "%.10g", value);
  return fail_number (field, found, RW_ERROR_MISMATCH, error);
}

/* ---- keeping ------------------------------------------------------------ */

void
rw_field_set (const RwField *field, void *member, double value)
{
  switch (field->kind) {
  case RW_FIELD_INT:
  case RW_FIELD_CHOICE:
    *(int *) member = (int) value;
    return;
  case RW_FIELD_COUNT:
    *(guint64 *) member = (guint64) value;
    return;
  case RW_FIELD_REAL:
    *(double *) member = value;
    return;
  case RW_FIELD_TEXT:
    break;
  }
  g_return_if_reached ();
}

double
rw_field_get (const RwField *field, const void *member)
{
  switch (field->kind) {
  case RW_FIELD_INT:
  case RW_FIELD_CHOICE:
    return *(const int *) member;
  case RW_FIELD_COUNT:
    return (double) *(const guint64 *) member;
  case RW_FIELD_REAL:
    return *(const double *) member;
  case RW_FIELD_TEXT:
    break;
  }
  g_return_val_if_reached (NAN);
}

/* ---- for people --------------------------------------------------------- */

/* "1e-08" becomes "1e-8", and "1e+09" becomes "1e9". */
static void
trim_exponent (char *number)
{
  char *e = strchr (number, 'e');

  if (e == NULL)
    return;
  char *sign = e + 1, *digits = sign + strspn (sign, "+-");
  char *first = digits + strspn (digits, "0");
  char *to = *sign == '-' ? digits : sign;

  memmove (to, first, strlen (first) + 1);
}

char *
rw_field_print (const RwField *field, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  if (field->kind == RW_FIELD_CHOICE)
    return g_strdup (field->words[(int) value]);
  if (field->kind != RW_FIELD_REAL)
    return g_strdup_printf ("%.0f", value);
  g_ascii_formatd (number, sizeof number, "%.10g", value);
  if (g_ascii_strtod (number, NULL) != value)
    g_ascii_dtostr (number, sizeof number, value);
  trim_exponent (number);
  return g_strdup (number);
}

char *
rw_field_describe_range (const RwField *field)
{
  if (field->kind == RW_FIELD_TEXT)
    return g_strdup ("text");
  if (field->kind == RW_FIELD_CHOICE)
    return g_strjoinv ("|", (char **) field->words);
  g_autofree char *low = rw_field_print (field, field->low);
  g_autofree char *high = rw_field_print (field, field->high);
  return g_strdup_printf ("%s..%s", low, high);
}
