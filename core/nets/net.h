/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A net: a graph of layers that is read from a text, and what follows from it.
 *
 *   input rgb sigma              # planes that the task feeds
 *   unshuffle 2
 *   conv 32 | relu -> a          # 3x3 by default; "-> a" names a result
 *   down 48 | conv 48 | relu     # down n = conv n k=2 stride=2
 *   up 32 | add a                # up n   = conv 4n k=1 | shuffle 2
 *   conv 12 init=zero | shuffle 2
 *   residual                     # adds the input's colour
 *
 * A "repeat" block runs its layers several times with the same parameters; each
 * round takes the result of the round before.  rw_net_parse_repeated overrules
 * the number in the text.  Names that are given in a block are not seen outside
 * of it.  A gru in a block keeps a state from round to round, which is 0 before
 * the first (Ballas, Yao, Pal and Courville 2016).  A slice with a step takes
 * other channels in each round.  The result of the block is that of the last
 * round:
 *
 *   input rgb sigma
 *   unshuffle 2 | conv 32 | relu -> seen
 *   repeat 4 {
 *     add seen | gru 32 | conv 32 | relu
 *   }
 *   conv 12 | shuffle 2 | residual
 *
 * A net with a layer that looks at the whole picture has to say how large the
 * picture is, and takes no other; "shuffle" turns the values of a dense layer
 * into pixels:
 *
 *   input rgb size=32x32
 *   conv 16 stride=2 | relu | dense 64 | dense 1024 | relu | shuffle 8
 *   conv 48 | shuffle 4
 *
 * Tensors inside are float, [N][H][W][cs]: channels last, and cs, the channel
 * stride, is the channel count rounded up to 16 (to 4 for up to 4 channels).
 * Lanes above the channel count hold zeros, always.
 *
 * Parameters are one flat array of floats in the layers' own order and padding
 * ("inner layout"); a file has them as PyTorch has them (rw_net_export_param).
 */
#pragma once

#include <glib.h>

#include "base/stride.h"

typedef struct RwNet RwNet;     /* the graph; immutable after parsing */
typedef struct RwPack RwPack;   /* parameters in the form the kernels want */
typedef struct RwRun RwRun;     /* buffers for running one batch at a time */
typedef struct RwQuant RwQuant; /* what of a net is in 8 bits: nets/quant.h */

/* ---- planes ------------------------------------------------------------ */

/* What an input plane holds; the word after "input" in the text. */
typedef enum {
  RW_PLANE_RGB,   /* "rgb": 3 channels, colour */
  RW_PLANE_GREY,  /* "grey": mean of the three */
  RW_PLANE_SIGMA, /* "sigma": the task's first control, always told */
  RW_PLANE_VALUE, /* "value": the same, or 0 where it is left open */
  RW_PLANE_KNOWN, /* "known": 1 where it is told, 0 where it is left open */
  RW_PLANE_MASK,  /* "mask": 1 where the picture is to be made up, else 0 */
  RW_N_PLANES,
} RwPlane;

/* ---- the graph --------------------------------------------------------- */

/* Parses @text.  Errors are RW_ERROR_FORMAT with line, word, what was
 * expected; _MISMATCH for shapes that do not go together; _LIMIT for more than
 * 4096 layers or 2^28 parameters. */
RwNet *rw_net_parse (const char *text, GError **error);

/* The same with every "repeat" block of @text going @repeats times, from 1 to
 * 4096, or as the text says where @repeats is 0.  The parameters and their
 * layout are those of the text as it is.  RW_ERROR_MISMATCH where it has no
 * block. */
RwNet *rw_net_parse_repeated (const char *text, int repeats, GError **error);
RwNet *rw_net_ref (RwNet *net);
void rw_net_unref (RwNet *net); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwNet, rw_net_unref)

/* The text with comments and spare blanks taken out, which parses to the same
 * net.  Owned by the net. */
const char *rw_net_get_text (const RwNet *net);

int rw_net_get_n_planes (const RwNet *net);
RwPlane rw_net_get_plane (const RwNet *net, int i); /* in channel order */
int rw_net_get_in_channels (const RwNet *net);
int rw_net_get_out_channels (const RwNet *net);

/* TRUE for a net whose text has "size=", and that size, the only one that the
 * net takes. */
gboolean rw_net_get_size (const RwNet *net, int *width, int *height);

/* Width and height of the input must be multiples of this. */
int rw_net_get_align (const RwNet *net);

/* Output size / input size, as a fraction (1/1 for a filter, 2/1 upscale x2).
 */
void rw_net_get_scale (const RwNet *net, int *numerator, int *denominator);

/* Input pixels on each side of an aligned block (edges at multiples of the
 * alignment) that the block's output depends on, at most, rounded up to a
 * multiple of the alignment. */
int rw_net_get_halo (const RwNet *net);

/* How many rows of a filter's input a run in steps (rw_run_set_steps) needs
 * above and below the rows that it makes.  Both are multiples of the alignment
 * and at least the halo, since layers make whole tiles and so read more.
 * Returns a number of rows: steps have to begin at multiples of it, counted
 * from one fixed place in the plane. */
int rw_net_get_reach (const RwNet *net, int *above, int *below);

/* Multiply-adds for one input pixel, counted as direct convolution. */
double rw_net_get_macs_per_pixel (const RwNet *net);

/* The number of values at the narrowest place of the net for a picture of
 * @width x @height (multiples of the alignment), skips counted: the size of an
 * autoencoder's code.  It is that of the input where the net has no
 * bottleneck. */
gsize rw_net_get_bottleneck (const RwNet *net, int height, int width);

/* One line per layer, for people: name, shape at @width x @height, parameters,
 * MACs per pixel.  (transfer full), g_free. */
char *rw_net_describe (const RwNet *net, int width, int height);

/* The part of @net from the result of node @first, which becomes its input, to
 * that of @last: an encoder ends where its decoder begins, and one after the
 * other gives the bits of the whole net.  (transfer full)
 *
 * Names of layers, parameters and results are those of @net, and so is the
 * layout of the flat array: packs of a part are updated with the parameters of
 * the whole.  A part is for running, not for writing: its text is that of the
 * whole net.  Cut at the input it has the net's planes, elsewhere none, and
 * its input is the result's channels.
 *
 * RW_ERROR_MISMATCH when @last does not come after @first, and for a layer of
 * the part that reads something before the cut, with the names of both. */
RwNet *rw_net_cut (RwNet *net, int first, int last, GError **error);

/* ---- parameters -------------------------------------------------------- */

typedef struct {
  const char *name; /* "conv3.weight", "conv3.bias": unique, as in the file */
  int n_dims;       /* 1..4 */
  gsize dims[4];    /* as in the file: conv weights out, in, k, k */
  gsize n_values;   /* product of dims */
  gsize inner;      /* first float in the flat array */
  gsize n_inner;    /* floats there, padding included */
  gsize n_outputs;  /* of a matrix, 0 elsewhere: the floats are rows of
                       rw_channel_stride (n_outputs), an output a column */
  gboolean decay;   /* weight decay applies (weights yes, biases no) */
} RwParam;

int rw_net_get_n_params (const RwNet *net);
const RwParam *rw_net_get_param (const RwNet *net, int i); /* borrow */
gsize rw_net_get_n_inner (const RwNet *net);  /* floats in the flat array */
gsize rw_net_get_n_values (const RwNet *net); /* without padding */

/* He-normal weights (He et al. 2015), zero biases, or as the layer's init
 * says; a function of only seed, parameter and file index. @params: n_inner.
 * RW_ERROR_LIMIT. */
gboolean rw_net_init_params (const RwNet *net,
                             float *params,
                             guint64 seed,
                             GError **error);

/* Room for the values of any one parameter.  @what names it in the message.
 * (transfer full), rw_free; NULL with RW_ERROR_LIMIT. */
float *
rw_net_alloc_values (const RwNet *net, const char *what, GError **error);

/* From inner to file layout and back: @values has param->n_values floats. */
void rw_net_export_param (const RwNet *net,
                          int i,
                          const float *params,
                          float *values);
void rw_net_import_param (const RwNet *net,
                          int i,
                          float *params,
                          const float *values);

/* ---- running ----------------------------------------------------------- */

typedef enum {
  RW_RUN_INFER, /* forward only; buffers are reused as they fall free */
  RW_RUN_TRAIN, /* forward and backward */
} RwRunMode;

/* Kernel-ready parameters.  Update after every change of @params; any number
 * of runs may read a pack at once. */
RwPack *rw_pack_new (RwNet *net, RwRunMode mode, GError **error);
void rw_pack_update (RwPack *pack, const float *params);

/* From the next update on the layers of @quant (copied; of the same net) work
 * with numbers rounded to 8 bits: when inferring in whole numbers, when
 * training in float with the same roundings.  RW_ERROR_LIMIT. */
gboolean
rw_pack_set_quant (RwPack *pack, const RwQuant *quant, GError **error);
void rw_pack_free (RwPack *pack); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwPack, rw_pack_free)

/* Buffers for one batch.  A run belongs to one thread at a time.  @workers:
 * how many workers of rw_parallel_for may help inside a layer (1 inside an
 * item). */
RwRun *rw_run_new (RwNet *net, RwRunMode mode, int workers);
void rw_run_free (RwRun *run); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RwRun, rw_run_free)

/* Plans memory for @n images of @width x @height (multiples of the alignment)
 * and allocates what is missing.  RW_ERROR_LIMIT or _MISMATCH. */
gboolean
rw_run_prepare (RwRun *run, int n, int height, int width, GError **error);

gsize rw_run_get_bytes (const RwRun *run); /* allocated now */

/* RW_RUN_INFER: the bytes that prepare allocates for each part of a run.  A run
 * that is prepared for several sizes in turn keeps the largest of each. */
typedef struct {
  gsize input, output, arena, scratch;
} RwRunBytes;

/* Raises @bytes to what that size needs.  Errors: as rw_run_prepare. */
gboolean rw_run_predict (const RwRun *run,
                         int n,
                         int height,
                         int width,
                         RwRunBytes *bytes,
                         GError **error);

/* RW_RUN_INFER: allocates @bytes in advance; a prepare that needs no more than
 * that allocates nothing.  RW_ERROR_LIMIT. */
gboolean rw_run_reserve (RwRun *run, const RwRunBytes *bytes, GError **error);

/* RW_RUN_INFER: from the next prepare on the run computes only this part of
 * the output.  Width 0: all of it. */
void rw_run_set_wanted (RwRun *run, int x, int y, int width, int height);

/* RW_RUN_INFER: from the next prepare on a band of a result stands for about
 * @rows of the input; 0: for a number that suits the workers.  Lower bands take
 * less memory; the bits of the result are the same. */
void rw_run_set_band (RwRun *run, int rows);

/* A run can go through a tall picture in steps, each of which goes on where the
 * one before stopped.  Input and output have memory for @rows rows, which hold
 * another part of the picture in each step.
 *
 *   step 0   output rows up to @end      memory: from row 0
 *   step 1   up to @end + @advance       from row @end - @above
 *   step 2   up to @end + 2 @advance     from row @end + @advance - @above
 *   the last up to the end of the wanted part
 *
 * In each step the memory holds the rows down to rw_net_get_reach below the
 * step's end, or down to the end of the picture. */
typedef struct {
  int n; /* 0: the whole picture in one step and in memory */
  int rows, end, advance, above;
} RwSteps;

/* RW_RUN_INFER, nets that keep the size, one image: from the next prepare on.
 * Copied; NULL: none. */
void rw_run_set_steps (RwRun *run, const RwSteps *steps);

/* RW_RUN_INFER: allows forward to work in place: to write the output over the
 * input where the net permits it, which saves memory.  To be called before the
 * first prepare. */
void rw_run_set_over (RwRun *run);

/* The buffers after prepare: [n][h][w][cs].  Fill the input's channels; its
 * padding lanes are 0 after prepare and have to stay so.  Forward and backward
 * do not change the input, except after rw_run_set_over. */
float *rw_run_get_input (RwRun *run);
const float *rw_run_get_output (const RwRun *run);

/* RW_RUN_INFER with rw_run_set_over: memory that a caller may use until
 * forward.  It has at least four floats for a third of the input's pixels and
 * for those at its edges; NULL where it has fewer than @n_floats. */
float *rw_run_get_spare (RwRun *run, gsize n_floats);

void rw_run_get_output_size (const RwRun *run, int *height, int *width);

/* RW_RUN_TRAIN, before prepare: the result of node @node (rw_net_find_result)
 * is still there after forward and its gradient after backward, each until the
 * next forward.  Without this only input and output are; what is kept takes
 * memory of its own and changes no bit of anything. */
void rw_run_keep (RwRun *run, int node);

/* After forward: [n][h][w][channel stride] of a node that is kept, of the
 * input or of the output; NULL for others. */
const float *rw_run_get_result (const RwRun *run, int node);

/* After prepare, of any node. */
void rw_run_get_result_shape (
    const RwRun *run, int node, int *height, int *width, int *channels);

/* RW_RUN_TRAIN: d loss / d result of a node that is kept, after backward.
 * Forward sets it to 0; what the caller puts there before backward (padding
 * lanes zero) is added to what comes from behind, so that a loss may be one of
 * inner results too.  Of the output it is rw_run_get_output_grad.  NULL for
 * nodes that are not kept, and for the input unless that is wanted. */
float *rw_run_get_result_grad (RwRun *run, int node);

/* RW_RUN_TRAIN: what layers that draw random numbers (dropout, quantise) draw
 * from in the next forward and backward: a key for each of the n images, which
 * stays the caller's.  NULL, as at the beginning: they draw none, as when
 * inferring. */
void rw_run_set_noise (RwRun *run, const guint64 *keys);

/* FALSE when a function set by rw_run_set_stop ended it. */
gboolean rw_run_forward (RwRun *run, const RwPack *pack);

/* The same for step @step: 0, or the one after that of the last call, with the
 * input filled anew. */
gboolean rw_run_forward_step (RwRun *run, const RwPack *pack, int step);

/* Called between the bands of an inferring run, each of which takes about 1 ms,
 * on the thread that called rw_run_forward.  @fraction of the bands are done.
 * Returns TRUE to end the run.  NULL: nothing is called. */
typedef gboolean (*RwStopFunc) (gpointer data, double fraction);
void rw_run_set_stop (RwRun *run, RwStopFunc stop, gpointer data);

/* RW_RUN_TRAIN, after forward: fill d loss / d output (padding lanes zero),
 * then backward adds d loss / d params to @grads (n_inner floats, inner
 * layout). */
float *rw_run_get_output_grad (RwRun *run);
void rw_run_backward (RwRun *run, const RwPack *pack, float *grads);

/* RW_RUN_TRAIN, before prepare: backward need not compute the gradient of a
 * parameter whose entry in @frozen is TRUE.  It stops at the first layer that
 * has other parameters; what it adds for frozen ones is undefined.  Copied.
 */
void rw_run_freeze (RwRun *run, const gboolean *frozen);

/* RW_RUN_TRAIN, before prepare: says that the packs of this run are rounded as
 * in @quant.  Only which layers are rounded is looked at.  Copied. */
void rw_run_set_quant (RwRun *run, const RwQuant *quant);

/* RW_RUN_TRAIN: called before each layer that @node could round to 8 bits,
 * with its input [n_pixels][stride] as it is without rounding.  NULL: none. */
typedef void (*RwWatchFunc) (gpointer data,
                             int node,
                             const float *x,
                             gsize n_pixels,
                             int channels,
                             int stride);
void rw_run_set_watch (RwRun *run, RwWatchFunc watch, gpointer data);

/* d loss / d input, valid after backward if asked for before prepare. */
void rw_run_want_input_grad (RwRun *run);
const float *rw_run_get_input_grad (const RwRun *run);

/* Called on the working thread when a piece of the work of node @node @begins
 * and when it ends.  A run that goes through the picture in bands has several
 * pieces for each node; work that is fused into another node counts as that
 * node's.  @worker: the only worker on this piece, or -1 where all share it.
 * A probe costs two calls for each piece and changes no result. */
typedef void (*RwProbeFunc) (gpointer data,
                             int node,
                             int worker,
                             gboolean begins);

/* Of rw_run_forward, for bench; NULL: none. */
void rw_run_set_probe (RwRun *run, RwProbeFunc probe, gpointer data);

/* ---- the layer graph's nodes, for bench and tests ---------------------- */

int rw_net_get_n_nodes (const RwNet *net);

/* The node whose result the text names ("-> y", outside of blocks), else the
 * one with that name ("conv3", "conv3@2" in a block's second round, "input").
 * -1 with RW_ERROR_MISMATCH, which says what the text names and what is
 * nearest. */
int rw_net_find_result (const RwNet *net, const char *name, GError **error);
const char *rw_net_get_node_name (const RwNet *net, int i);

/* A node as others may see it; strings are the net's. */
typedef struct {
  const char *name; /* "conv3"; node 0 is "input" */
  const char *kind; /* the layer's word: "conv"; "input" */
  int n_inputs;
  int inputs[2];               /* nodes, all before this one */
  int height, width, channels; /* of its result */
  int first_param, n_params;   /* as rw_net_get_param counts them */
  double macs_per_pixel;       /* of the net's input, as direct convolution */
} RwNodeView;

/* Fills @views, one a node, for an input of @height x @width. */
void rw_net_view (const RwNet *net, int height, int width, RwNodeView *views);

/* A setting of node @i by the name it has in the text ("stride"), a choice as
 * the index of its word; NaN when the node has no such setting. */
double rw_net_get_node_setting (const RwNet *net, int i, const char *name);

/* Sets the choice @name of all layers of @kind to @word, one that changes
 * neither shapes nor parameters, before anything runs; the text stays as it
 * is.  Returns how many layers have it. */
int rw_net_set_choice (RwNet *net,
                       const char *kind,
                       const char *name,
                       const char *word);
