/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The desktop's own browser shows the page.
 */
#include "help.h"

#include <gio/gio.h>
#include <libgimp/gimp.h>

#include "i18n.h"
#include "place.h"

void
rw_help_show (const char *name, gpointer unused)
{
  g_autofree char *path = rw_place_get_help ();
  g_autofree char *base = NULL;
  g_autofree char *address = NULL;
  g_autoptr (GError) error = NULL;

  if (path == NULL) {
    gimp_message (_ ("help: its page is not installed; it is in the folder "
                     "plugin/help of reweave's source"));
    return;
  }
  base = g_filename_to_uri (path, NULL, NULL);
  address = g_strconcat (base, "#", name, NULL);
  if (!g_app_info_launch_default_for_uri (address, NULL, &error)) {
    g_autofree char *text = g_strdup_printf (
        _ ("help: no program shows it (%s); open %s with a browser"),
        error->message, path);

    gimp_message (text);
  }
}
