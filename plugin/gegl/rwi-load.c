/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave:rwi-load: encoded pictures.  The file is read when GEGL asks how
 * large it is, and decoded as a whole when it asks for the first pixel; what
 * came of it is kept until the path, the weights or the file change.
 */
#include "i18n.h"
#include <glib/gstdio.h>

#include "op-model.h"
#include "rwi-pixels.h"

typedef struct {
  GeglOperationSource parent_instance;
  char *path, *weights;
  GMutex lock;     /* guards what follows */
  char *known;     /* which file it is of */
  RwEncoded *file; /* with its weights; NULL: it cannot be loaded */
  GeglBuffer *pixels;
} RwRwiLoad;

typedef struct {
  GeglOperationSourceClass parent_class;
} RwRwiLoadClass;

enum { PROP_PATH = 1, PROP_WEIGHTS };

static GObjectClass *parent_class;

/* ---- the file ----------------------------------------------------------- */

/* With the lock held. */
static void
forget (RwRwiLoad *self)
{
  g_clear_pointer (&self->known, g_free);
  g_clear_pointer (&self->file, rw_encoded_free);
  g_clear_object (&self->pixels);
}

/* What changes when the file, or what decodes it, does.  (transfer full) */
static char *
identify (const RwRwiLoad *self)
{
  GStatBuf info = { 0 };

  g_stat (self->path, &info);
  return g_strdup_printf (
      "%" G_GINT64_FORMAT ".%ld %" G_GINT64_FORMAT " %s\n%s",
      (gint64) info.st_mtim.tv_sec, (long) info.st_mtim.tv_nsec,
      (gint64) info.st_size, self->path,
      self->weights != NULL ? self->weights : "");
}

/* With the lock held.  A file without its weights has no size, so that nobody
 * takes a black picture for what is in it. */
static void
look (RwRwiLoad *self)
{
  g_autofree char *now = NULL;
  g_autoptr (GError) error = NULL;

  if (self->path == NULL || *self->path == '\0') {
    forget (self);
    return;
  }
  now = identify (self);
  if (g_strcmp0 (now, self->known) == 0)
    return;
  forget (self);
  self->known = g_steal_pointer (&now);
  rw_op_share_host ();
  self->file = rw_encoded_load (self->path, &error);
  if (self->file != NULL &&
      !rw_encoded_find_weights (self->file, self->weights, &error))
    g_clear_pointer (&self->file, rw_encoded_free);
  if (error != NULL)
    g_warning ("%s", error->message);
}

static GeglRectangle
get_box (const RwRwiLoad *self)
{
  const RwEncodedInfo *info =
      self->file != NULL ? rw_encoded_get_info (self->file) : NULL;

  return info != NULL ? (GeglRectangle){ 0, 0, info->width, info->height }
                      : (GeglRectangle){ 0 };
}

/* With the lock held. */
static void
decode (RwRwiLoad *self)
{
  const GeglRectangle box = get_box (self);
  g_autofree char *damage = NULL;
  g_autoptr (GError) error = NULL;

  if (self->pixels != NULL || self->file == NULL)
    return;
  const Babl *format =
      rw_rwi_get_format (rw_encoded_get_info (self->file), self->path);
  g_autoptr (GBytes) samples =
      rw_encoded_decode (self->file, self->weights, &damage, &error);
  if (damage != NULL)
    g_warning ("%s: is damaged: %s; get it again", self->path, damage);
  if (samples == NULL) {
    g_warning ("%s", error->message);
    g_clear_pointer (&self->file, rw_encoded_free);
    return;
  }
  self->pixels = gegl_buffer_new (&box, format);
  gegl_buffer_set (self->pixels, &box, 0, format,
                   g_bytes_get_data (samples, NULL), GEGL_AUTO_ROWSTRIDE);
}

/* ---- what GEGL calls ---------------------------------------------------- */

static void
prepare (GeglOperation *operation)
{
  RwRwiLoad *self = (RwRwiLoad *) operation;

  g_mutex_lock (&self->lock);
  look (self);
  if (self->file != NULL)
    gegl_operation_set_format (
        operation, "output",
        rw_rwi_get_format (rw_encoded_get_info (self->file), self->path));
  g_mutex_unlock (&self->lock);
}

static GeglRectangle
get_bounding_box (GeglOperation *operation)
{
  RwRwiLoad *self = (RwRwiLoad *) operation;

  g_mutex_lock (&self->lock);
  look (self);
  const GeglRectangle box = get_box (self);
  g_mutex_unlock (&self->lock);
  return box;
}

static GeglRectangle
get_cached_region (GeglOperation *operation, const GeglRectangle *roi)
{
  return get_bounding_box (operation);
}

static gboolean
process (GeglOperation *operation,
         GeglBuffer *output,
         const GeglRectangle *roi,
         int level)
{
  RwRwiLoad *self = (RwRwiLoad *) operation;

  g_mutex_lock (&self->lock);
  look (self);
  decode (self);
  g_autoptr (GeglBuffer) pixels =
      self->pixels != NULL ? g_object_ref (self->pixels) : NULL;
  g_mutex_unlock (&self->lock);
  if (pixels != NULL)
    gegl_buffer_copy (pixels, roi, GEGL_ABYSS_NONE, output, roi);
  return pixels != NULL;
}

/* ---- the class ---------------------------------------------------------- */

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  RwRwiLoad *self = (RwRwiLoad *) object;
  char **text = id == PROP_PATH ? &self->path : &self->weights;

  g_mutex_lock (&self->lock);
  g_free (*text);
  *text = g_value_dup_string (value);
  g_mutex_unlock (&self->lock);
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  const RwRwiLoad *self = (const RwRwiLoad *) object;

  g_value_set_string (value, id == PROP_PATH ? self->path : self->weights);
}

static void
finalize (GObject *object)
{
  RwRwiLoad *self = (RwRwiLoad *) object;

  forget (self);
  g_free (self->path);
  g_free (self->weights);
  g_mutex_clear (&self->lock);
  parent_class->finalize (object);
}

static void
init (GTypeInstance *instance, gpointer klass)
{
  g_mutex_init (&((RwRwiLoad *) instance)->lock);
}

static void
class_init (gpointer klass, gpointer data)
{
  const GParamFlags flags =
      (GParamFlags) (G_PARAM_READWRITE | G_PARAM_CONSTRUCT |
                     GEGL_PARAM_PAD_INPUT);
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GeglOperationClass *operation_class = GEGL_OPERATION_CLASS (klass);

  parent_class = g_type_class_peek_parent (klass);
  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  operation_class->prepare = prepare;
  operation_class->get_bounding_box = get_bounding_box;
  operation_class->get_cached_region = get_cached_region;
  GEGL_OPERATION_SOURCE_CLASS (klass)->process = process;
  g_object_class_install_property (
      object_class, PROP_PATH,
      gegl_param_spec_file_path ("path", _ ("File"),
                                 _ ("Path of the file to load"), FALSE, FALSE,
                                 "", flags));
  g_object_class_install_property (
      object_class, PROP_WEIGHTS,
      gegl_param_spec_file_path (
          "weights", _ ("Weights"),
          _ ("Weight file that made it; empty for the one that it names"),
          FALSE, FALSE, "", flags));
  gegl_operation_class_set_keys (
      operation_class, "name", "reweave:rwi-load", "title",
      _ ("Encoded Picture Loader"), "categories", "hidden", "description",
      _ ("Loads pictures that reweave has encoded (.rwi)"), NULL);
}

void
rw_rwi_register_load (GTypeModule *module)
{
  const GTypeInfo type = { .class_size = sizeof (RwRwiLoadClass),
                           .class_init = class_init,
                           .instance_size = sizeof (RwRwiLoad),
                           .instance_init = init };

  g_type_module_register_type (module, GEGL_TYPE_OPERATION_SOURCE, "RwRwiLoad",
                               &type, (GTypeFlags) 0);
  gegl_operation_handlers_register_loader (RW_ENCODED_TYPE,
                                           "reweave:rwi-load");
  gegl_operation_handlers_register_loader (RW_ENCODED_ENDING,
                                           "reweave:rwi-load");
}
