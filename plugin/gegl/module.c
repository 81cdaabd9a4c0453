/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The module that GEGL loads: nothing but the list of its operations.  No file
 * is opened and no thread started before an operation has pixels to work on.
 */
#include <gegl-plugin.h>

#define RW_OPERATION(name)                                                    \
  void gegl_op_rw_##name##_register_type (GTypeModule *module);
#include "operations.h"
#undef RW_OPERATION

G_MODULE_EXPORT const GeglModuleInfo *gegl_module_query (GTypeModule *module);
G_MODULE_EXPORT gboolean gegl_module_register (GTypeModule *module);

G_MODULE_EXPORT const GeglModuleInfo *
gegl_module_query (GTypeModule *module)
{
  static const GeglModuleInfo info = { GEGL_MODULE_ABI_VERSION };

  return &info;
}

G_MODULE_EXPORT gboolean
gegl_module_register (GTypeModule *module)
{
#define RW_OPERATION(name) gegl_op_rw_##name##_register_type (module);
#include "operations.h"
#undef RW_OPERATION
  return TRUE;
}
