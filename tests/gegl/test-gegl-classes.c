/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Every operation against the task that it is made from: which there are, their
 * properties and keys, controls given and left open, default weights, weights
 * of any task.
 */
#include "gegl-fixture.h"

/* Works with its control left open. */
#define BLIND_NET                                                             \
  "input rgb value known\n"                                                   \
  "conv 6 | relu | conv 3 | residual\n"

static gboolean
has_operation (const RwTaskInfo *info)
{
  return (info->kind == RW_TASK_FILTER || info->kind == RW_TASK_SCALER) &&
         !info->finds;
}

static gboolean
is_plain (const RwTaskInfo *info)
{
  return info->kind == RW_TASK_FILTER && info->mask == RW_MASK_NONE &&
         !info->finds;
}

static char *
operation_name (const RwTaskInfo *info)
{
  return g_strconcat ("reweave:", info->name, NULL);
}

/* The tasks for which that holds, (transfer container). */
static GPtrArray *
list_tasks (gboolean (*holds) (const RwTaskInfo *info))
{
  GPtrArray *tasks = g_ptr_array_new ();

  for (const RwTaskInfo *const *info = rw_task_list (); *info != NULL; info++)
    if (holds (*info))
      g_ptr_array_add (tasks, (gpointer) *info);
  g_assert_cmpuint (tasks->len, >, 3);
  return tasks;
}

/* Weights of @info's task whose net is told its control. */
static void
write_weights_of (Fixture *f, const RwTaskInfo *info, gboolean blind)
{
  random_weights_write (f->path, info->name,
                        info->n_controls == 0 ? RANDOM_NET_PLAIN
                        : blind               ? BLIND_NET
                                              : RANDOM_NET_DEEP,
                        11);
}

/* The operation's picture is what the core makes with @settings. */
static void
assert_restores (Fixture *f, const char *task, RwSettings settings)
{
  const gsize size = canvas_size (&f->canvas);
  g_autofree float *out = g_malloc (size);
  GError *error = NULL;
  g_autoptr (RwModel) model = rw_model_load (task, f->path, &error);

  g_assert_no_error (error);
  canvas_reset (&f->canvas);
  canvas_restore (&f->canvas, model, settings, f->canvas.bounds, &error);
  g_assert_no_error (error);
  render (f->operation, &f->canvas.bounds, RGBA, out);
  g_assert_cmpmem (out, size, f->canvas.out, size);
  g_assert_true (memcmp (out, f->canvas.in, size) != 0);
}

/* It hands its input on and says why. */
static void
assert_fails (Fixture *f, const char *pattern)
{
  const gsize size = canvas_size (&f->canvas);
  g_autofree float *out = g_malloc (size);
  g_autofree char *error = NULL;
  gboolean failed = FALSE;

  g_test_expect_message ("reweave", G_LOG_LEVEL_WARNING, pattern);
  render (f->operation, &f->canvas.bounds, RGBA, out);
  g_test_assert_expected_messages ();
  g_assert_cmpmem (out, size, f->canvas.in, size);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  gegl_node_get (f->operation, "error", &error, "failed", &failed, NULL);
  g_assert_true (g_pattern_match_simple (pattern, error));
  g_assert_true (failed);
}

/* ---- what GEGL sees ----------------------------------------------------- */

static void
test_list (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) tasks = list_tasks (has_operation);
  guint n = 0, n_ours = 0;
  g_autofree char **names = gegl_list_operations (&n);

  for (guint i = 0; i < n; i++)
    n_ours += g_str_has_prefix (names[i], "reweave:") &&
              !g_str_has_prefix (names[i], "reweave:rwi-");
  g_assert_cmpuint (n_ours, ==, tasks->len + 1);
  g_assert_true (gegl_has_operation ("reweave:restore-with"));
  for (guint i = 0; i < tasks->len; i++) {
    const RwTaskInfo *info = tasks->pdata[i];
    g_autofree char *name = operation_name (info);
    g_autofree char *title = g_strconcat ("Reweave ", info->title, NULL);
    g_assert_true (gegl_has_operation (name));
    g_assert_cmpstr (gegl_operation_get_key (name, "title"), ==, title);
    g_assert_cmpstr (gegl_operation_get_key (name, "description"), ==,
                     info->blurb);
    g_assert_cmpstr (gegl_operation_get_key (name, "categories"), ==,
                     info->category);
    g_assert_null (gegl_operation_get_key (name, "gimp:menu-path"));
  }
}

static void
assert_number (
    GParamSpec *spec, const char *name, double low, double high, double def)
{
  g_assert_cmpstr (spec->name, ==, name);
  g_assert_true (GEGL_IS_PARAM_SPEC_DOUBLE (spec));
  g_assert_cmpfloat (G_PARAM_SPEC_DOUBLE (spec)->minimum, ==, low);
  g_assert_cmpfloat (G_PARAM_SPEC_DOUBLE (spec)->maximum, ==, high);
  g_assert_cmpfloat (G_PARAM_SPEC_DOUBLE (spec)->default_value, ==, def);
}

/* Strength, and what follows it.  Returns how many these are. */
static guint
assert_common (GParamSpec **specs, const RwTaskInfo *info)
{
  const gboolean masked = info != NULL && info->mask != RW_MASK_NONE;
  const RwField *open =
      info != NULL && info->n_controls > 0 && info->controls[0].open
          ? &info->controls[0]
          : NULL;
  guint n = 0;

  assert_number (specs[n++], "strength", 0, 1, 1);
  if (!masked)
    assert_number (specs[n++], "grain", 0, 1, 0);
  if (info != NULL && info->searches)
    assert_number (specs[n++], "scratches", 0, 1, info->marks);
  g_assert_cmpstr (specs[n]->name, ==, "turns");
  g_assert_cmpint (G_PARAM_SPEC_INT (specs[n++])->maximum, ==, 8);
  if (masked) {
    g_assert_cmpstr (specs[n++]->name, ==, "aux");
    g_assert_cmpstr (specs[n++]->name, ==, "invert");
  }
  if (info == NULL || open != NULL) {
    g_assert_cmpstr (gegl_param_spec_get_property_key (specs[n], "visible"),
                     ==, "0");
    assert_number (specs[n++], "measured", 0, open ? open->high : 100, 0);
  }
  g_assert_cmpstr (specs[n]->name, ==, "failed");
  g_assert_cmpstr (gegl_param_spec_get_property_key (specs[n++], "visible"),
                   ==, "0");
  g_assert_cmpstr (specs[n]->name, ==, "error");
  g_assert_cmpstr (gegl_param_spec_get_property_key (specs[n], "visible"), ==,
                   "failed");
  g_assert_cmpstr (gegl_param_spec_get_property_key (specs[n++], "error"), ==,
                   "true");
  g_assert_cmpstr (specs[n]->name, ==, "weights");
  g_assert_true (GEGL_IS_PARAM_SPEC_FILE_PATH (specs[n++]));
  return n;
}

static gboolean
has_pad (Fixture *f, const char *name, const char *pad)
{
  GeglNode *node = gegl_node_new_child (f->graph, "operation", name, NULL);
  const gboolean has = gegl_node_has_pad (node, pad);

  gegl_node_remove_child (f->graph, node);
  return has;
}

static void
test_properties (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) tasks = list_tasks (has_operation);

  for (guint i = 0; i < tasks->len; i++) {
    const RwTaskInfo *info = tasks->pdata[i];
    g_autofree char *name = operation_name (info);
    guint n = 0;
    g_autofree GParamSpec **specs = gegl_operation_list_properties (name, &n);
    for (int c = 0; c < info->n_controls; c++) {
      const RwField *control = &info->controls[c];
      g_assert_cmpfloat (control->low, >, control->open ? 0 : -1e9);
      g_assert_cmpfloat (control->high, <=, 100); /* of restore-with */
      assert_number (specs[c], control->name, control->open ? 0 : control->low,
                     control->high, control->open ? 0 : control->def);
      g_assert_cmpint (GEGL_PARAM_SPEC_DOUBLE (specs[c])->ui_digits, ==,
                       control->digits);
      g_assert_nonnull (
          strstr (g_param_spec_get_blurb (specs[c]), control->summary));
      g_assert_cmpint (
          strstr (g_param_spec_get_blurb (specs[c]), "; 0 finds") != NULL, ==,
          control->open);
    }
    g_assert_cmpint (has_pad (f, name, "aux"), ==, info->mask != RW_MASK_NONE);
    const guint n_common = assert_common (specs + info->n_controls, info);
    g_assert_cmpuint (n, ==, (guint) info->n_controls + n_common);
  }
  guint n = 0;
  g_autofree GParamSpec **specs =
      gegl_operation_list_properties ("reweave:restore-with", &n);
  assert_number (specs[0], "value", 0, 100, 0);
  g_assert_cmpuint (n, ==, 1 + assert_common (specs + 1, NULL));
}

/* ---- pixels ------------------------------------------------------------- */

static void
test_strength_0 (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) tasks = list_tasks (is_plain);
  const gsize size = canvas_size (&f->canvas);
  g_autofree float *out = g_malloc (size);

  use_format (f, RGBA);
  for (guint i = 0; i <= tasks->len; i++) {
    g_autofree char *name = i < tasks->len ? operation_name (tasks->pdata[i])
                                           : g_strdup ("reweave:restore-with");
    use_operation (f, name);
    gegl_node_set (f->operation, "strength", 0.0, "weights", "", NULL);
    render (f->operation, &f->canvas.bounds, RGBA, out);
    g_assert_cmpmem (out, size, f->canvas.in, size);
  }
}

/* Its own name and restore-with's, whose control has another. */
static void
assert_restores_both (Fixture *f, const RwTaskInfo *info, double value)
{
  g_autofree char *name = operation_name (info);
  const char *control = info->n_controls > 0 ? info->controls[0].name : NULL;
  const RwValue given = { control, value };
  const RwSettings settings = {
    .strength = 0.75, .grain = 0.5, .values = &given, .n_values = value > 0
  };

  for (int any = 0; any < 2; any++) {
    use_operation (f, any ? "reweave:restore-with" : name);
    gegl_node_set (f->operation, "strength", 0.75, "grain", 0.5, NULL);
    if (value > 0)
      gegl_node_set (f->operation, any ? "value" : control, value, NULL);
    assert_restores (f, info->name, settings);
  }
}

static void
test_controls (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) tasks = list_tasks (is_plain);

  use_format (f, RGBA);
  for (guint i = 0; i < tasks->len; i++)
    for (int blind = 0; blind < 2; blind++) {
      const RwTaskInfo *info = tasks->pdata[i];
      write_weights_of (f, info, blind);
      assert_restores_both (f, info, 0);
      if (info->n_controls > 0)
        assert_restores_both (f, info, info->controls[0].high);
    }
}

/* A net that is told a value needs no more of the picture than its blocks; one
 * that is told none has it measured. */
static void
test_regions (Fixture *f, gconstpointer data)
{
  const GeglRectangle pixel = { 5, 6, 1, 1 };

  use_format (f, RGBA);
  for (int i = 0; i < 4; i++) {
    const gboolean told = i % 2;
    random_weights_write (f->path, "denoise",
                          i < 2 ? RANDOM_NET_DEEP : BLIND_NET, 3);
    use_operation (f, "reweave:denoise");
    gegl_node_set (f->operation, "level", told ? 5.0 : 0.0, NULL);
    const GeglRectangle needed = gegl_operation_get_required_for_output (
        gegl_node_get_gegl_operation (f->operation), "input", &pixel);
    if (told)
      g_assert_cmpint (needed.width, <, f->canvas.bounds.width);
    else
      g_assert_cmpint (needed.width, ==, f->canvas.bounds.width);
  }
}

/* A level that lies between 0 and the lowest is the lowest. */
static void
test_lowest (Fixture *f, gconstpointer data)
{
  const RwValue given = { "level", 0.1 };

  use_format (f, RGBA);
  gegl_node_set (f->operation, "level", 0.03, NULL);
  assert_restores (
      f, "white-noise",
      (RwSettings){ .strength = 1, .values = &given, .n_values = 1 });
}

/* ---- weights ------------------------------------------------------------ */

/* Without a weight file, the operation of each task does what its default
 * does, or says that this is missing. */
static void
test_defaults (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) tasks = list_tasks (is_plain);
  guint n_missing = 0;

  use_format (f, RGBA);
  for (guint i = 0; i < tasks->len; i++) {
    const RwTaskInfo *info = tasks->pdata[i];
    g_autofree char *name = operation_name (info);
    g_autofree char *pattern = g_strconcat ("*", info->weights, "*", NULL);
    g_autoptr (RwModel) model = rw_model_load (info->name, NULL, NULL);
    use_operation (f, name);
    gegl_node_set (f->operation, "weights", "", NULL);
    n_missing += model == NULL;
    if (model == NULL)
      assert_fails (f, pattern);
    else {
      g_free (f->path);
      f->path = g_strdup (info->weights);
      assert_restores (f, info->name, (RwSettings){ .strength = 1 });
    }
  }
  g_test_message ("%u of %u defaults are missing", n_missing, tasks->len);
  g_assert_cmpuint (n_missing, <, tasks->len);
}

/* Weights of the tasks that are no plain filters, and none at all. */
static void
test_restore_with (Fixture *f, gconstpointer data)
{
  use_format (f, RGBA);
  use_operation (f, "reweave:restore-with");
  gegl_node_set (f->operation, "weights", "", NULL);
  assert_fails (f, "weights: none are given*choose one");
  random_weights_write (f->path, "reconstruct", RANDOM_NET_PLAIN, 5);
  gegl_node_set (f->operation, "weights", f->path, NULL);
  assert_fails (f, "*net.safetensors*\"reconstruct\"*choose other weights");
  random_weights_write (f->path, "inpaint", RANDOM_NET_PLAIN, 5);
  assert_fails (f, "*net.safetensors*\"inpaint\"*choose other weights");
  random_weights_write (f->path, "restore", RANDOM_NET_PLAIN, 5);
  gegl_node_set (f->operation, "value", 3.0, NULL);
  assert_fails (f, "damage:*\"restore\"*");
  random_weights_write (f->path, "deblur", RANDOM_NET_DEEP, 5);
  gegl_node_set (f->operation, "value", 99.0, NULL);
  assert_fails (f, "radius: found \"99\", expected a number from*");
}

/* ---- what is measured ---------------------------------------------------- */

static void
count_call (GObject *node, GParamSpec *property, gpointer n_calls)
{
  ++*(int *) n_calls;
}

static void
render_pixel (Fixture *f, double measured)
{
  const RwRect pixel = { 3, 4, 1, 1 };
  float rgba[4];
  double found = -1;

  render (f->operation, &pixel, RGBA, rgba);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  gegl_node_get (f->operation, "measured", &found, NULL);
  g_assert_cmpfloat (found, ==, measured);
}

/* What was found in the picture while the control was open, and told of when
 * it changed; 0 where it was given. */
static void
test_measured (Fixture *f, gconstpointer data)
{
  const RwJob job = canvas_job (&f->canvas, f->canvas.bounds);
  int n_calls = 0, n_invalidated = 0;
  double level = 0;

  use_format (f, RGBA);
  g_assert_true (rw_job_measure (f->model, &job, &level, NULL));
  g_assert_cmpfloat (level, >, 1);
  g_signal_connect (f->operation, "notify::measured", G_CALLBACK (count_call),
                    &n_calls);
  gegl_node_set (f->operation, "level", 0.0, NULL);
  render_pixel (f, level);
  g_signal_connect (f->operation, "invalidated", G_CALLBACK (count_call),
                    &n_invalidated);
  render_pixel (f, level);
  g_assert_cmpint (n_calls, ==, 1);
  g_assert_cmpint (n_invalidated, ==, 0); /* by being told of */
  gegl_node_set (f->operation, "level", LEVEL, NULL);
  render_pixel (f, 0);
  g_assert_cmpint (n_calls, ==, 2);
  random_weights_write (f->path, "dejpeg", BLIND_NET, 3);
  use_operation (f, "reweave:dejpeg");
  render_pixel (f, 85); /* the default: no JPEG file's pixels */
}

/* Sets whatever there is of @to as it is of @from, as GIMP 3 makes a layer
 * effect, and as it does when a preset or an XCF file is loaded. */
static void
copy_properties (GeglNode *from, GeglNode *to)
{
  guint n = 0;
  g_autofree GParamSpec **specs =
      gegl_operation_list_properties (gegl_node_get_operation (from), &n);

  for (guint i = 0; i < n; i++) {
    g_auto (GValue) value = G_VALUE_INIT;
    if (specs[i]->value_type == GEGL_TYPE_BUFFER)
      continue;
    g_value_init (&value, specs[i]->value_type);
    gegl_node_get_property (from, specs[i]->name, &value);
    gegl_node_set_property (to, specs[i]->name, &value);
  }
}

/* No complaint, and the copy does what the original does: what that has found
 * is not what the copy has. */
static void
test_copied (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) tasks = list_tasks (has_operation);
  const gsize size = canvas_size (&f->canvas);
  g_autofree float *out = g_malloc (size), *copied = g_malloc (size);
  double level = 0, found = 0;

  use_format (f, RGBA);
  for (guint i = 0; i < tasks->len; i++) {
    g_autofree char *name = operation_name (tasks->pdata[i]);
    use_operation (f, name);
    GeglNode *copy = gegl_node_new_child (f->graph, "operation", name, NULL);
    copy_properties (f->operation, copy);
    gegl_node_remove_child (f->graph, copy);
  }
  random_weights_write (f->path, "white-noise", RANDOM_NET_DEEP, 7);
  use_operation (f, "reweave:white-noise");
  gegl_node_set (f->operation, "strength", 0.5, NULL);
  render (f->operation, &f->canvas.bounds, RGBA, out);
  GeglNode *copy =
      gegl_node_new_child (f->graph, "operation", "reweave:white-noise", NULL);
  copy_properties (f->operation, copy);
  gegl_node_get (copy, "measured", &found, NULL);
  g_assert_cmpfloat (found, ==, 0);
  gegl_node_set (copy, "measured", 7.0, NULL);
  gegl_node_link (f->source, copy);
  render (copy, &f->canvas.bounds, RGBA, copied);
  g_assert_cmpmem (out, size, copied, size);
  gegl_node_get (f->operation, "measured", &level, NULL);
  gegl_node_get (copy, "measured", &found, NULL);
  g_assert_cmpfloat (level, >, 1);
  g_assert_cmpfloat (level, ==, found);
}

#define ADD(name, function)                                                   \
  g_test_add ("/gegl-classes/" name, Fixture, NULL, set_up, function,         \
              tear_down)

int
main (int argc, char **argv)
{
  g_autofree char *none = g_build_filename (g_get_tmp_dir (), "none", NULL);

  g_test_init (&argc, &argv, NULL);
  /* no weights of the user's */
  g_setenv ("XDG_DATA_HOME", none, TRUE);
  g_setenv ("XDG_DATA_DIRS", none, TRUE);
  gegl_init (&argc, &argv);
  ADD ("list", test_list);
  ADD ("properties", test_properties);
  ADD ("strength-0", test_strength_0);
  ADD ("controls", test_controls);
  ADD ("regions", test_regions);
  ADD ("measured", test_measured);
  ADD ("copied", test_copied);
  ADD ("lowest", test_lowest);
  ADD ("defaults", test_defaults);
  ADD ("restore-with", test_restore_with);
  const int status = g_test_run ();
  gegl_exit ();
  return status;
}
