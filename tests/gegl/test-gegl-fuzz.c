/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Whatever is set of an operation, it gives a picture of the right size.
 */
#include "gegl-mask.h"

#include <math.h>
#include <string.h>

enum { ROUNDS = 60 };

static guint64 n_drawn;

static guint64
draw (guint64 below)
{
  return rw_random_below (17, n_drawn++, below);
}

static double
draw_number (void)
{
  static const double odd[] = { 0,     -0.0, 1,  -1,       0.5,       1e-300,
                                1e300, NAN,  25, INFINITY, -INFINITY, 100 };

  return draw (2) ? odd[draw (G_N_ELEMENTS (odd))]
                  : (double) draw (1000) / 10 - 20;
}

/* (transfer full) */
static char *
draw_text (Fixture *f)
{
  static const char *const odd[] = {
    "", "/", "/dev/null", "white-noise-s", "\xff\xfe", "%s%n", "\n", "."
  };

  if (draw (3) == 0)
    return g_strdup (f->path);
  return draw (8) == 0 ? g_strnfill (100000, 'a')
                       : g_strdup (odd[draw (G_N_ELEMENTS (odd))]);
}

static void
set_property (Fixture *f, const GParamSpec *spec)
{
  if (G_IS_PARAM_SPEC_DOUBLE (spec))
    gegl_node_set (f->operation, spec->name, draw_number (), NULL);
  else if (G_IS_PARAM_SPEC_INT (spec))
    gegl_node_set (f->operation, spec->name, (int) draw (12) - 2, NULL);
  else if (G_IS_PARAM_SPEC_BOOLEAN (spec))
    gegl_node_set (f->operation, spec->name, (gboolean) draw (2), NULL);
  else if (G_IS_PARAM_SPEC_STRING (spec)) {
    g_autofree char *text = draw_text (f);
    gegl_node_set (f->operation, spec->name, text, NULL);
  } else
    g_assert_cmpuint (spec->value_type, ==, GEGL_TYPE_BUFFER);
}

static void
set_properties (Fixture *f, const char *name)
{
  guint n = 0;
  g_autofree GParamSpec **specs = gegl_operation_list_properties (name, &n);

  for (guint i = 0; i < n; i++)
    if ((specs[i]->flags & G_PARAM_WRITABLE) && draw (3) > 0)
      set_property (f, specs[i]);
}

static void
fuzz (Fixture *f, const char *name, gboolean masked)
{
  float rgba[4 * 9 * 8];

  use_operation (f, name);
  if (masked) {
    g_autofree float *mask = draw_mask (&f->canvas.bounds);
    use_mask (f, babl_format ("Y u8"), mask);
  }
  for (int i = 0; i < ROUNDS; i++) {
    const RwRect part = { (int) draw (200) - 100, (int) draw (200) - 100,
                          1 + (int) draw (9), 1 + (int) draw (8) };
    set_properties (f, name);
    const GeglRectangle box = gegl_node_get_bounding_box (f->operation);
    g_assert_true (box.width == 83 || box.width == 2 * 83);
    render (f->operation, &part, RGBA, rgba);
    while (g_main_context_iteration (NULL, FALSE))
      ;
  }
}

/* GObject and the operations complain, as they should; see drop. */
static void
test_fuzz (Fixture *f, gconstpointer data)
{
  const GLogLevelFlags before = g_log_set_always_fatal (G_LOG_LEVEL_ERROR);

  use_format (f, RGBA);
  for (const RwTaskInfo *const *info = rw_task_list (); *info != NULL;
       info++) {
    g_autofree char *name = g_strconcat ("reweave:", (*info)->name, NULL);
    const gboolean masked = (*info)->mask != RW_MASK_NONE;
    if (!gegl_has_operation (name))
      continue;
    random_weights_write (f->path, (*info)->name,
                          masked ? NET_MASK
                          : (*info)->scale > 1
                              ? "input rgb\nconv 12 | shuffle 2\n"
                          : (*info)->n_controls > 0 ? RANDOM_NET_DEEP
                                                    : RANDOM_NET_PLAIN,
                          5);
    fuzz (f, name, masked);
  }
  random_weights_write (f->path, "deblur", RANDOM_NET_DEEP, 5);
  fuzz (f, "reweave:restore-with", FALSE);
  g_log_set_always_fatal (before);
}

/* Warnings tell names made of anything, which are no lines of TAP; a value out
 * of range is one, which newer GLib finds critical.  What else is critical ends
 * the test. */
static void
drop (const char *domain,
      GLogLevelFlags level,
      const char *text,
      gpointer data)
{
  if ((level & G_LOG_LEVEL_WARNING) || strstr (text, "out of range") != NULL)
    return;
  g_log_default_handler (domain, level, text, data);
  g_assert_false (level & G_LOG_LEVEL_CRITICAL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gegl_init (&argc, &argv);
  g_test_add ("/gegl-fuzz/properties", Fixture, NULL, set_up, test_fuzz,
              tear_down);
  g_log_set_default_handler (drop, NULL);
  const int status = g_test_run ();
  gegl_exit ();
  return status;
}
