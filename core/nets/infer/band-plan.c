/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Planning the bands: their order, how many rows of each result live at once,
 * and where they stand.
 */
#include "nets/infer/band-plan.h"

#include <string.h>

#include "layers/conv/tiles.h"
#include "nets/infer/band-wanted.h"
#include "nets/plan.h"
#include "reweave.h"

enum {
  LOW = 8, /* rows: lower bands save memory at any price */
  /* A band has to pay for reading a convolution's weights again: so many tiles
   * that their products take longer, but no more rows of the picture, which
   * the windows of the levels before have to keep. */
  FEW_TILES = 224,
  TALL = 128,
  /* floats between two memories: a page and a line, so that rows of equal
   * length do not meet in one set of the cache */
  GAP = 1024 + 16,
};

typedef struct {
  const RwNet *net;
  RwBandPlan *made;
  int rows;          /* of the picture for a band */
  RwResult *until;   /* by node: what the present step makes at most */
  int *numbers;      /* all of the following */
  int *maker;        /* by node: the stage that writes it, or -1 */
  int *next;         /* by stage: the next row to make */
  int *head;         /* by owner: rows made, from the picture's top */
  int *base;         /* by owner: the row at its memory's start */
  int *live;         /* by owner: most rows needed at once */
  int *kept;         /* by owner: most of them when a band is begun */
  GArray *readers;   /* of Reader, by owner */
  int *first_reader; /* by owner, into readers; one more at the end */
  GArray *bands;
} Plan;

/* A stage that reads a memory: source 0 or 1, or 2 for the addend. */
typedef struct {
  int owner, stage, source;
} Reader;

enum { ADDEND = 2 };

/* ---- who reads what ---------------------------------------------------- */

static int
compare_readers (gconstpointer a, gconstpointer b)
{
  return ((const Reader *) a)->owner - ((const Reader *) b)->owner;
}

static void
add_reader (Plan *plan, int node, int stage, int source)
{
  const Reader r = { plan->made->results[node].owner, stage, source };

  g_array_append_val (plan->readers, r);
}

static void
find_readers (Plan *plan)
{
  const RwBandPlan *s = plan->made;

  for (int i = 0; i < s->n_stages; i++) {
    const RwStage *stage = &s->stages[i];

    for (int k = 0; k < stage->n_sources; k++)
      add_reader (plan, stage->sources[k], i, k);
    if (stage->addend >= 0)
      add_reader (plan, stage->addend, i, ADDEND);
  }
  g_array_sort (plan->readers, compare_readers);
  for (guint i = plan->readers->len; i-- > 0;)
    plan->first_reader[g_array_index (plan->readers, Reader, i).owner] =
        (int) i;
}

/* The first row of memory @owner that somebody still needs. */
static int
lowest_needed (const Plan *plan, int owner)
{
  const RwBandPlan *s = plan->made;
  int low = plan->head[owner];

  for (guint i = (guint) plan->first_reader[owner]; i < plan->readers->len;
       i++) {
    const Reader *r = &g_array_index (plan->readers, Reader, i);
    int first, end;

    if (r->owner != owner)
      break;
    const RwStage *stage = &s->stages[r->stage];

    if (plan->next[r->stage] >= s->results[stage->result].end)
      continue;
    if (r->source == ADDEND)
      first = plan->next[r->stage];
    else
      rw_stage_window (plan->net, stage, r->source, plan->next[r->stage],
                       plan->next[r->stage] + 1, &first, &end);
    low = MIN (low, MAX (first, 0));
  }
  return low;
}

/* ---- the order --------------------------------------------------------- */

static void make_until (Plan *plan, int node, int end);

/* Rows of @node's result that stand for @rows of the picture's. */
static int
rows_at (const Plan *plan, int node, int rows)
{
  const RwShape *shapes = plan->made->shapes;

  return (int) ((gint64) rows * shapes[node].h / shapes[0].h);
}

/* Rows of a stage's bands: as many of the picture's at each level, and more
 * where a level is small. */
static int
usual_height (const Plan *plan, const RwStage *stage)
{
  const RwResult *r = &plan->made->results[stage->result];
  const int unit = rw_stage_unit (plan->net, stage),
            row = MAX ((r->end_column - r->column) / RW_TILE, 1);
  int rows = rows_at (plan, stage->result, plan->rows);

  if (plan->rows >= LOW)
    rows = MAX (rows, MIN (FEW_TILES / row * RW_TILE,
                           rows_at (plan, stage->result, TALL)));
  return MAX (rows / unit, 1) * unit;
}

/* Rows of a stage's next band when @asked are asked for.  What is asked for a
 * little beyond a band is made with it: another whole band would be made too
 * early, and so on from layer to layer, and kept all the while. */
static int
band_height (const Plan *plan, const RwStage *stage, int asked)
{
  const int usual = usual_height (plan, stage);

  asked = rw_up_to (asked, rw_stage_unit (plan->net, stage));
  return asked > usual && asked <= usual + usual / 2 ? asked : usual;
}

/* Makes the next band of a stage, of which rows until @end are asked for,
 * after what it reads. */
static void
make_band (Plan *plan, int index, int end)
{
  const RwBandPlan *s = plan->made;
  const RwStage *stage = &s->stages[index];
  const RwResult *r = &s->results[stage->result];
  const int first = plan->next[index];
  const int height = band_height (plan, stage, end - first);
  const RwBand band = { .stage = index,
                        .first = first,
                        .end = MIN (first + height,
                                    plan->until[stage->result].end) };

  for (int k = 0; k < stage->n_sources; k++) {
    int y0, y1;

    rw_stage_window (plan->net, stage, k, band.first, band.end, &y0, &y1);
    make_until (plan, stage->sources[k], y1);
  }
  if (stage->addend >= 0)
    make_until (plan, stage->addend, band.end);
  plan->kept[r->owner] =
      MAX (plan->kept[r->owner],
           plan->head[r->owner] - lowest_needed (plan, r->owner));
  g_array_append_val (plan->bands, band);
  plan->head[r->owner] = MAX (plan->head[r->owner], band.end);
  plan->live[r->owner] =
      MAX (plan->live[r->owner], band.end - lowest_needed (plan, r->owner));
  plan->next[index] = band.end;
}

static void
make_until (Plan *plan, int node, int end)
{
  const int stage = plan->maker[node];

  if (stage < 0) /* the input */
    return;
  end = MIN (end, plan->until[node].end);
  while (plan->next[stage] < end)
    make_band (plan, stage, end);
}

static void
make_bands (Plan *plan, const RwWanted *wanted)
{
  RwBandPlan *s = plan->made;
  const int out = rw_net_output_node (plan->net);

  for (int i = 0; i < s->steps.n; i++) {
    rw_band_find_until (plan->net, s, wanted, i, plan->until);
    make_until (plan, out, plan->until[out].end);
    s->step_ends[i] = plan->bands->len;
  }
}

static void
rewind_rows (Plan *plan)
{
  const RwBandPlan *s = plan->made;

  for (int i = 0; i < s->n_stages; i++) {
    const RwResult *r = &s->results[s->stages[i].result];

    plan->next[i] = r->first;
    plan->head[r->owner] = plan->base[r->owner] = 0;
  }
  for (int i = 0; i < s->n_stages; i++) {
    const RwResult *r = &s->results[s->stages[i].result];

    if (s->stages[i].result == r->owner)
      plan->head[r->owner] = plan->base[r->owner] = r->first;
  }
  plan->head[0] = s->shapes[0].h; /* the input is there */
}

/* ---- where rows stand -------------------------------------------------- */

static gboolean
is_whole (const Plan *plan, int owner)
{
  const int out = rw_net_output_node (plan->net);

  return owner == 0 || owner == plan->made->results[out].owner;
}

/* Spare rows, so that a window slides seldom; low bands are for little memory.
 */
static int
slack (const Plan *plan, int owner)
{
  return plan->rows < LOW ? MAX (plan->kept[owner] / 8, 4)
                          : MAX (plan->kept[owner] / 2, 16);
}

/* A window of nearly all rows might as well have all, and never slide. */
static int
window_rows (const Plan *plan, int owner)
{
  const int rows = plan->live[owner] + slack (plan, owner),
            all = plan->made->shapes[owner].h;

  return rows >= (plan->rows < LOW ? all : all / 4 * 3) ? all : rows;
}

/* Rows of memory for each result, and its place. */
static gboolean
lay_out (Plan *plan, GError **error)
{
  RwBandPlan *s = plan->made;
  gsize total = 0;

  for (int i = 0; i < s->n_stages; i++) {
    const int node = s->stages[i].result;
    RwResult *r = &s->results[node];
    const RwShape *shape = &s->shapes[node];
    gsize floats;

    if (r->owner != node)
      continue;
    r->n_rows = window_rows (plan, node);
    if (is_whole (plan, node)) {
      r->n_rows = shape->h;
      continue;
    }
    r->offset = total;
    if (!g_size_checked_mul (&floats, (gsize) shape->w * shape->stride,
                             (gsize) r->n_rows) ||
        !g_size_checked_add (&total, total, floats + GAP)) {
      g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                   "a net's buffers for a picture of %d x %d need more memory "
                   "than there can be; use a smaller one",
                   s->shapes[0].w, s->shapes[0].h);
      return FALSE;
    }
  }
  s->arena_floats = total;
  return TRUE;
}

/* Room for a band at the end of its memory, else at its start again. */
static void
place_result (Plan *plan, RwBand *band)
{
  const RwBandPlan *s = plan->made;
  const RwResult *r = &s->results[s->stages[band->stage].result];
  const int owner = r->owner, n_rows = s->results[owner].n_rows;
  int *base = &plan->base[owner];

  if (!is_whole (plan, owner) && band->end - *base > n_rows) {
    const int low = MIN (lowest_needed (plan, owner), band->first);

    band->move_from = low - *base;
    band->n_move = plan->head[owner] - low;
    *base = low;
  }
  if (is_whole (plan, owner))
    *base = 0;
  band->to = band->first - *base;
}

static void
place_band (Plan *plan, RwBand *band)
{
  const RwBandPlan *s = plan->made;
  const RwStage *stage = &s->stages[band->stage];
  const RwWindow w = rw_layer_get_window (plan->net->nodes[stage->node].layer);

  place_result (plan, band);
  for (int k = 0; k < stage->n_sources; k++) {
    const int half = stage->upsampled && k == 0 ? 2 : 1;
    const int owner = s->results[stage->sources[k]].owner;

    band->from[k] = band->first * w.multiply / w.divide / half -
                    (is_whole (plan, owner) ? 0 : plan->base[owner]);
  }
  if (stage->addend >= 0) {
    const int owner = s->results[stage->addend].owner;

    band->addend =
        band->first - (is_whole (plan, owner) ? 0 : plan->base[owner]);
  }
}

/* Whether the output may be written over the input: of the same size, each
 * row's last readers the stage that writes it, which then reads that pixel
 * alone, and before it writes.  A convolution, which may add last, and whose
 * products are not made in place, is none of these. */
static gboolean
is_input_free (const Plan *plan, const RwBand *band)
{
  const RwBandPlan *s = plan->made;
  const int out = rw_net_output_node (plan->net);
  const RwStage *stage = &s->stages[band->stage];
  const RwShape *a = &s->shapes[0], *b = &s->shapes[out];
  const RwLayer *layer = plan->net->nodes[stage->node].layer;
  const RwWindow w = rw_layer_get_window (layer);
  gboolean reads_input = FALSE;

  for (int k = 0; k < stage->n_sources; k++)
    reads_input |= stage->sources[k] == 0;
  return a->h == b->h && a->w == b->w && a->stride == b->stride &&
         stage->addend != 0 &&
         (!reads_input ||
          ((layer->class->flags & RW_LAYER_IN_PLACE) != 0 && w.multiply == 1 &&
           w.divide == 1 && w.before == 0 && w.after == 0)) &&
         lowest_needed (plan, 0) >= band->end;
}

static void
place_bands (Plan *plan)
{
  RwBandPlan *s = plan->made;

  s->input_free = TRUE;
  rewind_rows (plan);
  for (gsize i = 0; i < s->n_bands; i++) {
    RwBand *band = &s->bands[i];
    const int owner = s->results[s->stages[band->stage].result].owner;

    place_band (plan, band);
    plan->head[owner] = MAX (plan->head[owner], band->end);
    plan->next[band->stage] = band->end;
    if (owner == rw_net_output_node (plan->net))
      s->input_free &= is_input_free (plan, band);
  }
}

/* ---- all --------------------------------------------------------------- */

static void
find_makers (Plan *plan)
{
  const RwNet *net = plan->net;
  RwBandPlan *s = plan->made;
  g_autofree int *owner = g_new (int, net->n_nodes);

  rw_plan_aliases (net, RW_RUN_INFER, NULL, owner);
  for (int i = 0; i < net->n_nodes; i++) {
    plan->maker[i] = -1;
    s->results[i].owner = i;
  }
  for (int i = 0; i < s->n_stages; i++) {
    const RwStage *stage = &s->stages[i];

    plan->maker[stage->result] = i;
    if (stage->result == stage->node && owner[stage->node] != stage->node &&
        stage->result != rw_net_output_node (net))
      s->results[stage->result].owner = s->results[stage->sources[0]].owner;
  }
}

static void
begin (
    Plan *plan, const RwNet *net, int height, int width, const RwSteps *steps)
{
  RwBandPlan *s = g_new0 (RwBandPlan, 1);
  const int n = net->n_nodes;
  int **const lists[] = { &plan->maker,       &plan->next, &plan->head,
                          &plan->base,        &plan->live, &plan->kept,
                          &plan->first_reader };

  s->steps = steps->n > 0 ? *steps : (RwSteps){ .n = 1, .rows = height };
  s->step_ends = g_new (gsize, s->steps.n);
  plan->until = g_new (RwResult, n);

  plan->net = net;
  plan->made = s;
  s->stages = g_new0 (RwStage, n);
  s->shapes = g_new0 (RwShape, n);
  s->results = g_new0 (RwResult, n);
  s->margins = g_new (int, n);
  s->n_stages = rw_stages_find (net, s->stages);
  rw_net_shapes (net, 1, height, width, s->shapes);
  rw_band_find_margins (net, s->stages, s->n_stages, s->margins);
  plan->numbers = g_new0 (int, G_N_ELEMENTS (lists) * (gsize) n);
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    *lists[i] = plan->numbers + (gsize) i * (gsize) n;
  plan->readers = g_array_new (FALSE, FALSE, sizeof (Reader));
  plan->bands = g_array_new (FALSE, FALSE, sizeof (RwBand));
}

static void
end (Plan *plan)
{
  g_free (plan->until);
  g_free (plan->numbers);
  g_array_unref (plan->readers);
  if (plan->bands)
    g_array_unref (plan->bands);
}

RwBandPlan *
rw_band_plan_new (const RwNet *net,
                  int height,
                  int width,
                  const RwWanted *wanted,
                  const RwSteps *steps,
                  int rows,
                  GError **error)
{
  Plan plan = { .rows = rows };

  begin (&plan, net, height, width, steps);
  RwBandPlan *s = plan.made;

  find_makers (&plan);
  rw_band_find_wanted (net, s, wanted);
  for (int i = 0; i < net->n_nodes; i++)
    plan.first_reader[i] = G_MAXINT;
  find_readers (&plan);
  rewind_rows (&plan);
  make_bands (&plan, wanted);
  s->n_bands = plan.bands->len;
  s->bands = (RwBand *) (gpointer) g_array_free (g_steal_pointer (&plan.bands),
                                                 FALSE);
  const gboolean fits = lay_out (&plan, error);

  if (fits)
    place_bands (&plan);
  end (&plan);
  if (!fits)
    g_clear_pointer (&s, rw_band_plan_free);
  return s;
}

void
rw_band_plan_free (RwBandPlan *plan)
{
  if (!plan)
    return;
  g_free (plan->stages);
  g_free (plan->shapes);
  g_free (plan->margins);
  g_free (plan->results);
  g_free (plan->bands);
  g_free (plan->step_ends);
  g_free (plan);
}
