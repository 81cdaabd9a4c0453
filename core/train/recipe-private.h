/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The table of a recipe's keys.  Only recipe.c and recipe-keys.c include this.
 */
#pragma once

#include "base/field.h"
#include "train/recipe.h"

typedef gboolean (*RwRecipeCheckFunc) (const char *name, GError **error);

/* A key: a field that lies in a RwRecipe, as rw_field_set keeps it, or as a
 * string that the recipe owns. */
typedef struct {
  RwField field;
  const char *section;
  /* Of RW_FIELD_TEXT: */
  const char *text;        /* its default */
  const char *what;        /* "name", for help */
  RwRecipeCheckFunc check; /* may it be that?  NULL: any line will do */
  gsize offset;
} RwRecipeField;

/* In the order in which recipes are written. */
const RwRecipeField *rw_recipe_get_fields (int *n);

/* RW_ERROR_FORMAT with the nearest known key. */
const RwRecipeField *rw_recipe_find_field (const char *name, GError **error);
