/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Plots in a build without cairo: there are none, and this says so.
 */
#include "plot/plot.h"

#include "reweave.h"

gboolean
rw_cli_plot_is_built (void)
{
  return FALSE;
}

gboolean
rw_cli_plot_check (const char *path, GError **error)
{
  g_set_error (error, RW_ERROR, RW_ERROR_MISMATCH,
               "%s: this reweave was built without cairo, which draws plots; "
               "leave the plot out, its numbers are in the .csv beside the "
               "weights",
               path);
  return FALSE;
}

gboolean
rw_cli_plot_save (const RwCliPlot *plot, const char *path, GError **error)
{
  return rw_cli_plot_check (path, error);
}
