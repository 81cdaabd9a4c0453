/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The inside of the parser of net texts: tokens, settings, statements, blocks.
 * Only nets/ includes this.
 */
#pragma once

#include "nets/graph.h"

/* ---- tokens (tokens.c) ------------------------------------------------- */

typedef enum {
  RW_TOKEN_WORD,  /* between blanks: "conv", "k=3", "->" */
  RW_TOKEN_BAR,   /* | */
  RW_TOKEN_OPEN,  /* { */
  RW_TOKEN_CLOSE, /* } */
  RW_TOKEN_LINE,  /* end of a line */
  RW_TOKEN_END,   /* of the text */
} RwTokenKind;

typedef struct {
  RwTokenKind kind;
  char *word; /* owned; NULL for all but words */
  int line;   /* from 1 */
} RwToken;

/* Comments are gone; the last one is RW_TOKEN_END.  (transfer full), of
 * RwToken. */
GArray *rw_tokens_from_text (const char *text);

/* Makes every "repeat N {" go @n times; FALSE where there is none. */
gboolean rw_tokens_set_repeats (GArray *tokens, int n);

/* The canonical text.  (transfer full) */
char *rw_tokens_to_text (const GArray *tokens);

/* ---- the parser -------------------------------------------------------- */

enum { RW_MAX_PARTS = 64 /* layers that a statement stands for */ };

typedef struct {
  RwNet *net;
  const RwToken *tokens;
  int at;             /* the next token */
  int line;           /* of the statement, for messages */
  int statement;      /* its first token, the same in each round of a block */
  int round;          /* of the innermost block */
  int depth;          /* of blocks */
  GHashTable *names;  /* result name -> node */
  GPtrArray *locals;  /* names in the order they were given, borrowed */
  GHashTable *firsts; /* statement and part -> node that was made first */
  GHashTable *states; /* of the innermost block: statement -> node; or NULL */
} RwParser;

/* Sets "net, line N: ..." of RW_ERROR_FORMAT; FALSE. */
gboolean rw_parser_fail (const RwParser *parser,
                         GError **error,
                         const char *format,
                         ...) G_GNUC_PRINTF (3, 4);

/* settings.c: defaults, then @arguments, NULL-terminated, into @layer. */
gboolean rw_parser_set_arguments (const RwParser *parser,
                                  RwLayer *layer,
                                  char **arguments,
                                  GError **error);

/* statements.c: a layer, some layers or "input", from its words. */
gboolean
rw_parser_add_statement (RwParser *parser, char **words, GError **error);

/* composites.c: the layers that the @composite'th word of several stands for.
 */
gboolean rw_parser_add_composite (RwParser *parser,
                                  int composite,
                                  char **words,
                                  GError **error);

/* A layer from its words that reads the last result, and what else they name.
 */
gboolean
rw_parser_add_words (RwParser *parser, char **words, int part, GError **error);

/* A layer that reads @inputs.  @part: which of the statement's it is, from 0;
 * the same part of the same statement in a later round of its block shares the
 * parameters.  @group, @part_name: what to name it by, or NULL. */
gboolean rw_parser_add_layer (RwParser *parser,
                              char **words,
                              const int *inputs,
                              int n_inputs,
                              int part,
                              const char *group,
                              const char *part_name,
                              GError **error);
