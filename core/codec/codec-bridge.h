/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What stands for bands of latents that are lost.
 */
#pragma once

#include "codec/codec-bands.h"

/* Makes up the rows of all damaged ones among @streams, a band each, in the
 * first @n_channels channels of @latents, from the rows around them. */
void rw_codec_bridge (const RwCodecStream *streams,
                      int n_channels,
                      int width,
                      int height,
                      gint16 *latents);
