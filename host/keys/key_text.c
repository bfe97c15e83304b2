/* SPDX-License-Identifier: MIT */
#include "key_text.h"

#include <csign/bytes.h>
#include <stdio.h>
#include <string.h>

#define PREFIX     "csk1"
#define PREFIX_LEN 4
#define DATA       52 /* characters of 5 bits: 32 bytes and 4 spare bits, which are 0 */
#define CHECKSUM   6
#define VALUES     (DATA + CHECKSUM)
#define SPARE_BITS 0x0f

static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_letter(char c)
{
    return small(c) >= 'a' && small(c) <= 'z';
}

/* One step of the checksum, a remainder over GF(32): BIP-173's generator. */
static uint32_t checksum_step(uint32_t sum, uint8_t value)
{
    static const uint32_t generator[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                          0x2a1462b3};
    uint32_t top = sum >> 25;

    sum = ((sum & 0x1ffffff) << 5) ^ value;
    for (int i = 0; i < 5; i++)
        sum ^= (0 - ((top >> i) & 1)) & generator[i];
    return sum;
}

/* The checksum of "csk" and the values, 0 when the values end in the right one. */
static uint32_t checksum_of(const uint8_t values[VALUES])
{
    /* "csk" as BIP-173 expands it: high bits, 0, low bits; then BIP-350's constant. */
    static const uint8_t expanded[] = {3, 3, 3, 0, 3, 19, 11};
    uint32_t sum = 1;

    for (size_t i = 0; i < sizeof expanded; i++)
        sum = checksum_step(sum, expanded[i]);
    for (size_t i = 0; i < VALUES; i++)
        sum = checksum_step(sum, values[i]);
    return sum ^ 0x2bc830a3;
}

static bool is_right(const uint8_t values[VALUES])
{
    return checksum_of(values) == 0 && (values[DATA - 1] & SPARE_BITS) == 0;
}

static void values_from_key(const uint8_t key[KEY_TEXT_KEY], uint8_t values[VALUES])
{
    uint32_t sum;

    memset(values, 0, VALUES);
    for (size_t bit = 0; bit < 8 * KEY_TEXT_KEY; bit++) {
        uint8_t one = (key[bit / 8] >> (7 - bit % 8)) & 1;

        values[bit / 5] = (uint8_t)(values[bit / 5] | one << (4 - bit % 5));
    }
    sum = checksum_of(values);
    for (size_t i = 0; i < CHECKSUM; i++)
        values[DATA + i] = (sum >> (5 * (CHECKSUM - 1 - i))) & 31;
}

static void key_from_values(const uint8_t values[VALUES], uint8_t key[KEY_TEXT_KEY])
{
    memset(key, 0, KEY_TEXT_KEY);
    for (size_t bit = 0; bit < 8 * KEY_TEXT_KEY; bit++) {
        uint8_t one = (values[bit / 5] >> (4 - bit % 5)) & 1;

        key[bit / 8] = (uint8_t)(key[bit / 8] | one << (7 - bit % 8));
    }
}

void key_text_encode(const uint8_t key[KEY_TEXT_KEY], char text[KEY_TEXT_LEN + 1])
{
    uint8_t values[VALUES];

    values_from_key(key, values);
    memcpy(text, PREFIX, PREFIX_LEN);
    for (size_t i = 0; i < VALUES; i++)
        text[PREFIX_LEN + i] = alphabet[values[i]];
    text[KEY_TEXT_LEN] = '\0';
    csign_wipe(values, sizeof values);
}

/* The searches below try every single mistake of one sort on the text's values. Each sets
 * *at to the value's index. The code's distance is 5, so what repairs one wrong or two
 * swapped characters is unique. */

static bool find_mistyped(uint8_t values[VALUES], size_t *at)
{
    for (*at = 0; *at < VALUES; ++*at) {
        uint8_t typed = values[*at];

        for (uint8_t change = 1; change < 32; change++) {
            values[*at] = typed ^ change;
            if (is_right(values))
                return true;
        }
        values[*at] = typed;
    }
    return false;
}

static void swap_with_next(uint8_t *value)
{
    uint8_t first = value[0];

    value[0] = value[1];
    value[1] = first;
}

static bool find_swapped(uint8_t values[VALUES], size_t *at)
{
    for (*at = 0; *at < VALUES - 1; ++*at) {
        swap_with_next(values + *at);
        if (is_right(values))
            return true;
        swap_with_next(values + *at);
    }
    return false;
}

/* values holds one less than VALUES, and room for that one. */
static bool find_missing(uint8_t values[VALUES], size_t *at)
{
    memmove(values + 1, values, VALUES - 1);
    for (*at = 0; *at < VALUES; ++*at) {
        for (values[*at] = 0; values[*at] < 32; values[*at]++) {
            if (is_right(values))
                return true;
        }
        if (*at + 1 < VALUES)
            values[*at] = values[*at + 1];
    }
    return false;
}

/* values holds one more than VALUES. */
static bool find_surplus(uint8_t values[VALUES + 1], size_t *at)
{
    uint8_t removed = values[VALUES];

    /* Walks down, so that each step moves one value; of equal neighbours the last goes.
     */
    for (*at = VALUES; !is_right(values); --*at) {
        uint8_t next;

        if (*at == 0)
            return false;
        next = values[*at - 1];
        values[*at - 1] = removed;
        removed = next;
    }
    return true;
}

static struct key_text_fault fault_at(enum key_text_kind kind, size_t position)
{
    struct key_text_fault fault = {kind, position};

    return fault;
}

static struct key_text_fault find_mixed_case(const char *text)
{
    size_t count[2] = {0, 0}, first[2] = {0, 0};

    for (size_t i = 0; text[i] != '\0'; i++) {
        int capital = text[i] != small(text[i]);

        if (is_letter(text[i]) && count[capital]++ == 0)
            first[capital] = i + 1;
    }
    if (count[0] == 0 || count[1] == 0)
        return fault_at(KEY_TEXT_GOOD, 0);
    return fault_at(KEY_TEXT_CASE, count[0] < count[1] ? first[0] : first[1]);
}

/* Reads the characters behind the prefix; of a text too long only VALUES + 1. */
static struct key_text_fault read_values(const char *text, uint8_t values[VALUES + 1])
{
    for (size_t i = 0; i < PREFIX_LEN; i++) {
        if (small(text[i]) != PREFIX[i])
            return fault_at(KEY_TEXT_PREFIX, i + 1);
    }
    for (size_t i = 0; text[PREFIX_LEN + i] != '\0'; i++) {
        const char *found = strchr(alphabet, small(text[PREFIX_LEN + i]));

        if (found == NULL)
            return fault_at(KEY_TEXT_CHARACTER, PREFIX_LEN + i + 1);
        if (i <= VALUES)
            values[i] = (uint8_t)(found - alphabet);
    }
    return find_mixed_case(text);
}

static struct key_text_fault find_repair(uint8_t values[VALUES + 1], size_t len)
{
    size_t at;

    if (len == KEY_TEXT_LEN - 1 && find_missing(values, &at))
        return fault_at(KEY_TEXT_MISSING, PREFIX_LEN + at + 1);
    if (len == KEY_TEXT_LEN + 1 && find_surplus(values, &at))
        return fault_at(KEY_TEXT_SURPLUS, PREFIX_LEN + at + 1);
    if (len != KEY_TEXT_LEN)
        return fault_at(KEY_TEXT_LENGTH, (len < KEY_TEXT_LEN ? len : KEY_TEXT_LEN) + 1);
    if (is_right(values))
        return fault_at(KEY_TEXT_GOOD, 0);
    if (find_mistyped(values, &at))
        return fault_at(KEY_TEXT_MISTYPED, PREFIX_LEN + at + 1);
    if (find_swapped(values, &at))
        return fault_at(KEY_TEXT_SWAPPED, PREFIX_LEN + at + 1);
    return fault_at(KEY_TEXT_CHECKSUM, 0);
}

bool key_text_decode(const char *text, uint8_t key[KEY_TEXT_KEY],
                     struct key_text_fault *fault)
{
    uint8_t values[VALUES + 1] = {0};

    *fault = read_values(text, values);
    if (fault->kind == KEY_TEXT_GOOD)
        *fault = find_repair(values, strlen(text));
    if (fault->kind == KEY_TEXT_GOOD)
        key_from_values(values, key);
    csign_wipe(values, sizeof values);
    return fault->kind == KEY_TEXT_GOOD;
}

void key_text_explain(const struct key_text_fault *fault, char *line, size_t size)
{
    static const char *const clauses[] = {
        [KEY_TEXT_GOOD] = "is right",
        [KEY_TEXT_PREFIX] = "is wrong: a key begins with csk1",
        [KEY_TEXT_CHARACTER] = "is none that a key has (after csk1 never b, i, o or 1)",
        [KEY_TEXT_CASE] = "mixes capitals with small letters",
        [KEY_TEXT_LENGTH] = "is where the length goes wrong: a key has 62 characters",
        [KEY_TEXT_MISSING] = "is missing",
        [KEY_TEXT_SURPLUS] = "is one too many",
        [KEY_TEXT_MISTYPED] = "is mistyped",
        [KEY_TEXT_SWAPPED] = "is swapped with the next one",
    };

    if (fault->kind == KEY_TEXT_CHECKSUM)
        snprintf(line, size, "more than one character is wrong");
    else
        snprintf(line, size, "character %zu %s", fault->position, clauses[fault->kind]);
}
