/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Words from a fixed list: finding, and saying which were meant.
 */
#pragma once

#include <glib.h>

/* The entry of the NULL-terminated @words nearest to @found by edit distance,
 * or NULL when none is near (more than a third of its letters differ). */
const char *rw_choice_nearest (const char *found, const char *const *words);

/* Sets RW_ERROR_FORMAT: `LOSS "charbonier" is unknown, known are charbonnier,
 * l1, mse; did you mean "charbonnier"?` @what: the thing, "recipe.ini: loss".
 */
void rw_choice_set_error (GError **error,
                          const char *what,
                          const char *found,
                          const char *const *words);
