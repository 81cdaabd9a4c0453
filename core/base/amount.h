/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Amounts of memory as people write them: "512M", "1.5 GiB", "800".
 */
#pragma once

#include <glib.h>

/* What @text says in bytes: a number, with a fraction or without, and perhaps
 * one of K, M, G and T in either case, which count in powers of 1024, with "B"
 * or "iB" behind it or not.  Spaces around both are stepped over.  A number
 * alone counts in 2^@shift bytes.  FALSE when @text says anything else, or
 * what is below @least or above a quarter of what a gsize can say; @bytes then
 * stays as it was. */
gboolean
rw_amount_parse (const char *text, int shift, gsize least, gsize *bytes);

/* What the variable @name of the environment says, in MiB where it is a number
 * alone; FALSE when there is none, when it is empty, and when it makes no
 * sense, which is printed together with @instead, what is used for it. */
gboolean rw_amount_from_environment (const char *name,
                                     gsize least,
                                     const char *instead,
                                     gsize *bytes);
