/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Amounts of memory as people write them.
 */
#include "base/amount.h"

#include <math.h>
#include <string.h>

/* log2 of the unit; @shift where there is none, -1 where there is no such. */
static int
read_unit (const char *unit, int shift)
{
  static const char letters[] = "kmgt";
  const char *found =
      *unit != '\0' ? strchr (letters, g_ascii_tolower (*unit)) : NULL;

  if (*unit == '\0')
    return shift;
  if (found == NULL ||
      (unit[1] != '\0' && g_ascii_strcasecmp (unit + 1, "b") != 0 &&
       g_ascii_strcasecmp (unit + 1, "ib") != 0))
    return -1;
  return 10 * (int) (found - letters + 1);
}

gboolean
rw_amount_parse (const char *text, int shift, gsize least, gsize *bytes)
{
  g_autofree char *copy = g_strstrip (g_strdup (text));
  const gsize n_digits = strspn (copy, "0123456789.");
  g_autofree char *number = g_strndup (copy, n_digits);
  char *end;
  const double value = g_ascii_strtod (number, &end);
  const int unit = read_unit (g_strchug (copy + n_digits), shift);
  const double all = unit < 0 ? -1 : ldexp (value, unit);

  if (n_digits == 0 || *end != '\0' || !(all >= (double) least) ||
      !(all <= (double) (G_MAXSIZE / 4)))
    return FALSE;
  *bytes = (gsize) all;
  return TRUE;
}

gboolean
rw_amount_from_environment (const char *name,
                            gsize least,
                            const char *instead,
                            gsize *bytes)
{
  const char *text = g_getenv (name);

  if (text == NULL || *text == '\0')
    return FALSE;
  if (rw_amount_parse (text, 20, least, bytes))
    return TRUE;
  g_printerr ("reweave: %s: found \"%s\", expected MiB, or an amount such as "
              "512M or 1.5G; using %s\n",
              name, text, instead);
  return FALSE;
}
