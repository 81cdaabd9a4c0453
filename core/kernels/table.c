/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The table of one CPU level.
 */
#include "kernels/vector.h"

extern const RwKernels RW_PASTE (rw_kernels, RW_LEVEL);

const RwKernels RW_PASTE (rw_kernels, RW_LEVEL) = {
#define RW_KERNEL(name, arguments) .name = RW_NAME (name),
#include "kernels/kernels.def"
#undef RW_KERNEL
  .gemm_rows = RW_GEMM_ROWS,
};
