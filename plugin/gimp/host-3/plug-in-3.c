/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * One type serves all, since each program has one plug-in.
 */
#include "plug-in-3.h"

#include "i18n.h"
#include "place.h"

#define RW_TYPE_PLUG_IN (rw_plug_in_get_type ())
G_DECLARE_FINAL_TYPE (RwPlugIn, rw_plug_in, RW, PLUG_IN, GimpPlugIn)

struct _RwPlugIn {
  GimpPlugIn parent_instance;
};

G_DEFINE_TYPE (RwPlugIn, rw_plug_in, GIMP_TYPE_PLUG_IN)

static GList *
query_procedures (GimpPlugIn *plug_in)
{
  return rw_plug_in_list_procedures ();
}

/* The catalogue is found without GIMP's help; FALSE keeps it from looking for
 * another. */
static gboolean
set_i18n (GimpPlugIn *plug_in,
          const char *procedure,
          char **domain,
          char **folder)
{
  return FALSE;
}

static void
rw_plug_in_class_init (RwPlugInClass *klass)
{
  GimpPlugInClass *plug_in = GIMP_PLUG_IN_CLASS (klass);

  plug_in->query_procedures = query_procedures;
  plug_in->create_procedure = rw_plug_in_create_procedure;
  plug_in->set_i18n = set_i18n;
}

static void
rw_plug_in_init (RwPlugIn *plug_in)
{
  g_autofree char *locale = rw_place_get_locale ();

  rw_i18n_bind (locale);
}

GIMP_MAIN (RW_TYPE_PLUG_IN)
