/* SPDX-License-Identifier: MIT */
#if defined(ARDUINO)

#include "CountersignDebug.h"

namespace countersign
{

enum {
    STATES = 128, /* from here on: states of the store */
    LETTERS = 16  /* a turn, at most */
};

/* clang-format off */
/* A number, its words, a zero, and so on; the words without a number are for all others.
 * One string, since a table of pointers would lie in RAM. */
static const char words[] PROGMEM =
    "\x01" "begin() first; poll() a Stream if serial:\0"
    "\x07" "two stored keys are equal\0"
    "\x0a" "idle, closed to make room\0"
    "\x0b" "closed, the keys change\0"
    "\x0d" "not connected\0"
    "\x10" "no room for the store\0"
    "\x16" "payload below 38\0"
    "\x1a" "on(): no such code\0"
    "\x21" "key slots: not as many as the store's\0"
    "\x40" "closed after an exchange\0"
    "\x41" "hung up too early\0"
    "\x42" "too late\0"
    "\x43" "idle for 30 s\0"
    "\x44" "fell silent\0"
    "\x45" "takes nothing\0"
    "\x46" "wrong key, id or settings\0"
    "\x47" "wrong profile or wake\0"
    "\x48" "wrong profile, wake or payload\0"
    "\x4b" "its key was dropped\0"
    "\x80" "no keys: countersign provision\0"
    "\x81" "other data where the store should be\0"
    "\x82" "half provisioned: do it again\0"
    "\x83" "store damaged: countersign provision\0"
    "\x84" "starting\0"
    "\x85" "ready\0"
    "\xff" "refused, see lastReason()";
/* clang-format on */

static const char *words_of(uint8_t number)
{
    const char *at = words;
    uint8_t found;

    while ((found = pgm_read_byte(at++)) != number && found != 0xff) {
        while (pgm_read_byte(at++) != '\0') {
        }
    }
    return at;
}

void Debug::set(Print &print, bool tells_room)
{
    to = &print;
    tells = tells_room;
    words = words_of;
}

void Debug::say(uint8_t number)
{
    if (words != NULL && text == NULL)
        text = words(number);
}

void Debug::tell(csign_status reason)
{
    say((uint8_t)reason);
}

void Debug::tell(csign_store_state state)
{
    say((uint8_t)(STATES + state));
}

void Debug::write()
{
    for (uint8_t i = 0; text != NULL && i < (tells ? LETTERS : 1); i++) {
        uint8_t letter;

        if (tells && to->availableForWrite() <= 0)
            return;
        letter = pgm_read_byte(text++);
        if (letter == '\0') {
            letter = '\n';
            text = NULL;
        }
        to->write(letter);
    }
}

} // namespace countersign

#endif
