/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Singular values.
 *
 * The shorter side's vectors, the rows of W, are turned in pairs until all are
 * orthogonal to one another: W = J A with J orthogonal, so A = J^T (S V^T).
 */
#include "base/svd.h"

#include "base/alloc.h"
#include "base/sort.h"

#include <math.h>
#include <string.h>

enum { MAX_SWEEPS = 40 /* five to ten are usual */ };

#define ORTHOGONAL 1e-13 /* a cosine */
#define NOTHING 1e-28    /* share of the sum of squares */

typedef struct {
  int n, length;   /* n vectors of length numbers */
  double *vectors; /* W */
  double *turned;  /* J, [n][n] */
  double *squares; /* of the lengths of W's rows */
  double least;    /* what is no more than this is nothing */
} Work;

static double
dot (const double *a, const double *b, int n)
{
  double sums[4] = { 0 };
  int i = 0;

  for (; i + 4 <= n; i += 4)
    for (int k = 0; k < 4; k++)
      sums[k] += a[i + k] * b[i + k];
  for (; i < n; i++)
    sums[0] += a[i] * b[i];
  return sums[0] + sums[1] + (sums[2] + sums[3]);
}

static void
turn (double *a, double *b, int n, double cosine, double sine)
{
  for (int i = 0; i < n; i++) {
    const double x = a[i], y = b[i];

    a[i] = cosine * x - sine * y;
    b[i] = sine * x + cosine * y;
  }
}

/* Makes rows @p and @q orthogonal; FALSE where they are. */
static gboolean
turn_pair (Work *w, int p, int q)
{
  double *a = w->vectors + (gsize) p * w->length,
         *b = w->vectors + (gsize) q * w->length;
  const double aa = w->squares[p], bb = w->squares[q];

  if (!(aa > w->least) || !(bb > w->least))
    return FALSE;
  const double ab = dot (a, b, w->length);

  if (!(fabs (ab) > ORTHOGONAL * sqrt (aa) * sqrt (bb)))
    return FALSE;
  const double zeta = (bb - aa) / (2 * ab);
  const double tangent =
      (zeta < 0 ? -1 : 1) / (fabs (zeta) + sqrt (1 + zeta * zeta));
  const double cosine = 1 / sqrt (1 + tangent * tangent);

  turn (a, b, w->length, cosine, cosine * tangent);
  turn (w->turned + (gsize) p * w->n, w->turned + (gsize) q * w->n, w->n,
        cosine, cosine * tangent);
  w->squares[p] = MAX (aa - tangent * ab, 0);
  w->squares[q] = bb + tangent * ab;
  return TRUE;
}

static gboolean
sweep (Work *w)
{
  gboolean turned = FALSE;

  for (int i = 0; i < w->n; i++) {
    const double *row = w->vectors + (gsize) i * w->length;

    w->squares[i] = dot (row, row, w->length);
  }
  for (int p = 0; p < w->n; p++)
    for (int q = p + 1; q < w->n; q++)
      turned |= turn_pair (w, p, q);
  return turned;
}

/* ---- in and out ---------------------------------------------------------- */

static void
begin (Work *w, const double *matrix, gboolean lies)
{
  double sum = 0;

  for (int i = 0; i < w->n; i++)
    for (int k = 0; k < w->length; k++) {
      const double value = lies ? matrix[(gsize) k * w->n + i]
                                : matrix[(gsize) i * w->length + k];

      w->vectors[(gsize) i * w->length + k] = value;
      sum += value * value;
    }
  memset (w->turned, 0, (gsize) w->n * w->n * sizeof (double));
  for (int i = 0; i < w->n; i++)
    w->turned[(gsize) i * w->n + i] = 1;
  w->least = NOTHING * sum;
}

typedef struct {
  double square;
  int row;
} Ranked;

static int
compare (gconstpointer a, gconstpointer b)
{
  const Ranked *left = a, *right = b;

  if (left->square != right->square)
    return left->square > right->square ? -1 : 1;
  return left->row - right->row;
}

/* Vector @from becomes singular vector @to, of length 1, and J's row that of
 * the other side.  @lies: A was taken as its transpose. */
static void
put (const Work *w,
     int from,
     int to,
     gboolean lies,
     double scale,
     double *u,
     double *vt)
{
  const double *vector = w->vectors + (gsize) from * w->length,
               *turned = w->turned + (gsize) from * w->n;

  for (int k = 0; k < w->length; k++)
    if (lies)
      u[(gsize) k * w->n + to] = vector[k] * scale;
    else
      vt[(gsize) to * w->length + k] = vector[k] * scale;
  for (int k = 0; k < w->n; k++)
    if (lies)
      vt[(gsize) to * w->n + k] = turned[k];
    else
      u[(gsize) k * w->n + to] = turned[k];
}

static void
end (const Work *w, gboolean lies, double *u, double *s, double *vt)
{
  g_autofree Ranked *ranked = g_new (Ranked, (gsize) w->n);

  for (int i = 0; i < w->n; i++) {
    const double *row = w->vectors + (gsize) i * w->length;

    ranked[i] = (Ranked){ dot (row, row, w->length), i };
  }
  rw_sort (ranked, (gsize) w->n, sizeof *ranked, compare);
  for (int i = 0; i < w->n; i++) {
    const gboolean is = ranked[i].square > w->least;

    s[i] = is ? sqrt (ranked[i].square) : 0;
    put (w, ranked[i].row, i, lies, is ? 1 / s[i] : 0, u, vt);
  }
}

gboolean
rw_svd (const double *matrix,
        int n_rows,
        int n_columns,
        double *u,
        double *s,
        double *vt,
        GError **error)
{
  const gboolean lies = n_rows > n_columns;
  const int n = MIN (n_rows, n_columns), length = MAX (n_rows, n_columns);
  const gsize n_values = (gsize) n * (gsize) length;
  rw_autofree double *memory =
      rw_try_alloc (n_values + (gsize) n * (gsize) n + (gsize) n,
                    sizeof (double), "singular values", error);

  if (!memory)
    return FALSE;
  Work work = { .n = n,
                .length = length,
                .vectors = memory,
                .turned = memory + n_values,
                .squares = memory + n_values + (gsize) n * (gsize) n };

  begin (&work, matrix, lies);
  for (int i = 0; i < MAX_SWEEPS && sweep (&work); i++)
    ;
  end (&work, lies, u, s, vt);
  return TRUE;
}
