/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A net's parameters, input and result in a temporary file.
 */
#include "bench/bench-values.h"

#include "io/temporary.h"
#include "reweave.h"

#include <unistd.h>

static void
append_params (GByteArray *bytes, const RwNet *net, const float *params)
{
  for (int i = 0; i < rw_net_get_n_params (net); i++) {
    const gsize n = rw_net_get_param (net, i)->n_values;
    g_autofree float *values = g_new (float, n);

    rw_net_export_param (net, i, params, values);
    g_byte_array_append (bytes, (const guint8 *) values,
                         (guint) (n * sizeof (float)));
  }
}

static void
append_pixels (GByteArray *bytes,
               const float *pixels,
               gsize n_pixels,
               int channels)
{
  for (gsize i = 0; i < n_pixels; i++)
    g_byte_array_append (
        bytes,
        (const guint8 *) (pixels + i * (gsize) rw_channel_stride (channels)),
        (guint) channels * (guint) sizeof (float));
}

/* (transfer full) */
static char *
write_temporary (const GByteArray *bytes, GError **error)
{
  g_autoptr (GError) failure = NULL;
  char *path;
  const int file = g_file_open_tmp ("reweave-bench-XXXXXX", &path, &failure);

  if (file >= 0) {
    rw_temporary_add (path);
    close (file);
  }
  if (file >= 0 && g_file_set_contents (path, (const char *) bytes->data,
                                        (gssize) bytes->len, &failure))
    return path;
  if (file >= 0) {
    rw_temporary_remove (path);
    g_free (path);
  }
  g_set_error (error, RW_ERROR, RW_ERROR_IO,
               "%s: %s, expected room for %u bytes; set TMPDIR to a folder "
               "that has it",
               g_get_tmp_dir (), failure->message, bytes->len);
  return NULL;
}

char *
rw_bench_write_values (const RwNet *net,
                       const float *params,
                       RwRun *run,
                       int width,
                       int height,
                       GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  int out_height, out_width;

  rw_run_get_output_size (run, &out_height, &out_width);
  append_params (bytes, net, params);
  append_pixels (bytes, rw_run_get_input (run), (gsize) width * (gsize) height,
                 rw_net_get_in_channels (net));
  append_pixels (bytes, rw_run_get_output (run),
                 (gsize) out_width * (gsize) out_height,
                 rw_net_get_out_channels (net));
  return write_temporary (bytes, error);
}
