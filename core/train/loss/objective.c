/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The objective: parsed, evaluated, described.
 */
#include "train/loss/objective.h"

#include "reweave.h"
#include "base/choice.h"
#include "base/field.h"

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
  RwTarget target;
  int result; /* of which it is instead of the output, or -1 */
} Term;

struct RwObjective {
  int n_terms;
  Term terms[MAX_TERMS];
  int n_results;
  char *results[MAX_TERMS]; /* their names */
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

/* The beginning of a text, fit for a message.  (transfer full) */
static char *
show (const char *text)
{
  g_autofree char *shown = g_strndup (text, MAX_SHOWN);

  return g_utf8_make_valid (shown, -1);
}

static gboolean
fail (const Scan *scan, const char *expected, GError **error)
{
  g_autofree char *text = show (scan->text);
  g_autofree char *found = show (scan->at);

  g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
               "loss \"%s\" has \"%s\" where %s is expected; write it like "
               "\"charbonnier + 0.1 * ms-ssim\"",
               text, *found != '\0' ? found : "its end", expected);
  return FALSE;
}

static gboolean
fail_weight (const Scan *scan, double found, GError **error)
{
  g_autofree char *text = show (scan->text);
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (number, sizeof number, "%.10g", found);
  g_set_error (
      error, RW_ERROR, RW_ERROR_FORMAT,
      "loss \"%s\": a weight is %s, but has to be above 0 and at most "
      "1e6; change it",
      text, number);
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
begins_number (const Scan *scan)
{
  return g_ascii_isdigit (*scan->at) ||
         (*scan->at != '\0' && strchr ("+-.", *scan->at) != NULL);
}

static gboolean
take_number (Scan *scan, double *number, GError **error)
{
  char *end = NULL;

  skip_blanks (scan);
  if (!begins_number (scan))
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
    return fail_weight (scan, *weight, error);
  if (*scan->at != '*')
    return fail (scan, "\"*\"", error);
  scan->at++;
  return TRUE;
}

/* The number behind "delta=". */
static gboolean
take_param (Scan *scan, Term *term, GError **error)
{
  skip_blanks (scan);
  if (!begins_number (scan))
    return fail (scan, "a number", error);
  if (!rw_field_scan (&term->loss->param, scan->at, &scan->at, &term->param,
                      error)) {
    g_autofree char *text = show (scan->text);
    g_prefix_error (error, "loss \"%s\": ", text);
    return FALSE;
  }
  skip_blanks (scan);
  return TRUE;
}

/* "delta=0.1" or nothing */
static gboolean
parse_param (Scan *scan, Term *term, GError **error)
{
  const RwLoss *loss = term->loss;

  term->param = loss->param.def;
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
  return take_param (scan, term, error);
}

/* What the term is of, "(y)" or nothing. */
static char *
describe_subject (const RwObjective *objective, const Term *term)
{
  if (term->result >= 0)
    return g_strdup_printf ("(%s)", objective->results[term->result]);
  return g_strdup (term->target == RW_TARGET_TEACHER ? "(teacher)" : "");
}

/* A result that several terms are of is counted once. */
static int
add_result (RwObjective *objective, const char *name)
{
  for (int i = 0; i < objective->n_results; i++)
    if (g_str_equal (objective->results[i], name))
      return i;
  objective->results[objective->n_results] = g_strdup (name);
  return objective->n_results++;
}

/* "(teacher)", "(y)" or nothing */
static gboolean
parse_subject (RwObjective *objective, Scan *scan, Term *term, GError **error)
{
  skip_blanks (scan);
  if (*scan->at != '(')
    return TRUE;
  scan->at++;
  skip_blanks (scan);
  if (!g_ascii_isalpha (*scan->at))
    return fail (scan, "\"teacher\" or the name of a result", error);
  g_autofree char *name = take_word (scan);
  skip_blanks (scan);
  if (*scan->at != ')')
    return fail (scan, "\")\"", error);
  scan->at++;
  if (g_str_equal (name, "teacher")) {
    term->target = RW_TARGET_TEACHER;
    return TRUE;
  }
  if (!term->loss->elementwise) {
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "loss: has %s(%s), but %s compares pictures, and a result is "
                 "compared with 0; take an elementwise loss such as l1",
                 term->loss->name, name, term->loss->name);
    return FALSE;
  }
  term->result = add_result (objective, name);
  return TRUE;
}

static gboolean
check_new (const RwObjective *objective, const Term *term, GError **error)
{
  g_autofree char *subject = describe_subject (objective, term);

  for (int i = 0; i < objective->n_terms; i++) {
    const Term *old = &objective->terms[i];

    if (old->loss != term->loss || old->target != term->target ||
        old->result != term->result)
      continue;
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "loss: has %s%s twice, but may have it once; add the two "
                 "weights",
                 term->loss->name, subject);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_room (const RwObjective *objective, GError **error)
{
  if (objective->n_terms == MAX_TERMS) {
    g_set_error (error, RW_ERROR, RW_ERROR_FORMAT,
                 "loss: has more than %d terms, but may have %d; leave the "
                 "least out",
                 MAX_TERMS, MAX_TERMS);
    return FALSE;
  }
  return TRUE;
}

static gboolean
parse_term (RwObjective *objective, Scan *scan, GError **error)
{
  Term term = { .result = -1 };

  if (!parse_weight (scan, &term.weight, error))
    return FALSE;
  skip_blanks (scan);
  if (!g_ascii_isalpha (*scan->at))
    return fail (scan, "the name of a loss", error);
  g_autofree char *name = take_word (scan);
  term.loss = rw_loss_find (name, error);
  if (term.loss == NULL || !check_room (objective, error) ||
      !parse_subject (objective, scan, &term, error) ||
      !check_new (objective, &term, error) ||
      !parse_param (scan, &term, error))
    return FALSE;
  objective->terms[objective->n_terms++] = term;
  return TRUE;
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
  if (objective == NULL)
    return;
  for (int i = 0; i < objective->n_results; i++)
    g_free (objective->results[i]);
  g_free (objective);
}

/* ---- asking ------------------------------------------------------------- */

gboolean
rw_objective_uses (const RwObjective *objective, RwTarget target)
{
  for (int i = 0; i < objective->n_terms; i++)
    if (objective->terms[i].result < 0 && objective->terms[i].target == target)
      return TRUE;
  return FALSE;
}

int
rw_objective_get_n_results (const RwObjective *objective)
{
  return objective->n_results;
}

const char *
rw_objective_get_result (const RwObjective *objective, int i)
{
  return objective->results[i];
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
                       const RwObjectivePass *pass)
{
  const RwLossShape *shape = &pass->shape;
  const gsize n =
      (gsize) shape->height * (gsize) shape->width * (gsize) shape->stride;
  const double trade = pass->trade > 0 ? pass->trade : 1;
  double sum = 0;

  memset (pass->dy, 0, n * sizeof (float));
  for (int i = 0; i < objective->n_terms; i++) {
    const Term *term = &objective->terms[i];
    const double weight =
        term->result >= 0 ? term->weight / trade : term->weight * trade;
    RwLossPass p = { .shape = *shape,
                     .param = term->param,
                     .y = pass->y,
                     .target = pass->targets[term->target],
                     .dy = pass->dy,
                     .weight = pass->weight * weight,
                     .scratch = pass->scratch };
    if (term->result >= 0) {
      const RwObjectiveResult *result = &pass->results[term->result];
      p.shape = result->shape;
      p.y = result->y;
      p.target = NULL;
      p.dy = result->dy;
    }
    sum += weight * term->loss->evaluate (&p);
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
append_term (GString *text,
             const RwObjective *objective,
             const Term *term,
             const RwLossShape *shape)
{
  const RwLoss *loss = term->loss;
  g_autofree char *subject = describe_subject (objective, term);

  if (term->weight != 1) {
    append_number (text, "", term->weight);
    g_string_append (text, " * ");
  }
  g_string_append (text, loss->name);
  g_string_append (text, subject);
  if (loss->param.name != NULL && term->param != loss->param.def) {
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
    append_term (text, objective, &objective->terms[i], shape);
  }
  return g_string_free (text, FALSE);
}
