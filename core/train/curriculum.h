/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Patches that grow: recipe->patch_later, such as "96@0.4 128@0.8", says from
 * which share of the training on they have which side.  Small patches are many
 * and cheap while a net learns what edges are; with large ones it sees less of
 * the border that it pads with zeros.
 */
#pragma once

#include "train/recipe.h"

/* Whether @text is "" or up to eight SIDE@SHARE, sides of 8..1024 pixels and
 * shares between 0 and 1 that rise; RW_ERROR_FORMAT. */
gboolean rw_curriculum_check (const char *text, GError **error);

/* The side of patches at @progress, 0..1, of a training. */
int rw_curriculum_get_side (const RwRecipe *recipe, double progress);

/* The largest of all. */
int rw_curriculum_get_most (const RwRecipe *recipe);

/* Side @i of the training, the recipe's patch being number 0, or 0 when there
 * are no more. */
int rw_curriculum_get_stage (const RwRecipe *recipe, int i);
