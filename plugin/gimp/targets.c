/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Which items a filter changes.
 */
#include "targets.h"

#include "offered.h"

const char *
rw_target_get_kind (RwItem item)
{
  if (gimp_item_is_layer_mask (item))
    return _ ("layer mask");
  return gimp_item_is_channel (item) ? _ ("channel") : _ ("layer");
}

gboolean
rw_target_check_valid (RwItem item, GError **error)
{
  if (gimp_item_is_valid (item))
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               _ ("layer: it has been deleted meanwhile, but a filter needs "
                  "its pixels; choose another"));
  return FALSE;
}

static gboolean
contains (const GArray *items, RwItem item)
{
  for (guint i = 0; i < items->len; i++) {
    if (g_array_index (items, RwItem, i) == item)
      return TRUE;
  }
  return FALSE;
}

/* An item's pixels are locked by itself, by a group around it and, for a mask,
 * by its layer. */
static gboolean
is_locked (RwItem item)
{
  if (gimp_item_is_layer_mask (item))
    item = rw_item_get_mask_owner (item);
  for (; item != RW_NO_ITEM; item = gimp_item_get_parent (item)) {
    if (gimp_item_get_lock_content (item))
      return TRUE;
  }
  return FALSE;
}

static gboolean
check (RwItem item, GError **error)
{
  const char *kind = rw_target_get_kind (item);
  g_autofree char *name = gimp_item_get_name (item);

  if (is_locked (item)) {
    g_set_error (
        error, RW_ERROR, RW_ERROR_MISMATCH,
        _ ("%s \"%s\": its pixels are locked, but a filter has to change "
           "them; unlock it and its groups in the Layers dialog"),
        kind, name);
    return FALSE;
  }
  if (gimp_drawable_is_indexed (RW_DRAWABLE (item))) {
    g_set_error (
        error, RW_ERROR, RW_ERROR_MISMATCH,
        _ ("%s \"%s\": it is indexed, but RGB or grey is needed; convert "
           "it with Image > Mode > RGB"),
        kind, name);
    return FALSE;
  }
  return TRUE;
}

static gboolean
collect (GArray *targets, RwItem item, GError **error)
{
  g_autoptr (GArray) children = NULL;

  if (!gimp_item_is_group (item)) {
    if (contains (targets, item))
      return TRUE;
    g_array_append_val (targets, item);
    return check (item, error);
  }
  children = g_array_new (FALSE, FALSE, sizeof (RwItem));
  rw_item_append_children (item, children);
  for (guint i = 0; i < children->len; i++) {
    if (!collect (targets, g_array_index (children, RwItem, i), error))
      return FALSE;
  }
  return TRUE;
}

GArray *
rw_targets_collect (const RwItem *items, int n_items, GError **error)
{
  g_autoptr (GArray) targets = g_array_new (FALSE, FALSE, sizeof (RwItem));

  for (int i = 0; i < n_items; i++) {
    if (!collect (targets, items[i], error))
      return NULL;
  }
  if (targets->len == 0) {
    g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
                 _ ("image: no layer was given or the group is empty, but a "
                    "filter needs pixels; choose a layer"));
    return NULL;
  }
  return g_steal_pointer (&targets);
}

static guint
count_hidden (const GArray *targets)
{
  guint n = 0;

  for (guint i = 0; i < targets->len; i++) {
    RwItem item = g_array_index (targets, RwItem, i);

    if (!gimp_item_is_layer_mask (item) && !gimp_item_get_visible (item))
      n++;
  }
  return n;
}

/* A format for its name. */
static const char *
describe_one (RwItem item, gboolean is_hidden)
{
  if (gimp_item_is_layer_mask (item))
    return _ ("Changes the layer mask \"%s\".");
  if (gimp_item_is_channel (item))
    return is_hidden ? _ ("Changes the hidden channel \"%s\".")
                     : _ ("Changes the channel \"%s\".");
  return is_hidden ? _ ("Changes the hidden layer \"%s\".")
                   : _ ("Changes the layer \"%s\".");
}

char *
rw_targets_describe (const GArray *targets)
{
  const guint n_hidden = count_hidden (targets);
  RwItem first = g_array_index (targets, RwItem, 0);

  if (targets->len == 1) {
    g_autofree char *name = gimp_item_get_name (first);

    return g_strdup_printf (describe_one (first, n_hidden > 0), name);
  }
  if (n_hidden > 0)
    return g_strdup_printf (P_ ("Changes %u layer, %u of them hidden.",
                                "Changes %u layers, %u of them hidden.",
                                targets->len),
                            targets->len, n_hidden);
  return g_strdup_printf (
      P_ ("Changes %u layer.", "Changes %u layers.", targets->len),
      targets->len);
}
