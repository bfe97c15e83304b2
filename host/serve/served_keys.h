/* SPDX-License-Identifier: MIT */
/* served_keys.h: how a device comes to its keys. */
#ifndef SERVED_KEYS_H
#define SERVED_KEYS_H

#include "file_error.h"
#include "served.h"

/* Puts the keys of the file, or of the store that it names, into the slots, for which it
 * gets memory. False with one line in error. */
bool served_take_keys(struct served *served, const struct file_error *error);

/* The slot holds this key now: it is called as the file calls it, or slot-N. */
void served_name_slot(struct served *served, uint8_t slot,
                      const uint8_t key[CSIGN_NEW_KEY_LEN]);

#endif
