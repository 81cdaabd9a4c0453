/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * reweave train --list: what there is to choose from.
 */
#pragma once

/* Recipes, losses, optimisers and schedules, on standard output. */
void rw_cli_train_list (void);
