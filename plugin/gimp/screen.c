/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * From an item's pixels to those of the screen.
 */
#include "screen.h"

/* Masks and channels have no colours to manage. */
static GimpColorTransform *
make_transform (GtkWidget *widget, RwItem item, const Babl *coded)
{
  GimpColorConfig *config;
  GimpColorProfile *profile;
  GimpColorTransform *transform = NULL;

  if (!gimp_item_is_layer (item))
    return NULL;
  config = gimp_get_color_configuration ();
  profile =
      gimp_image_get_effective_color_profile (gimp_item_get_image (item));
  if (config != NULL && profile != NULL)
    transform = rw_widget_get_transform (widget, config, profile, coded,
                                         babl_format ("R'G'B'A u8"));
  g_clear_object (&config);
  g_clear_object (&profile);
  return transform;
}

void
rw_screen_init (RwScreen *screen, GtkWidget *widget, RwItem item)
{
  const Babl *native = gimp_drawable_get_format (RW_DRAWABLE (item));
  const gboolean grey = gimp_drawable_is_gray (RW_DRAWABLE (item));
  RwSamples samples;

  rw_samples_init (&samples, native);
  screen->work = samples.work;
  screen->coded =
      babl_format_with_space (grey ? "Y'A float" : "R'G'B'A float", native);
  screen->screen = babl_format_with_space ("R'G'B'A u8", native);
  screen->transform = make_transform (widget, item, screen->coded);
}

void
rw_screen_clear (RwScreen *screen)
{
  g_clear_object (&screen->transform);
}

void
rw_screen_convert (gpointer data, const float *rgba, guint8 *bytes, gsize n)
{
  const RwScreen *screen = data;

  if (screen->transform == NULL) {
    babl_process (babl_fish (screen->work, screen->screen), rgba, bytes,
                  (long) n);
    return;
  }
  g_autofree float *coded = g_new (float, n * 4);
  babl_process (babl_fish (screen->work, screen->coded), rgba, coded,
                (long) n);
  gimp_color_transform_process_pixels (screen->transform, screen->coded, coded,
                                       babl_format ("R'G'B'A u8"), bytes, n);
  for (gsize i = 0; i < n; i++)
    bytes[i * 4 + 3] = (guint8) (CLAMP (rgba[i * 4 + 3], 0, 1) * 255 + 0.5f);
}
