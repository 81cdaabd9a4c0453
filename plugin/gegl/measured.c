/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The signal is the node's own: that of the operation would have the node take
 * it for a changed setting, and throw away the picture just computed.
 */
#include "measured.h"

#define VALUE_KEY "reweave-measured"

static GMutex lock; /* guards the values of all operations */

static double
get_value (GeglOperation *operation)
{
  const double *value = g_object_get_data (G_OBJECT (operation), VALUE_KEY);

  return value != NULL ? *value : 0;
}

static gboolean
deliver (gpointer data)
{
  g_autoptr (GObject) operation = g_weak_ref_get (data);
  GeglNode *node = operation != NULL ? GEGL_OPERATION (operation)->node : NULL;

  if (node != NULL)
    g_signal_emit_by_name (node, "notify::measured",
                           g_object_class_find_property (
                               G_OBJECT_GET_CLASS (operation), "measured"));
  return G_SOURCE_REMOVE;
}

static void
reference_free (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

void
rw_op_show_measured (GeglOperation *operation, double value)
{
  g_mutex_lock (&lock);
  const gboolean differs = get_value (operation) != value;
  if (differs)
    g_object_set_data_full (G_OBJECT (operation), VALUE_KEY,
                            g_memdup2 (&value, sizeof value), g_free);
  g_mutex_unlock (&lock);
  if (!differs)
    return;
  GWeakRef *reference = g_new0 (GWeakRef, 1);
  g_weak_ref_init (reference, operation);
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, deliver, reference,
                   reference_free);
}

double
rw_op_get_measured (GeglOperation *operation)
{
  g_mutex_lock (&lock);
  const double value = get_value (operation);
  g_mutex_unlock (&lock);
  return value;
}
