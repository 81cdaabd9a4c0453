/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What layers with several rates share.
 */
#include "layers/rates.h"

#include "reweave.h"

#include <string.h>

gboolean
rw_rates_shape (const RwLayer *layer,
                const RwShape *in,
                RwShape *out,
                GError **error)
{
  if (in[0].h != in[1].h || in[0].w != in[1].w) {
    g_set_error (
        error, RW_ERROR, RW_ERROR_MISMATCH,
        "%s: told the rate at %d x %d, but has %d x %d places, wanted "
        "the same of both; pool what tells it to that size",
        layer->class->name, in[1].w, in[1].h, in[0].w, in[0].h);
    return FALSE;
  }
  *out = in[0];
  return TRUE;
}

/* The second first, as the two may be the same memory. */
void
rw_rates_begin_grads (const RwPass *pass)
{
  for (int k = 1; k >= 0; k--)
    if (pass->dx[k] && !pass->dx_add[k])
      memset (pass->dx[k], 0,
              rw_shape_n_floats (&pass->in[k]) * sizeof (float));
}

void
rw_rates_add_slopes (const RwPass *pass, const float *slopes)
{
  const RwShape *told = &pass->in[1];

  for (size_t i = 0; pass->dx[1] && i < rw_shape_n_pixels (told); i++)
    pass->dx[1][i * (size_t) told->stride + (size_t) told->c - 1] += slopes[i];
}
