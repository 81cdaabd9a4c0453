/* SPDX-FileCopyrightText: The reweave authors
 * SPDX-License-Identifier: LGPL-3.0-or-later
 *
 * The properties are set from the main loop and not at once, since pixels are
 * computed on any thread while dialogs listen to them, and because the
 * node must not be invalidated in the middle of its own evaluation.  The text
 * last sent is kept with the operation: a chunk that fails like the one before
 * changes nothing, so there is no loop of errors and evaluations.
 */
#include "errors.h"

#define SENT_KEY "reweave-error-sent"

typedef struct {
  GWeakRef operation;
  char *text;
} Message;

static GMutex lock; /* guards `warned` and what is sent */

static void
message_free (gpointer data)
{
  Message *message = data;

  g_weak_ref_clear (&message->operation);
  g_free (message->text);
  g_free (message);
}

static gboolean
deliver (gpointer data)
{
  Message *message = data;
  g_autoptr (GObject) operation = g_weak_ref_get (&message->operation);

  if (operation != NULL)
    g_object_set (operation, "failed", *message->text != '\0', "error",
                  message->text, NULL);
  return G_SOURCE_REMOVE;
}

static void
send (GeglOperation *operation, const char *text)
{
  Message *message = g_new0 (Message, 1);

  g_weak_ref_init (&message->operation, operation);
  message->text = g_strdup (text);
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, deliver, message, message_free);
}

/* With the lock held: whether @text was not warned of before. */
static gboolean
is_new_warning (const char *text)
{
  static GHashTable *warned;

  if (warned == NULL)
    warned = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return *text != '\0' && g_hash_table_add (warned, g_strdup (text));
}

void
rw_op_show_error (GeglOperation *operation, const char *text)
{
  const char *shown = text != NULL ? text : "";

  g_mutex_lock (&lock);
  const char *sent = g_object_get_data (G_OBJECT (operation), SENT_KEY);
  if (g_strcmp0 (sent != NULL ? sent : "", shown) != 0) {
    g_object_set_data_full (G_OBJECT (operation), SENT_KEY, g_strdup (shown),
                            g_free);
    send (operation, shown);
  }
  const gboolean warn = is_new_warning (shown);
  g_mutex_unlock (&lock);
  if (warn)
    g_warning ("%s", shown);
}
