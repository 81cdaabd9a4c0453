/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Layers as two of low rank: ranks, the text, the parameters.
 */
#include "nets/low-rank.h"

#include "base/alloc.h"
#include "base/svd.h"
#include "nets/graph.h"
#include "nets/text/parser.h"
#include "reweave.h"

#include <math.h>
#include <string.h>

/* What Winograd's F(4x4,3x3) multiplies for a pixel, in place of 9. */
#define WINOGRAD_TAPS 2.25

/* A layer that becomes two.  W = left right: [n_outputs][rank] and
 * [rank][n_inputs]. */
typedef struct {
  RwLowRankLayer layer;
  float *left, *right;
} Factors;

typedef struct {
  RwNet *net; /* parsed from its own text, which statements count in */
  const float *params;
  double energy;
  GPtrArray *factors; /* of Factors, by node; NULL: the layer stays */
} Job;

static void
factors_free (gpointer data)
{
  Factors *factors = data;

  if (!factors)
    return;
  rw_free (factors->left);
  rw_free (factors->right);
  g_free (factors);
}

/* ---- what pays ----------------------------------------------------------- */

static int
get_setting (const RwLayer *layer, const char *name, int otherwise)
{
  for (const RwSetting *s = layer->class->settings; s->field.name; s++)
    if (g_str_equal (s->field.name, name))
      return *(const int *) (gconstpointer) ((const char *) layer + s->offset);
  return otherwise;
}

/* Products for a pixel of the result of a convolution, as they are made. */
static double
count_work (int k, int stride, int in, int out)
{
  const int lanes_in = rw_channel_stride (in),
            lanes_out = rw_channel_stride (out);
  const gboolean winograd =
      k == 3 && stride == 1 && lanes_in % 16 == 0 && lanes_out % 16 == 0;

  return (winograd ? WINOGRAD_TAPS : k * k) * lanes_in * lanes_out;
}

static gboolean
pays (const RwLayer *layer, const RwLowRankLayer *low)
{
  const double n = low->n_inputs, m = low->n_outputs, r = low->rank;
  const int k = get_setting (layer, "k", 1),
            stride = get_setting (layer, "stride", 1);
  const int in = low->n_inputs / (k * k);

  return r * (n + m) < n * m &&
         count_work (k, stride, in, low->rank) +
                 count_work (1, 1, low->rank, low->n_outputs) <
             count_work (k, stride, in, low->n_outputs);
}

/* ---- ranks --------------------------------------------------------------- */

/* The least number of values with that share of the sum of their squares. */
static int
find_rank (const double *s, int n, double energy, double *kept)
{
  double all = 0, sum = 0;
  int rank = 0;

  for (int i = n - 1; i >= 0; i--)
    all += s[i] * s[i];
  do
    sum += s[rank] * s[rank];
  while (++rank < n && sum < energy * all);
  *kept = all > 0 ? MIN (sum / all, 1) : 1;
  return rank;
}

/* Both factors have the root of each singular value, so that training finds
 * them alike. */
static gboolean
fill_factors (Factors *f,
              const double *u,
              const double *s,
              const double *vt,
              GError **error)
{
  const gsize rank = (gsize) f->layer.rank, n = (gsize) f->layer.n_inputs,
              m = (gsize) f->layer.n_outputs, stride = MIN (n, m);

  f->left = rw_try_alloc (m * rank, sizeof (float), "a factor", error);
  f->right = f->left
                 ? rw_try_alloc (rank * n, sizeof (float), "a factor", error)
                 : NULL;
  if (!f->right)
    return FALSE;
  for (gsize r = 0; r < rank; r++) {
    const double root = sqrt (s[r]);

    for (gsize o = 0; o < m; o++)
      f->left[o * rank + r] = (float) (u[o * stride + r] * root);
    for (gsize i = 0; i < n; i++)
      f->right[r * n + i] = (float) (vt[r * n + i] * root);
  }
  return TRUE;
}

/* Puts the factors of node @node's weights into @job if that pays. */
static gboolean
factor (Job *job, int node, GError **error)
{
  const RwNode *self = &job->net->nodes[node];
  const RwParam *param = rw_net_get_param (job->net, self->first_param);
  const int m = (int) param->dims[0], n = (int) (param->n_values / (gsize) m),
            least = MIN (m, n);
  const gsize shared = (gsize) least;
  rw_autofree float *values =
      rw_net_alloc_values (job->net, "a parameter", error);
  rw_autofree double *memory =
      values ? rw_try_alloc (param->n_values +
                                 shared * ((gsize) m + (gsize) n + 1),
                             sizeof (double), "singular values", error)
             : NULL;

  if (!memory)
    return FALSE;
  double *s = memory + param->n_values, *u = s + shared,
         *vt = u + shared * (gsize) m;

  rw_net_export_param (job->net, self->first_param, job->params, values);
  for (gsize i = 0; i < param->n_values; i++)
    memory[i] = (double) values[i];
  if (!rw_svd (memory, m, n, u, s, vt, error))
    return FALSE;
  RwLowRankLayer low = { .node = node, .n_outputs = m, .n_inputs = n };

  low.rank = find_rank (s, least, job->energy, &low.kept);
  if (!pays (self->layer, &low))
    return TRUE;
  Factors *factors = g_new0 (Factors, 1);

  factors->layer = low;
  job->factors->pdata[node] = factors;
  return fill_factors (factors, u, s, vt, error);
}

/* Of a layer with a matrix, which the text names by itself. */
static gboolean
is_matrix (const RwNode *node)
{
  return !node->group && (g_str_equal (node->layer->class->name, "conv") ||
                          g_str_equal (node->layer->class->name, "dense"));
}

static gboolean
factor_all (Job *job, GError **error)
{
  g_ptr_array_set_size (job->factors, job->net->n_nodes);
  for (int i = 1; i < job->net->n_nodes; i++)
    if (job->net->nodes[i].twin == i && is_matrix (&job->net->nodes[i]) &&
        !factor (job, i, error))
      return FALSE;
  return TRUE;
}

/* ---- the text ------------------------------------------------------------ */

static void
add_token (GArray *tokens, RwTokenKind kind, const char *word, int line)
{
  const RwToken token = { kind, g_strdup (word), line };

  g_array_append_val (tokens, token);
}

static void
add_words (GArray *tokens, const char *words, int line)
{
  g_auto (GStrv) all = g_strsplit (words, " ", -1);

  for (int i = 0; all[i]; i++)
    if (g_str_equal (all[i], "|"))
      add_token (tokens, RW_TOKEN_BAR, NULL, line);
    else
      add_token (tokens, RW_TOKEN_WORD, all[i], line);
}

/* Settings of a convolution that are those of its first half; what weights
 * begin with, and the bias, are those of the second. */
static gboolean
is_of_first (const char *word)
{
  return g_str_has_prefix (word, "k=") || g_str_has_prefix (word, "stride=") ||
         g_str_has_prefix (word, "pad=");
}

/* Settings behind @words[0] up to the end of the statement or "->". */
static char *
list_settings (const RwToken *words, gboolean of_first)
{
  GString *text = g_string_new (NULL);

  for (words++; words->kind == RW_TOKEN_WORD && strcmp (words->word, "->");
       words++)
    if (strchr (words->word, '=') &&
        !g_str_has_prefix (words->word, "channels=") &&
        is_of_first (words->word) == of_first &&
        !(of_first && g_str_has_prefix (words->word, "bias=")))
      g_string_append_printf (text, " %s", words->word);
  return g_string_free (text, FALSE);
}

/* Both layers for the statement at @words. */
static char *
write_two (const RwToken *words, const RwLowRankLayer *low)
{
  const int r = low->rank, n = low->n_outputs;
  g_autofree char *first = list_settings (words, TRUE);
  g_autofree char *second = list_settings (words, FALSE);

  if (g_str_equal (words->word, "down"))
    return g_strdup_printf ("conv %d k=2 stride=2 bias=no | conv %d k=1", r,
                            n);
  if (g_str_equal (words->word, "up"))
    return g_strdup_printf ("conv %d k=1 bias=no | conv %d k=1 | shuffle 2", r,
                            n);
  if (g_str_equal (words->word, "dense"))
    return g_strdup_printf ("dense %d bias=no | dense %d%s", r, n, second);
  return g_strdup_printf ("conv %d%s bias=no | conv %d k=1%s", r, first, n,
                          second);
}

/* What of the layers in the text is two now. */
static char *
edit_text (const Job *job)
{
  g_autoptr (GArray) tokens = rw_tokens_from_text (job->net->text);
  g_autoptr (GArray) edited = g_array_new (FALSE, FALSE, sizeof (RwToken));
  g_autofree Factors **at = g_new0 (Factors *, tokens->len);

  for (int i = 1; i < job->net->n_nodes; i++)
    if (job->factors->pdata[i])
      at[job->net->nodes[i].statement] = job->factors->pdata[i];
  for (guint i = 0; i < tokens->len; i++) {
    const RwToken *token = &g_array_index (tokens, RwToken, i);

    if (!at[i]) {
      add_token (edited, token->kind, token->word, token->line);
      continue;
    }
    g_autofree char *two = write_two (token, &at[i]->layer);

    add_words (edited, two, token->line);
    while (token[1].kind == RW_TOKEN_WORD && strcmp (token[1].word, "->")) {
      token++;
      i++;
    }
  }
  char *text = rw_tokens_to_text (edited);

  for (guint i = 0; i < edited->len; i++)
    g_free (g_array_index (edited, RwToken, i).word);
  return text;
}

/* ---- the parameters ------------------------------------------------------ */

/* The next node after @i that has parameters of its own. */
static int
find_next (const RwNet *net, int i)
{
  do
    i++;
  while (net->nodes[i].twin != i || net->nodes[i].n_params == 0);
  return i;
}

static void
copy_param (
    const Job *job, int from, RwNet *net, int to, float *made, float *values)
{
  rw_net_export_param (job->net, from, job->params, values);
  rw_net_import_param (net, to, made, values);
}

/* Layers stand in the same order in both. */
static gboolean
fill_params (const Job *job, RwNet *net, float *made, GError **error)
{
  rw_autofree float *values =
      rw_net_alloc_values (job->net, "a parameter", error);
  int to = 0;

  for (int i = 1; values && i < job->net->n_nodes; i++) {
    const RwNode *node = &job->net->nodes[i];
    const Factors *f = job->factors->pdata[i];

    if (node->twin != i || node->n_params == 0)
      continue;
    to = find_next (net, to);
    if (f) {
      rw_net_import_param (net, net->nodes[to].first_param, made, f->right);
      to = find_next (net, to);
      rw_net_import_param (net, net->nodes[to].first_param, made, f->left);
    }
    for (int k = f ? 1 : 0; k < node->n_params; k++)
      copy_param (job, node->first_param + k, net,
                  net->nodes[to].first_param + k, made, values);
  }
  return values != NULL;
}

static RwNet *
make (const Job *job, float **made, GError **error)
{
  g_autofree char *text = edit_text (job);
  g_autoptr (RwNet) net = rw_net_parse (text, error);
  rw_autofree float *params = net ? rw_try_alloc (net->n_inner, sizeof (float),
                                                  "the net of low rank", error)
                                  : NULL;

  if (!params || !fill_params (job, net, params, error))
    return NULL;
  *made = g_steal_pointer (&params);
  return g_steal_pointer (&net);
}

RwNet *
rw_low_rank (const RwNet *net,
             const float *params,
             double energy,
             float **made,
             GArray **layers,
             GError **error)
{
  g_autoptr (RwNet) own = rw_net_parse (rw_net_get_text (net), error);
  g_autoptr (GPtrArray) factors =
      g_ptr_array_new_with_free_func (factors_free);
  Job job = { own, params, energy, factors };

  if (!own || !factor_all (&job, error))
    return NULL;
  RwNet *low = make (&job, made, error);

  if (!low)
    return NULL;
  *layers = g_array_new (FALSE, FALSE, sizeof (RwLowRankLayer));
  for (guint i = 0; i < factors->len; i++)
    if (factors->pdata[i])
      g_array_append_val (*layers, ((Factors *) factors->pdata[i])->layer);
  return low;
}
