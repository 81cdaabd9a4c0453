/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A net of reweave in oneDNN, timed on demand: a process of its own, so that
 * nobody else loads oneDNN and OpenMP.  Started by
 * `reweave bench --against onednn` as
 *
 *   bench-onednn NET-TEXT WIDTH HEIGHT        (OMP_NUM_THREADS is set)
 *
 * Reads questions line by line and answers each with a line: numbers, or "!"
 * and a sentence when it cannot.
 *
 *   direct seconds    of one run with direct convolutions
 *   direct layers     seconds of each node in one run
 *   direct max        largest difference to reweave's own result
 *   direct rms        root of its mean square, relative to the result's
 *   direct winograd   number of convolutions that are Winograd's
 *
 * and the same with "winograd" in the place of the first word.  REWEAVE_CPU
 * holds oneDNN to the same instructions.
 */
#include <dnnl.h>

#include "base/alloc.h"
#include "base/parallel.h"
#include "bench/bench-clock.h"
#include "bench/bench-fill.h"
#include "bench/onednn/bench-onednn-net.h"
#include "kernels/kernels.h"
#include "reweave.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIN_SECONDS 0.005
/* Until OpenMP's threads have stopped to wait actively. */
#define REST_MICROSECONDS 10000

typedef struct {
  RwNet *net;
  int width, height;
  float *params;
  float *result; /* reweave's own, [height][width][channels] */
  gsize n_result;
  RwOnednnNet *theirs[2]; /* by RwOnednnAlgorithm */
} Bench;

/* ---- making ------------------------------------------------------------ */

static void
hold_to_level (void)
{
#ifdef __x86_64__
  static const dnnl_cpu_isa_t caps[RW_N_LEVELS] = {
    [RW_LEVEL_GENERIC] = dnnl_cpu_isa_sse41,
    [RW_LEVEL_V3] = dnnl_cpu_isa_avx2,
    [RW_LEVEL_V4] = dnnl_cpu_isa_all,
  };

  dnnl_set_max_cpu_isa (caps[rw_kernels_get_level ()]);
#endif
}

static gboolean
keep_result (Bench *bench, const RwRun *run, GError **error)
{
  const int channels = rw_net_get_out_channels (bench->net);
  const int stride = rw_channel_stride (channels);
  const float *output = rw_run_get_output (run);
  int height, width;

  rw_run_get_output_size (run, &height, &width);
  const gsize n = (gsize) height * (gsize) width;
  bench->n_result = n * (gsize) channels;
  bench->result =
      rw_try_alloc (bench->n_result, sizeof (float), "a result", error);
  for (gsize i = 0; bench->result && i < n; i++)
    memcpy (bench->result + i * (gsize) channels, output + i * (gsize) stride,
            (gsize) channels * sizeof (float));
  return bench->result != NULL;
}

static gboolean
run_ours (Bench *bench, GError **error)
{
  const int channels = rw_net_get_in_channels (bench->net);
  g_autoptr (RwPack) pack = rw_pack_new (bench->net, RW_RUN_INFER, error);
  g_autoptr (RwRun) run =
      rw_run_new (bench->net, RW_RUN_INFER, rw_parallel_get_workers ());

  if (!pack || !rw_run_prepare (run, 1, bench->height, bench->width, error))
    return FALSE;
  rw_pack_update (pack, bench->params);
  rw_bench_fill_input (rw_run_get_input (run),
                       (gsize) bench->width * (gsize) bench->height, channels,
                       rw_channel_stride (channels));
  rw_run_forward (run, pack);
  return keep_result (bench, run, error);
}

static gboolean
build_theirs (Bench *bench, RwOnednnAlgorithm algorithm, GError **error)
{
  const int channels = rw_net_get_in_channels (bench->net);
  RwOnednnNet *net =
      rw_onednn_net_new (bench->net, bench->params, bench->height,
                         bench->width, algorithm, error);

  bench->theirs[algorithm] = net;
  if (!net)
    return FALSE;
  rw_bench_fill_input (rw_onednn_net_get_input (net),
                       (gsize) bench->width * (gsize) bench->height, channels,
                       channels);
  return rw_onednn_net_run (net, error);
}

static gboolean
prepare (Bench *bench, const char *text, GError **error)
{
  bench->net = rw_net_parse (text, error);
  if (!bench->net)
    return FALSE;
  bench->params = rw_try_alloc (MAX (rw_net_get_n_inner (bench->net), 1),
                                sizeof (float), "the net's parameters", error);
  if (!bench->params)
    return FALSE;
  rw_bench_fill_params (bench->net, bench->params);
  return run_ours (bench, error) &&
         build_theirs (bench, RW_ONEDNN_DIRECT, error) &&
         build_theirs (bench, RW_ONEDNN_WINOGRAD, error);
}

/* ---- answers ----------------------------------------------------------- */

static double
time_runs (RwOnednnNet *net, GError **error)
{
  const double start = rw_bench_now ();
  double seconds = 0;
  int n = 0;

  while (seconds < MIN_SECONDS) {
    if (!rw_onednn_net_run (net, error))
      return NAN;
    seconds = rw_bench_now () - start;
    n++;
  }
  g_usleep (REST_MICROSECONDS);
  return seconds / n;
}

static double
compare (const Bench *bench, const RwOnednnNet *net, gboolean rms)
{
  const float *theirs = rw_onednn_net_get_output (net);
  double most = 0, squares = 0, size = 0;

  for (gsize i = 0; i < bench->n_result; i++) {
    const double a = (double) bench->result[i];
    const double difference = fabs (a - (double) theirs[i]);
    if (!(difference <= most)) /* NaN stays */
      most = difference;
    squares += difference * difference;
    size += a * a;
  }
  return rms ? sqrt (squares / size) : most;
}

static void
print_layers (const Bench *bench, RwOnednnNet *net, GError **error)
{
  if (!rw_onednn_net_run (net, error))
    return;
  for (int i = 0; i < rw_net_get_n_nodes (bench->net); i++)
    printf ("%.9g ", rw_onednn_net_get_seconds (net, i));
  putchar ('\n');
  g_usleep (REST_MICROSECONDS);
}

static void
answer (const Bench *bench, const char *question, GError **error)
{
  const char *what = strchr (question, ' ');
  double value = NAN;

  what = what ? what + 1 : "";
  RwOnednnNet *net = bench->theirs[question[0] == 'w'];
  if (strcmp (what, "seconds") == 0)
    value = time_runs (net, error);
  else if (strcmp (what, "max") == 0 || strcmp (what, "rms") == 0)
    value = compare (bench, net, what[0] == 'r');
  else if (strcmp (what, "winograd") == 0)
    value = rw_onednn_net_get_n_winograd (net);
  else if (strcmp (what, "layers") == 0) {
    print_layers (bench, net, error);
    return;
  }
  if (!*error)
    printf ("%.9g\n", value);
}

static void
serve (const Bench *bench, GError **error)
{
  char line[64];

  while (!*error && fgets (line, sizeof line, stdin)) {
    answer (bench, g_strchomp (line), error);
    fflush (stdout);
  }
}

static void
clear (Bench *bench)
{
  for (int i = 0; i < 2; i++)
    rw_onednn_net_free (bench->theirs[i]);
  rw_free (bench->params);
  rw_free (bench->result);
  rw_net_unref (bench->net);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  Bench bench = { 0 };

  if (argc != 4)
    return 2;
  bench.width = atoi (argv[2]);
  bench.height = atoi (argv[3]);
  hold_to_level ();
  if (prepare (&bench, argv[1], &error))
    serve (&bench, &error);
  clear (&bench);
  if (error)
    printf ("! %s\n", error->message);
  return error != NULL;
}
