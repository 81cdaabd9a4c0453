/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Sizes and channels that layers refuse, and nets of one size.
 */
#include "nets/net.h"

#include "reweave.h"

#include <string.h>

static const struct {
  const char *text, *fragment;
} refused[] = {
  { "input rgb\ndeconv 8 k=2 stride=3\n", "k=2 is smaller than stride=3" },
  { "input rgb\ndeconv\n", "channels is missing" },
  { "input rgb\nconv 5 | gate\n", "gate: its input has 5 channels" },
  { "input rgb\nconv 5 -> a | conv 4 | times a\n", "times: 4 channels" },
  { "input rgb\nconv 5 -> a | conv 4 | subtract a\n", "subtract: 4 channels" },
  { "input rgb\ndropout 1\n", "rate: found \"1\"" },
  { "input rgb\nquantise train=never\n", "expected one of noise, straight" },
  { "input rgb\nupsample mode=cubic\n", "expected one of nearest, bilinear" },
  { "input rgb\ndense 8\n", "line 2: dense: looks at the whole picture" },
  { "input rgb size=32\ndense 8\n", "size is \"32\"" },
  { "input rgb size=0x8\ndense 8\n", "size is \"0x8\"" },
  { "input rgb size=8x8x8\ndense 8\n", "size is \"8x8x8\"" },
  { "input rgb size=x8\ndense 8\n", "size is \"x8\"" },
  { "input rgb size=+8x8\ndense 8\n", "size is \"+8x8\"" },
  { "input rgb size=8x8 size=8x8\ndense 8\n", "size is given twice" },
  { "input size=8x8\ndense 8\n", "no planes" },
  { "input rgb size=30x32\nmax-pool 4\n", "which 4 does not divide" },
  { "input rgb size=4096x4096\ndense 16384\n", "parameters, at most" },
  { "input rgb size=4096x4096\nconv 4096 | dense 1\n", "parameters, at most" },
};

static void
test_refused (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (RwNet) net = rw_net_parse (refused[i].text, &error);
    if (net)
      g_error ("accepted, but wanted \"%s\":\n%s", refused[i].fragment,
               refused[i].text);
    g_assert_cmpuint (error->domain, ==, RW_ERROR);
    if (!strstr (error->message, refused[i].fragment))
      g_error ("said \"%s\", wanted \"%s\" in it, of\n%s", error->message,
               refused[i].fragment, refused[i].text);
  }
}

static RwNet *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  RwNet *net = rw_net_parse (text, &error);
  if (!net)
    g_error ("%s\nin the net\n%s", error->message, text);
  return net;
}

static void
test_one_size (void)
{
  g_autoptr (RwNet) net = parse ("input rgb size=48x32\nconv 8 stride=2 | "
                                 "dense 6 | dense 512 | shuffle 8\n");
  g_autoptr (RwNet) any = parse ("input rgb\nconv 8\n");
  g_autoptr (RwRun) run = rw_run_new (net, RW_RUN_INFER, 1);
  g_autoptr (GError) error = NULL;
  int w, h;

  g_assert_true (rw_net_get_size (net, &w, &h));
  g_assert_cmpint (w, ==, 48);
  g_assert_cmpint (h, ==, 32);
  g_assert_cmpint (rw_net_get_align (net), ==, 16);
  g_assert_cmpint (rw_net_get_halo (net), ==, 0);
  g_assert_cmpuint (rw_net_get_bottleneck (net, 32, 48), ==, 6);
  g_assert_cmpstr (rw_net_get_param (net, 2)->name, ==, "dense1.weight");
  g_assert_cmpuint (rw_net_get_param (net, 2)->dims[1], ==, 8 * 24 * 16);
  g_assert_true (rw_run_prepare (run, 2, 32, 48, &error));
  g_assert_false (rw_run_prepare (run, 2, 48, 32, &error));
  g_assert_error (error, RW_ERROR, RW_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "expected 48 x 32 alone; "));
  g_assert_false (rw_net_get_size (any, &w, &h));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/shapes/refused", test_refused);
  g_test_add_func ("/shapes/one-size", test_one_size);
  return g_test_run ();
}
