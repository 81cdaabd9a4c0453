/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Opening and exporting .rwi files in GIMP 3.
 */
#include <libgimp/gimp.h>
#include <libgimp/gimpui.h>

#include "i18n.h"
#include "plug-in-3.h"
#include "rwi-image.h"

#define LOAD_PROCEDURE "file-rwi-load"
#define EXPORT_PROCEDURE "file-rwi-export"
#define BINARY "file-rwi"
#define AUTHORS "The reweave authors"
#define YEAR "2026"

/* The values take the error, if there is one. */
static GimpValueArray *
answer (GimpProcedure *procedure, GimpPDBStatusType status, GError *error)
{
  if (error != NULL)
    g_printerr ("reweave: %s\n", error->message);
  return gimp_procedure_new_return_values (procedure, status, error);
}

/* ---- opening ------------------------------------------------------------ */

/* GIMP puts the metadata into the image once we have returned, of the kinds
 * that @flags leave. */
static GimpValueArray *
load (GimpProcedure *procedure,
      GimpRunMode mode,
      GFile *file,
      GimpMetadata *metadata,
      GimpMetadataLoadFlags *flags,
      GimpProcedureConfig *config,
      gpointer data)
{
  g_autofree char *path = g_file_get_path (file);
  gboolean has_metadata = FALSE;
  GimpImage *image = NULL;
  GError *error = NULL;
  GimpValueArray *values;

  rw_picture_begin ();
  if (!rw_picture_open (path, &image, metadata, &has_metadata, &error))
    return answer (procedure, GIMP_PDB_EXECUTION_ERROR, error);
  *flags = has_metadata
               ? GIMP_METADATA_LOAD_COMMENT | GIMP_METADATA_LOAD_ORIENTATION
               : GIMP_METADATA_LOAD_NONE;
  values = answer (procedure, GIMP_PDB_SUCCESS, NULL);
  GIMP_VALUES_SET_IMAGE (values, 1, image);
  return values;
}

/* ---- exporting ---------------------------------------------------------- */

typedef struct {
  const RwEncoder *encoder;
  GeglBuffer *pixels;
  GimpProcedureConfig *config;
  GtkWidget *size;
  guint idle; /* source of an estimate to come, or 0 */
} Dialog;

static double
get_quality (GimpProcedureConfig *config)
{
  double quality = RW_FILE_QUALITY;

  g_object_get (config, "quality", &quality, NULL);
  return quality;
}

static gboolean
update_size (gpointer data)
{
  Dialog *dialog = data;
  double n_bytes;

  dialog->idle = 0;
  if (rw_file_estimate (dialog->encoder, dialog->pixels,
                        get_quality (dialog->config), &n_bytes, NULL)) {
    g_autofree char *text = rw_file_describe_size (n_bytes);
    gtk_label_set_text (GTK_LABEL (dialog->size), text);
  }
  return G_SOURCE_REMOVE;
}

static void
on_quality (Dialog *dialog)
{
  if (dialog->idle == 0)
    dialog->idle = g_idle_add (update_size, dialog);
}

/* FALSE: cancelled. */
static gboolean
ask (GimpProcedure *procedure,
     GimpImage *image,
     const RwEncoder *encoder,
     GeglBuffer *pixels,
     GimpProcedureConfig *config)
{
  Dialog dialog = { .encoder = encoder, .pixels = pixels, .config = config };
  GtkWidget *window = gimp_export_procedure_dialog_new (
      GIMP_EXPORT_PROCEDURE (procedure), config, image);
  GimpProcedureDialog *of_procedure = GIMP_PROCEDURE_DIALOG (window);

  gimp_procedure_dialog_get_scale_entry (of_procedure, "quality", 1);
  dialog.size =
      gimp_procedure_dialog_get_label (of_procedure, "size", "", FALSE, FALSE);
  gtk_label_set_xalign (GTK_LABEL (dialog.size), 0);
  gimp_procedure_dialog_fill (
      of_procedure, "quality", "size",
      rw_encoder_can_refine (encoder) ? "refine" : NULL, NULL);
  const gulong handler = g_signal_connect_swapped (
      config, "notify::quality", G_CALLBACK (on_quality), &dialog);
  on_quality (&dialog);
  const gboolean good = gimp_procedure_dialog_run (of_procedure);
  g_signal_handler_disconnect (config, handler);
  if (dialog.idle != 0)
    g_source_remove (dialog.idle);
  gtk_widget_destroy (window);
  return good;
}

static GimpPDBStatusType
export_item (GimpProcedure *procedure,
             GimpRunMode mode,
             GimpImage *image,
             GimpItem *item,
             const char *path,
             GimpProcedureConfig *config,
             GError **error)
{
  g_autoptr (RwEncoder) encoder = rw_encoder_new (NULL, error);
  gboolean refine = FALSE;

  if (encoder == NULL)
    return GIMP_PDB_EXECUTION_ERROR;
  if (mode == GIMP_RUN_INTERACTIVE) {
    g_autoptr (GeglBuffer) pixels =
        gimp_drawable_get_buffer (GIMP_DRAWABLE (item));
    if (!ask (procedure, image, encoder, pixels, config))
      return GIMP_PDB_CANCEL;
  }
  g_object_get (config, "refine", &refine, NULL);
  rw_encoder_set_refine (encoder, refine);
  return rw_picture_export (image, item, encoder, path, get_quality (config),
                            error)
             ? GIMP_PDB_SUCCESS
             : GIMP_PDB_EXECUTION_ERROR;
}

static GimpValueArray *
export_image (GimpProcedure *procedure,
              GimpRunMode mode,
              GimpImage *image,
              GFile *file,
              GimpExportOptions *options,
              GimpMetadata *metadata,
              GimpProcedureConfig *config,
              gpointer data)
{
  g_autofree char *path = g_file_get_path (file);
  GError *error = NULL;

  rw_picture_begin ();
  if (mode == GIMP_RUN_INTERACTIVE)
    gimp_ui_init (BINARY);
  const GimpExportReturn made =
      gimp_export_options_get_image (options, &image);
  g_autofree GimpLayer **layers = gimp_image_get_layers (image);
  const GimpPDBStatusType status = export_item (
      procedure, mode, image, GIMP_ITEM (layers[0]), path, config, &error);
  if (made == GIMP_EXPORT_EXPORT)
    gimp_image_delete (image);
  return answer (procedure, status, error);
}

/* ---- registration ------------------------------------------------------- */

GList *
rw_plug_in_list_procedures (void)
{
  return g_list_append (g_list_append (NULL, g_strdup (LOAD_PROCEDURE)),
                        g_strdup (EXPORT_PROCEDURE));
}

static GimpProcedure *
make_load (GimpPlugIn *plug_in)
{
  GimpProcedure *procedure = gimp_load_procedure_new (
      plug_in, LOAD_PROCEDURE, GIMP_PDB_PROC_TYPE_PLUGIN, load, NULL, NULL);

  gimp_procedure_set_documentation (procedure, RW_FILE_LOAD_BLURB,
                                    RW_FILE_LOAD_HELP, LOAD_PROCEDURE);
  gimp_file_procedure_set_magics (GIMP_FILE_PROCEDURE (procedure),
                                  RW_FILE_MAGIC);
  return procedure;
}

static GimpProcedure *
make_export (GimpPlugIn *plug_in)
{
  GimpProcedure *procedure = gimp_export_procedure_new (
      plug_in, EXPORT_PROCEDURE, GIMP_PDB_PROC_TYPE_PLUGIN, FALSE,
      export_image, NULL, NULL);

  gimp_procedure_set_image_types (procedure, "RGB*, GRAY*");
  gimp_procedure_set_documentation (procedure, RW_FILE_SAVE_BLURB,
                                    RW_FILE_SAVE_HELP, EXPORT_PROCEDURE);
  gimp_file_procedure_set_format_name (GIMP_FILE_PROCEDURE (procedure), "RWI");
  gimp_export_procedure_set_capabilities (GIMP_EXPORT_PROCEDURE (procedure),
                                          GIMP_EXPORT_CAN_HANDLE_RGB |
                                              GIMP_EXPORT_CAN_HANDLE_GRAY |
                                              GIMP_EXPORT_CAN_HANDLE_ALPHA,
                                          NULL, NULL, NULL);
  gimp_procedure_add_double_argument (procedure, "quality", _ ("_Quality:"),
                                      _ (RW_FILE_QUALITY_BLURB), 1, 100,
                                      RW_FILE_QUALITY, G_PARAM_READWRITE);
  gimp_procedure_add_boolean_argument (
      procedure, "refine", _ ("_Refine, takes longer"),
      _ (RW_FILE_REFINE_BLURB), FALSE, G_PARAM_READWRITE);
  return procedure;
}

GimpProcedure *
rw_plug_in_create_procedure (GimpPlugIn *plug_in, const char *name)
{
  GimpProcedure *procedure = NULL;

  if (g_str_equal (name, LOAD_PROCEDURE))
    procedure = make_load (plug_in);
  else if (g_str_equal (name, EXPORT_PROCEDURE))
    procedure = make_export (plug_in);
  if (procedure == NULL)
    return NULL;
  gimp_procedure_set_menu_label (procedure, _ (RW_FILE_LABEL));
  gimp_procedure_set_attribution (procedure, AUTHORS, AUTHORS, YEAR);
  gimp_file_procedure_set_mime_types (GIMP_FILE_PROCEDURE (procedure),
                                      RW_ENCODED_TYPE);
  gimp_file_procedure_set_extensions (GIMP_FILE_PROCEDURE (procedure), "rwi");
  return procedure;
}
