/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The options of reweave train: parsed, checked and made a recipe.
 */
#include "train/train-options.h"

#include "plot/plot.h"
#include "recipes.h"

#include <string.h>

#define DEFAULT_DATA_BYTES ((gsize) 4 << 30)
#define NO_STEPS 1000000000 /* the most that a recipe can hold */
#define NOISE_RATE                                                            \
  0.1 /* of the recipe's lr, to learn a scanner's noise with
                          weights that know others */
#define NOISE_DATA "synth:300" /* when no clean pictures are given */

/* ---- options ----------------------------------------------------------- */

void
rw_cli_train_options_clear (RwCliTrainOptions *options)
{
  for (int i = 0; i < options->n_overrides; i++) {
    g_free (options->overrides[i].option);
    g_free (options->overrides[i].key);
    g_free (options->overrides[i].help);
    g_free (options->overrides[i].value);
  }
  g_free (options->overrides);
  g_free (options->task);
  g_free (options->recipe);
  g_free (options->net);
  g_free (options->from);
  g_free (options->teacher);
  g_free (options->noise);
  g_free (options->repeats);
  g_free (options->out);
  g_free (options->time);
  g_free (options->memory);
  g_free (options->checkpoint);
  g_free (options->plot);
  g_free (options->sheet);
  g_free (options->threads);
  g_free (options->again);
  g_free (options->feed);
  g_free (options->title);
  g_free (options->license);
  g_free (options->data_note);
  g_strfreev (options->data);
  g_strfreev (options->validation);
  g_strfreev (options->pairs);
  g_strfreev (options->validation_pairs);
}

/* "Course of the rate (recipe or cosine)" */
static char *
make_help (const RwRecipeKey *key)
{
  GString *help = g_string_new (key->summary);

  help->str[0] = g_ascii_toupper (help->str[0]);
  if (key->value[0])
    g_string_append_printf (help, " (recipe or %s)", key->value);
  return g_string_free (help, FALSE);
}

/* One option for each key of [train] but task, which has its own. */
static void
add_overrides (RwCliTrainOptions *options, GArray *entries)
{
  int n_keys;
  const RwRecipeKey *keys = rw_recipe_list_keys (&n_keys);

  options->overrides = g_new0 (RwCliOverride, n_keys);
  for (int i = 0; i < n_keys; i++) {
    if (strcmp (keys[i].section, "train") != 0 ||
        strcmp (keys[i].name, "task") == 0)
      continue;
    RwCliOverride *override = &options->overrides[options->n_overrides++];
    override->key = g_strdup (keys[i].name);
    override->help = make_help (&keys[i]);
    override->option = g_strdelimit (g_strdup (keys[i].name), "_", '-');
    const GOptionEntry entry = { override->option,
                                 0,
                                 0,
                                 G_OPTION_ARG_STRING,
                                 &override->value,
                                 override->help,
                                 keys[i].range };
    g_array_append_val (entries, entry);
  }
}

static gboolean
parse (RwCliTrainOptions *options, int *argc, char ***argv, GError **error)
{
  char *unused = NULL; /* of options that rw_cli_take_pairs has taken */
  const GOptionEntry fixed[] = {
    { "data", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->data,
      "Folder of clean pictures or CIFAR-10 batches, or synth:N; repeatable",
      "FOLDER" },
    { "pairs", 0, 0, G_OPTION_ARG_FILENAME, &unused,
      "Instead of --data: folders of clean and damaged pictures; repeatable",
      "CLEAN DAMAGED" },
    { "repeats-of", 0, 0, G_OPTION_ARG_FILENAME, &options->repeats,
      "Instead of --data: repeated shots, a folder or a name for each scene",
      "FOLDER" },
    { "noise-from", 0, 0, G_OPTION_ARG_FILENAME, &options->noise,
      "Half of the patches get the noise of these scans' flat parts",
      "FOLDER" },
    { "out", 'o', 0, G_OPTION_ARG_FILENAME, &options->out,
      "Weight file to write; FILE.checkpoint and FILE.log.csv go beside it",
      "FILE" },
    { "val", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->validation,
      "Pictures to validate on, or none (default: --val-share of the data)",
      "FOLDER" },
    { "val-pairs", 0, 0, G_OPTION_ARG_FILENAME, &unused, "The same as pairs",
      "CLEAN DAMAGED" },
    { "data-memory", 0, 0, G_OPTION_ARG_STRING, &options->memory,
      "Of decoded pictures to hold; others are decoded ahead (default 4G)",
      "SIZE" },
    { "task", 0, 0, G_OPTION_ARG_STRING, &options->task,
      "What to undo (default: the recipe's, or denoise)", "TASK" },
    { "recipe", 0, 0, G_OPTION_ARG_FILENAME, &options->recipe,
      "Net and settings: a file or a name (default: the task's)", "RECIPE" },
    { "net", 0, 0, G_OPTION_ARG_FILENAME, &options->net,
      "Another net: a text, a recipe or a weight file", "FILE" },
    { "from", 0, 0, G_OPTION_ARG_FILENAME, &options->from,
      "Begin with these weights (a file or a name) instead of random ones",
      "WEIGHTS" },
    { "continue", 0, 0, G_OPTION_ARG_NONE, &options->continues,
      "With --from: another leg, with its recipe, steps and checkpoint",
      NULL },
    { "partial", 0, 0, G_OPTION_ARG_NONE, &options->partial,
      "Of --from take what matches by name and shape", NULL },
    { "teacher", 0, 0, G_OPTION_ARG_FILENAME, &options->teacher,
      "Learn from these weights too, as \"(teacher)\" in --loss says",
      "WEIGHTS" },
    { "time", 0, 0, G_OPTION_ARG_STRING, &options->time,
      "Train this long, such as 90m or 2h, instead of a number of steps",
      "TIME" },
    { "resume", 0, 0, G_OPTION_ARG_NONE, &options->resume,
      "Go on from the checkpoint", NULL },
    { "new-data", 0, 0, G_OPTION_ARG_NONE, &options->new_data,
      "With --resume: also with other pictures than before", NULL },
    { "force", 0, 0, G_OPTION_ARG_NONE, &options->force,
      "Begin anew where a training's files lie, and write over them", NULL },
    { "title", 0, 0, G_OPTION_ARG_STRING, &options->title,
      "What the file calls itself (default: nothing)", "TEXT" },
    { "license", 0, 0, G_OPTION_ARG_STRING, &options->license,
      "Terms of the file (default: it names none)", "TEXT" },
    { "data-note", 0, 0, G_OPTION_ARG_STRING, &options->data_note,
      "What the file says of the pictures it learnt from (default: nothing)",
      "TEXT" },
    { "about", 0, 0, G_OPTION_ARG_NONE, &options->about,
      "Title, terms and pictures are those that the recipe names", NULL },
    { "record", 0, 0, G_OPTION_ARG_NONE, &options->record,
      "Without --time, too, the file tells seconds and machine", NULL },
    { "checkpoint", 0, 0, G_OPTION_ARG_STRING, &options->checkpoint,
      "Time between checkpoints, which is what a kill may cost (default 5m)",
      "TIME" },
    { "plot", 0, 0, G_OPTION_ARG_FILENAME, &options->plot,
      "Draw the curves at each validation and at the end, .png or .svg",
      "FILE" },
    { "sheet", 0, 0, G_OPTION_ARG_FILENAME, &options->sheet,
      "At each validation show six pictures damaged, restored and clean",
      "FILE" },
    { "capacity", 0, 0, G_OPTION_ARG_NONE, &options->capacity,
      "At each validation tell whether the net is too large or too small",
      NULL },
    { "find-lr", 0, 0, G_OPTION_ARG_NONE, &options->find_lr,
      "Suggest an lr: sweep it, draw the loss, train nothing", NULL },
    { "feed", 0, 0, G_OPTION_ARG_STRING, &options->feed,
      "Train nothing: first weights to --out, batches to standard output",
      "STEP" },
    { "threads", 0, 0, G_OPTION_ARG_STRING, &options->threads,
      "Default: one for each processor; the result is the same", "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json,
      "Tell events as JSON, one object a line, on standard output", NULL },
    { "list", 0, 0, G_OPTION_ARG_NONE, &options->list,
      "List recipes, losses, optimisers and schedules, and exit", NULL },
  };
  const GOptionEntry end = { NULL };
  g_autoptr (GArray) entries =
      g_array_new (FALSE, FALSE, sizeof (GOptionEntry));

  if (!rw_cli_take_pairs ("--pairs", &options->pairs, argc, *argv, error) ||
      !rw_cli_take_pairs ("--val-pairs", &options->validation_pairs, argc,
                          *argv, error))
    return FALSE;
  g_array_append_vals (entries, fixed, G_N_ELEMENTS (fixed));
  add_overrides (options, entries);
  g_array_append_val (entries, end);
  return rw_cli_parse (&rw_cli_train, (const GOptionEntry *) entries->data,
                       argc, argv, 0, 0, error);
}

/* "90m", "1.5h", "45s" or "45" to seconds */
static gboolean
parse_time (const char *option,
            const char *text,
            double *seconds,
            GError **error)
{
  char *end = NULL;

  if (!text)
    return TRUE;
  double value = g_ascii_strtod (text, &end);
  if (strcmp (end, "h") == 0)
    value *= 3600;
  else if (strcmp (end, "m") == 0)
    value *= 60;
  else if (end == text || (*end && strcmp (end, "s") != 0))
    value = 0;
  if (!(value >= 0.1 && value <= 3.2e7))
    return rw_cli_usage (
        error,
        "%s: found '%s', expected a time from 0.1s to a year, "
        "such as 90s, 45m or 2h",
        option, text);
  *seconds = value;
  return TRUE;
}

/* Whether @path's folder is there. */
static gboolean
check_folder (const char *option, const char *path, GError **error)
{
  g_autofree char *folder = path ? g_path_get_dirname (path) : NULL;

  if (!folder || g_file_test (folder, G_FILE_TEST_IS_DIR))
    return TRUE;
  return rw_cli_usage (error,
                       "%s: there is no folder %s, expected one to write to; "
                       "make it first",
                       option, folder);
}

/* Before hours of training: can they be written? */
static gboolean
check_pictures (const RwCliTrainOptions *options, GError **error)
{
  if (!check_folder ("--plot", options->plot, error) ||
      !check_folder ("--sheet", options->sheet, error))
    return FALSE;
  g_autoptr (GError) failure = NULL;
  g_autofree char *sheet =
      options->sheet ? g_ascii_strdown (options->sheet, -1) : NULL;

  if (options->plot && !rw_cli_plot_check (options->plot, &failure))
    return rw_cli_usage (error, "--plot: %s", failure->message);
  if (sheet && !g_str_has_suffix (sheet, ".png") &&
      !g_str_has_suffix (sheet, ".jpg") && !g_str_has_suffix (sheet, ".jpeg"))
    return rw_cli_usage (error,
                         "--sheet: found '%s', expected a name that ends in "
                         ".png or .jpg; change it",
                         options->sheet);
  return TRUE;
}

/* ---- the recipe -------------------------------------------------------- */

static gboolean
override (RwRecipe *recipe, const RwCliTrainOptions *options, GError **error)
{
  for (int i = 0; i < options->n_overrides; i++) {
    const RwCliOverride *o = &options->overrides[i];
    g_autoptr (GError) failure = NULL;
    if (o->value && !rw_recipe_set (recipe, o->key, o->value, &failure))
      return rw_cli_usage (error, "--%s: %s", o->option, failure->message);
  }
  return TRUE;
}

static gboolean
has_override (const RwCliTrainOptions *options, const char *key)
{
  for (int i = 0; i < options->n_overrides; i++)
    if (strcmp (options->overrides[i].key, key) == 0)
      return options->overrides[i].value != NULL;
  return FALSE;
}

/* The net that is asked for; without one and without a recipe that of the
 * weights to begin with, or that of the checkpoint; else the recipe's own. */
static gboolean
set_net (RwRecipe *recipe, const RwCliTrainOptions *options, GError **error)
{
  g_autofree char *checkpoint =
      g_strconcat (options->out, ".checkpoint", NULL);
  g_autofree char *text = NULL;

  if (options->net)
    text = rw_cli_load_net_text (options->net, error);
  else if (options->recipe)
    return TRUE;
  else if (options->from)
    text = rw_cli_net_of_weights (options->from, error);
  else if (options->resume)
    text = rw_cli_net_of_checkpoint (checkpoint, error);
  else
    return TRUE;
  return text && rw_recipe_set (recipe, "net", text, error);
}

/* What a recipe says of the weights that it was written for is not true of
 * others: a person's own file says what the person says. */
static gboolean
set_about (RwRecipe *recipe, const RwCliTrainOptions *options, GError **error)
{
  const char *const texts[][2] = { { "title", options->title },
                                   { "description", NULL },
                                   { "license", options->license },
                                   { "data", options->data_note } };

  for (guint i = 0; !options->about && i < G_N_ELEMENTS (texts); i++)
    if ((texts[i][1] || !options->continues) &&
        !rw_recipe_set (recipe, texts[i][0], texts[i][1] ? texts[i][1] : "",
                        error))
      return FALSE;
  return TRUE;
}

static RwRecipe *
find_recipe (const RwCliTrainOptions *options,
             const RwTask *task,
             GError **error)
{
  g_autofree char *checkpoint =
      g_strconcat (options->out, ".checkpoint", NULL);

  if (options->continues && options->resume)
    return rw_cli_recipe_of_checkpoint (checkpoint, error);
  if (options->continues)
    return rw_cli_recipe_of_weights (options->from, error);
  if (options->net && !options->recipe)
    return rw_recipe_new ();
  return rw_cli_find_recipe (task, options->recipe, error);
}

/* A file that was trained for a time has no number of steps to go on to. */
static gboolean
check_end (const RwCliTrainOptions *options,
           const RwRecipe *recipe,
           GError **error)
{
  if (!options->continues || options->time || recipe->epochs > 0 ||
      recipe->steps < NO_STEPS)
    return TRUE;
  return rw_cli_usage (error,
                       "--continue: %s was trained for a time, expected how "
                       "long to go on; give --time, or --steps in all",
                       options->from ? options->from : options->out);
}

RwRecipe *
rw_cli_train_options_make_recipe (const RwCliTrainOptions *options,
                                  const RwTask *task,
                                  GError **error)
{
  g_autoptr (RwRecipe) recipe = find_recipe (options, task, error);

  if (!recipe)
    return NULL;
  if (options->task && !rw_recipe_set (recipe, "task", options->task, error))
    return NULL;
  if ((!options->continues && !set_net (recipe, options, error)) ||
      !set_about (recipe, options, error))
    return NULL;
  if (options->repeats && !options->recipe && !options->continues &&
      !rw_recipe_set (recipe, "loss", "mse", error))
    return NULL;
  if ((options->noise || (options->repeats && options->from)) &&
      !options->recipe && !options->continues)
    recipe->lr *= NOISE_RATE;
  if (!override (recipe, options, error))
    return NULL;
  if (options->timed)
    recipe->steps = NO_STEPS;
  if (has_override (options, "steps") && !has_override (options, "epochs"))
    recipe->epochs = 0;
  if (!check_end (options, recipe, error))
    return NULL;
  return g_steal_pointer (&recipe);
}

static gboolean
parse_feed (RwCliTrainOptions *options, GError **error)
{
  gint64 step = 0;

  if (!rw_cli_integer ("--feed", options->feed, 0, NO_STEPS, &step, error))
    return FALSE;
  options->feed_step = (guint64) step;
  return TRUE;
}

/* ---- all --------------------------------------------------------------- */

gboolean
rw_cli_train_options_parse (RwCliTrainOptions *options,
                            int argc,
                            char **argv,
                            GError **error)
{
  options->again = rw_cli_train_options_go_on (argc, argv);
  options->data_bytes = DEFAULT_DATA_BYTES;
  if (!parse (options, &argc, &argv, error))
    return FALSE;
  if (options->noise && !options->data && !options->pairs && !options->list) {
    const char *const drawn[] = { NOISE_DATA, NULL };
    options->data = g_strdupv ((char **) drawn);
  }
  options->timed = options->time && !has_override (options, "steps") &&
                   !has_override (options, "epochs");
  return (options->list || (rw_cli_train_options_check (options, error) &&
                            check_pictures (options, error) &&
                            parse_time ("--time", options->time,
                                        &options->max_seconds, error) &&
                            parse_time ("--checkpoint", options->checkpoint,
                                        &options->checkpoint_seconds, error) &&
                            parse_feed (options, error) &&
                            rw_cli_bytes ("--data-memory", options->memory,
                                          &options->data_bytes, error) &&
                            rw_cli_threads (options->threads, error)));
}
