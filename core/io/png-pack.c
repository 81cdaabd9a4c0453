/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The pixels of a PNG, filtered and deflated.
 *
 *   raw:      [row above][ group 0 | group 1 | ... ]
 *   filtered:  [ 32 KiB ][ group 0 | group 1 | ... ]
 *   packed:              [ group 0 | group 1 | ... ]
 *
 * The 32 KiB before a group are what deflate may repeat.
 *
 * The differences of a photograph hardly repeat, so deflate need not look for
 * repetitions but of one byte (Z_RLE): on a photograph as small as level 4, in
 * half its time.  Where repetitions do save something, in drawings and plain
 * backgrounds, a look at the beginning of each group tells.  Of 6 megapixels
 * (pictures of Kodak's side by side, mended), seconds of one core for
 * filtering and deflating, before they are shared among workers: libpng and
 * level 4 0.65 for 7.99 MB, level 6 1.44 for 7.79; here 0.39 for 8.05.
 */
#include "io/png-pack.h"

#include "base/alloc.h"
#include "base/parallel.h"
#include "io/png-filter.h"

#include <assert.h>
#include <string.h>
#include <zlib.h>

enum {
  GROUP_BYTES =
      256 << 10,         /* chosen: 64 KiB is 0.5 % larger, 1 MiB 0.1 % less */
  DICTIONARY = 32 << 10, /* as far as deflate looks back */
  MAX_WORKERS = 16,
  GROUPS_EACH = 2,  /* of a worker, so that none waits long for another */
  PROBE = 32 << 10, /* bytes of a group that are tried both ways */
  LEVEL = 4,
  HEAD = 2, /* of a zlib stream, and its end */
  TAIL = 4,
  /* of one deflate with a window of 2^15 and memory level 8: see zconf.h */
  DEFLATE_BYTES = (1 << 17) + (1 << 17) + (16 << 10)
};

struct RwPngPacker {
  gsize row, step; /* bytes of a row, of a pixel */
  int depth;
  RwPngSink sink;
  gpointer data;
  int n_workers, n_groups, group_rows;
  gsize group_room; /* bytes for a packed group, head and tail */
  guint8 *memory;   /* all of the following, of n_bytes */
  gsize n_bytes;
  guint8 *raw, *filtered, *packed;
  guint8 *scratch; /* [n_workers][RW_PNG_FILTERS][row] */
  guint8 *other;   /* [n_workers][group_room] */
  gsize sizes[GROUPS_EACH * MAX_WORKERS];  /* of the packed groups */
  uLong checks[GROUPS_EACH * MAX_WORKERS]; /* adler32 of the filtered ones */
  int n_rows;                              /* in raw */
  int n_left;                              /* rows that are still to come */
  gsize n_before;                          /* filtered bytes before group 0 */
  uLong check;                             /* of all before group 0 */
  gboolean begun;
};

/* Generous: what does not get smaller is stored. */
static gsize
get_room (gsize n)
{
  return n + n / 8 + 1024;
}

static gsize
get_group_bytes (const RwPngPacker *packer)
{
  return (gsize) packer->group_rows * (packer->row + 1);
}

static void
set_sizes (RwPngPacker *packer, const RwPicture *kind)
{
  packer->row = rw_picture_get_stride (kind);
  packer->step = packer->row / (gsize) kind->width;
  packer->depth = kind->depth;
  packer->n_left = kind->height;
  packer->group_rows =
      (int) CLAMP (GROUP_BYTES / (packer->row + 1), 1, (gsize) kind->height);
  packer->group_room = HEAD + get_room (get_group_bytes (packer)) + TAIL;
  packer->n_workers = CLAMP (rw_parallel_get_workers (), 1, MAX_WORKERS);
  packer->n_groups = MIN (GROUPS_EACH * packer->n_workers,
                          (kind->height - 1) / packer->group_rows + 1);
}

static gboolean
allocate (RwPngPacker *packer, const char *what, GError **error)
{
  const gsize n_groups = (gsize) packer->n_groups,
              n_workers = (gsize) packer->n_workers;
  const gsize sizes[] = {
    (n_groups * (gsize) packer->group_rows + 1) * packer->row,
    DICTIONARY + n_groups * get_group_bytes (packer),
    n_groups * packer->group_room,
    n_workers * RW_PNG_FILTERS * packer->row,
    n_workers * packer->group_room,
  };
  guint8 **const parts[] = { &packer->raw, &packer->filtered, &packer->packed,
                             &packer->scratch, &packer->other };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    packer->n_bytes += sizes[i];
  packer->memory = rw_try_alloc (packer->n_bytes, 1, what, error);
  if (packer->memory == NULL)
    return FALSE;
  guint8 *at = packer->memory;
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); at += sizes[i++])
    *parts[i] = at;
  return TRUE;
}

RwPngPacker *
rw_png_packer_new (const RwPicture *kind,
                   RwPngSink sink,
                   gpointer data,
                   GError **error)
{
  RwPngPacker *packer = g_new0 (RwPngPacker, 1);

  packer->sink = sink;
  packer->data = data;
  packer->check = adler32 (0, NULL, 0);
  set_sizes (packer, kind);
  if (allocate (packer, "rows of a PNG", error))
    return packer;
  rw_png_packer_free (packer);
  return NULL;
}

void
rw_png_packer_free (RwPngPacker *packer)
{
  if (packer == NULL)
    return;
  rw_free (packer->memory);
  g_free (packer);
}

gsize
rw_png_packer_get_bytes (const RwPngPacker *packer)
{
  return sizeof *packer + packer->n_bytes +
         (gsize) packer->n_workers * DEFLATE_BYTES;
}

/* ---- groups ------------------------------------------------------------ */

static guint8 *
get_filtered (const RwPngPacker *packer, int group)
{
  return packer->filtered + DICTIONARY +
         (gsize) group * get_group_bytes (packer);
}

/* After the room for a head. */
static guint8 *
get_packed (const RwPngPacker *packer, int group)
{
  return packer->packed + (gsize) group * packer->group_room + HEAD;
}

/* Rows of a group; the last one may have fewer. */
static int
count_rows (const RwPngPacker *packer, int group)
{
  return MIN (packer->group_rows, packer->n_rows - group * packer->group_rows);
}

/* Whether it ends the picture. */
static gboolean
is_last (const RwPngPacker *packer, int group)
{
  return packer->n_left == 0 &&
         (group + 1) * packer->group_rows >= packer->n_rows;
}

static void
filter_group (int group, int worker, void *data)
{
  const RwPngPacker *packer = data;
  const gsize row = packer->row;
  const guint8 *above =
      packer->raw + row * (gsize) (group * packer->group_rows);
  guint8 *out = get_filtered (packer, group);
  guint8 *scratch = packer->scratch + row * RW_PNG_FILTERS * (gsize) worker;

  for (int i = 0; i < count_rows (packer, group); i++) {
    rw_png_filter (out, above + row, above, row, packer->step, scratch);
    above += row;
    out += row + 1;
  }
}

/* Deflates @n bytes that follow @n_before known ones.  Returns how many they
 * become; 0 if zlib has no memory. */
static gsize
deflate_bytes (const guint8 *bytes,
               gsize n,
               gsize n_before,
               int strategy,
               gboolean last,
               guint8 *out)
{
  z_stream z = { .next_in = (Bytef *) bytes,
                 .avail_in = (uInt) n,
                 .next_out = out,
                 .avail_out = (uInt) get_room (n) };

  if (deflateInit2 (&z, LEVEL, Z_DEFLATED, -MAX_WBITS, 8, strategy) != Z_OK)
    return 0;
  if (n_before > 0)
    deflateSetDictionary (&z, bytes - n_before, (uInt) n_before);
  deflate (&z, last ? Z_FINISH : Z_SYNC_FLUSH);
  assert (z.avail_in == 0 && z.avail_out > 0);
  deflateEnd (&z);
  return z.total_out;
}

/* Whether repetitions are worth the time: if they save some percent of the
 * group's beginning. */
static int
choose (const guint8 *bytes, gsize n, gsize n_known, guint8 *scratch)
{
  const gsize n_tried = MIN (n, PROBE);
  const gsize runs =
      deflate_bytes (bytes, n_tried, n_known, Z_RLE, TRUE, scratch);
  const gsize all = deflate_bytes (bytes, n_tried, n_known, Z_DEFAULT_STRATEGY,
                                   TRUE, scratch);

  return all < runs - runs / 32 ? Z_DEFAULT_STRATEGY : Z_RLE;
}

static void
pack_group (int group, int worker, void *data)
{
  RwPngPacker *packer = data;
  const gsize n = (gsize) count_rows (packer, group) * (packer->row + 1);
  const gsize n_above = (gsize) group * get_group_bytes (packer);
  const gsize n_known = MIN (packer->n_before + n_above, DICTIONARY);
  const guint8 *bytes = get_filtered (packer, group);
  const gboolean last = is_last (packer, group);
  guint8 *out = get_packed (packer, group);
  guint8 *other = packer->other + (gsize) worker * packer->group_room;

  packer->checks[group] = adler32 (adler32 (0, NULL, 0), bytes, (uInt) n);
  const int strategy = choose (bytes, n, n_known, other);
  packer->sizes[group] =
      deflate_bytes (bytes, n, n_known, strategy, last, out);
}

/* ---- batches of groups ------------------------------------------------- */

/* The stream's head (RFC 1950) before the first group, its checksum after the
 * last one. */
static gboolean
hand_over (RwPngPacker *packer, int group, gboolean last, GError **error)
{
  static const guint8 head[HEAD] = { 0x78, 0x5e }; /* 32 KiB, fast */
  guint8 *bytes = get_packed (packer, group);
  gsize n = packer->sizes[group];

  if (n == 0) {
    g_set_error (error, RW_ERROR, RW_ERROR_LIMIT,
                 "there is no memory for zlib, it needs %d KiB; close other "
                 "programs",
                 DEFLATE_BYTES >> 10);
    return FALSE;
  }
  if (last) {
    const guint32 check = GUINT32_TO_BE ((guint32) packer->check);
    memcpy (bytes + n, &check, TAIL);
    n += TAIL;
  }
  if (!packer->begun) {
    memcpy (bytes -= HEAD, head, HEAD);
    n += HEAD;
    packer->begun = TRUE;
  }
  return packer->sink (packer->data, bytes, n, error);
}

/* Keeps what the next batch looks back at. */
static void
turn_page (RwPngPacker *packer)
{
  const gsize n = (gsize) packer->n_rows * (packer->row + 1);
  const gsize n_kept = MIN (packer->n_before + n, DICTIONARY);
  guint8 *start = get_filtered (packer, 0);

  memmove (start - n_kept, start + n - n_kept, n_kept);
  memcpy (packer->raw, packer->raw + packer->row * (gsize) packer->n_rows,
          packer->row);
  packer->n_before = n_kept;
  packer->n_rows = 0;
}

static gboolean
pack_batch (RwPngPacker *packer, GError **error)
{
  const int n_groups = (packer->n_rows - 1) / packer->group_rows + 1;

  rw_parallel_for_workers (packer->n_workers, n_groups, filter_group, packer);
  rw_parallel_for_workers (packer->n_workers, n_groups, pack_group, packer);
  for (int i = 0; i < n_groups; i++) {
    const gsize n = (gsize) count_rows (packer, i) * (packer->row + 1);
    packer->check =
        adler32_combine (packer->check, packer->checks[i], (z_off_t) n);
    if (!hand_over (packer, i, is_last (packer, i), error))
      return FALSE;
  }
  turn_page (packer);
  return TRUE;
}

/* PNG has the high byte first. */
static void
copy_rows (RwPngPacker *packer, const guint8 *rows, int n)
{
  const gsize size = packer->row * (gsize) n;
  guint8 *out = packer->raw + packer->row * (gsize) (packer->n_rows + 1);

  if (packer->depth == 8 || G_BYTE_ORDER == G_BIG_ENDIAN)
    memcpy (out, rows, size);
  else
    for (gsize i = 0; i < size; i += 2) {
      out[i] = rows[i + 1];
      out[i + 1] = rows[i];
    }
}

gboolean
rw_png_packer_add (RwPngPacker *packer,
                   const guint8 *rows,
                   int n,
                   GError **error)
{
  const int room = packer->n_groups * packer->group_rows;

  while (n > 0) {
    const int n_taken = MIN (n, room - packer->n_rows);
    copy_rows (packer, rows, n_taken);
    rows += packer->row * (gsize) n_taken;
    n -= n_taken;
    packer->n_rows += n_taken;
    packer->n_left -= n_taken;
    if ((packer->n_rows == room || packer->n_left == 0) &&
        !pack_batch (packer, error))
      return FALSE;
  }
  return TRUE;
}
