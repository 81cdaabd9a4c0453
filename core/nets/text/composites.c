/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Words that stand for several layers: down, up, gru.
 */
#include "nets/text/composites.h"

#include <string.h>

#include "nets/text/parser.h"

typedef struct {
  RwLayer base;
  int channels, k;
} Composite;

static const RwSetting scale_settings[] = {
  RW_SETTING_INT (Composite,
                  channels,
                  RW_SETTING_REQUIRED,
                  "channels of the result",
                  .low = 1,
                  .high = 1024),
  RW_SETTING_END,
};

static const RwSetting gru_settings[] = {
  RW_SETTING_INT (Composite,
                  channels,
                  RW_SETTING_REQUIRED,
                  "channels of the result",
                  .low = 1,
                  .high = 1024),
  RW_SETTING_INT (Composite,
                  k,
                  RW_SETTING_NAMED,
                  "side of its kernels in pixels",
                  .def = 3,
                  .low = 1,
                  .high = 15),
  RW_SETTING_END,
};

static gboolean
expand_down (RwParser *parser, const Composite *self, GError **error)
{
  g_autofree char *channels = g_strdup_printf ("%d", self->channels);
  char *conv[] = { (char *) "conv", channels, (char *) "k=2",
                   (char *) "stride=2", NULL };

  return rw_parser_add_words (parser, conv, 0, error);
}

static gboolean
expand_up (RwParser *parser, const Composite *self, GError **error)
{
  g_autofree char *channels = g_strdup_printf ("%d", self->channels * 4);
  char *conv[] = { (char *) "conv", channels, (char *) "k=1", NULL };
  char *shuffle[] = { (char *) "shuffle", (char *) "2", NULL };

  return rw_parser_add_words (parser, conv, 0, error) &&
         rw_parser_add_words (parser, shuffle, 1, error);
}

/* The state of the gru that is being added: the last round's, or zeros. */
static gboolean
find_state (RwParser *parser, char *channels, int *state, GError **error)
{
  gpointer node, key = GINT_TO_POINTER (parser->statement);
  const int x = parser->net->n_nodes - 1;
  char *zeros[] = { (char *) "zeros", channels, NULL };

  if (!parser->states)
    return rw_parser_fail (parser, error,
                           "gru: stands in no block, so that its state would "
                           "never be read; put it into \"repeat N { ... }\"");
  if (g_hash_table_lookup_extended (parser->states, key, NULL, &node)) {
    *state = GPOINTER_TO_INT (node);
    return TRUE;
  }
  if (!rw_parser_add_layer (parser, zeros, &x, 1, RW_MAX_PARTS - 1, "gru",
                            "zeros", error))
    return FALSE;
  *state = parser->net->n_nodes - 1;
  return TRUE;
}

enum { GRU_X = -1, GRU_H = -2, GRU_NONE = -3 };

/* Of x and the state h, * a convolution (Ballas et al. 2016, equations 9 to
 * 12, with the two convolutions of each line as one over both):
 *   z = sigmoid (Wz * [x, h]),  r = sigmoid (Wr * [x, h])
 *   c = tanh (W * [x, r h]),    h' = h + z (c - h) */
static const struct {
  const char *name, *layer;
  int inputs[2]; /* earlier lines, x or h */
} gru_steps[] = {
  /* 0 */ { "seen", "concat", { GRU_X, GRU_H } },
  /* 1 */ { "update", "conv", { 0, GRU_NONE } },
  /* 2 */ { "z", "sigmoid", { 1, GRU_NONE } },
  /* 3 */ { "reset", "conv", { 0, GRU_NONE } },
  /* 4 */ { "r", "sigmoid", { 3, GRU_NONE } },
  /* 5 */ { "kept", "times", { 4, GRU_H } },
  /* 6 */ { "offered", "concat", { GRU_X, 5 } },
  /* 7 */ { "candidate", "conv", { 6, GRU_NONE } },
  /* 8 */ { "c", "tanh", { 7, GRU_NONE } },
  /* 9 */ { "change", "subtract", { 8, GRU_H } },
  /* 10 */ { "share", "times", { 9, 2 } },
  /* 11 */ { "state", "add", { 10, GRU_H } },
};

static gboolean
expand_gru (RwParser *parser, const Composite *self, GError **error)
{
  g_autofree char *channels = g_strdup_printf ("%d", self->channels);
  g_autofree char *k = g_strdup_printf ("k=%d", self->k);
  const int x = parser->net->n_nodes - 1;
  int h = 0;

  if (!find_state (parser, channels, &h, error))
    return FALSE;
  const int first = parser->net->n_nodes;

  for (guint i = 0; i < G_N_ELEMENTS (gru_steps); i++) {
    const gboolean conv = strcmp (gru_steps[i].layer, "conv") == 0;
    char *words[] = { (char *) gru_steps[i].layer, conv ? channels : NULL, k,
                      NULL };
    int inputs[2], n = 0;

    for (int j = 0; j < 2 && gru_steps[i].inputs[j] != GRU_NONE; j++) {
      const int from = gru_steps[i].inputs[j];

      inputs[n++] = from == GRU_X ? x : from == GRU_H ? h : first + from;
    }
    if (!rw_parser_add_layer (parser, words, inputs, n, (int) i, "gru",
                              gru_steps[i].name, error))
      return FALSE;
  }
  g_hash_table_insert (parser->states, GINT_TO_POINTER (parser->statement),
                       GINT_TO_POINTER (parser->net->n_nodes - 1));
  return TRUE;
}

static const RwLayerClass down_class = {
  .name = "down",
  .summary = "half the size: conv N k=2 stride=2",
  .size = sizeof (Composite),
  .settings = scale_settings,
  .examples = { "down 48" },
};

static const RwLayerClass up_class = {
  .name = "up",
  .summary = "twice the size: conv 4N k=1 | shuffle 2",
  .size = sizeof (Composite),
  .settings = scale_settings,
  .examples = { "up 32" },
};

static const RwLayerClass gru_class = {
  .name = "gru",
  .summary = "a gated state that goes through the rounds of a repeat",
  .size = sizeof (Composite),
  .settings = gru_settings,
  .examples = { "gru 32" },
};

static const RwLayerClass *const composites[] = { &down_class, &up_class,
                                                  &gru_class, NULL };
static gboolean (*const expanders[]) (RwParser *,
                                      const Composite *,
                                      GError **) = { expand_down, expand_up,
                                                     expand_gru };

const RwLayerClass *const *
rw_composite_list (void)
{
  return composites;
}

int
rw_composite_find (const char *name)
{
  for (int i = 0; composites[i]; i++)
    if (strcmp (composites[i]->name, name) == 0)
      return i;
  return -1;
}

gboolean
rw_parser_add_composite (RwParser *parser, int i, char **words, GError **error)
{
  Composite self = { .base.class = composites[i] };

  return rw_parser_set_arguments (parser, &self.base, words + 1, error) &&
         expanders[i](parser, &self, error);
}
