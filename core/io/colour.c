/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Transfer curves.  Profiles of a curve for each channel are sampled by lcms2,
 * for integers at every value of the file.  Source of the sRGB curve: IEC
 * 61966-2-1; beyond [0,1] its straight and its curved part go on.
 */
#include "io/colour.h"

#include <math.h>
#include <string.h>

#ifdef RW_HAVE_LCMS2
#include <lcms2.h>
#endif

/* Curves nearer to sRGB's than this are taken for it. */
#define NEAR_SRGB (1.0 / 1024)

enum {
  N_PROBES = 1024,
  N_FLOAT = 16384, /* samples of a table for floats */
  CICP_SRGB = 13,
  CICP_LINEAR = 8,
};

typedef struct {
  double gamma; /* light = value ^ gamma, when table is NULL */
  float *table; /* [n] coded values, not decreasing */
} Tone;

struct RwCurves {
  int n; /* entries of the tables */
  int depth;
  Tone tones[3];
};

/* ---- one value --------------------------------------------------------- */

static double
code_srgb (double light)
{
  return light <= 0.0031308 ? 12.92 * light
                            : 1.055 * pow (light, 1 / 2.4) - 0.055;
}

static double
decode_srgb (double coded)
{
  return coded <= 0.04045 ? coded / 12.92 : pow ((coded + 0.055) / 1.055, 2.4);
}

/* Negative values are mirrored. */
static double
to_power (double value, double gamma)
{
  return gamma == 1 ? value : copysign (pow (fabs (value), gamma), value);
}

static float
encode_tone (const Tone *tone, int n, float value)
{
  if (tone->table == NULL)
    return (float) code_srgb (to_power (value, tone->gamma));
  const float *table = tone->table;
  const float last = (float) (n - 1), place = value * last;
  if (!(place > 0))
    return table[0] + value * last * (table[1] - table[0]);
  if (place >= last)
    return table[n - 1] + (place - last) * (table[n - 1] - table[n - 2]);
  const int i = (int) (place + 1e-2f);
  const float rest = place - (float) i;
  if (fabsf (rest) <= 1e-2f)
    return table[i];
  return table[i] + rest * (table[i + 1] - table[i]);
}

static float
decode_tone (const Tone *tone, int n, float coded)
{
  if (tone->table == NULL)
    return (float) to_power (decode_srgb (coded), 1 / tone->gamma);
  const float *table = tone->table;
  const float last = (float) (n - 1);
  if (!(coded > table[0])) {
    const float step = table[1] - table[0];
    return step > 0 ? (coded - table[0]) / step / last : 0;
  }
  if (coded >= table[n - 1]) {
    const float step = table[n - 1] - table[n - 2];
    return step > 0 ? 1 + (coded - table[n - 1]) / step / last : 1;
  }
  int low = 0, high = n - 1; /* table[low] < coded <= table[high] */
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    if (table[middle] < coded)
      low = middle;
    else
      high = middle;
  }
  return ((float) low + (coded - table[low]) / (table[high] - table[low])) /
         last;
}

/* NaN stays. */
void
rw_curves_encode (const RwCurves *curves, float *rgba, gsize n)
{
  for (gsize i = 0; i < n; i++, rgba += 4)
    for (int c = 0; c < 3; c++)
      rgba[c] = encode_tone (&curves->tones[c], curves->n, rgba[c]);
}

void
rw_curves_decode (const RwCurves *curves, float *rgba, gsize n)
{
  for (gsize i = 0; i < n; i++, rgba += 4)
    for (int c = 0; c < 3; c++)
      rgba[c] = decode_tone (&curves->tones[c], curves->n, rgba[c]);
}

/* ---- making ------------------------------------------------------------ */

static RwCurves *
new_curves (int depth)
{
  RwCurves *curves = g_atomic_rc_box_new0 (RwCurves);

  curves->depth = depth;
  curves->n = depth == 8 ? 256 : depth == 16 ? 65536 : N_FLOAT;
  return curves;
}

RwCurves *
rw_curves_ref (RwCurves *curves)
{
  return curves == NULL ? NULL : g_atomic_rc_box_acquire (curves);
}

static void
clear (gpointer data)
{
  RwCurves *curves = data;

  for (int c = 2; c >= 0; c--)
    if (c == 0 || curves->tones[c].table != curves->tones[0].table)
      g_free (curves->tones[c].table);
}

void
rw_curves_unref (RwCurves *curves)
{
  if (curves != NULL)
    g_atomic_rc_box_release_full (curves, clear);
}

/* The curve from values to light. */
typedef double (*LightFunc) (gconstpointer curve, double value);

static gboolean
is_near_srgb (LightFunc light, gconstpointer curve)
{
  for (int i = 0; i <= N_PROBES; i++) {
    const double value = (double) i / N_PROBES;
    if (!(fabs (code_srgb (light (curve, value)) - value) <= NEAR_SRGB))
      return FALSE;
  }
  return TRUE;
}

static double
get_power (gconstpointer gamma, double value)
{
  return pow (value, *(const double *) gamma);
}

static void
fill_table (RwCurves *curves, int c, LightFunc light, gconstpointer curve)
{
  float *table = g_new (float, curves->n);

  for (int i = 0; i < curves->n; i++)
    table[i] = (float) code_srgb (light (curve, (double) i / (curves->n - 1)));
  curves->tones[c].table = table;
}

static gboolean
is_rising (const float *table, int n)
{
  for (int i = 1; i < n; i++)
    if (!(table[i] >= table[i - 1]))
      return FALSE;
  return table[n - 1] > table[0];
}

static RwCurves *
make_power (double gamma, int depth)
{
  if (is_near_srgb (get_power, &gamma))
    return NULL;
  RwCurves *curves = new_curves (depth);

  if (depth == 32)
    for (int c = 0; c < 3; c++)
      curves->tones[c].gamma = gamma;
  else {
    fill_table (curves, 0, get_power, &gamma);
    curves->tones[1] = curves->tones[2] = curves->tones[0];
  }
  return curves;
}

/* ---- profiles ---------------------------------------------------------- */

gboolean
rw_colour_get_space (GBytes *icc, char space[5])
{
  gsize n;
  const char *data = g_bytes_get_data (icc, &n);

  if (n < 128 || memcmp (data + 36, "acsp", 4) != 0)
    return FALSE;
  memcpy (space, data + 16, 4);
  space[4] = '\0';
  return TRUE;
}

#ifdef RW_HAVE_LCMS2

static double
get_light (gconstpointer curve, double value)
{
  return cmsEvalToneCurveFloat (curve, (cmsFloat32Number) value);
}

static RwCurves *
sample_profile (cmsHPROFILE profile, int depth, char **note)
{
  static const cmsTagSignature tags[] = { cmsSigRedTRCTag, cmsSigGreenTRCTag,
                                          cmsSigBlueTRCTag };
  const gboolean grey = cmsGetColorSpace (profile) == cmsSigGrayData;
  const cmsToneCurve *trc[3];
  gboolean all_srgb = TRUE;

  for (int c = 0; c < 3; c++) {
    trc[c] = cmsReadTag (profile, grey ? cmsSigGrayTRCTag : tags[c]);
    if (trc[c] == NULL || cmsGetPCS (profile) != cmsSigXYZData) {
      if (note != NULL)
        *note = g_strdup ("its tone curve, in mending: its profile is not of "
                          "curves and a matrix, values were taken as they "
                          "are");
      return NULL;
    }
    all_srgb = all_srgb && is_near_srgb (get_light, trc[c]);
  }
  if (all_srgb)
    return NULL;
  RwCurves *curves = new_curves (depth);
  for (int c = 0; c < 3; c++) {
    if (depth == 32 && cmsIsToneCurveLinear (trc[c])) {
      curves->tones[c].gamma = 1;
      continue;
    }
    if (grey && c > 0) {
      curves->tones[c] = curves->tones[0];
      continue;
    }
    fill_table (curves, c, get_light, trc[c]);
    if (!is_rising (curves->tones[c].table, curves->n)) {
      if (note != NULL)
        *note = g_strdup ("its tone curve, in mending: it does not rise, "
                          "values were taken as they are");
      rw_curves_unref (curves);
      return NULL;
    }
  }
  return curves;
}

static RwCurves *
read_profile (GBytes *icc, int depth, char **note)
{
  gsize n;
  const void *data = g_bytes_get_data (icc, &n);
  cmsContext context = cmsCreateContext (NULL, NULL);
  cmsHPROFILE profile = cmsOpenProfileFromMemTHR (context, data, (guint) n);
  RwCurves *curves = NULL;

  if (profile != NULL) {
    const cmsColorSpaceSignature space = cmsGetColorSpace (profile);
    if (space == cmsSigGrayData || space == cmsSigRgbData)
      curves = sample_profile (profile, depth, note);
    else if (note != NULL)
      *note = g_strdup ("its tone curve, in mending: its profile is not of "
                        "grey or RGB, values were taken as they are");
    cmsCloseProfile (profile);
  } else if (note != NULL)
    *note = g_strdup ("its tone curve, in mending: its profile is damaged, "
                      "values were taken as they are");
  cmsDeleteContext (context);
  return curves;
}

/* x and y of white, red, green, blue */
static GBytes *
make_profile (const double p[8], double gamma, gboolean is_srgb, gboolean grey)
{
  static const double srgb[] = { 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92,
                                 0.04045 };
  cmsContext context = cmsCreateContext (NULL, NULL);
  cmsToneCurve *curve = is_srgb
                            ? cmsBuildParametricToneCurve (context, 4, srgb)
                            : cmsBuildGamma (context, gamma);
  cmsToneCurve *const curves[] = { curve, curve, curve };
  const cmsCIExyY white = { p[0], p[1], 1 };
  const cmsCIExyYTRIPLE primaries = { { p[2], p[3], 1 },
                                      { p[4], p[5], 1 },
                                      { p[6], p[7], 1 } };
  cmsHPROFILE profile =
      grey ? cmsCreateGrayProfileTHR (context, &white, curve)
           : cmsCreateRGBProfileTHR (context, &white, &primaries, curves);
  cmsUInt32Number n = 0;
  GBytes *bytes = NULL;

  if (profile != NULL) {
    cmsSetProfileVersion (profile, 4.3);
    if (cmsSaveProfileToMem (profile, NULL, &n) && n > 128) {
      guint8 *data = g_malloc0 (n);
      if (cmsSaveProfileToMem (profile, data, &n)) {
        memset (data + 24, 0, 12); /* the date: the same bytes every time */
        data[25] = 0x07, data[24] = 0x07, data[27] = data[29] = 1;
        memset (data + 84, 0, 16); /* the digest, which has it in it */
        bytes = g_bytes_new_take (data, n);
      } else
        g_free (data);
    }
    cmsCloseProfile (profile);
  }
  cmsFreeToneCurve (curve);
  cmsDeleteContext (context);
  return bytes;
}

#else

static RwCurves *
read_profile (GBytes *icc, int depth, char **note)
{
  if (note != NULL)
    *note = g_strdup ("its tone curve, in mending: this build knows no "
                      "profiles, values were taken as they are");
  return NULL;
}

static GBytes *
make_profile (const double p[8], double gamma, gboolean is_srgb, gboolean grey)
{
  return NULL;
}

#endif

/* ---- what a file says -------------------------------------------------- */

/* 0.45455 stands for sRGB (PNG specification, section 11.3.3.5). */
static gboolean
is_srgb_gamma (int gamma)
{
  return gamma >= 45450 && gamma <= 45460;
}

RwCurves *
rw_curves_new (const RwColourSays *says, char **note)
{
  if (note != NULL)
    *note = NULL;
  if (says->cicp != NULL) {
    const int transfer = says->cicp[1];
    if (transfer == CICP_LINEAR)
      return make_power (1, says->depth);
    if (transfer != CICP_SRGB && note != NULL)
      *note =
          g_strdup_printf ("its tone curve, in mending: cICP names transfer "
                           "function %d, values were taken as they are",
                           transfer);
    return NULL;
  }
  if (says->icc != NULL)
    return read_profile (says->icc, says->depth, note);
  if (says->is_srgb || is_srgb_gamma (says->gamma))
    return NULL;
  if (says->gamma > 0)
    return make_power (1e5 / says->gamma, says->depth);
  return says->depth == 32 ? make_power (1, says->depth) : NULL;
}

static const double rec709[] = { 0.3127, 0.329, 0.64, 0.33,
                                 0.3,    0.6,   0.15, 0.06 };

static gboolean
is_rec709 (const int *p)
{
  for (int i = 0; i < 8; i++)
    if (fabs (p[i] / 1e5 - rec709[i]) > 0.0005)
      return FALSE;
  return TRUE;
}

gboolean
rw_colour_says_more (const RwColourSays *says)
{
  if (says->cicp != NULL)
    return says->cicp[0] != 1 || says->cicp[1] != CICP_SRGB;
  if (says->icc != NULL || says->is_srgb)
    return FALSE;
  return (says->gamma > 0 && !is_srgb_gamma (says->gamma)) ||
         (says->primaries != NULL && says->primaries[1] > 0 &&
          !is_rec709 (says->primaries));
}

GBytes *
rw_colour_make_profile (const RwColourSays *says)
{
  static const double bt2020[] = { 0.3127, 0.329, 0.708, 0.292,
                                   0.17,   0.797, 0.131, 0.046 };
  static const double p3[] = { 0.3127, 0.329, 0.68, 0.32,
                               0.265,  0.69,  0.15, 0.06 };

  if (!rw_colour_says_more (says))
    return NULL;
  if (says->cicp != NULL) {
    const int primaries = says->cicp[0], transfer = says->cicp[1];
    const double *p = primaries == 1    ? rec709
                      : primaries == 9  ? bt2020
                      : primaries == 12 ? p3
                                        : NULL;
    if (p == NULL || (transfer != CICP_SRGB && transfer != CICP_LINEAR))
      return NULL;
    return make_profile (p, 1, transfer == CICP_SRGB, says->grey);
  }
  double p[8];
  const gboolean known = says->primaries != NULL && says->primaries[1] > 0;
  for (int i = 0; i < 8; i++)
    p[i] = known ? says->primaries[i] / 1e5 : rec709[i];
  const gboolean is_srgb = says->gamma == 0 || is_srgb_gamma (says->gamma);
  return make_profile (p, is_srgb ? 1 : 1e5 / says->gamma, is_srgb,
                       says->grey);
}
