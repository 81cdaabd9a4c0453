/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What the sub-commands of reweave share: the command table's row, options,
 * numbers from the command line, Ctrl-C, progress, JSON.
 */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

#include "cli/text.h"
#include "reweave.h"
#include "tasks/task.h"

/* ---- commands ---------------------------------------------------------- */

typedef struct {
  const char *name;      /* "apply" */
  const char *arguments; /* "IN OUT", shown after the options */
  const char *summary;   /* one line for the list of commands */
  const char *text;      /* what --help prints below the options */
  /* Does the work; argv[0] is the command's name.  Errors of the domain
   * RW_CLI_USAGE or G_OPTION_ERROR exit with 2, others with 1. */
  gboolean (*run) (int argc, char **argv, GError **error);
} RwCliCommand;

extern const RwCliCommand rw_cli_train;
extern const RwCliCommand rw_cli_apply;
extern const RwCliCommand rw_cli_eval;
extern const RwCliCommand rw_cli_degrade;
extern const RwCliCommand rw_cli_explain;
extern const RwCliCommand rw_cli_encode;
extern const RwCliCommand rw_cli_decode;
extern const RwCliCommand rw_cli_info;
extern const RwCliCommand rw_cli_layers;
extern const RwCliCommand rw_cli_bench;
extern const RwCliCommand rw_cli_shrink;
extern const RwCliCommand rw_cli_synth;
extern const RwCliCommand rw_cli_tasks;

#define RW_CLI_USAGE (rw_cli_usage_quark ())
GQuark rw_cli_usage_quark (void);

/* Sets @error to a mistake of usage and returns FALSE. */
gboolean rw_cli_usage (GError **error, const char *format, ...)
    G_GNUC_PRINTF (2, 3);

/* ---- options ----------------------------------------------------------- */

/* Parses @entries and @more (or NULL) out of @argv, leaving argv[0] and the
 * positional arguments, of which there must be @min to @max (-1: any number).
 */
gboolean rw_cli_parse_with (const RwCliCommand *command,
                            const GOptionEntry *entries,
                            const GOptionEntry *more,
                            int *argc,
                            char ***argv,
                            int min,
                            int max,
                            GError **error);

/* The same without more. */
gboolean rw_cli_parse (const RwCliCommand *command,
                       const GOptionEntry *entries,
                       int *argc,
                       char ***argv,
                       int min,
                       int max,
                       GError **error);

/* The value of @option ("--strength") from @text, in [@low, @high].  @text
 * NULL leaves *@value as it is. */
gboolean rw_cli_number (const char *option,
                        const char *text,
                        double low,
                        double high,
                        double *value,
                        GError **error);
gboolean rw_cli_integer (const char *option,
                         const char *text,
                         gint64 low,
                         gint64 high,
                         gint64 *value,
                         GError **error);

/* "640x480", each side from 1 to @max */
gboolean rw_cli_size (const char *option,
                      const char *text,
                      int max,
                      int *width,
                      int *height,
                      GError **error);

/* "512M", "4G", "1.5 GiB" or plain bytes to bytes, 1M or more. */
gboolean rw_cli_bytes (const char *option,
                       const char *text,
                       gsize *n_bytes,
                       GError **error);

/* Takes "--pairs CLEAN DAMAGED", which no GOptionEntry can say, out of @argv,
 * as often as it is there.  @pairs: clean, damaged, clean, ... or NULL.
 * (transfer full) */
gboolean rw_cli_take_pairs (
    const char *option, char ***pairs, int *argc, char **argv, GError **error);

/* "--task": the task called @name, NULL: denoise. */
const RwTask *rw_cli_task (const char *name, GError **error);

/* What the core shall look for: a name without a slash that is a file here
 * means that file.  NULL stays NULL.  (transfer full) */
char *rw_cli_weights (const char *name);

/* The model, with "--repeats" and "--turns" where these are no NULL.  Without
 * @task_name it is of the task that @weights are for, and without either of
 * denoise.  (transfer full) */
RwModel *rw_cli_load_model (const char *task_name,
                            const char *weights,
                            const char *repeats,
                            const char *turns,
                            GError **error);

/* "--threads": passes it on to the core. */
gboolean rw_cli_threads (const char *text, GError **error);

/* Whether all that reweave reads from the environment makes sense; a mistake
 * of usage otherwise.  rw_cli_parse does it, too. */
gboolean rw_cli_check_environment (GError **error);

/* ---- Ctrl-C ------------------------------------------------------------ */

/* From now on the first SIGINT, SIGTERM or SIGHUP is noted.  Half a second
 * later, or at the second one, the process ends whatever it does, with the
 * status below and without a temporary file. */
void rw_cli_catch_interrupt (void);

/* The same for what saves when it is told to stop, which takes its time: only
 * the second one ends the process. */
void rw_cli_catch_interrupt_to_save (void);

gboolean rw_cli_is_interrupted (void);

/* What the process exits with then: 128 and the signal's number, as a shell
 * has it for a command that the signal ended. */
int rw_cli_get_interrupt_status (void);

/* ---- progress, on standard error --------------------------------------- */

typedef struct {
  gboolean
      terminal; /* a bar that is drawn over; otherwise a line every 10 s */
  gboolean quiet;
  gboolean drawn;
  gint64 shown_us; /* when last shown */
} RwCliProgress;

void rw_cli_progress_begin (RwCliProgress *progress, gboolean quiet);
/* TRUE when it is time to show something again. */
gboolean rw_cli_progress_is_due (const RwCliProgress *progress);
void rw_cli_progress_show (RwCliProgress *progress,
                           double fraction,
                           const char *text);
/* Wipes the bar, before other output. */
void rw_cli_progress_clear (RwCliProgress *progress);

/* "1:02:03" or "2:03"; "?" for what is not finite.  (transfer full) */
char *rw_cli_format_time (double seconds);

/* ---- output ------------------------------------------------------------ */

/* A member; null when @value is not finite, as JSON has no such numbers. */
void rw_cli_json_number (JsonBuilder *builder, const char *name, double value);
void
rw_cli_json_integer (JsonBuilder *builder, const char *name, gint64 value);
void
rw_cli_json_string (JsonBuilder *builder, const char *name, const char *value);

/* One line on standard output, or many, indented, if @pretty. */
void rw_cli_json_print (JsonBuilder *builder, gboolean pretty);
