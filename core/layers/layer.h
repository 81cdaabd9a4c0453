/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What a layer is: a name, settings that the net's text may give, a shape
 * rule, forward and backward.  One file a layer; the list is in
 * core/meson.build.
 *
 * forward and backward are total: they cannot fail and do not allocate.
 */
#pragma once

#include <glib.h>
#include <stddef.h>

#include "reweave.h"
#include "kernels/int8.h"

/* ---- settings ---------------------------------------------------------- */

typedef enum {
  RW_SETTING_NAMED,    /* "k=3" */
  RW_SETTING_BARE,     /* "2" as well as "factor=2" */
  RW_SETTING_REQUIRED, /* the same, and it has no default */
} RwSettingUse;

/* A field of the net's text that lies in the layer's struct, as an int or, of
 * RW_FIELD_REAL, as a double.  A list of them ends with RW_SETTING_END. */
typedef struct {
  RwField field;
  RwSettingUse use;
  size_t offset;
} RwSetting;

/* What follows @text, its summary, are members of the field: .def, .low, .high
 * of numbers, .def and .words of a choice. */
#define RW_SETTING(type, member, how, what, text, ...)                        \
  {                                                                           \
    .field = { .name = #member, .kind = what, .summary = text, __VA_ARGS__ }, \
    .use = how, .offset = offsetof (type, member)                             \
  }
#define RW_SETTING_INT(type, member, how, text, ...)                          \
  RW_SETTING (type, member, how, RW_FIELD_INT, text, __VA_ARGS__)
#define RW_SETTING_REAL(type, member, how, text, ...)                         \
  RW_SETTING (type, member, how, RW_FIELD_REAL, text, __VA_ARGS__)
#define RW_SETTING_CHOICE(type, member, text, ...)                            \
  RW_SETTING (type, member, RW_SETTING_NAMED, RW_FIELD_CHOICE, text,          \
              __VA_ARGS__)
#define RW_SETTING_END                                                        \
  {                                                                           \
    .field = {.name = NULL }                                                  \
  }

/* ---- shapes ------------------------------------------------------------ */

/* A tensor's size: [n][h][w][stride], of which c channels are used.  While a
 * net is parsed, h and w are those of a made-up picture. */
typedef struct {
  int n, h, w, c;
  int stride; /* rw_channel_stride (c) */
} RwShape;

static inline size_t
rw_shape_n_pixels (const RwShape *shape)
{
  return (size_t) shape->n * (size_t) shape->h * (size_t) shape->w;
}

static inline size_t
rw_shape_n_floats (const RwShape *shape)
{
  return rw_shape_n_pixels (shape) * (size_t) shape->stride;
}

/* ---- parameters -------------------------------------------------------- */

typedef enum {
  RW_INIT_ZERO,
  RW_INIT_HE,       /* normal, variance 2 / fan_in */
  RW_INIT_CONSTANT, /* value */
  RW_INIT_DIAGONAL, /* value on a square's diagonal, rest elsewhere */
} RwInit;

typedef struct {
  const char *name; /* "weight": the file has NODE.weight */
  int n_dims;
  size_t dims[4]; /* as in the file */
  size_t n_inner; /* floats in the inner layout */
  /* Of a matrix: its outputs.  The inner layout then is [n_inner / stride]
   * [stride], stride = rw_channel_stride (n_outputs).  0: no matrix. */
  size_t n_outputs;
  RwInit init;
  double fan_in, value, rest;
  gboolean decay;
} RwParamSpec;

/* ---- windows ----------------------------------------------------------- */

/* Rows (and likewise columns) [first, end) of y depend on rows
 * [first * multiply / divide - before, end * multiply / divide + after) of
 * each input, rounded outwards. */
typedef struct {
  int multiply, divide;
  int before, after; /* after may be negative: a step longer than the kernel */
} RwWindow;

/* ---- a layer ----------------------------------------------------------- */

typedef struct RwLayerClass RwLayerClass;
typedef struct RwInt8Conv RwInt8Conv; /* layers/conv/conv.h */

/* Head of every layer's struct. */
typedef struct {
  const RwLayerClass *class;
  int n_inputs;
  int round;     /* of the innermost block that it is in, from 0 on */
  RwShape in[2]; /* as parsed; h and w are nominal */
  RwShape out;
} RwLayer;

/* One call of forward or backward, on whole tensors or, when inferring, on a
 * band of rows: then the shapes are the band's, and a layer whose window is
 * wider reads @above and @below rows around x.  Beyond those, and beside the
 * columns, x is 0. */
typedef struct {
  RwShape in[2], out;
  const float *x[2];
  float *y;
  float *dx[2];       /* NULL: not wanted */
  gboolean dx_add[2]; /* add to dx, else overwrite it */
  float *dy;
  const float *params[2]; /* inner layout, one pointer per parameter */
  float *grads[2];        /* add to these */
  const float *pack;      /* what prepare made */
  const RwInt8Conv *int8; /* forward: in whole numbers; or NULL */
  float *scratch;         /* workers * scratch_stride floats */
  size_t scratch_stride;
  int workers;
  int above[2], below[2];
  int node;             /* which of the net's layers this is */
  const guint64 *noise; /* training: a key an image for layers that draw
                           random numbers; NULL: they draw none */
  /* What RW_LAYER_FUSES lets forward do besides. */
  gboolean fused_relu;   /* y = max (0, .), after the addend */
  const float *addend;   /* [out] to add to y, or NULL */
  int n_sources;         /* 2: x is x[0] and x[1], channel behind channel */
  gboolean upsampled;    /* x[0] is x[0] with each pixel doubled both ways */
  int column, n_columns; /* the columns of y that are wanted */
} RwPass;

/* Sets what a pass over whole tensors, nothing fused, has. */
static inline void
rw_pass_whole (RwPass *pass)
{
  pass->n_sources = 1;
  pass->n_columns = pass->out.w;
}

typedef enum {
  RW_LAYER_NEEDS_X = 1 << 0,      /* backward reads x */
  RW_LAYER_NEEDS_Y = 1 << 1,      /* backward reads y */
  RW_LAYER_IN_PLACE = 1 << 2,     /* y may be x[0], dx[0] may be dy */
  RW_LAYER_LINEAR = 1 << 3,       /* for the adjoint test */
  RW_LAYER_FUSES = 1 << 4,        /* honours fused_relu and addend */
  RW_LAYER_IS_RELU = 1 << 5,      /* what fused_relu means */
  RW_LAYER_NAMED_INPUT = 1 << 6,  /* second input is named in the text */
  RW_LAYER_NET_INPUT = 1 << 7,    /* second input is the net's input */
  RW_LAYER_IS_ADD = 1 << 8,       /* what addend means */
  RW_LAYER_JOINS = 1 << 9,        /* what two sources mean */
  RW_LAYER_DRAWS = 1 << 10,       /* random numbers, where RwPass.noise is */
  RW_LAYER_WHOLE = 1 << 11,       /* y depends on all of x: fixed sizes only */
  RW_LAYER_SECOND_ONLY = 1 << 12, /* y depends on x[1] alone */
  RW_LAYER_CUTS = 1 << 13, /* y goes in steps; backward is not its slope */
} RwLayerFlags;

/* How relevance that arrives at y goes on to x (nets/relevance.h). */
typedef enum {
  RW_RELEVANCE_UNKNOWN,   /* nobody has said: it cannot be followed */
  RW_RELEVANCE_SHARES,    /* y is a sum: each summand takes its share */
  RW_RELEVANCE_SUBTRACTS, /* the same, with x[1] as its negative */
  RW_RELEVANCE_MOVES,     /* y are some of x's values: goes where they were */
  RW_RELEVANCE_PASSES,    /* y[c] is made of x[0][c], and little of others */
  RW_RELEVANCE_HALVES,    /* y is a product of two: half to each */
  RW_RELEVANCE_STOPS,     /* y is made of no x */
} RwRelevanceWay;

/* Which channels of y and x can only be taken out of a net together
 * (nets/ties.h). */
typedef enum {
  RW_CHANNELS_STAY,   /* none can be taken out of x or y */
  RW_CHANNELS_OWN,    /* y's are made of all of x's: the setting "channels" */
  RW_CHANNELS_SAME,   /* y[c] with x[c] of each input */
  RW_CHANNELS_SECOND, /* y[c] with x[c] of the second input */
  RW_CHANNELS_FIRST,  /* y[c] with x[c]; of the second input the first ones */
  RW_CHANNELS_JOINED, /* y are those of x[0], then those of x[1] */
  RW_CHANNELS_HALVES, /* y[c] with x[c] and x[c + half] */
  RW_CHANNELS_GATHERED, /* y[c] with some of x's that follow each other */
  RW_CHANNELS_SPREAD,   /* x[c] with some of y's that follow each other */
} RwChannelWay;

typedef struct {
  RwChannelWay way;
  /* What each dimension of each parameter counts, a letter each: "o" channels
   * of y, "i" those of x[0] (each times its pixels where x is of fixed size),
   * "." neither. */
  const char *params[2];
} RwChannelRule;

/* Infer or train: what prepare and scratch must provide for. */
typedef enum {
  RW_PASS_FORWARD,
  RW_PASS_BOTH,
} RwPassKind;

/* Of a layer that can work in whole numbers (kernels/int8.h): its first
 * parameter is rounded to a scale for each output channel. */
typedef struct {
  gboolean (*fits) (const RwLayer *layer);
  /* The largest |w| / 127 of each of the out.stride channels. */
  void (*scales) (const RwLayer *layer, const float *weights, float *scales);
  void (*round) (const RwLayer *layer, float *weights, const float *scales);
  gsize (*pack_size) (const RwLayer *layer); /* bytes */
  /* Packs into @memory, aligned to 64 bytes; @input: scale of x. */
  const RwInt8Conv *(*pack) (const RwLayer *layer,
                             void *memory,
                             const float *weights,
                             const RwInt8Scale *input,
                             const float *scales);
} RwInt8Class;

struct RwLayerClass {
  const char *name;
  const char *summary;
  size_t size; /* of the layer's struct */
  RwLayerFlags flags;
  RwRelevanceWay relevance;
  RwChannelRule channels;
  const RwSetting *settings;
  const char *examples[4];

  /* Sets *out (c and stride, h and w) from @in; the only hook that may fail.
   */
  gboolean (*shape) (const RwLayer *layer,
                     const RwShape *in,
                     RwShape *out,
                     GError **error);

  int (*n_params) (const RwLayer *layer); /* NULL: none; at most 2 */
  void (*param) (const RwLayer *layer, int i, RwParamSpec *spec);
  /* Values of file layout to inner and back; NULL: the same. */
  void (*from_file) (const RwLayer *layer,
                     int i,
                     float *inner,
                     const float *values);
  void (*to_file) (const RwLayer *layer,
                   int i,
                   const float *inner,
                   float *values);

  size_t (*pack_size) (const RwLayer *layer,
                       RwPassKind kind); /* floats; NULL: 0 */
  void (*pack) (const RwLayer *layer,
                RwPassKind kind,
                float *pack,
                const float *const *params);

  /* Floats for one worker at the largest shapes of @pass; NULL: 0. */
  size_t (*scratch) (const RwLayer *layer,
                     const RwPass *pass,
                     RwPassKind kind);

  double (*macs) (
      const RwLayer *layer); /* multiply-adds per output pixel; NULL: 0 */
  /* What of x a part of y depends on; NULL: the same part. */
  RwWindow (*window) (const RwLayer *layer);

  void (*forward) (const RwLayer *layer, const RwPass *pass);
  const RwInt8Class *int8; /* NULL: works in float only */
  /* Whether forward honours n_sources and upsampled; NULL: it does not. */
  gboolean (*reads_sources) (const RwLayer *layer);
  /* Whether y is x with each pixel repeated in a square, which is what
   * upsampled means where it doubles; NULL: it is not. */
  gboolean (*repeats) (const RwLayer *layer);
  /* With two inputs, dx[1] first: the two may be the same memory. */
  void (*backward) (const RwLayer *layer, const RwPass *pass);
};

/* NULL-terminated. */
const RwLayerClass *const *rw_layer_list (void);
const RwLayerClass *rw_layer_find (const char *name);

RwWindow rw_layer_get_window (const RwLayer *layer);

/* ---- helpers for layers ------------------------------------------------ */

/* shape hook of layers that keep the size */
gboolean rw_layer_same_shape (const RwLayer *layer,
                              const RwShape *in,
                              RwShape *out,
                              GError **error);

/* Sets h, w, c and the stride. */
void rw_shape_set (RwShape *shape, int h, int w, int c);

/* fn (first, last, data) over cuts of 0..n-1 in parallel; for loops over
 * pixels or floats. */
typedef void (*RwRangeFunc) (size_t first, size_t last, void *data);
void rw_layer_for_ranges (size_t n, size_t grain, RwRangeFunc fn, void *data);

/* What image @image of a pass draws from: another key for every layer. */
guint64 rw_layer_noise_key (const RwPass *pass, int image);

/* y = f (x) channel by channel, padding lanes 0. */
void rw_layer_map (const RwPass *pass, float (*f) (float));
/* dx (+)= dy * df (v), v read from @values (x or y). */
void rw_layer_map_grad (const RwPass *pass,
                        const float *values,
                        float (*df) (float));
/* dx[i] = dy or += dy; nothing to do where they are the same memory. */
void rw_layer_pass_grad (const RwPass *pass, int i);
