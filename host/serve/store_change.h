/* SPDX-License-Identifier: MIT */
/* store_change.h: F1 and F2 at a device with a store: asked for by one conversation,
 * stored a byte a turn of the loop, and then true for all connections. */
#ifndef STORE_CHANGE_H
#define STORE_CHANGE_H

#include "conversation.h"

/* For csign_device.key_change. */
void store_change_ask(csign_server *server);

/* The machine has taken a whole request: notes what is needed for its log line. */
void store_change_note(struct conversation *c);

/* What CSIGN_WANTS_STORE wants, a bounded part of it. False: the rest when the loop comes
 * round again. */
bool store_change_step(struct conversation *c);

/* Does all the rest of the change that is under way, whosever it is. */
void store_change_finish(struct serve *serve);

/* The conversation will be closed: before that its change is undone, or finished where it
 * can't be. */
void store_change_cancel(struct conversation *c);

/* Ends the connections of keys that were dropped since the last call. */
void store_change_end_dropped(struct serve *serve);

#endif
