/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * What was found out about a picture when it was read: answers by the hash of
 * the question.  A host that asks for a picture in chunks has each block read
 * and hashed once.  Any thread may call all of this.
 */
#pragma once

#include "restore/cache.h"
#include "reweave.h"

/* Of a block: that nothing in it is to be restored. */
#define RW_NOTHING ((RwCacheKey){ 0 })

/* Which picture the notes are of; changes with rw_notes_forget, and is never
 * that of others.  @notes may be NULL in all of these: then it is 0. */
guint64 rw_notes_get_age (RwNotes *notes);

/* FALSE where the answer is not known. */
gboolean
rw_notes_find (RwNotes *notes, const RwCacheKey *question, RwCacheKey *answer);

/* Notes the answer, unless the notes are of another picture than at @age, when
 * reading began. */
void rw_notes_add (RwNotes *notes,
                   guint64 age,
                   const RwCacheKey *question,
                   const RwCacheKey *answer);
