/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave:rwi-save: encoded pictures.
 */
#include "i18n.h"
#include "try-alloc.h"

#include "op-model.h"
#include "op-regions.h"
#include "rwi-pixels.h"

#define QUALITY 50.0 /* that of `reweave encode` */

typedef struct {
  GeglOperationSink parent_instance;
  char *path, *weights;
  double quality;
  gboolean refine;
} RwRwiSave;

typedef struct {
  GeglOperationSinkClass parent_class;
} RwRwiSaveClass;

enum { PROP_PATH = 1, PROP_QUALITY, PROP_REFINE, PROP_WEIGHTS };

static GObjectClass *parent_class;

/* ---- saving ------------------------------------------------------------- */

static gboolean
check (const RwRwiSave *self, const GeglRectangle *box, GError **error)
{
  const gsize least =
      (gsize) MAX (box->width, 0) * (gsize) MAX (box->height, 0);

  if (!rw_op_is_endless (box) && least > 0 && box->width <= 65535 &&
      box->height <= 65535)
    return TRUE;
  g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
               _ ("%s: the picture has %d x %d pixels, expected sides of 1 to "
                  "65535; crop it first"),
               self->path, box->width, box->height);
  return FALSE;
}

/* (transfer full) */
static GBytes *
encode (const RwRwiSave *self,
        GeglBuffer *input,
        const GeglRectangle *box,
        GError **error)
{
  RwEncodedInfo info;
  const Babl *format =
      rw_rwi_choose_format (gegl_buffer_get_format (input), &info);
  const gsize n = (gsize) box->width * (gsize) box->height *
                  (gsize) babl_format_get_bytes_per_pixel (format);
  g_autoptr (GBytes) profile = info.profile;
  g_autoptr (RwEncoder) encoder = rw_encoder_new (self->weights, error);
  g_autofree void *samples =
      encoder != NULL ? rw_plugin_try_alloc (n, error) : NULL;

  if (samples == NULL)
    return NULL;
  info.width = box->width;
  info.height = box->height;
  rw_encoder_set_refine (encoder, self->refine);
  gegl_buffer_get (input, box, 1.0, format, samples, GEGL_AUTO_ROWSTRIDE,
                   GEGL_ABYSS_NONE);
  return rw_encoder_encode (encoder, &info, samples, self->quality, NULL, NULL,
                            error);
}

static gboolean
process (GeglOperation *operation,
         GeglBuffer *input,
         const GeglRectangle *box,
         int level)
{
  const RwRwiSave *self = (const RwRwiSave *) operation;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) file = NULL;

  rw_op_share_host ();
  if (check (self, box, &error))
    file = encode (self, input, box, &error);
  if (file != NULL && rw_encoded_save (file, self->path, &error))
    return TRUE;
  if (g_str_has_prefix (error->message, self->path))
    g_warning ("%s", error->message);
  else
    g_warning ("%s: %s", self->path, error->message);
  return FALSE;
}

/* ---- the class ---------------------------------------------------------- */

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  RwRwiSave *self = (RwRwiSave *) object;
  char **text = id == PROP_PATH ? &self->path : &self->weights;

  if (id == PROP_QUALITY) {
    self->quality = g_value_get_double (value);
    return;
  }
  if (id == PROP_REFINE) {
    self->refine = g_value_get_boolean (value);
    return;
  }
  g_free (*text);
  *text = g_value_dup_string (value);
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  const RwRwiSave *self = (const RwRwiSave *) object;

  if (id == PROP_QUALITY)
    g_value_set_double (value, self->quality);
  else if (id == PROP_REFINE)
    g_value_set_boolean (value, self->refine);
  else
    g_value_set_string (value, id == PROP_PATH ? self->path : self->weights);
}

static void
finalize (GObject *object)
{
  RwRwiSave *self = (RwRwiSave *) object;

  g_free (self->path);
  g_free (self->weights);
  parent_class->finalize (object);
}

static void
class_init (gpointer klass, gpointer data)
{
  const GParamFlags flags =
      (GParamFlags) (G_PARAM_READWRITE | G_PARAM_CONSTRUCT |
                     GEGL_PARAM_PAD_INPUT);
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  parent_class = g_type_class_peek_parent (klass);
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  GEGL_OPERATION_SINK_CLASS (klass)->process = process;
  GEGL_OPERATION_SINK_CLASS (klass)->needs_full = TRUE;
  g_object_class_install_property (
      object_class, PROP_QUALITY,
      gegl_param_spec_double (
          "quality", _ ("Quality"),
          _ ("How near to the original, at the price of a larger file"), 1,
          100, QUALITY, 1, 100, 1.0, flags));
  g_object_class_install_property (
      object_class, PROP_REFINE,
      g_param_spec_boolean (
          "refine", _ ("Refine"),
          _ ("Make the file smaller and nearer to the original, in some 20 "
             "times the time; nothing with weights in rounds, such as "
             "compress-m"),
          FALSE, flags));
  g_object_class_install_property (
      object_class, PROP_PATH,
      gegl_param_spec_file_path ("path", _ ("File"),
                                 _ ("Path of the file to save"), FALSE, FALSE,
                                 "", flags));
  g_object_class_install_property (
      object_class, PROP_WEIGHTS,
      gegl_param_spec_file_path (
          "weights", _ ("Weights"),
          _ ("Weight file of the task compress; empty for the one that comes "
             "with reweave"),
          FALSE, FALSE, "", flags));
  gegl_operation_class_set_keys (
      GEGL_OPERATION_CLASS (klass), "name", "reweave:rwi-save", "title",
      _ ("Encoded Picture Saver"), "categories", "output", "description",
      _ ("Encodes pictures to small files (.rwi)"), NULL);
}

void
rw_rwi_register_save (GTypeModule *module)
{
  const GTypeInfo type = { .class_size = sizeof (RwRwiSaveClass),
                           .class_init = class_init,
                           .instance_size = sizeof (RwRwiSave) };

  g_type_module_register_type (module, GEGL_TYPE_OPERATION_SINK, "RwRwiSave",
                               &type, (GTypeFlags) 0);
  gegl_operation_handlers_register_saver (RW_ENCODED_TYPE, "reweave:rwi-save");
  gegl_operation_handlers_register_saver (RW_ENCODED_ENDING,
                                          "reweave:rwi-save");
}
