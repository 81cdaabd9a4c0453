/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Patches that grow.
 */
#include "train/curriculum.h"

#include "reweave.h"

#include <string.h>

#define MAX_STAGES 8
#define LEAST_SIDE 8
#define MOST_SIDE 1024

typedef struct {
  int side;
  double from; /* share of the training */
} Stage;

/* One "96@0.4". */
static gboolean
parse_stage (const char *word, Stage *stage)
{
  char *end = NULL;
  const gint64 side = g_ascii_strtoll (word, &end, 10);

  if (end == word || *end != '@' || side < LEAST_SIDE || side > MOST_SIDE)
    return FALSE;
  const char *share = end + 1;
  stage->side = (int) side;
  stage->from = g_ascii_strtod (share, &end);
  return end != share && *end == '\0' && stage->from > 0 && stage->from < 1;
}

/* The number of stages after the first; -1 when @text is broken. */
static int
parse (const char *text, Stage stages[MAX_STAGES])
{
  g_auto (GStrv) words = g_strsplit_set (text, " \t", -1);
  int n = 0;

  for (int i = 0; words[i] != NULL; i++) {
    if (*words[i] == '\0')
      continue;
    if (n == MAX_STAGES || !parse_stage (words[i], &stages[n]) ||
        (n > 0 && !(stages[n].from > stages[n - 1].from)))
      return -1;
    n++;
  }
  return n;
}

gboolean
rw_curriculum_check (const char *text, GError **error)
{
  Stage stages[MAX_STAGES];

  if (parse (text, stages) >= 0)
    return TRUE;
  g_autofree char *shown = g_strndup (text, 40);
  g_autofree char *valid = g_utf8_make_valid (shown, -1);
  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
               "patch_later is \"%s\", expected at most %d sides of %d..%d "
               "pixels with the rising shares of the training that they begin "
               "at, such as \"96@0.4 128@0.8\"; change it",
               valid, MAX_STAGES, LEAST_SIDE, MOST_SIDE);
  return FALSE;
}

int
rw_curriculum_get_side (const RwRecipe *recipe, double progress)
{
  Stage stages[MAX_STAGES];
  const int n = parse (recipe->patch_later, stages);
  int side = recipe->patch;

  for (int i = 0; i < n && progress >= stages[i].from; i++)
    side = stages[i].side;
  return side;
}

int
rw_curriculum_get_most (const RwRecipe *recipe)
{
  int most = 0;

  for (int i = 0; rw_curriculum_get_stage (recipe, i) > 0; i++)
    most = MAX (most, rw_curriculum_get_stage (recipe, i));
  return most;
}

int
rw_curriculum_get_stage (const RwRecipe *recipe, int i)
{
  Stage stages[MAX_STAGES];
  const int n = parse (recipe->patch_later, stages);

  if (i == 0)
    return recipe->patch;
  return i <= n ? stages[i - 1].side : 0;
}
