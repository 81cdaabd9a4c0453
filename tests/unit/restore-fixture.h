/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * For tests of rw_restore: a model with random weights and a canvas.
 */
#pragma once

#include "base/parallel.h"
#include "canvas.h"
#include "random-weights.h"
#include "scratch.h"

typedef struct {
  Scratch scratch;
  char *path;
  RwModel *model;
  Canvas canvas;
} Fixture;

/* Four blocks meet inside. */
#define BOUNDS ((RwRect){ -70, -53, 151, 122 })
#define LEVEL 30.0

static inline void
set_up (Fixture *f, gconstpointer data)
{
  GError *error = NULL;

  scratch_set_up (&f->scratch, NULL);
  f->path = scratch_path (&f->scratch, "net.safetensors");
  random_weights_write (f->path, "white-noise", RANDOM_NET_DEEP, 7);
  f->model = rw_model_load ("white-noise", f->path, &error);
  g_assert_no_error (error);
  canvas_init (&f->canvas, BOUNDS, 1);
  rw_cache_set_budget (0);
}

static inline void
tear_down (Fixture *f, gconstpointer data)
{
  canvas_clear (&f->canvas);
  rw_model_unref (f->model);
  g_free (f->path);
  scratch_tear_down (&f->scratch, NULL);
  rw_cache_set_budget (0);
  rw_parallel_set_threads (0);
}

static inline guint64
count_computed (void)
{
  guint64 n;

  rw_cache_get_counts (&n, NULL);
  return n;
}

/* (transfer full) the whole at @level, strength 1. */
static inline float *
restore_copy (Fixture *f, double level)
{
  canvas_restore_all (&f->canvas, f->model, level, 1);
  return g_memdup2 (f->canvas.out, canvas_size (&f->canvas));
}

static inline void
assert_same (const Canvas *canvas, const float *expected)
{
  g_assert_cmpmem (canvas->out, canvas_size (canvas), expected,
                   canvas_size (canvas));
}

static inline gboolean
same_bits (const float *a, const float *b, int n)
{
  return memcmp (a, b, n * sizeof *a) == 0;
}

#define RESTORE_TEST(name, function)                                          \
  g_test_add ("/restore/" name, Fixture, NULL, set_up, function, tear_down)
