/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The module that GEGL loads: it registers the operations and nothing else.
 * No file is opened and no thread started before an operation has pixels to
 * work on.
 */
#include <gegl-plugin.h>

#include "offered.h"
#include "operation.h"
#include "rwi-pixels.h"

G_MODULE_EXPORT const GeglModuleInfo *gegl_module_query (GTypeModule *module);
G_MODULE_EXPORT gboolean gegl_module_register (GTypeModule *module);

/* A kind of operation: its abstract class, and the tasks that get a class
 * below it. */
typedef struct {
  gboolean (*is_of) (const RwTaskInfo *info);
  GType (*register_base) (GTypeModule *module);
  void (*register_task) (GTypeModule *module,
                         GType base,
                         const RwTaskInfo *info);
} Kind;

/* A picture in, perhaps with a mask, and a picture out. */
static gboolean
has_operation (const RwTaskInfo *info)
{
  return !info->finds &&
         (info->kind == RW_TASK_FILTER || info->kind == RW_TASK_SCALER) &&
         strcmp (info->category, "hidden") != 0;
}

static const Kind kinds[] = {
  { has_operation, rw_operation_register_base, rw_operation_register },
};

/* The first control of whatever task the weight file is for. */
static const RwField any_control = {
  .name = "value",
  .label = N_ ("Value"),
  .summary =
      N_ ("The first control of the weight file's task, in its own unit"),
  .kind = RW_FIELD_REAL,
  .high = 100, /* no task's control goes further */
  .digits = 1,
  .open = TRUE,
};

static const RwTaskInfo restore_with = {
  .name = "restore-with",
  .title = N_ ("Restore With"),
  .blurb = N_ ("Restore the picture with a weight file, whatever its task"),
  .category = "enhance",
  .kind = RW_TASK_FILTER,
  .scale = 1,
  .controls = &any_control,
  .n_controls = 1,
};

G_MODULE_EXPORT const GeglModuleInfo *
gegl_module_query (GTypeModule *module)
{
  static const GeglModuleInfo info = { GEGL_MODULE_ABI_VERSION };

  return &info;
}

G_MODULE_EXPORT gboolean
gegl_module_register (GTypeModule *module)
{
  rw_i18n_bind (RW_LOCALE_DIR);
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++) {
    const GType base = kinds[i].register_base (module);
    if (base == 0) {
      g_warning ("reweave's operations are installed twice, expected one "
                 "module in GEGL's folders; the second is not used, remove "
                 "one of them");
      return TRUE;
    }
    for (const RwTaskInfo *const *info = rw_task_list (); *info != NULL;
         info++)
      if (kinds[i].is_of (*info))
        kinds[i].register_task (module, base, *info);
    if (kinds[i].is_of (&restore_with))
      kinds[i].register_task (module, base, &restore_with);
  }
  rw_rwi_register_load (module);
  rw_rwi_register_save (module);
  return TRUE;
}
