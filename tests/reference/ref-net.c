/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Textbook nets: reads a valid net text word by word and calls the textbook
 * layers one after the other.  It does not judge the text; the core's parser
 * has done so.
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

static void
relu (State *s, char **words)
{
  replace (s, ref_map (s->x, ref_relu, 0));
}

static void
leaky_relu (State *s, char **words)
{
  replace (
      s, ref_map (s->x, ref_leaky_relu, (float) number (words, "slope", 0.1)));
}

static void
gelu (State *s, char **words)
{
  replace (s, ref_map (s->x, ref_gelu, 0));
}

static void
sigmoid (State *s, char **words)
{
  replace (s, ref_map (s->x, ref_sigmoid, 0));
}

static void
tanh_ (State *s, char **words)
{
  replace (s, ref_map (s->x, ref_tanh, 0));
}

static void
prelu (State *s, char **words)
{
  replace (s, ref_prelu (s->x, take_param (s)));
}

static void
max_pool (State *s, char **words)
{
  replace (s, ref_max_pool (s->x, factor (words)));
}

static void
average_pool (State *s, char **words)
{
  replace (s, ref_average_pool (s->x, factor (words)));
}

static void
upsample (State *s, char **words)
{
  replace (s, ref_upsample (s->x, factor (words)));
}

static void
shuffle (State *s, char **words)
{
  replace (s, ref_shuffle (s->x, factor (words)));
}

static void
unshuffle (State *s, char **words)
{
  replace (s, ref_unshuffle (s->x, factor (words)));
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

static void
add (State *s, char **words)
{
  replace (s, ref_add (s->x, named (s, words)));
}

static void
concat (State *s, char **words)
{
  replace (s, ref_concat (s->x, named (s, words)));
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
  char *label = words[n - 1];
  g_free (words[n - 2]);
  words[n - 2] = NULL;
  return label;
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
run_line (State *s, char *line)
{
  char *comment = strchr (line, '#');
  if (comment)
    *comment = 0;
  g_auto (GStrv) statements = g_strsplit (line, "|", -1);
  for (int i = 0; statements[i]; i++)
    run_statement (s, statements[i]);
}

static void
destroy_tensor (gpointer x)
{
  ref_free (x);
}

RefTensor *
ref_net_run (const char *text, const RefTensor *input, const RefParams *params)
{
  State s = { .input = input, .x = ref_copy (input), .params = params };
  s.named =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, destroy_tensor);

  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (int i = 0; lines[i]; i++)
    run_line (&s, lines[i]);
  g_hash_table_unref (s.named);
  g_assert_cmpint (s.next_param, ==, params->n_params);
  return s.x;
}
