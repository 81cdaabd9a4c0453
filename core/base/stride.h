/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * How many floats lie between two pixels of a tensor.
 */
#pragma once

/* @channels rounded up to 16, to 4 for up to 4. */
static inline int
rw_channel_stride (int channels)
{
  return channels <= 4 ? 4 : (channels + 15) / 16 * 16;
}
