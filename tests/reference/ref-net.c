/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Textbook nets: reads a valid net text, which it does not judge, word by word and
 * calls the textbook layers one after the other.
 */
#include "reference.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
  const RefTensor *input;
  int colour;        /* the input's first colour channel */
  RefTensor *x;      /* the current result */
  GHashTable *named; /* char * to RefTensor * */
  const RefParams *params;
  int next_param;
  GHashTable *states; /* of the block: statement to RefTensor * */
  const char *statement;
  int round; /* of the block */
} State;

typedef void (*Twin) (State *s, char **words);

/* The value of "key=value" among @words, or NULL. */
static const char *
option (char **words, const char *key)
{
  const gsize n = strlen (key);
  for (int i = 1; words[i]; i++)
    if (strncmp (words[i], key, n) == 0 && words[i][n] == '=')
      return words[i] + n + 1;
  return NULL;
}

static double
number (char **words, const char *key, double fallback)
{
  const char *value = option (words, key);
  return value ? g_ascii_strtod (value, NULL) : fallback;
}

/* The first word after the name that is no option, or NULL. */
static const char *
argument (char **words)
{
  for (int i = 1; words[i]; i++)
    if (!strchr (words[i], '='))
      return words[i];
  return NULL;
}

static int
factor (char **words)
{
  return argument (words) ? atoi (argument (words)) : 2;
}

static const double *
take_param (State *s)
{
  g_assert_cmpint (s->next_param, <, s->params->n_params);
  return s->params->values[s->next_param++];
}

static void
replace (State *s, RefTensor *x)
{
  ref_free (s->x);
  s->x = x;
}

static void
convolve (
    State *s, int out, int k, int stride, gboolean valid, gboolean has_bias)
{
  const int cut = valid ? k - 1 : 0;
  const int pad = valid || k % 2 == 0 ? 0 : (k - 1) / 2;
  const double *weight = take_param (s);
  const double *bias = has_bias ? take_param (s) : NULL;
  replace (s, ref_conv (s->x, weight, bias, out, k, stride, pad,
                        (s->x->h - cut + stride - 1) / stride,
                        (s->x->w - cut + stride - 1) / stride));
}

static void
conv (State *s, char **words)
{
  const char *pad = option (words, "pad"), *bias = option (words, "bias");
  convolve (s, atoi (argument (words)), (int) number (words, "k", 3),
            (int) number (words, "stride", 1), g_strcmp0 (pad, "valid") == 0,
            !bias || (strcmp (bias, "no") != 0 && strcmp (bias, "0") != 0));
}

static void
down (State *s, char **words)
{
  convolve (s, atoi (argument (words)), 2, 2, FALSE, TRUE);
}

static void
up (State *s, char **words)
{
  convolve (s, 4 * atoi (argument (words)), 1, 1, FALSE, TRUE);
  replace (s, ref_shuffle (s->x, 2));
}

#define TWIN_OF_VALUES(name, function)                                        \
  static void name (State *s, char **words)                                   \
  {                                                                           \
    replace (s, ref_map (s->x, function, 0));                                 \
  }

TWIN_OF_VALUES (relu, ref_relu)
TWIN_OF_VALUES (gelu, ref_gelu)
TWIN_OF_VALUES (sigmoid, ref_sigmoid)
TWIN_OF_VALUES (tanh_, ref_tanh)

static void
leaky_relu (State *s, char **words)
{
  replace (
      s, ref_map (s->x, ref_leaky_relu, (float) number (words, "slope", 0.1)));
}

static void
prelu (State *s, char **words)
{
  replace (s, ref_prelu (s->x, take_param (s)));
}

#define TWIN_OF_ONE(name, function)                                           \
  static void name (State *s, char **words)                                   \
  {                                                                           \
    replace (s, function (s->x, factor (words)));                             \
  }

TWIN_OF_ONE (max_pool, ref_max_pool)
TWIN_OF_ONE (average_pool, ref_average_pool)
TWIN_OF_ONE (shuffle, ref_shuffle)
TWIN_OF_ONE (unshuffle, ref_unshuffle)

static void
upsample (State *s, char **words)
{
  const gboolean bilinear =
      g_strcmp0 (option (words, "mode"), "bilinear") == 0;
  replace (s, (bilinear ? ref_bilinear : ref_upsample) (s->x, factor (words)));
}

static gboolean
has_bias (char **words)
{
  return g_strcmp0 (option (words, "bias"), "no") != 0;
}

static void
deconv (State *s, char **words)
{
  const double *weight = take_param (s);
  const double *bias = has_bias (words) ? take_param (s) : NULL;
  replace (s, ref_deconv (s->x, weight, bias, atoi (argument (words)),
                          (int) number (words, "k", 4),
                          (int) number (words, "stride", 2)));
}

static void
dense (State *s, char **words)
{
  const double *weight = take_param (s);
  const double *bias = has_bias (words) ? take_param (s) : NULL;
  replace (s, ref_dense (s->x, weight, bias, atoi (argument (words))));
}

static void
gdn (State *s, char **words)
{
  const double *beta = take_param (s), *gamma = take_param (s);
  replace (s, ref_divisive (s->x, beta, gamma,
                            strcmp (words[0], "gdn") == 0 ? -0.5 : 0.5));
}

static void
gate (State *s, char **words)
{
  replace (s, ref_gate (s->x));
}

static void
zeros (State *s, char **words)
{
  replace (s, ref_new (s->x->n, atoi (argument (words)), s->x->h, s->x->w));
}

/* without noise, as when inferring */
static void
dropout (State *s, char **words)
{
}

static void
quantise (State *s, char **words)
{
  replace (s, ref_map (s->x, ref_round, 0));
}

static RefTensor *
gru_conv (State *s, const RefTensor *x, int n, int k, RefScalarFunc fn)
{
  const double *weight = take_param (s), *bias = take_param (s);
  g_autoptr (RefTensor) y =
      ref_conv (x, weight, bias, n, k, 1, (k - 1) / 2, x->h, x->w);
  return ref_map (y, fn, 0);
}

/* z, r = sigmoid (W [x, h]); c = tanh (W [x, r h]); h = (1 - z) h + z c */
static void
gru (State *s, char **words)
{
  const int n = atoi (argument (words)), k = (int) number (words, "k", 3);
  RefTensor *h = g_hash_table_lookup (s->states, s->statement);
  RefTensor *next = h ? ref_copy (h) : ref_new (s->x->n, n, s->x->h, s->x->w);
  g_autoptr (RefTensor) seen = ref_concat (s->x, next);
  g_autoptr (RefTensor) z = gru_conv (s, seen, n, k, ref_sigmoid);
  g_autoptr (RefTensor) r = gru_conv (s, seen, n, k, ref_sigmoid);
  g_autoptr (RefTensor) kept = ref_multiply (r, next);
  g_autoptr (RefTensor) offered = ref_concat (s->x, kept);
  g_autoptr (RefTensor) c = gru_conv (s, offered, n, k, ref_tanh);

  for (gsize i = 0; i < ref_size (next); i++)
    next->v[i] = (1 - z->v[i]) * next->v[i] + z->v[i] * c->v[i];
  g_hash_table_insert (s->states, (gpointer) s->statement, next);
  replace (s, ref_copy (next));
}

static const RefTensor *
named (State *s, char **words)
{
  const char *name = argument (words);
  const RefTensor *x = g_hash_table_lookup (s->named, name);
  if (!x && strcmp (name, "input") == 0)
    return s->input;
  g_assert_nonnull (x);
  return x;
}

#define TWIN_OF_TWO(name, function)                                           \
  static void name (State *s, char **words)                                   \
  {                                                                           \
    replace (s, function (s->x, named (s, words)));                           \
  }

TWIN_OF_TWO (add, ref_add)
TWIN_OF_TWO (concat, ref_concat)
TWIN_OF_TWO (times, ref_multiply)
TWIN_OF_TWO (subtract, ref_subtract)

static void
from (State *s, char **words)
{
  replace (s, ref_copy (named (s, words)));
}

static void
gain (State *s, char **words)
{
  const double *logs = take_param (s);
  replace (s, ref_gain (s->x, named (s, words), logs, atoi (words[2]),
                        number (words, "span", 1)));
}

/* without noise, as when inferring */
static void
bits (State *s, char **words)
{
  const double *widths = take_param (s);
  replace (s, ref_count_bits (s->x, named (s, words), widths, atoi (words[2]),
                              number (words, "span", 1), NULL));
}

static void
rounds (State *s, char **words)
{
  replace (s, ref_rounds (s->x, named (s, words), atoi (words[2])));
}

static void
slice (State *s, char **words)
{
  const double first = number (words, "first", 0);
  const double step = number (words, "step", 0);
  replace (s, ref_slice (s->x, (int) (first + s->round * step),
                         atoi (argument (words))));
}

static void
fill_holes (State *s, char **words)
{
  replace (s, ref_fill_holes (s->x, (int) number (words, "steps", 4),
                              (int) number (words, "smooth", 0)));
}

static void
brighten (State *s, char **words)
{
  replace (s, ref_brighten (s->x, number (words, "stops", 5.6)));
}

static void
residual (State *s, char **words)
{
  replace (s, ref_residual (s->x, s->input, s->colour));
}

static const struct {
  const char *name;
  Twin run;
} twins[] = {
  { "conv", conv },
  { "down", down },
  { "up", up },
  { "relu", relu },
  { "leaky-relu", leaky_relu },
  { "prelu", prelu },
  { "gelu", gelu },
  { "sigmoid", sigmoid },
  { "tanh", tanh_ },
  { "max-pool", max_pool },
  { "average-pool", average_pool },
  { "upsample", upsample },
  { "shuffle", shuffle },
  { "unshuffle", unshuffle },
  { "add", add },
  { "concat", concat },
  { "residual", residual },
  { "deconv", deconv },
  { "dense", dense },
  { "dropout", dropout },
  { "gate", gate },
  { "gdn", gdn },
  { "igdn", gdn },
  { "gru", gru },
  { "times", times },
  { "quantise", quantise },
  { "from", from },
  { "gain", gain },
  { "bits", bits },
  { "fill-holes", fill_holes },
  { "brighten", brighten },
  { "subtract", subtract },
  { "zeros", zeros },
  { "rounds", rounds },
  { "slice", slice },
};

static Twin
find_twin (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (twins); i++)
    if (strcmp (twins[i].name, name) == 0)
      return twins[i].run;
  return NULL;
}

gboolean
ref_net_knows (const char *name)
{
  return find_twin (name) != NULL;
}

static int
first_colour_channel (char **words)
{
  int channel = 0;
  for (int i = 1; words[i]; i++) {
    if (strcmp (words[i], "rgb") == 0 || strcmp (words[i], "grey") == 0)
      return channel;
    channel++;
  }
  return 0;
}

/* Takes "-> name" off the end of @words. */
static char *
take_label (char **words)
{
  const guint n = g_strv_length (words);
  if (n < 2 || strcmp (words[n - 2], "->") != 0)
    return NULL;
  g_free (words[n - 2]);
  words[n - 2] = NULL;
  return words[n - 1];
}

static char **
split_words (const char *statement)
{
  g_auto (GStrv) raw = g_strsplit_set (statement, " \t\r", -1);
  GPtrArray *words = g_ptr_array_new ();
  for (int i = 0; raw[i]; i++)
    if (raw[i][0])
      g_ptr_array_add (words, g_strdup (raw[i]));
  g_ptr_array_add (words, NULL);
  return (char **) g_ptr_array_free (words, FALSE);
}

static void
run_statement (State *s, const char *statement)
{
  g_auto (GStrv) words = split_words (statement);
  g_autofree char *label = take_label (words);

  if (words[0] && strcmp (words[0], "input") == 0) {
    s->colour = first_colour_channel (words);
  } else if (words[0]) {
    Twin twin = find_twin (words[0]);
    if (!twin)
      g_error ("no textbook for layer \"%s\" in tests/reference", words[0]);
    twin (s, words);
  }
  if (label)
    g_hash_table_insert (s->named, g_strdup (label), ref_copy (s->x));
}

static void
destroy_tensor (gpointer x)
{
  ref_free (x);
}

/* Up to the end or the block's "}"; returns where that is.  Blocks stand on
 * lines of their own: "repeat N {" and "}". */
static char **run_lines (State *s, char **lines);

static char **
run_block (State *s, char **body, int times)
{
  GHashTable *outer = s->states;
  const int first_param = s->next_param;
  char **end = body;

  s->states = g_hash_table_new_full (NULL, NULL, NULL, destroy_tensor);
  for (int i = 0; i < times; i++) {
    s->next_param = first_param; /* the same for every round */
    s->round = i;
    end = run_lines (s, body);
  }
  g_hash_table_unref (s->states);
  s->states = outer;
  s->round = 0;
  return end;
}

static void
run_line (State *s, const char *line)
{
  g_auto (GStrv) statements = g_strsplit (line, "|", -1);
  for (int i = 0; statements[i]; i++) {
    s->statement = line + i; /* a name for it, the same in every round */
    run_statement (s, statements[i]);
  }
}

static char **
run_lines (State *s, char **lines)
{
  for (; *lines; lines++) {
    const char *line = *lines + strspn (*lines, " \t");
    if (*line == '}')
      return lines;
    if (g_str_has_prefix (line, "repeat "))
      lines = run_block (s, lines + 1, atoi (line + 7));
    else
      run_line (s, line);
  }
  return lines;
}

RefTensor *
ref_net_run (const char *text, const RefTensor *input, const RefParams *params)
{
  State s = { .input = input, .x = ref_copy (input), .params = params };
  s.named =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, destroy_tensor);

  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (int i = 0; lines[i]; i++)
    lines[i][strcspn (lines[i], "#")] = 0;
  run_lines (&s, lines);
  g_hash_table_unref (s.named);
  g_assert_cmpint (s.next_param, ==, params->n_params);
  return s.x;
}
