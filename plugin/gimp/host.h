/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What differs between GIMP 2.10 and 3.x outside registration and dialogs.
 *
 * 2.10 names everything by a number, 3.x by an object that libgimp owns: never
 * unref an RwItem or RwImage.  An RwItem is a layer, channel or layer mask.
 */
#pragma once

#include <gegl.h>
#include <libgimp/gimp.h>

G_BEGIN_DECLS

/* Whether a layer may have operations of GEGL that work as long as it is
 * there. */
#define RW_HAS_EFFECTS GIMP_CHECK_VERSION (2, 99, 0)

#if GIMP_CHECK_VERSION(2, 99, 0)

typedef GimpImage *RwImage;
typedef GimpItem *RwItem;
#define RW_NO_ITEM NULL
#define RW_DRAWABLE(item) GIMP_DRAWABLE (item)

static inline int
rw_item_get_width (RwItem item)
{
  return gimp_drawable_get_width (RW_DRAWABLE (item));
}

static inline int
rw_item_get_height (RwItem item)
{
  return gimp_drawable_get_height (RW_DRAWABLE (item));
}

/* Where the item's upper left pixel lies in the image. */
static inline void
rw_item_get_offsets (RwItem item, int *x, int *y)
{
  gimp_drawable_get_offsets (RW_DRAWABLE (item), x, y);
}

static inline int
rw_image_get_width (RwImage image)
{
  return gimp_image_get_width (image);
}

static inline int
rw_image_get_height (RwImage image)
{
  return gimp_image_get_height (image);
}

static inline GeglBuffer *
rw_image_get_selection_buffer (RwImage image)
{
  return gimp_drawable_get_buffer (
      GIMP_DRAWABLE (gimp_image_get_selection (image)));
}

/* The layer that a layer mask belongs to. */
static inline RwItem
rw_item_get_mask_owner (RwItem mask)
{
  return GIMP_ITEM (gimp_layer_from_mask (GIMP_LAYER_MASK (mask)));
}

static inline gboolean
rw_item_insert (RwImage image, RwItem item, RwItem parent, int position)
{
  if (gimp_item_is_layer (item))
    return gimp_image_insert_layer (image, GIMP_LAYER (item),
                                    parent ? GIMP_LAYER (parent) : NULL,
                                    position);
  return gimp_image_insert_channel (image, GIMP_CHANNEL (item),
                                    parent ? GIMP_CHANNEL (parent) : NULL,
                                    position);
}

#else

typedef gint32 RwImage;
typedef gint32 RwItem;
#define RW_NO_ITEM (-1)
#define RW_DRAWABLE(item) (item)

static inline int
rw_item_get_width (RwItem item)
{
  return gimp_drawable_width (item);
}

static inline int
rw_item_get_height (RwItem item)
{
  return gimp_drawable_height (item);
}

/* Where the item's upper left pixel lies in the image. */
static inline void
rw_item_get_offsets (RwItem item, int *x, int *y)
{
  gimp_drawable_offsets (item, x, y);
}

static inline int
rw_image_get_width (RwImage image)
{
  return gimp_image_width (image);
}

static inline int
rw_image_get_height (RwImage image)
{
  return gimp_image_height (image);
}

static inline GeglBuffer *
rw_image_get_selection_buffer (RwImage image)
{
  return gimp_drawable_get_buffer (gimp_image_get_selection (image));
}

/* The layer that a layer mask belongs to. */
static inline RwItem
rw_item_get_mask_owner (RwItem mask)
{
  return gimp_layer_from_mask (mask);
}

static inline gboolean
rw_item_insert (RwImage image, RwItem item, RwItem parent, int position)
{
  if (gimp_item_is_layer (item))
    return gimp_image_insert_layer (image, item, parent, position);
  return gimp_image_insert_channel (image, item, parent, position);
}

#endif

/* Whether the item is drawn anew from what it says, and would lose that if its
 * pixels were changed: text, and in 3.2 vectors and links, until the user makes
 * pixels of them. */
static inline gboolean
rw_item_is_drawn (RwItem item)
{
#if GIMP_CHECK_VERSION(3, 2, 0)
  return GIMP_IS_RASTERIZABLE (item) &&
         !gimp_rasterizable_is_rasterized (GIMP_RASTERIZABLE (item));
#else
  return gimp_item_is_text_layer (item);
#endif
}

/* The layer with its mask, around its middle, as GIMP's Scale Layer does. */
static inline gboolean
rw_layer_scale (RwItem layer, int width, int height)
{
#if GIMP_CHECK_VERSION(2, 99, 0)
  return gimp_layer_scale (GIMP_LAYER (layer), width, height, TRUE);
#else
  return gimp_layer_scale (layer, width, height, TRUE);
#endif
}

/* The selection as a channel of the image, to be given back. */
static inline RwItem
rw_selection_put_away (RwImage image)
{
#if GIMP_CHECK_VERSION(2, 99, 0)
  RwItem channel = GIMP_ITEM (gimp_selection_save (image));
#else
  RwItem channel = gimp_selection_save (image);
#endif

  gimp_selection_none (image);
  return channel;
}

static inline void
rw_selection_give_back (RwImage image, RwItem channel)
{
  gimp_image_select_item (image, GIMP_CHANNEL_OP_REPLACE, channel);
#if GIMP_CHECK_VERSION(2, 99, 0)
  gimp_image_remove_channel (image, GIMP_CHANNEL (channel));
#else
  gimp_image_remove_channel (image, channel);
#endif
}

/* Threads that the user's preferences allow; libgimp hands them to GEGL. */
static inline int
rw_host_get_threads (void)
{
  int n_threads = 0;

  g_object_get (gegl_config (), "threads", &n_threads, NULL);
  return n_threads;
}

/* Appends the children of a group to @children, an array of RwItem. */
static inline void
rw_item_append_children (RwItem group, GArray *children)
{
#if GIMP_CHECK_VERSION(2, 99, 0)
  g_autofree GimpItem **items = gimp_item_get_children (group);
  const int n = gimp_core_object_array_get_length ((GObject **) items);
#else
  int n = 0;
  g_autofree gint *items = gimp_item_get_children (group, &n);
#endif

  if (n > 0)
    g_array_append_vals (children, items, n);
}

G_END_DECLS
