/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What GIMP copies as it is, and what has to become plain.
 */
#include "copy-item.h"

#if GIMP_CHECK_VERSION(2, 99, 0)
#define CHANNEL(item) GIMP_CHANNEL (item)
#define LAYER(item) GIMP_LAYER (item)
#define MASK(item) GIMP_LAYER_MASK (item)
#else
#define CHANNEL(item) (item)
#define LAYER(item) (item)
#define MASK(item) (item)
#endif

/* Both are of one size and format. */
static void
copy_pixels (RwItem from, RwItem to)
{
  g_autoptr (GeglBuffer) source =
      gimp_drawable_get_buffer (RW_DRAWABLE (from));
  g_autoptr (GeglBuffer) target = gimp_drawable_get_buffer (RW_DRAWABLE (to));

  gegl_buffer_copy (source, NULL, GEGL_ABYSS_NONE, target, NULL);
}

static void
copy_mask (RwItem from, RwItem to)
{
  RwItem mask = (RwItem) gimp_layer_get_mask (LAYER (from));
  RwItem copy;

  if (mask == RW_NO_ITEM)
    return;
  copy = (RwItem) gimp_layer_create_mask (LAYER (to), GIMP_ADD_MASK_WHITE);
  copy_pixels (mask, copy);
  gimp_layer_add_mask (LAYER (to), MASK (copy));
  gimp_layer_set_apply_mask (LAYER (to),
                             gimp_layer_get_apply_mask (LAYER (from)));
}

static RwItem
make_plain (RwItem item)
{
  g_autofree char *name = gimp_item_get_name (item);
  RwItem plain = (RwItem) gimp_layer_new (
      gimp_item_get_image (item), name, rw_item_get_width (item),
      rw_item_get_height (item), gimp_drawable_type (RW_DRAWABLE (item)),
      gimp_layer_get_opacity (LAYER (item)),
      gimp_layer_get_mode (LAYER (item)));
  int x = 0, y = 0;

  rw_item_get_offsets (item, &x, &y);
  gimp_layer_set_offsets (LAYER (plain), x, y);
  gimp_layer_set_blend_space (LAYER (plain),
                              gimp_layer_get_blend_space (LAYER (item)));
  gimp_layer_set_composite_space (
      LAYER (plain), gimp_layer_get_composite_space (LAYER (item)));
  gimp_layer_set_composite_mode (LAYER (plain),
                                 gimp_layer_get_composite_mode (LAYER (item)));
  copy_pixels (item, plain);
  copy_mask (item, plain);
  return plain;
}

RwItem
rw_item_copy (RwItem item)
{
  if (!gimp_item_is_layer (item))
    return (RwItem) gimp_channel_copy (CHANNEL (item));
  if (rw_item_is_drawn (item))
    return make_plain (item);
  return (RwItem) gimp_layer_copy (LAYER (item));
}
