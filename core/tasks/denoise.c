/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * denoise: what cameras leave in finished photographs, see camera-noise.h.
 * The level is the deviation of lightness, which a person may tell; else it is
 * measured.  The net works blind too, but then takes less noise away and more
 * texture.
 */
#include "tasks/task.h"

#include "tasks/camera-noise-private.h"
#include "tasks/camera-noise.h"
#include "tasks/photo-level.h"

#define LEVEL_MAX 30.0
#define GRAIN_AREA 64 /* blotches of colour are wide */

/* The protocol's camera: a sensor's noise in a picture that is not resized. */
static void
degrade_plain (const RwSample *source,
               RwSample *clean,
               RwSample *input,
               RwDamage *damage)
{
  RwCamera camera;

  rw_camera_decide (damage->key, damage->values[0], damage->grey, &camera);
  camera.kind = RW_CAMERA_SENSOR;
  camera.soften = TRUE;
  camera.shrink_source = camera.shrink_result = 1;
  damage->values[0] = rw_camera_degrade (&camera, source, clean, input);
}

static void
degrade (const RwSample *source,
         RwSample *clean,
         RwSample *input,
         RwDamage *damage)
{
  if (damage->plain)
    degrade_plain (source, clean, input, damage);
  else
    rw_camera_noise_degrade (source, clean, input, damage);
}

static int
extent (const RwDamage *damage, int length)
{
  const int most = 4 * (length + 2 * RW_CAMERA_MARGIN);

  if (damage == NULL)
    return most;
  return damage->plain ? length + 2 * RW_CAMERA_MARGIN
                       : MIN (rw_camera_noise_extent (damage, length), most);
}

static double
to_plane (double level)
{
  return level / LEVEL_MAX;
}

static const RwField controls[] = {
  { .name = "level",
    .label = N_ ("Noise level"),
    .summary =
        N_ ("Standard deviation of the noise of lightness in 8-bit steps"),
    .unit = "1/255",
    .kind = RW_FIELD_REAL,
    .def = 5,
    .low = 0.1,
    .high = LEVEL_MAX,
    .digits = 1,
    .open = TRUE },
};

static const double eval[] = { 5, 2.5, 8, 0 };

const RwTask rw_task_denoise = {
  .info = {
    .name = "denoise",
    .title = N_ ("Denoise"),
    .blurb = N_ ("Remove the noise of cameras and keep what the picture shows"),
    .help = N_ ("Undoes the noise of finished photographs: grain and blotches of "
            "colour that demosaicing, the camera's own noise reduction and "
            "JPEG have left.  Without a level it finds by itself how much "
            "there is."),
    .done = N_ ("denoised"),
    .category = "enhance:noise-reduction",
    .weights = "denoise-m",
    .kind = RW_TASK_FILTER,
    .scale = 1,
    .controls = controls,
    .n_controls = G_N_ELEMENTS (controls),
  },
  .range_low = -0.1,
  .range_high = 1.1,
  .eval = eval,
  .grain_area = GRAIN_AREA,
  .draw = rw_camera_noise_draw,
  .extent = extent,
  .degrade = degrade,
  .to_plane = to_plane,
  .measure = rw_photo_level_estimate,
  .judge = rw_photo_level_judge,
};
