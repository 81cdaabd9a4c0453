/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 */
#include "reference/harness.h"

#include <math.h>
#include <string.h>

static void
fail (const char *text, GError *error)
{
  g_error ("%s\nin the net\n%s", error->message, text);
}

/* Below its bound such a parameter has no gradient to compare. */
static gboolean
has_bound (const char *name)
{
  return g_str_has_suffix (name, ".beta") || g_str_has_suffix (name, ".gamma");
}

/* Random values in the padding would show up as wrong results, so only what
 * from_file leaves there is used. */
static void
fill_params (Harness *h, guint64 seed)
{
  guint64 state = seed * 2654435761u + 99;

  rw_net_init_params (h->net, h->params, seed, NULL);
  for (int i = 0; i < rw_net_get_n_params (h->net); i++) {
    const RwParam *param = rw_net_get_param (h->net, i);
    g_autofree float *values = g_new0 (float, param->n_values);
    rw_net_export_param (h->net, i, h->params, values);
    for (gsize j = 0; j < param->n_values; j++)
      values[j] += 0.1f * (float) ref_uniform (&state);
    for (gsize j = 0; j < param->n_values && has_bound (param->name); j++)
      values[j] = 0.01f + fabsf (values[j]);
    rw_net_import_param (h->net, i, h->params, values);
  }
}

Harness *
harness_new (const char *text,
             RwRunMode mode,
             int workers,
             int n,
             int h,
             int w,
             guint64 seed)
{
  g_autoptr (GError) error = NULL;
  Harness *self = g_new0 (Harness, 1);

  self->text = g_strdup (text);
  self->n = n;
  self->h = h;
  self->w = w;
  self->net = rw_net_parse (text, &error);
  if (!self->net)
    fail (text, error);
  self->params = g_new0 (float, rw_net_get_n_inner (self->net) + 1);
  self->grads = g_new0 (float, rw_net_get_n_inner (self->net) + 1);
  fill_params (self, seed);
  self->values = harness_export (self, self->params);
  self->pack = rw_pack_new (self->net, mode, &error);
  if (!self->pack)
    fail (text, error);
  rw_pack_update (self->pack, self->params);
  self->run = rw_run_new (self->net, mode, workers);
  return self;
}

void
harness_free (Harness *h)
{
  if (!h)
    return;
  rw_run_free (h->run);
  rw_pack_free (h->pack);
  ref_params_clear (&h->values);
  g_free (h->params);
  g_free (h->grads);
  rw_net_unref (h->net);
  g_free (h->text);
  g_free (h);
}

RefTensor *
harness_random_input (const Harness *h, guint64 seed)
{
  guint64 state = seed * 40503 + 7;
  RefTensor *x = ref_new (h->n, rw_net_get_in_channels (h->net), h->h, h->w);
  ref_fill (x, &state);
  return x;
}

static RefTensor *
output_of (Harness *h, const float *values)
{
  const int c = rw_net_get_out_channels (h->net);
  int height, width;
  rw_run_get_output_size (h->run, &height, &width);
  const gsize pixels = (gsize) h->n * height * width;
  if (!ref_padding_is_zero (values, pixels, c, rw_channel_stride (c)))
    g_error ("padding lanes of the output are not zero in the net\n%s",
             h->text);
  return ref_from_nhwc (values, h->n, c, height, width, rw_channel_stride (c));
}

RefTensor *
harness_forward (Harness *h, const RefTensor *input)
{
  g_autoptr (GError) error = NULL;
  h->n = input->n;
  h->h = input->h;
  h->w = input->w;
  if (!rw_run_prepare (h->run, input->n, input->h, input->w, &error))
    fail (h->text, error);
  ref_to_nhwc (input, rw_run_get_input (h->run), rw_channel_stride (input->c));
  rw_run_forward (h->run, h->pack);
  return output_of (h, rw_run_get_output (h->run));
}

RefTensor *
harness_textbook (const Harness *h, const RefTensor *input)
{
  return ref_net_run (h->text, input, &h->values);
}

void
harness_want_input_grad (Harness *h)
{
  rw_run_want_input_grad (h->run);
}

RefTensor *
harness_backward (Harness *h, const RefTensor *output_grad)
{
  const int c = rw_net_get_in_channels (h->net), cs = rw_channel_stride (c);
  ref_to_nhwc (output_grad, rw_run_get_output_grad (h->run),
               rw_channel_stride (output_grad->c));
  rw_run_backward (h->run, h->pack, h->grads);
  const float *dx = rw_run_get_input_grad (h->run);
  if (!dx)
    return NULL;
  if (!ref_padding_is_zero (dx, (gsize) h->n * h->h * h->w, c, cs))
    g_error (
        "padding lanes of the input's gradient are not zero in the net\n%s",
        h->text);
  return ref_from_nhwc (dx, h->n, c, h->h, h->w, cs);
}

RefParams
harness_export (const Harness *h, const float *inner)
{
  RefParams params = { rw_net_get_n_params (h->net), NULL };
  params.values = g_new0 (double *, params.n_params + 1);
  for (int i = 0; i < params.n_params; i++) {
    const gsize n = rw_net_get_param (h->net, i)->n_values;
    g_autofree float *values = g_new0 (float, n);
    rw_net_export_param (h->net, i, inner, values);
    params.values[i] = g_new (double, n);
    for (gsize j = 0; j < n; j++)
      params.values[i][j] = (double) values[j];
  }
  return params;
}

void
ref_params_clear (RefParams *params)
{
  for (int i = 0; i < params->n_params; i++)
    g_free (params->values[i]);
  g_clear_pointer (&params->values, g_free);
}

void
ref_compare (const char *what,
             const RefTensor *got,
             const RefTensor *want,
             double rms,
             double most)
{
  double squares = 0, worst = 0;
  gsize at = 0;

  g_assert_cmpint (got->n, ==, want->n);
  g_assert_cmpint (got->c, ==, want->c);
  g_assert_cmpint (got->h, ==, want->h);
  g_assert_cmpint (got->w, ==, want->w);
  for (gsize i = 0; i < ref_size (want); i++) {
    const double error = fabs (got->v[i] - want->v[i]);
    squares += error * error;
    if (!(error <= worst)) {
      worst = error;
      at = i;
    }
  }
  const double scale = ref_rms (want) + 1e-30;
  const double relative = sqrt (squares / ref_size (want)) / scale;
  if (!(relative <= rms) || !(worst / scale <= most))
    g_error ("%s: error %.3g rms (at most %.3g), %.3g largest (at most %.3g), "
             "relative to %.3g; [%zu] is %.9g, not %.9g",
             what, relative, rms, worst / scale, most, scale, (size_t) at,
             got->v[at], want->v[at]);
}

void
ref_compare_bits (const char *what,
                  const RefTensor *got,
                  const RefTensor *want)
{
  g_assert_cmpuint (ref_size (got), ==, ref_size (want));
  for (gsize i = 0; i < ref_size (want); i++)
    if (memcmp (&got->v[i], &want->v[i], sizeof (double)) != 0)
      g_error ("%s: value %zu is %.9g, not %.9g, and was to be the same bits",
               what, (size_t) i, got->v[i], want->v[i]);
}
