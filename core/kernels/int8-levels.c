/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Which kernels for whole numbers this machine has, and their order of
 * weights.
 */
#include "kernels/int8.h"

#include "kernels/kernels.h"

#include <string.h>

extern const RwInt8Kernels rw_int8_generic;
#ifdef RW_HAVE_V3
extern const RwInt8Kernels rw_int8_v3;
#endif
#ifdef RW_HAVE_V3_VNNI
extern const RwInt8Kernels rw_int8_v3_vnni;
#endif
#ifdef RW_HAVE_V4
extern const RwInt8Kernels rw_int8_v4;
#endif
#ifdef RW_HAVE_V4_VNNI
extern const RwInt8Kernels rw_int8_v4_vnni;
#endif

static const RwInt8Kernels *
for_v3 (RwInt8Level level)
{
  if (!rw_kernels_for_level (RW_LEVEL_V3))
    return NULL;
#ifdef RW_HAVE_V3_VNNI
  if (level == RW_INT8_V3_VNNI)
    return __builtin_cpu_supports ("avxvnni") ? &rw_int8_v3_vnni : NULL;
#endif
#ifdef RW_HAVE_V3
  if (level == RW_INT8_V3)
    return &rw_int8_v3;
#endif
  return NULL;
}

static const RwInt8Kernels *
for_v4 (RwInt8Level level)
{
  if (!rw_kernels_for_level (RW_LEVEL_V4))
    return NULL;
#ifdef RW_HAVE_V4_VNNI
  if (level == RW_INT8_V4_VNNI)
    return __builtin_cpu_supports ("avx512vnni") ? &rw_int8_v4_vnni : NULL;
#endif
#ifdef RW_HAVE_V4
  if (level == RW_INT8_V4)
    return &rw_int8_v4;
#endif
  return NULL;
}

const RwInt8Kernels *
rw_int8_kernels_for_level (RwInt8Level level)
{
  switch (level) {
  case RW_INT8_V4_VNNI:
  case RW_INT8_V4:
    return for_v4 (level);
  case RW_INT8_V3_VNNI:
  case RW_INT8_V3:
    return for_v3 (level);
  case RW_INT8_GENERIC:
    return &rw_int8_generic;
  case RW_N_INT8_LEVELS:
    break;
  }
  return NULL;
}

const RwInt8Kernels *
rw_int8_kernels (void)
{
  static const RwInt8Level most[RW_N_LEVELS] = {
    [RW_LEVEL_GENERIC] = RW_INT8_GENERIC,
    [RW_LEVEL_V3] = RW_INT8_V3_VNNI,
    [RW_LEVEL_V4] = RW_INT8_V4_VNNI,
  };
  int level = (int) most[rw_kernels_get_level ()];

  while (rw_int8_kernels_for_level ((RwInt8Level) level) == NULL)
    level--;
  return rw_int8_kernels_for_level ((RwInt8Level) level);
}

/* ---- memory in the kernels' order -------------------------------------- */

void
rw_int8_fill (const RwInt8Kernels *kernels, void *q, int value, size_t n)
{
  int16_t *wide = q;

  if (kernels->group == 4) {
    memset (q, value, n);
    return;
  }
  for (size_t i = 0; i < n; i++)
    wide[i] = (int16_t) value;
}

void
rw_int8_pack (const RwInt8Kernels *kernels,
              void *packed,
              const int8_t *weights,
              size_t depth,
              size_t n)
{
  const size_t group = (size_t) kernels->group;
  int8_t *bytes = packed;
  int16_t *wide = packed;

  for (size_t k = 0; k < depth; k++)
    for (size_t o = 0; o < n; o++) {
      const size_t at = (k / group * n + o) * group + k % group;

      if (group == 4)
        bytes[at] = weights[k * n + o];
      else
        wide[at] = weights[k * n + o];
    }
}
