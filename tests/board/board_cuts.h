/* SPDX-License-Identifier: MIT */
/* board_cuts.h: EthernetLamp, provisioned, and its power cut in a write to its EEPROM. */
#ifndef BOARD_CUTS_H
#define BOARD_CUTS_H

#include "board_talk.h"

enum { CUTS_WRITES_MAX = 1000 }; /* more than anything makes */

extern struct device cuts_lamp;
extern struct talk cuts_owner;           /* with the key in slot 0 */
extern struct talk cuts_fresh;           /* with a key that the board does not have */
extern uint8_t cuts_fresh_key[32];       /* that one */
extern const char *const cuts_leftovers[3]; /* what a cut leaves in the cell */
extern unsigned cuts_made;

void cuts_begin(void);

/* Fails unless a cut was made. */
void cuts_end(void);

void cuts_power_off(void);

/* Power comes back, and the memory is as it was at first. */
void cuts_start_over(void);

/* A cut in the write-th write from now, 1 the next. */
void cuts_order(unsigned write, const char *leftover);

/* Keeps a challenge, to be compared with all others since cuts_start_over(). */
void cuts_collect(void);

/* Whether the device does what this client says; keeps the challenge. */
bool cuts_obeys(struct talk *as);

/* Off, on, and up to where it serves: no cut may come. */
void cuts_boot(void);

/* Up to where it serves; false when the power was cut before. */
bool cuts_boots(void);

/* Every step-th write, with each leftover, until survive() tells that there was none. */
void cuts_sweep(bool (*survive)(unsigned write, const char *leftover), unsigned step);

#endif
