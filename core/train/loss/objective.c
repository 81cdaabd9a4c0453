/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The objective: parsed, evaluated, described.
 */
#include "train/loss/objective.h"

#include "reweave.h"
#include "base/choice.h"

#include <string.h>

#define MAX_TERMS 8
#define MAX_WEIGHT 1e6
#define MAX_SHOWN 60 /* bytes of the text in a message */

#define BLANKS " \t"
#define LETTERS                                                               \
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

typedef struct {
  const RwLoss *loss;
  double weight, param;
} Term;

struct RwObjective {
  int n_terms;
  Term terms[MAX_TERMS];
};

/* ---- parsing ------------------------------------------------------------ */

typedef struct {
  const char *text; /* all of it, for messages */
  const char *at;
} Scan;

static void
skip_blanks (Scan *scan)
{
  scan->at += strspn (scan->at, BLANKS);
}

static gboolean
fail (const Scan *scan, const char *expected, GError **error)
{
  g_autofree char *shown = g_strndup (scan->text, MAX_SHOWN);
  g_autofree char *text = g_utf8_make_valid (shown, -1);
  g_autofree char *rest = g_strndup (scan->at, MAX_SHOWN);
  g_autofree char *found = g_utf8_make_valid (rest, -1);

  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
               "loss \"%s\" has \"%s\" where %s is expected; write it like "
               "\"charbonnier + 0.1 * ms-ssim\"",
               text, *found != '\0' ? found : "its end", expected);
  return FALSE;
}

static gboolean
fail_range (const Scan *scan,
            const char *what,
            double found,
            const char *range,
            GError **error)
{
  g_autofree char *shown = g_strndup (scan->text, MAX_SHOWN);
  g_autofree char *text = g_utf8_make_valid (shown, -1);
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (number, sizeof number, "%.10g", found);
  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
               "loss \"%s\": %s is %s, but has to be %s; change it", text,
               what, number, range);
  return FALSE;
}

/* (transfer full) */
static char *
take_word (Scan *scan)
{
  const gsize n = strspn (scan->at, LETTERS);
  char *word = g_strndup (scan->at, n);

  scan->at += n;
  return word;
}

static gboolean
take_number (Scan *scan, double *number, GError **error)
{
  char *end = NULL;

  skip_blanks (scan);
  if (!g_ascii_isdigit (*scan->at) && strchr ("+-.", *scan->at) == NULL)
    return fail (scan, "a number", error);
  *number = g_ascii_strtod (scan->at, &end);
  if (end == scan->at)
    return fail (scan, "a number", error);
  scan->at = end;
  skip_blanks (scan);
  return TRUE;
}

/* "0.1 *" or nothing */
static gboolean
parse_weight (Scan *scan, double *weight, GError **error)
{
  *weight = 1;
  skip_blanks (scan);
  if (*scan->at == '\0' || g_ascii_isalpha (*scan->at))
    return TRUE;
  if (!take_number (scan, weight, error))
    return FALSE;
  if (!(*weight > 0 && *weight <= MAX_WEIGHT))
    return fail_range (scan, "a weight", *weight, "above 0 and at most 1e6",
                       error);
  if (*scan->at != '*')
    return fail (scan, "\"*\"", error);
  scan->at++;
  return TRUE;
}

static gboolean
check_param (const Scan *scan, const Term *term, GError **error)
{
  const RwLoss *loss = term->loss;
  char low[G_ASCII_DTOSTR_BUF_SIZE], high[G_ASCII_DTOSTR_BUF_SIZE];

  if (term->param >= loss->param.low && term->param <= loss->param.high)
    return TRUE;
  g_ascii_formatd (low, sizeof low, "%g", loss->param.low);
  g_ascii_formatd (high, sizeof high, "%g", loss->param.high);
  g_autofree char *range = g_strdup_printf ("in %s..%s", low, high);
  return fail_range (scan, loss->param.name, term->param, range, error);
}

/* "delta=0.1" or nothing */
static gboolean
parse_param (Scan *scan, Term *term, GError **error)
{
  const RwLoss *loss = term->loss;

  term->param = loss->param.value;
  skip_blanks (scan);
  if (!g_ascii_isalpha (*scan->at))
    return TRUE;
  const Scan begin = *scan;
  g_autofree char *key = take_word (scan);
  skip_blanks (scan);
  if (*scan->at != '=' || loss->param.name == NULL)
    return fail (&begin, "\"+\" or the end", error);
  if (!g_str_equal (key, loss->param.name)) {
    const char *const known[] = { loss->param.name, NULL };
    rw_choice_set_error (error, "key", key, known);
    g_prefix_error (error, "loss %s: ", loss->name);
    return FALSE;
  }
  scan->at++;
  return take_number (scan, &term->param, error) &&
         check_param (scan, term, error);
}

static gboolean
check_new (const RwObjective *objective, const RwLoss *loss, GError **error)
{
  if (objective->n_terms == MAX_TERMS) {
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "loss: has more than %d terms, but may have %d; leave the "
                 "least out",
                 MAX_TERMS, MAX_TERMS);
    return FALSE;
  }
  for (int i = 0; i < objective->n_terms; i++)
    if (objective->terms[i].loss == loss) {
      g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                   "loss: has %s twice, but may have it once; add the two "
                   "weights",
                   loss->name);
      return FALSE;
    }
  return TRUE;
}

static gboolean
parse_term (RwObjective *objective, Scan *scan, GError **error)
{
  Term *term = &objective->terms[objective->n_terms];
  double weight;

  if (!parse_weight (scan, &weight, error))
    return FALSE;
  skip_blanks (scan);
  if (!g_ascii_isalpha (*scan->at))
    return fail (scan, "the name of a loss", error);
  g_autofree char *name = take_word (scan);
  const RwLoss *loss = rw_loss_find (name, error);
  if (loss == NULL || !check_new (objective, loss, error))
    return FALSE;
  *term = (Term){ .loss = loss, .weight = weight };
  objective->n_terms++;
  return parse_param (scan, term, error);
}

RwObjective *
rw_objective_parse (const char *text, GError **error)
{
  g_autoptr (RwObjective) objective = g_new0 (RwObjective, 1);
  Scan scan = { .text = text, .at = text };

  for (;;) {
    if (!parse_term (objective, &scan, error))
      return NULL;
    skip_blanks (&scan);
    if (*scan.at == '\0')
      return g_steal_pointer (&objective);
    if (*scan.at != '+') {
      fail (&scan, "\"+\" or the end", error);
      return NULL;
    }
    scan.at++;
  }
}

void
rw_objective_free (RwObjective *objective)
{
  g_free (objective);
}

/* ---- evaluating --------------------------------------------------------- */

gsize
rw_objective_count_scratch (const RwObjective *objective,
                            const RwLossShape *shape)
{
  gsize most = 1;

  for (int i = 0; i < objective->n_terms; i++) {
    const Term *term = &objective->terms[i];
    if (term->loss->count_scratch != NULL)
      most = MAX (most, term->loss->count_scratch (shape, term->param));
  }
  return most;
}

double
rw_objective_evaluate (const RwObjective *objective,
                       const RwLossShape *shape,
                       const float *y,
                       const float *target,
                       float *dy,
                       double weight,
                       float *scratch)
{
  const gsize n =
      (gsize) shape->height * (gsize) shape->width * (gsize) shape->stride;
  double sum = 0;

  memset (dy, 0, n * sizeof (float));
  for (int i = 0; i < objective->n_terms; i++) {
    const Term *term = &objective->terms[i];
    const RwLossPass pass = { .shape = *shape,
                              .param = term->param,
                              .y = y,
                              .target = target,
                              .dy = dy,
                              .weight = weight * term->weight,
                              .scratch = scratch };
    sum += term->weight * term->loss->evaluate (&pass);
  }
  return sum;
}

/* ---- describing --------------------------------------------------------- */

static void
append_number (GString *text, const char *before, double number)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (buffer, sizeof buffer, "%.10g", number);
  g_string_append_printf (text, "%s%s", before, buffer);
}

static void
append_term (GString *text, const Term *term, const RwLossShape *shape)
{
  const RwLoss *loss = term->loss;

  if (term->weight != 1) {
    append_number (text, "", term->weight);
    g_string_append (text, " * ");
  }
  g_string_append (text, loss->name);
  if (loss->param.name != NULL && term->param != loss->param.value) {
    g_string_append_printf (text, " %s", loss->param.name);
    append_number (text, "=", term->param);
  }
  if (loss->describe == NULL)
    return;
  g_autofree char *note = loss->describe (shape, term->param);
  if (note != NULL)
    g_string_append_printf (text, " (%s)", note);
}

char *
rw_objective_describe (const RwObjective *objective, const RwLossShape *shape)
{
  GString *text = g_string_new (NULL);

  for (int i = 0; i < objective->n_terms; i++) {
    g_string_append (text, i > 0 ? " + " : "");
    append_term (text, &objective->terms[i], shape);
  }
  return g_string_free (text, FALSE);
}
