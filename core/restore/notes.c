/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * A hash table with a lock.  It holds no pixels: 64 bytes a block.
 */
#include "restore/notes.h"

#include <string.h>

enum {
  NOTES_MAX = 1 << 16 /* then all are dropped: a plane of many blocks */
};

typedef struct {
  RwCacheKey question, answer;
} Note;

struct RwNotes {
  GMutex lock; /* guards what follows */
  GHashTable *table;
  guint64 age;
};

/* No two of them, of whatever notes, are the same. */
static guint64
make_age (void)
{
  static GMutex age_lock; /* guards `last` */
  static guint64 last;

  g_mutex_lock (&age_lock);
  const guint64 age = ++last;
  g_mutex_unlock (&age_lock);
  return age;
}

static guint
hash_note (gconstpointer note)
{
  return (guint) ((const Note *) note)->question.low;
}

static gboolean
same_question (gconstpointer a, gconstpointer b)
{
  return memcmp (&((const Note *) a)->question, &((const Note *) b)->question,
                 sizeof (RwCacheKey)) == 0;
}

RwNotes *
rw_notes_new (void)
{
  RwNotes *notes = g_new0 (RwNotes, 1);

  g_mutex_init (&notes->lock);
  notes->age = make_age ();
  notes->table =
      g_hash_table_new_full (hash_note, same_question, g_free, NULL);
  return notes;
}

void
rw_notes_free (RwNotes *notes)
{
  if (notes == NULL)
    return;
  g_hash_table_unref (notes->table);
  g_mutex_clear (&notes->lock);
  g_free (notes);
}

void
rw_notes_forget (RwNotes *notes)
{
  g_return_if_fail (notes != NULL);

  g_mutex_lock (&notes->lock);
  notes->age = make_age ();
  g_hash_table_remove_all (notes->table);
  g_mutex_unlock (&notes->lock);
}

guint64
rw_notes_get_age (RwNotes *notes)
{
  if (notes == NULL)
    return 0;
  g_mutex_lock (&notes->lock);
  const guint64 age = notes->age;
  g_mutex_unlock (&notes->lock);
  return age;
}

gboolean
rw_notes_find (RwNotes *notes, const RwCacheKey *question, RwCacheKey *answer)
{
  const Note wanted = { .question = *question };

  if (notes == NULL)
    return FALSE;
  g_mutex_lock (&notes->lock);
  const Note *note = g_hash_table_lookup (notes->table, &wanted);
  if (note != NULL)
    *answer = note->answer;
  g_mutex_unlock (&notes->lock);
  return note != NULL;
}

void
rw_notes_add (RwNotes *notes,
              guint64 age,
              const RwCacheKey *question,
              const RwCacheKey *answer)
{
  if (notes == NULL)
    return;
  g_mutex_lock (&notes->lock);
  if (notes->age == age) {
    Note *note = g_new (Note, 1);
    *note = (Note){ *question, *answer };
    if (g_hash_table_size (notes->table) >= NOTES_MAX)
      g_hash_table_remove_all (notes->table);
    g_hash_table_replace (notes->table, note, note);
  }
  g_mutex_unlock (&notes->lock);
}
