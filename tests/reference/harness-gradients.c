/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Gradients of the core against differences of the textbook:
 *   <grad <r, f>, v>  =  d/dt <r, f (x + t v)>  at t = 0
 * for random r and v.  The right side has no float in it, so that the
 * tolerance is the core's own rounding.
 */
#include "reference/harness.h"

#include <math.h>
#include <string.h>

/* A direction in the space of the input and all parameters. */
typedef struct {
  RefTensor *input;
  RefParams params;
} Direction;

typedef struct {
  Harness *h;
  const RefTensor *input, *r;
  const Direction *v;
} Probe;

static RefParams
copy_params (const Harness *h, const RefParams *from)
{
  RefParams to = { from->n_params, g_new0 (double *, from->n_params + 1) };
  for (int i = 0; i < to.n_params; i++)
    to.values[i] =
        g_memdup2 (from->values[i],
                   rw_net_get_param (h->net, i)->n_values * sizeof (double));
  return to;
}

/* <r, f (x + t v)> */
static double
value_at (const Probe *p, double t)
{
  g_autoptr (RefTensor) x = ref_copy (p->input);
  RefParams params = copy_params (p->h, &p->h->values);

  for (gsize i = 0; i < ref_size (x); i++)
    x->v[i] += t * p->v->input->v[i];
  for (int k = 0; k < params.n_params; k++)
    for (gsize i = 0; i < rw_net_get_param (p->h->net, k)->n_values; i++)
      params.values[k][i] += t * p->v->params.values[k][i];
  g_autoptr (RefTensor) y = ref_net_run (p->h->text, x, &params);
  ref_params_clear (&params);
  return ref_dot (y, p->r);
}

/* 4-point difference, error O(h^4) */
static double
difference (const Probe *p, double h)
{
  return (8 * (value_at (p, h) - value_at (p, -h)) -
          (value_at (p, 2 * h) - value_at (p, -2 * h))) /
         (12 * h);
}

static void
fill (double *v, gsize n, gboolean sparse, guint64 *state)
{
  for (gsize i = 0; i < n; i++)
    v[i] = sparse ? 0 : ref_uniform (state);
  if (sparse)
    v[ref_bits (state) % n] = 1;
}

/* @part: -1 the input, else the parameter; @sparse: one value of it */
static Direction
direction_new (const Harness *h,
               const RefTensor *input,
               int part,
               gboolean sparse,
               guint64 *state)
{
  Direction v = { ref_new (input->n, input->c, input->h, input->w),
                  copy_params (h, &h->values) };
  for (int i = 0; i < v.params.n_params; i++) {
    const gsize n = rw_net_get_param (h->net, i)->n_values;
    memset (v.params.values[i], 0, n * sizeof (double));
    if (i == part)
      fill (v.params.values[i], n, sparse, state);
  }
  if (part < 0)
    fill (v.input->v, ref_size (v.input), sparse, state);
  return v;
}

static void
direction_clear (Direction *v)
{
  ref_free (v->input);
  ref_params_clear (&v->params);
}

/* <grad, v>, and how large such a product is for a random v */
static double
product (const double *grad, const double *v, gsize n, double *typical)
{
  double sum = 0, grads = 0, vs = 0;
  for (gsize i = 0; i < n; i++) {
    sum += grad[i] * v[i];
    grads += grad[i] * grad[i];
    vs += v[i] * v[i];
  }
  *typical = sqrt (grads * vs / n);
  return sum;
}

/* FALSE at a kink (ReLU at 0, two equal largest), where there is no gradient
 */
static gboolean
check (const Probe *p,
       const RefTensor *dx,
       const RefParams *dw,
       int part,
       double tolerance)
{
  const char *name =
      part < 0 ? "input" : rw_net_get_param (p->h->net, part)->name;
  double typical;
  const double got =
      part < 0
          ? product (dx->v, p->v->input->v, ref_size (dx), &typical)
          : product (dw->values[part], p->v->params.values[part],
                     rw_net_get_param (p->h->net, part)->n_values, &typical);
  const double want = difference (p, 1e-6), finer = difference (p, 5e-7);

  if (fabs (want - finer) > 1e-6 * (fabs (want) + typical) + 1e-9)
    return FALSE;
  if (!(fabs (got - want) <= tolerance * typical + 1e-8))
    g_error ("gradient of %s is %.9g in a direction, not %.9g (error %.3g, at "
             "most %.3g) in the net\n%sat %dx%dx%d",
             name, got, want, fabs (got - want), tolerance * typical,
             p->h->text, p->h->n, p->h->h, p->h->w);
  return TRUE;
}

static void
check_part (Harness *h,
            const RefTensor *input,
            const RefTensor *r,
            const RefTensor *dx,
            const RefParams *dw,
            int part,
            guint64 *state,
            double tolerance)
{
  enum { TRIES = 8 };
  int good[2] = { 0, 0 };
  for (int i = 0; i < 2 * TRIES && (good[0] < 2 || good[1] < 2); i++) {
    if (good[i % 2] >= 2)
      continue;
    Direction v = direction_new (h, input, part, i % 2, state);
    Probe p = { h, input, r, &v };
    good[i % 2] += check (&p, dx, dw, part, tolerance);
    direction_clear (&v);
  }
  if (good[0] < 1 || good[1] < 1)
    g_error ("only kinks in %d directions of the net\n%s", 2 * TRIES, h->text);
}

/* What the optimiser would add to padding must be 0. */
static void
check_padding (Harness *h)
{
  const gsize n = rw_net_get_n_inner (h->net);
  g_autofree float *clean = g_new0 (float, n + 1);
  for (int i = 0; i < rw_net_get_n_params (h->net); i++) {
    g_autofree float *values =
        g_new0 (float, rw_net_get_param (h->net, i)->n_values);
    rw_net_export_param (h->net, i, h->grads, values);
    rw_net_import_param (h->net, i, clean, values);
  }
  for (gsize i = 0; i < n; i++)
    if (!(clean[i] == h->grads[i]))
      g_error ("inner gradient %zu is %g, but padding or a pair wants %g, in "
               "the net\n%s",
               (size_t) i, (double) h->grads[i], (double) clean[i], h->text);
}

void
harness_check_gradients (Harness *h,
                         const RefTensor *input,
                         guint64 seed,
                         double tolerance)
{
  guint64 state = seed + 1234567;
  harness_want_input_grad (h);
  g_autoptr (RefTensor) y = harness_forward (h, input);
  g_autoptr (RefTensor) r = ref_copy (y);
  ref_fill (r, &state);
  memset (h->grads, 0, rw_net_get_n_inner (h->net) * sizeof (float));
  g_autoptr (RefTensor) dx = harness_backward (h, r);
  RefParams dw = harness_export (h, h->grads);

  g_assert_nonnull (dx);
  check_padding (h);
  for (int part = -1; part < dw.n_params; part++)
    check_part (h, input, r, dx, &dw, part, &state, tolerance);
  ref_params_clear (&dw);
}
