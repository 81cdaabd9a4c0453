/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A strict JSON scanner: strings, whole numbers, and skipping the rest.
 */
#include "weights/json-scan.h"

#include <string.h>

gboolean
rw_json_fail (RwJson *json, const char *problem)
{
  if (json->problem[0] == '\0')
    g_strlcpy (json->problem, problem, sizeof json->problem);
  return FALSE;
}

static gboolean
has_failed (const RwJson *json)
{
  return json->problem[0] != '\0';
}

static char
look (const RwJson *json)
{
  return json->at < json->end ? *json->at : '\0';
}

static gboolean
is_digit (char c)
{
  return c >= '0' && c <= '9';
}

char
rw_json_peek (RwJson *json)
{
  while (look (json) == ' ' || look (json) == '\t' || look (json) == '\r' ||
         look (json) == '\n')
    json->at++;
  return look (json);
}

gboolean
rw_json_accept (RwJson *json, char c)
{
  if (has_failed (json) || rw_json_peek (json) != c)
    return FALSE;
  json->at++;
  return TRUE;
}

gboolean
rw_json_expect (RwJson *json, char c)
{
  char problem[32];

  if (rw_json_accept (json, c))
    return TRUE;
  g_snprintf (problem, sizeof problem, "expected '%c'", c);
  return rw_json_fail (json, problem);
}

gboolean
rw_json_word (RwJson *json, const char *word)
{
  const gsize n = strlen (word);

  rw_json_peek (json);
  if (has_failed (json) || (gsize) (json->end - json->at) < n ||
      memcmp (json->at, word, n) != 0)
    return rw_json_fail (json, "expected a value");
  json->at += n;
  return TRUE;
}

gboolean
rw_json_next (RwJson *json, char close, gboolean *first)
{
  if (has_failed (json) || rw_json_accept (json, close))
    return FALSE;
  if (!*first && !rw_json_expect (json, ','))
    return FALSE;
  *first = FALSE;
  return TRUE;
}

/* ---- strings ----------------------------------------------------------- */

/* Four hexadecimal digits after \u. */
static gboolean
take_code_unit (RwJson *json, gunichar *unit)
{
  *unit = 0;
  for (int i = 0; i < 4; i++) {
    const int digit = g_ascii_xdigit_value (look (json));
    if (digit < 0)
      return rw_json_fail (json, "expected four hexadecimal digits after \\u");
    *unit = *unit * 16 + (gunichar) digit;
    json->at++;
  }
  return TRUE;
}

static gboolean
is_between (gunichar c, gunichar low, gunichar high)
{
  return c >= low && c <= high;
}

/* After \u: one code unit, or two that make a surrogate pair. */
static gboolean
take_unicode (RwJson *json, GString *out)
{
  gunichar c, low = 0;

  if (!take_code_unit (json, &c))
    return FALSE;
  if (is_between (c, 0xd800, 0xdfff)) {
    const gboolean pair = is_between (c, 0xd800, 0xdbff) &&
                          json->end - json->at >= 2 && json->at[0] == '\\' &&
                          json->at[1] == 'u';
    json->at += pair ? 2 : 0;
    if (!pair || !take_code_unit (json, &low) ||
        !is_between (low, 0xdc00, 0xdfff))
      return rw_json_fail (json, "half of a surrogate pair in a string");
    c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
  }
  if (c == 0)
    return rw_json_fail (json, "\\u0000 in a string");
  if (out != NULL)
    g_string_append_unichar (out, c);
  return TRUE;
}

/* After the backslash. */
static gboolean
take_escape (RwJson *json, GString *out)
{
  static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
  const char c = look (json);
  const char *letter = c != '\0' ? strchr (letters, c) : NULL;

  if (c != '\0')
    json->at++;
  if (c == 'u')
    return take_unicode (json, out);
  if (letter == NULL)
    return rw_json_fail (json, "unknown escape in a string");
  if (out != NULL)
    g_string_append_c (out, meanings[letter - letters]);
  return TRUE;
}

gboolean
rw_json_string (RwJson *json, GString *out)
{
  if (out != NULL)
    g_string_truncate (out, 0);
  if (!rw_json_accept (json, '"'))
    return rw_json_fail (json, "expected a string");
  while (json->at < json->end) {
    const char c = *json->at++;
    if (c == '"')
      return TRUE;
    if ((guchar) c < 0x20)
      return rw_json_fail (json, "control character in a string");
    if (c == '\\' && !take_escape (json, out))
      return FALSE;
    if (c != '\\' && out != NULL)
      g_string_append_c (out, c);
  }
  return rw_json_fail (json, "string without an end");
}

/* ---- numbers ----------------------------------------------------------- */

gboolean
rw_json_integer (RwJson *json, guint64 *value)
{
  static const char expected[] = "expected a plain whole number";
  static const char too_large[] = "number above 2^53";

  if (has_failed (json) || !is_digit (rw_json_peek (json)))
    return rw_json_fail (json, expected);
  const char *begin = json->at;
  for (*value = 0; is_digit (look (json)); json->at++) {
    *value = *value * 10 + (guint64) (*json->at - '0');
    if (*value > RW_JSON_MAX_INTEGER)
      return rw_json_fail (json, too_large);
  }
  if (*begin == '0' && json->at - begin > 1)
    return rw_json_fail (json, expected);
  const char next = look (json);
  if (next != '\0' && strchr (".eE+-", next) != NULL)
    return rw_json_fail (json, expected);
  return TRUE;
}

static int
take_digits (RwJson *json)
{
  int n = 0;

  for (; is_digit (look (json)); n++)
    json->at++;
  return n;
}

/* Any number: -? digits (. digits)? (e [+-]? digits)? */
static gboolean
skip_number (RwJson *json)
{
  if (look (json) == '-')
    json->at++;
  const gboolean zero = look (json) == '0';
  const int n = take_digits (json);
  if (n == 0 || (zero && n > 1))
    return rw_json_fail (json, "expected a value");
  if (look (json) == '.') {
    json->at++;
    if (take_digits (json) == 0)
      return rw_json_fail (json, "expected digits");
  }
  if (look (json) == 'e' || look (json) == 'E') {
    json->at++;
    if (look (json) == '+' || look (json) == '-')
      json->at++;
    if (take_digits (json) == 0)
      return rw_json_fail (json, "expected digits");
  }
  return TRUE;
}

/* ---- skipping ---------------------------------------------------------- */

/* The open containers, outermost first: their closing characters. */
typedef struct {
  char close[RW_JSON_MAX_DEPTH];
  int depth;
} Stack;

static gboolean
skip_key (RwJson *json)
{
  return rw_json_string (json, NULL) && rw_json_expect (json, ':');
}

static gboolean
skip_scalar (RwJson *json)
{
  switch (rw_json_peek (json)) {
  case '"':
    return rw_json_string (json, NULL);
  case 't':
    return rw_json_word (json, "true");
  case 'f':
    return rw_json_word (json, "false");
  case 'n':
    return rw_json_word (json, "null");
  default:
    return skip_number (json);
  }
}

/* Enters the container that comes next and stops before its first value, or
 * before its end when it has none. */
static gboolean
enter (RwJson *json, Stack *stack, gboolean *is_empty)
{
  const char close = rw_json_peek (json) == '{' ? '}' : ']';

  if (stack->depth == RW_JSON_MAX_DEPTH)
    return rw_json_fail (json, "nested too deeply");
  stack->close[stack->depth++] = close;
  json->at++;
  *is_empty = rw_json_peek (json) == close;
  return *is_empty || close == ']' || skip_key (json);
}

/* After a value: leaves what ends here, stops before the next value. */
static gboolean
leave (RwJson *json, Stack *stack)
{
  while (stack->depth > 0) {
    const char close = stack->close[stack->depth - 1];
    if (!rw_json_accept (json, close))
      return rw_json_expect (json, ',') && (close == ']' || skip_key (json));
    stack->depth--;
  }
  return TRUE;
}

gboolean
rw_json_skip (RwJson *json)
{
  Stack stack = { .depth = 0 };

  do {
    const char c = rw_json_peek (json);
    gboolean is_whole = TRUE; /* a scalar or an empty container */
    if (!(c == '{' || c == '[' ? enter (json, &stack, &is_whole)
                               : skip_scalar (json)))
      return FALSE;
    if (is_whole && !leave (json, &stack))
      return FALSE;
  } while (stack.depth > 0);
  return !has_failed (json);
}
