/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The list of losses, from core/meson.build.
 */
#include "train/loss/losses.h"

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

const char **
rw_loss_list_names (void)
{
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; entries[i] != NULL; i++) {
    g_ptr_array_add (names, (gpointer) entries[i]->name);
    if (entries[i]->alias != NULL)
      g_ptr_array_add (names, (gpointer) entries[i]->alias);
  }
  g_ptr_array_add (names, NULL);
  return (const char **) g_ptr_array_free (names, FALSE);
}

const RwLoss *
rw_loss_find (const char *name, GError **error)
{
  for (guint i = 0; entries[i] != NULL; i++)
    if (g_str_equal (entries[i]->name, name) ||
        g_strcmp0 (entries[i]->alias, name) == 0)
      return entries[i];
  g_autofree const char **names = rw_loss_list_names ();
  rw_choice_set_error (error, "loss", name, names);
  return NULL;
}
