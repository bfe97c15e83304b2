/* SPDX-License-Identifier: MIT */
/* key_text.h: a key of 32 bytes as text, "csk1" and 58 characters.
 *
 * The text is Bech32m (BIP-350) with the human-readable part "csk". Its 32 characters
 * have no look-alikes, and its checksum not only refuses every text with up to four wrong
 * characters but tells where one wrong character is.
 */
#ifndef KEY_TEXT_H
#define KEY_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_TEXT_KEY 32 /* bytes of the key */
#define KEY_TEXT_LEN 62 /* characters of its text, without the terminating 0 */

/* What is wrong with a text. Append, never renumber: bindings keep these. */
enum key_text_kind {
    KEY_TEXT_GOOD = 0,
    KEY_TEXT_PREFIX = 1,    /* does not begin with csk1 */
    KEY_TEXT_CHARACTER = 2, /* a character that Bech32m does not use */
    KEY_TEXT_CASE = 3,      /* capitals and small letters mixed */
    KEY_TEXT_LENGTH = 4,    /* not 62 characters, and none is found missing or surplus */
    KEY_TEXT_MISSING = 5,   /* one character was left out */
    KEY_TEXT_SURPLUS = 6,   /* one character is too many */
    KEY_TEXT_MISTYPED = 7,  /* one character is a wrong one */
    KEY_TEXT_SWAPPED = 8,   /* one character and the next changed places */
    KEY_TEXT_CHECKSUM = 9   /* wrong, and no single mistake explains it */
};

struct key_text_fault {
    enum key_text_kind kind;
    size_t position; /* of the character at fault, from 1; 0 where it is not known */
};

/* Writes the text of key to text, in small letters, terminated by 0. */
void key_text_encode(const uint8_t key[KEY_TEXT_KEY], char text[KEY_TEXT_LEN + 1]);

/* Reads a text in capitals or in small letters; nothing, not even a blank or a line end,
 * may surround it. When it is right, key gets its 32 bytes; otherwise key is left alone,
 * the answer is false and *fault says what and where. LENGTH points at the first
 * character too many or just behind the last one there is, CASE at the first letter of
 * the rarer case. MISSING, SURPLUS, MISTYPED and SWAPPED are found by repair: that repair
 * alone makes the checksum right. */
bool key_text_decode(const char *text, uint8_t key[KEY_TEXT_KEY],
                     struct key_text_fault *fault);

/* Writes what *fault says as one clause, such as "character 17 is mistyped", cut to size
 * bytes with its terminating 0. Nothing of the key is in it. */
void key_text_explain(const struct key_text_fault *fault, char *line, size_t size);

#endif
