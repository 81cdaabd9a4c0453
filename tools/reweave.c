/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave: one command, git-like sub-commands.  Exits 0, 1 on failure, 2 on
 * mistakes of usage, 128 and the signal's number when one interrupted it.
 */
#include "cli/cli.h"

#include <errno.h>
#include <locale.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const RwCliCommand *const commands[] = {
  &rw_cli_train,  &rw_cli_apply,  &rw_cli_eval,    &rw_cli_degrade,
  &rw_cli_encode, &rw_cli_decode, &rw_cli_info,    &rw_cli_layers,
  &rw_cli_bench,  &rw_cli_shrink, &rw_cli_explain, &rw_cli_synth,
  &rw_cli_tasks,
};

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

static void
print_overview (FILE *stream)
{
  fputs ("Usage: reweave COMMAND [OPTION…] [ARGUMENT…]\n\n"
         "Trains autoencoders that mend pictures, and mends pictures.\n\n"
         "Commands:\n",
         stream);
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    fprintf (stream, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
  fputs ("\nreweave help COMMAND explains one; reweave --version tells the "
         "version.\n",
         stream);
}

static const RwCliCommand *
find_command (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (commands[i]->name, name) == 0)
      return commands[i];
  g_autofree char *message =
      g_strdup_printf ("%s: not a command; reweave help lists them", name);
  rw_cli_print_error (message);
  return NULL;
}

/* What was printed must have arrived. */
static int
close_output (void)
{
  if (fflush (stdout) == 0 && !ferror (stdout))
    return EXIT_OK;
  g_autofree char *message =
      g_strdup_printf ("standard output: could not be written: %s; is the "
                       "disk full?",
                       g_strerror (errno));
  rw_cli_print_error (message);
  return EXIT_FAILED;
}

static int
run_command (const RwCliCommand *command, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *program = g_strconcat ("reweave ", command->name, NULL);

  g_set_prgname (program);
  if (command->run (argc, argv, &error))
    return close_output ();
  if (!error)
    return EXIT_FAILED; /* told already, picture by picture */
  if (error->domain != RW_CLI_USAGE) {
    rw_cli_print_error (error->message);
    return g_error_matches (error, RW_ERROR, RW_ERROR_CANCELLED)
               ? rw_cli_get_interrupt_status ()
               : EXIT_FAILED;
  }
  g_autofree char *message = g_strdup_printf ("%s; see reweave help %s",
                                              error->message, command->name);
  rw_cli_print_error (message);
  return EXIT_USAGE;
}

/* reweave help [COMMAND] */
static int
help (int argc, char **argv)
{
  const char *asked = argc > 1 ? argv[1] : NULL;

  if (!asked) {
    print_overview (stdout);
    return close_output ();
  }
  const RwCliCommand *command = find_command (asked);
  char *arguments[] = { (char *) asked, (char *) "--help", NULL };
  return command ? run_command (command, 2, arguments) : EXIT_USAGE;
}

static gboolean
is_one_of (const char *word, const char *a, const char *b, const char *c)
{
  return strcmp (word, a) == 0 || strcmp (word, b) == 0 ||
         strcmp (word, c) == 0;
}

/* glibc gives freed memory back at once where it was large, so that every
 * buffer of every patch or tile costs page faults anew. */
static void
keep_memory (void)
{
#ifdef __GLIBC__
  mallopt (M_MMAP_THRESHOLD, 64 << 20);
  mallopt (M_TRIM_THRESHOLD, 512 << 20);
#endif
}

int
main (int argc, char **argv)
{
  keep_memory ();
  setlocale (LC_CTYPE, "");
  /* A reader that went away shows as an error of writing. */
  signal (SIGPIPE, SIG_IGN);
  /* So does a file that hits the limit on its size. */
  signal (SIGXFSZ, SIG_IGN);

  if (argc < 2) {
    print_overview (stderr);
    return EXIT_USAGE;
  }
  if (is_one_of (argv[1], "help", "--help", "-h"))
    return help (argc - 1, argv + 1);
  if (is_one_of (argv[1], "version", "--version", "-V")) {
    printf ("reweave %s\n", rw_version ());
    return close_output ();
  }
  const RwCliCommand *command = find_command (argv[1]);
  return command ? run_command (command, argc - 1, argv + 1) : EXIT_USAGE;
}
