/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Ranks by MPI.  Sums are never left to MPI, whose order is its own: numbers
 * travel as they are and every rank adds them in the same order.
 */
#include "train/ranks.h"

#include "reweave.h"

#include <mpi.h>

static int n_ranks = 1, own_rank = 0;

/* MPI_Init without mpirun costs a quarter of a second: what Open MPI, MPICH
 * and Slurm tell the processes that they start. */
static gboolean
is_started_by_mpi (void)
{
  return g_getenv ("OMPI_COMM_WORLD_SIZE") != NULL ||
         g_getenv ("PMI_SIZE") != NULL || g_getenv ("PMI_RANK") != NULL ||
         g_getenv ("PMIX_RANK") != NULL;
}

void
rw_ranks_start (void)
{
  int provided;

  if (!is_started_by_mpi ())
    return;
  MPI_Init_thread (NULL, NULL, MPI_THREAD_FUNNELED, &provided);
  MPI_Comm_size (MPI_COMM_WORLD, &n_ranks);
  MPI_Comm_rank (MPI_COMM_WORLD, &own_rank);
}

void
rw_ranks_finish (void)
{
  int initialised = 0;

  MPI_Initialized (&initialised);
  if (initialised)
    MPI_Finalize ();
}

void
rw_ranks_abort (int status)
{
  if (n_ranks > 1)
    MPI_Abort (MPI_COMM_WORLD, status);
}

int
rw_ranks_get_n (void)
{
  return n_ranks;
}

int
rw_ranks_get_own (void)
{
  return own_rank;
}

int
rw_ranks_get_first (int n_items, int rank)
{
  return (int) ((gint64) n_items * rank / n_ranks);
}

void
rw_ranks_tell (void *data, gsize n_bytes)
{
  if (n_ranks > 1)
    MPI_Bcast (data, (int) n_bytes, MPI_BYTE, 0, MPI_COMM_WORLD);
}

/* What a rank says of its failure; all ranks are one program, so the codes are
 * the same.  Domains are not: all errors here are RW_ERROR. */
typedef struct {
  int code;
  char message[1020];
} Failure;

gboolean
rw_ranks_agree (gboolean good, GError **error)
{
  int first = good ? n_ranks : own_rank;
  Failure failure = { 0 };

  if (n_ranks == 1)
    return good;
  MPI_Allreduce (MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
  if (first == n_ranks)
    return TRUE;
  if (!good && error != NULL && *error != NULL) {
    failure.code = (*error)->code;
    g_strlcpy (failure.message, (*error)->message, sizeof failure.message);
  }
  MPI_Bcast (&failure, sizeof failure, MPI_BYTE, first, MPI_COMM_WORLD);
  if (first != own_rank) {
    g_clear_error (error);
    g_set_error (error, RW_ERROR, failure.code, "rank %d: %s", first,
                 failure.message);
  }
  return FALSE;
}

void
rw_ranks_share (void *items, gsize item_bytes, const int *firsts)
{
  if (n_ranks == 1)
    return;
  g_autofree int *counts = g_new (int, n_ranks);
  MPI_Datatype item;

  for (int r = 0; r < n_ranks; r++)
    counts[r] = firsts[r + 1] - firsts[r];
  MPI_Type_contiguous ((int) item_bytes, MPI_BYTE, &item);
  MPI_Type_commit (&item);
  MPI_Allgatherv (MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, items, counts, firsts,
                  item, MPI_COMM_WORLD);
  MPI_Type_free (&item);
}

/* To every other rank its columns of the own rows; to this one its columns of
 * theirs. */
void
rw_ranks_deal (float *const *rows, int n_rows, const int *columns)
{
  if (n_ranks == 1)
    return;
  g_autofree MPI_Request *requests =
      g_new (MPI_Request, (gsize) n_rows * (gsize) n_ranks);
  int n = 0;

  for (int r = 0; r < n_ranks; r++) {
    const int end = rw_ranks_get_first (n_rows, r + 1);
    for (int row = rw_ranks_get_first (n_rows, r); row < end; row++) {
      if (r != own_rank) {
        MPI_Irecv (rows[row] + columns[own_rank],
                   columns[own_rank + 1] - columns[own_rank], MPI_FLOAT, r,
                   row, MPI_COMM_WORLD, &requests[n++]);
        continue;
      }
      for (int other = 0; other < n_ranks; other++)
        if (other != own_rank)
          MPI_Isend (rows[row] + columns[other],
                     columns[other + 1] - columns[other], MPI_FLOAT, other,
                     row, MPI_COMM_WORLD, &requests[n++]);
    }
  }
  MPI_Waitall (n, requests, MPI_STATUSES_IGNORE);
}
