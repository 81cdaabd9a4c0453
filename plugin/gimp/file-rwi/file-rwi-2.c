/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Opening and exporting .rwi files in GIMP 2.10.
 */
#include <libgimp/gimp.h>
#include <libgimp/gimpui.h>

#include <string.h>

#include "i18n.h"
#include "rwi-image.h"

#define LOAD_PROCEDURE "file-rwi-load"
#define SAVE_PROCEDURE "file-rwi-save"
#define BINARY "file-rwi"

enum { LOAD_ARGS = 3, SAVE_ARGS = 7, INTERACTIVE_SAVE_ARGS = 5 };

/* What GIMP keeps for the next time. */
typedef struct {
  double quality;
  gboolean refine;
} Wishes;

/* ---- registration ------------------------------------------------------- */

static void
query (void)
{
  static const GimpParamDef load[LOAD_ARGS] = {
    { GIMP_PDB_INT32, "run-mode",
      "The run mode { RUN-INTERACTIVE (0), RUN-NONINTERACTIVE (1) }" },
    { GIMP_PDB_STRING, "filename", "The name of the file to load" },
    { GIMP_PDB_STRING, "raw-filename", "The name entered" },
  };
  static const GimpParamDef loaded[] = {
    { GIMP_PDB_IMAGE, "image", "The image" },
  };
  static const GimpParamDef save[SAVE_ARGS] = {
    { GIMP_PDB_INT32, "run-mode",
      "The run mode { RUN-INTERACTIVE (0), RUN-NONINTERACTIVE (1), "
      "RUN-WITH-LAST-VALS (2) }" },
    { GIMP_PDB_IMAGE, "image", "The image" },
    { GIMP_PDB_DRAWABLE, "drawable", "What to save of it" },
    { GIMP_PDB_STRING, "filename", "The name of the file to save" },
    { GIMP_PDB_STRING, "raw-filename", "The name entered" },
    { GIMP_PDB_FLOAT, "quality", "How near to the original, 1 to 100" },
    { GIMP_PDB_INT32, "refine", RW_FILE_REFINE_BLURB },
  };

  gimp_install_procedure (LOAD_PROCEDURE, RW_FILE_LOAD_BLURB,
                          RW_FILE_LOAD_HELP, "The reweave authors",
                          "The reweave authors", "2026", RW_FILE_LABEL, NULL,
                          GIMP_PLUGIN, LOAD_ARGS, 1, load, loaded);
  gimp_register_file_handler_mime (LOAD_PROCEDURE, RW_ENCODED_TYPE);
  gimp_register_magic_load_handler (LOAD_PROCEDURE, "rwi", "", RW_FILE_MAGIC);
  gimp_install_procedure (
      SAVE_PROCEDURE, RW_FILE_SAVE_BLURB, RW_FILE_SAVE_HELP,
      "The reweave authors", "The reweave authors", "2026", RW_FILE_LABEL,
      "RGB*, GRAY*", GIMP_PLUGIN, SAVE_ARGS, 0, save, NULL);
  gimp_register_file_handler_mime (SAVE_PROCEDURE, RW_ENCODED_TYPE);
  gimp_register_save_handler (SAVE_PROCEDURE, "rwi", "");
}

/* ---- opening ------------------------------------------------------------ */

/* -1: failed. */
static gint32
load (const char *path, gboolean interactive, GError **error)
{
  GimpMetadata *metadata = gimp_metadata_new ();
  gboolean has_metadata = FALSE;
  gint32 image = -1;

  if (rw_picture_open (path, &image, metadata, &has_metadata, error))
    gimp_image_set_filename (image, path);
  if (has_metadata)
    gimp_image_metadata_load_finish (image, RW_ENCODED_TYPE, metadata,
                                     GIMP_METADATA_LOAD_COMMENT |
                                         GIMP_METADATA_LOAD_ORIENTATION,
                                     interactive);
  g_object_unref (metadata);
  return image;
}

/* ---- exporting ---------------------------------------------------------- */

typedef struct {
  const RwEncoder *encoder;
  GeglBuffer *pixels;
  GtkWidget *size;
  GtkObject *quality;
  guint idle; /* source of an estimate to come, or 0 */
} Dialog;

static gboolean
update_size (gpointer data)
{
  Dialog *dialog = data;
  double n_bytes;

  dialog->idle = 0;
  if (rw_file_estimate (
          dialog->encoder, dialog->pixels,
          gtk_adjustment_get_value (GTK_ADJUSTMENT (dialog->quality)),
          &n_bytes, NULL)) {
    g_autofree char *text = rw_file_describe_size (n_bytes);
    gtk_label_set_text (GTK_LABEL (dialog->size), text);
  }
  return G_SOURCE_REMOVE;
}

static void
on_quality (GtkObject *quality, gpointer data)
{
  Dialog *dialog = data;

  if (dialog->idle == 0)
    dialog->idle = g_idle_add (update_size, dialog);
}

/* FALSE: cancelled. */
static gboolean
ask (const RwEncoder *encoder, GeglBuffer *pixels, Wishes *wishes)
{
  Dialog dialog = { .encoder = encoder, .pixels = pixels };
  GtkWidget *window = gimp_export_dialog_new (_ (RW_FILE_LABEL), BINARY, NULL);
  GtkWidget *table = gtk_table_new (3, 3, FALSE);
  GtkWidget *refine =
      gtk_check_button_new_with_mnemonic (_ ("_Refine, takes longer"));

  gtk_table_set_row_spacings (GTK_TABLE (table), 6);
  gtk_table_set_col_spacings (GTK_TABLE (table), 6);
  gtk_container_set_border_width (GTK_CONTAINER (table), 12);
  dialog.quality = gimp_scale_entry_new (
      GTK_TABLE (table), 0, 0, _ ("_Quality:"), 200, 6, wishes->quality, 1,
      100, 1, 10, 0, TRUE, 0, 0, _ (RW_FILE_QUALITY_BLURB), NULL);
  gtk_widget_set_tooltip_text (refine, _ (RW_FILE_REFINE_BLURB));
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (refine), wishes->refine);
  gtk_widget_set_no_show_all (refine, !rw_encoder_can_refine (encoder));
  gtk_table_attach_defaults (GTK_TABLE (table), refine, 1, 3, 2, 3);
  dialog.size = gtk_label_new ("");
  gtk_misc_set_alignment (GTK_MISC (dialog.size), 0, 0.5);
  gimp_table_attach_aligned (GTK_TABLE (table), 0, 1, _ ("Size:"), 0, 0.5,
                             dialog.size, 2, FALSE);
  g_signal_connect (dialog.quality, "value-changed", G_CALLBACK (on_quality),
                    &dialog);
  gtk_box_pack_start (GTK_BOX (gimp_export_dialog_get_content_area (window)),
                      table, TRUE, TRUE, 0);
  gtk_widget_show_all (table);
  on_quality (NULL, &dialog);
  const gboolean good =
      gimp_dialog_run (GIMP_DIALOG (window)) == GTK_RESPONSE_OK;
  wishes->quality = gtk_adjustment_get_value (GTK_ADJUSTMENT (dialog.quality));
  wishes->refine = gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (refine));
  if (dialog.idle != 0)
    g_source_remove (dialog.idle);
  gtk_widget_destroy (window);
  return good;
}

static GimpPDBStatusType
export_drawable (gint32 image,
                 gint32 drawable,
                 const char *path,
                 GimpRunMode mode,
                 Wishes wishes,
                 GError **error)
{
  g_autoptr (GeglBuffer) pixels = gimp_drawable_get_buffer (drawable);
  g_autoptr (RwEncoder) encoder = rw_encoder_new (NULL, error);

  if (encoder == NULL)
    return GIMP_PDB_EXECUTION_ERROR;
  if (mode != GIMP_RUN_NONINTERACTIVE)
    gimp_get_data (SAVE_PROCEDURE, &wishes);
  if (mode == GIMP_RUN_INTERACTIVE && !ask (encoder, pixels, &wishes))
    return GIMP_PDB_CANCEL;
  rw_encoder_set_refine (encoder, wishes.refine);
  if (!rw_picture_export (image, drawable, encoder, path, wishes.quality,
                          error))
    return GIMP_PDB_EXECUTION_ERROR;
  if (mode == GIMP_RUN_INTERACTIVE)
    gimp_set_data (SAVE_PROCEDURE, &wishes, sizeof wishes);
  return GIMP_PDB_SUCCESS;
}

static GimpPDBStatusType
save (const GimpParam *params, GError **error)
{
  const GimpRunMode mode = (GimpRunMode) params[0].data.d_int32;
  gint32 image = params[1].data.d_image, drawable = params[2].data.d_drawable;
  const gboolean interactive = mode != GIMP_RUN_NONINTERACTIVE;
  Wishes wishes = { .quality = RW_FILE_QUALITY };

  if (!interactive)
    wishes = (Wishes){ params[5].data.d_float, params[6].data.d_int32 != 0 };
  if (interactive)
    gimp_ui_init (BINARY, FALSE);
  const GimpExportReturn made = gimp_export_image (
      &image, &drawable, interactive ? "RWI" : NULL,
      GIMP_EXPORT_CAN_HANDLE_RGB | GIMP_EXPORT_CAN_HANDLE_GRAY |
          GIMP_EXPORT_CAN_HANDLE_ALPHA);
  if (made == GIMP_EXPORT_CANCEL)
    return GIMP_PDB_CANCEL;
  const GimpPDBStatusType status = export_drawable (
      image, drawable, params[3].data.d_string, mode, wishes, error);
  if (made == GIMP_EXPORT_EXPORT)
    gimp_image_delete (image);
  return status;
}

/* ---- calls -------------------------------------------------------------- */

static void
run (const char *name,
     int n_params,
     const GimpParam *params,
     int *n_values,
     GimpParam **return_values)
{
  static GimpParam values[2];
  static char *message; /* libgimp reads it after we return */
  GimpPDBStatusType status = GIMP_PDB_CALLING_ERROR;
  g_autoptr (GError) error = NULL;

  *n_values = 1;
  *return_values = values;
  rw_picture_begin ();
  if (strcmp (name, LOAD_PROCEDURE) == 0 && n_params == LOAD_ARGS) {
    const gint32 image =
        load (params[1].data.d_string,
              params[0].data.d_int32 == GIMP_RUN_INTERACTIVE, &error);
    status = image != -1 ? GIMP_PDB_SUCCESS : GIMP_PDB_EXECUTION_ERROR;
    values[1].type = GIMP_PDB_IMAGE;
    values[1].data.d_image = image;
    *n_values = image != -1 ? 2 : 1;
  } else if (strcmp (name, SAVE_PROCEDURE) == 0 &&
             (n_params == SAVE_ARGS ||
              (n_params == INTERACTIVE_SAVE_ARGS &&
               params[0].data.d_int32 != GIMP_RUN_NONINTERACTIVE))) {
    status = save (params, &error);
  }
  values[0].type = GIMP_PDB_STATUS;
  values[0].data.d_status = status;
  if (error == NULL)
    return;
  g_printerr ("reweave: %s\n", error->message);
  g_free (message);
  message = g_strdup (error->message);
  values[1].type = GIMP_PDB_STRING;
  values[1].data.d_string = message;
  *n_values = 2;
}

const GimpPlugInInfo PLUG_IN_INFO = { NULL, NULL, query, run };

MAIN ()
