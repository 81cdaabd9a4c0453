/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * Which options of reweave train go together.
 */
#include "train/train-options.h"

gboolean
rw_cli_train_options_check (const RwCliTrainOptions *options, GError **error)
{
  if (options->noise && options->pairs)
    return rw_cli_usage (error,
                         "--noise-from: found together with --pairs, which "
                         "have their damage, expected one of them; leave the "
                         "other out");
  if (options->noise && !options->from && !options->resume)
    return rw_cli_usage (error,
                         "--noise-from: found without --from, expected "
                         "weights that know noise already; name some, such "
                         "as --from denoise-m");
  if (options->repeats && (options->data || options->pairs || options->noise))
    return rw_cli_usage (error,
                         "--repeats-of: found together with --data, --pairs "
                         "or --noise-from, expected none of these, as shots "
                         "are all it learns from; leave the others out");
  if (!options->data && !options->pairs && !options->repeats)
    return rw_cli_usage (error,
                         "--data: found none, expected a folder of clean "
                         "pictures or synth:N, or --pairs; name one");
  if (options->data && options->pairs)
    return rw_cli_usage (error,
                         "--pairs: found together with --data, expected one "
                         "of them; leave the other out");
  if (options->validation && options->validation_pairs)
    return rw_cli_usage (error,
                         "--val-pairs: found together with --val, expected "
                         "one of them; leave the other out");
  if (!options->out)
    return rw_cli_usage (error,
                         "--out: found none, expected the weight file to "
                         "write; name one such as my.safetensors");
  if (options->partial && !options->from)
    return rw_cli_usage (error,
                         "--partial: found without --from, expected a weight "
                         "file to take from; name one");
  if (options->continues && !options->from && !options->resume)
    return rw_cli_usage (error,
                         "--continue: found without --from, expected the "
                         "weight file to go on from; name it");
  if (options->continues &&
      (options->recipe || options->net || options->partial || options->task))
    return rw_cli_usage (error,
                         "--continue: found together with --task, --recipe, "
                         "--net or --partial, expected none: the weight file "
                         "has them; leave these out, or --continue");
  if (options->resume && options->find_lr)
    return rw_cli_usage (error,
                         "--find-lr: found together with --resume, expected "
                         "one of them; leave --resume out to search");
  if (options->feed && (options->resume || options->find_lr || options->time ||
                        options->json || options->plot || options->sheet))
    return rw_cli_usage (error,
                         "--feed: found together with --resume, --find-lr, "
                         "--time, --json, --plot or --sheet, expected none; "
                         "leave these out");
  if (options->new_data && !options->resume)
    return rw_cli_usage (error,
                         "--new-data: found without --resume, expected a "
                         "training to go on with; leave it out");
  if (options->resume && options->force)
    return rw_cli_usage (error,
                         "--force: found together with --resume, expected one "
                         "of them; leave --force out to go on");
  if (options->about &&
      (options->title || options->license || options->data_note))
    return rw_cli_usage (error,
                         "--about: found together with --title, --license or "
                         "--data-note, expected either; leave --about out");
  if (options->resume && options->from)
    return rw_cli_usage (error,
                         "--from: found together with --resume, expected one "
                         "of them; leave --from out to go on");
  return TRUE;
}
