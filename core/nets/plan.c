/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Where the tensors of a run lie in its arena.
 */
#include "nets/plan.h"

#include "base/sort.h"

static int
compare_sizes (gconstpointer a, gconstpointer b)
{
  const RwSlot *s = *(RwSlot *const *) a, *t = *(RwSlot *const *) b;

  if (s->size != t->size)
    return s->size > t->size ? -1 : 1;
  return s < t ? -1 : 1;
}

/* The lowest place where @slot meets none of the @n placed ones. */
static gsize
first_fit (const RwSlot *slot, RwSlot *const *placed, int n)
{
  gsize offset = 0;
  gboolean moved = TRUE;

  while (moved) {
    moved = FALSE;
    for (int i = 0; i < n; i++) {
      const RwSlot *p = placed[i];
      const gboolean same_time =
          p->first <= slot->last && slot->first <= p->last;

      if (same_time && p->offset < offset + slot->size &&
          offset < p->offset + p->size) {
        offset = p->offset + p->size;
        moved = TRUE;
      }
    }
  }
  return offset;
}

gsize
rw_plan_slots (RwSlot *slots, int n_slots)
{
  g_autofree RwSlot **order = g_new (RwSlot *, n_slots);
  gsize total = 0;
  int n = 0;

  for (int i = 0; i < n_slots; i++)
    if (slots[i].size > 0)
      order[n++] = &slots[i];
  rw_sort (order, (size_t) n, sizeof *order, compare_sizes);
  for (int i = 0; i < n; i++) {
    if (order[i]->size > G_MAXSIZE / 8 - total)
      return G_MAXSIZE;
    order[i]->offset = first_fit (order[i], order, i);
    total = MAX (total, order[i]->offset + order[i]->size);
  }
  return total;
}

/* In place over node @from's result: nobody else reads it, and in training
 * neither its own backward nor this one's wants what is overwritten. */
static gboolean
may_overwrite (const RwNet *net, RwRunMode mode, int node, int from)
{
  const RwLayerFlags flags = net->nodes[node].layer->class->flags;

  if (!(flags & RW_LAYER_IN_PLACE) || from == 0 ||
      net->nodes[from].n_users != 1)
    return FALSE;
  if (mode == RW_RUN_INFER)
    return TRUE;
  return !(flags & RW_LAYER_NEEDS_X) &&
         !(net->nodes[from].layer->class->flags & RW_LAYER_NEEDS_Y);
}

void
rw_plan_aliases (const RwNet *net,
                 RwRunMode mode,
                 const gboolean *kept,
                 int *owner)
{
  owner[0] = 0;
  for (int i = 1; i < net->n_nodes; i++) {
    const int from = net->nodes[i].inputs[0];
    const gboolean apart = kept != NULL && (kept[i] || kept[from]);

    owner[i] = !apart && may_overwrite (net, mode, i, from) ? owner[from] : i;
  }
}
