/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The list of losses, from core/meson.build.
 */
#include "train/losses.h"

#include "base/choice.h"

#define RW_ENTRY(name) extern const RwLoss rw_loss_##name;
#include "losses.def"
#undef RW_ENTRY

static const RwLoss *const entries[] = {
#define RW_ENTRY(name) &rw_loss_##name,
#include "losses.def"
#undef RW_ENTRY
  NULL
};

const RwLoss *const *
rw_loss_list (void)
{
  return entries;
}

const RwLoss *
rw_loss_find (const char *name, GError **error)
{
  const char *names[G_N_ELEMENTS (entries)] = { NULL };

  for (guint i = 0; entries[i] != NULL; i++) {
    if (g_str_equal (entries[i]->name, name))
      return entries[i];
    names[i] = entries[i]->name;
  }
  rw_choice_set_error (error, "loss", name, names);
  return NULL;
}
