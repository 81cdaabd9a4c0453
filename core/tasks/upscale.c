/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * upscale: half the size, bicubic.
 */
#include "tasks/upscale.h"

#include "tasks/draws.h"
#include "tasks/finish.h"
#include "tasks/resize.h"
#include "tasks/task.h"

#define SOFT_SHARE 0.2 /* blurred before and noisy after */
#define SIGMA_LOW 0.2  /* px */
#define SIGMA_HIGH 0.8
#define NOISE_HIGH 2.0 /* 1/255 */
#define GREY_SHARE 0.1

/* Clean pixels around, even: the widened cubic reaches 3 beyond, the widest
 * blur 3 further. */
#define MARGIN 4
#define MARGIN_SOFT 8

/* Indices below the damage's key. */
enum { IS_SOFT, SIGMA, NOISE_LEVEL, IS_GREY, NOISE, FILE_KEY };

void
rw_upscale_draw (guint64 key, RwDamage *damage)
{
  const gboolean soft = rw_draw_is (key, IS_SOFT, SOFT_SHARE);

  *damage = (RwDamage){
    .values = { soft ? rw_draw_between (key, SIGMA, SIGMA_LOW, SIGMA_HIGH) : 0,
                soft ? rw_draw_between (key, NOISE_LEVEL, 0, NOISE_HIGH) : 0 },
    .told = 1,
    .blind = TRUE,
    .clip = TRUE,
    .grey = rw_draw_is (key, IS_GREY, GREY_SHARE),
    .key = key,
  };
}

int
rw_upscale_extent (const RwDamage *damage, int length)
{
  return length +
         2 * (damage == NULL || damage->values[0] > 0 ? MARGIN_SOFT : MARGIN);
}

static void
add_white_noise (RwPlanes *rgb, const RwDamage *damage)
{
  const gsize n = rw_planes_count (rgb), repeat = damage->grey ? 3 : 1;
  const float sigma = (float) (damage->values[1] / 255);
  g_autofree float *noise = g_new (float, n / repeat);

  rw_random_gaussian (rw_random_key (damage->key, NOISE), 0, noise,
                      n / repeat);
  for (gsize i = 0; i < n; i++)
    rgb->pixels[i] += sigma * noise[i / repeat];
}

void
rw_upscale_degrade (const RwSample *source,
                    RwSample *clean,
                    RwSample *input,
                    RwDamage *damage)
{
  const RwPlanes whole = rw_planes_of (source);
  RwPlanes target = rw_planes_of (clean), small = rw_planes_of (input);

  rw_planes_crop (&whole, &target);
  if (damage->values[0] > 0) {
    const RwBlur blur = rw_blur_gaussian (damage->values[0]);
    RwPlanes soft = rw_planes_make (whole.width, whole.height, 3);
    rw_blur (&whole, &blur, 1, &soft);
    rw_resize (&soft, RW_RESIZE_CUBIC, 0.5, &small);
    g_free (soft.pixels);
  } else {
    rw_resize (&whole, RW_RESIZE_CUBIC, 0.5, &small);
  }
  if (damage->values[1] > 0)
    add_white_noise (&small, damage);
  rw_finish_as_file (
      &small, &(RwFinish){ .grey = damage->grey,
                           .key = rw_random_key (damage->key, FILE_KEY) });
}

/* ---- the task ----------------------------------------------------------- */

const RwTask rw_task_upscale = {
  .info = {
    .name = "upscale",
    .title = N_ ("Upscale"),
    .blurb = N_ ("Double width and height and draw what a larger picture shows"),
    .help = N_ ("Makes a picture twice as wide and high, sharper than "
            "interpolation does."),
    .done = N_ ("doubled"),
    .category = "enhance:sharpen",
    .weights = "upscale-m",
    .kind = RW_TASK_SCALER,
    .scale = 2,
  },
  .range_low = 0,
  .range_high = 1,
  .draw = rw_upscale_draw,
  .extent = rw_upscale_extent,
  .degrade = rw_upscale_degrade,
};
