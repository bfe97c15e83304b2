/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "key_text.h"

#include <ctype.h>
#include <stdio.h>

static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/* The known texts are from npm's bech32 package. */
static const uint8_t counting[KEY_TEXT_KEY] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
                                               11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                               22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
static const char counting_text[] =
    "csk1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0sqhy7k4";

/* Decodes and tells what is wrong; KEY_TEXT_GOOD only when the answer was true. */
static struct key_text_fault fault_of(const char *text)
{
    struct key_text_fault fault;
    uint8_t key[KEY_TEXT_KEY];

    if (key_text_decode(text, key, &fault) != (fault.kind == KEY_TEXT_GOOD))
        fault.kind = (enum key_text_kind) - 1;
    return fault;
}

static int has_fault(const char *text, enum key_text_kind kind, size_t position)
{
    struct key_text_fault fault = fault_of(text);

    if (fault.kind == kind && fault.position == position)
        return 1;
    printf("# %s: kind %d position %zu, not kind %d position %zu\n", text,
           (int)fault.kind, fault.position, (int)kind, position);
    return 0;
}

/* A sequence that is the same in every run (xorshift). */
static uint32_t next_number(void)
{
    static uint32_t state = 2463534242;

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static void some_key(uint8_t key[KEY_TEXT_KEY])
{
    for (size_t i = 0; i < KEY_TEXT_KEY; i++)
        key[i] = (uint8_t)(next_number() >> 24);
}

static void capitals(char *text)
{
    for (; *text != '\0'; text++)
        *text = (char)toupper((unsigned char)*text);
}

TEST(known_keys_have_their_known_texts)
{
    static const uint8_t zeros[KEY_TEXT_KEY];
    uint8_t ones[KEY_TEXT_KEY];
    char text[KEY_TEXT_LEN + 1];

    key_text_encode(counting, text);
    CHECK(strcmp(text, counting_text) == 0);
    key_text_encode(zeros, text);
    CHECK(strcmp(text,
                 "csk1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqfr0ukv") == 0);
    memset(ones, 0xff, sizeof ones);
    key_text_encode(ones, text);
    CHECK(strcmp(text,
                 "csk1lllllllllllllllllllllllllllllllllllllllllllllllllllstavdlm") == 0);
}

TEST(every_key_comes_back_from_its_text_in_either_case)
{
    for (int round = 0; round < 500; round++) {
        uint8_t key[KEY_TEXT_KEY], back[KEY_TEXT_KEY];
        char text[KEY_TEXT_LEN + 1];
        struct key_text_fault fault;

        some_key(key);
        key_text_encode(key, text);
        CHECK_EQUAL(strlen(text), KEY_TEXT_LEN);
        CHECK(key_text_decode(text, back, &fault));
        CHECK_BYTES(back, key, sizeof key);

        memset(back, 0, sizeof back);
        capitals(text);
        CHECK(key_text_decode(text, back, &fault));
        CHECK_BYTES(back, key, sizeof key);
    }
}

TEST(one_wrong_character_is_located_wherever_it_is_and_whatever_it_is)
{
    char text[sizeof counting_text];

    for (size_t at = 4; at < KEY_TEXT_LEN; at++) {
        for (const char *wrong = alphabet; *wrong != '\0'; wrong++) {
            memcpy(text, counting_text, sizeof text);
            if (text[at] == *wrong)
                continue;
            text[at] = *wrong;
            CHECK(has_fault(text, KEY_TEXT_MISTYPED, at + 1));
        }
    }
}

TEST(one_wrong_character_is_located_in_any_key)
{
    for (int round = 0; round < 100; round++) {
        uint8_t key[KEY_TEXT_KEY];
        char text[KEY_TEXT_LEN + 1];
        size_t at = 4 + next_number() % 58;
        char wrong = alphabet[next_number() % 32];

        some_key(key);
        key_text_encode(key, text);
        if (text[at] == wrong)
            continue;
        text[at] = wrong;
        CHECK(has_fault(text, KEY_TEXT_MISTYPED, at + 1));
    }
}

TEST(swapped_neighbours_are_located_wherever_they_are)
{
    char text[sizeof counting_text];

    for (size_t at = 0; at < KEY_TEXT_LEN - 1; at++) {
        memcpy(text, counting_text, sizeof text);
        text[at] = counting_text[at + 1];
        text[at + 1] = counting_text[at];
        if (text[at] == text[at + 1])
            CHECK(has_fault(text, KEY_TEXT_GOOD, 0));
        else
            CHECK(has_fault(text, at < 4 ? KEY_TEXT_PREFIX : KEY_TEXT_SWAPPED, at + 1));
    }
}

TEST(a_missing_character_is_located_at_the_start_of_its_run)
{
    for (size_t at = 4; at < KEY_TEXT_LEN; at++) {
        char text[sizeof counting_text];
        size_t run = at;

        memcpy(text, counting_text, at);
        memcpy(text + at, counting_text + at + 1, sizeof text - at - 1);
        while (run > 4 && counting_text[run - 1] == counting_text[at])
            run--;
        CHECK(has_fault(text, KEY_TEXT_MISSING, run + 1));
    }
}

TEST(a_surplus_character_is_located_at_the_end_of_its_run)
{
    for (size_t at = 4; at <= KEY_TEXT_LEN; at++) {
        for (const char *surplus = alphabet; *surplus != '\0'; surplus++) {
            char text[sizeof counting_text + 1];
            size_t run = at;

            memcpy(text, counting_text, at);
            text[at] = *surplus;
            memcpy(text + at + 1, counting_text + at, sizeof text - at - 1);
            while (text[run + 1] == *surplus)
                run++;
            CHECK(has_fault(text, KEY_TEXT_SURPLUS, run + 1));
        }
    }
}

TEST(two_to_four_wrong_characters_are_refused)
{
    for (int round = 0; round < 200; round++) {
        char text[sizeof counting_text];
        size_t wrong = 2 + next_number() % 3;
        enum key_text_kind kind;

        memcpy(text, counting_text, sizeof text);
        for (size_t i = 0; i < wrong; i++) {
            size_t at = 4 + i * 14 + next_number() % 14;
            const char *right = strchr(alphabet, text[at]);

            text[at] =
                alphabet[((size_t)(right - alphabet) + 1 + next_number() % 31) % 32];
        }
        kind = fault_of(text).kind;
        /* Two are never mistaken for one; more may lie one repair from another key. */
        CHECK(kind >= (wrong == 2 ? KEY_TEXT_CHECKSUM : KEY_TEXT_MISTYPED));
        CHECK(kind <= KEY_TEXT_CHECKSUM);
    }
}

TEST(a_character_that_no_key_has_is_located)
{
    static const char never[] = "bio1BIO !\"-_:.\n\r\t\x7f\x80\xff";

    for (size_t at = 4; at < KEY_TEXT_LEN; at++) {
        for (const char *wrong = never; *wrong != '\0'; wrong++) {
            char text[sizeof counting_text];

            memcpy(text, counting_text, sizeof text);
            text[at] = *wrong;
            CHECK(has_fault(text, KEY_TEXT_CHARACTER, at + 1));
        }
    }
}

TEST(a_letter_in_the_other_case_is_located)
{
    for (size_t at = 0; at < KEY_TEXT_LEN; at++) {
        char text[sizeof counting_text];

        memcpy(text, counting_text, sizeof text);
        if (isdigit((unsigned char)text[at]))
            continue;
        text[at] = (char)toupper((unsigned char)text[at]);
        CHECK(has_fault(text, KEY_TEXT_CASE, at + 1));

        memcpy(text, counting_text, sizeof text);
        capitals(text);
        text[at] = (char)tolower((unsigned char)text[at]);
        CHECK(has_fault(text, KEY_TEXT_CASE, at + 1));
    }
}

TEST(a_wrong_prefix_is_located)
{
    CHECK(has_fault("", KEY_TEXT_PREFIX, 1));
    CHECK(has_fault("cs", KEY_TEXT_PREFIX, 3));
    CHECK(has_fault("csk", KEY_TEXT_PREFIX, 4));
    for (size_t at = 0; at < 4; at++) {
        char text[sizeof counting_text];

        memcpy(text, counting_text, sizeof text);
        text[at] = 'x';
        CHECK(has_fault(text, KEY_TEXT_PREFIX, at + 1));
    }
    /* Right Bech32m, with csx. */
    CHECK(has_fault("csx1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0s578ndj",
                    KEY_TEXT_PREFIX, 3));
}

TEST(nothing_may_surround_a_key)
{
    char text[sizeof counting_text + 2];

    for (const char *around = " \n\r\t\""; *around != '\0'; around++) {
        snprintf(text, sizeof text, "%c%s", *around, counting_text);
        CHECK(has_fault(text, KEY_TEXT_PREFIX, 1));
        snprintf(text, sizeof text, "%s%c", counting_text, *around);
        CHECK(has_fault(text, KEY_TEXT_CHARACTER, KEY_TEXT_LEN + 1));
    }
}

TEST(a_wrong_length_is_located)
{
    char text[4 * KEY_TEXT_LEN + 1];

    CHECK(has_fault("csk1", KEY_TEXT_LENGTH, 5));
    for (size_t len = 5; len < KEY_TEXT_LEN; len++) {
        memcpy(text, counting_text, len);
        text[len] = '\0';
        if (len < KEY_TEXT_LEN - 1)
            CHECK(has_fault(text, KEY_TEXT_LENGTH, len + 1));
        else
            CHECK(has_fault(text, KEY_TEXT_MISSING, KEY_TEXT_LEN));
    }
    snprintf(text, sizeof text, "%s%s", counting_text, "qq");
    CHECK(has_fault(text, KEY_TEXT_LENGTH, KEY_TEXT_LEN + 1));
    snprintf(text, sizeof text, "%s%s%s", counting_text, counting_text + 4,
             counting_text + 4);
    CHECK(has_fault(text, KEY_TEXT_LENGTH, KEY_TEXT_LEN + 1));
    /* Right Bech32m over 31 and 33 bytes. */
    CHECK(has_fault("csk1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarck20eyg",
                    KEY_TEXT_LENGTH, 61));
    CHECK(has_fault("csk1qurswpc8qurswpc8qurswpc8qurswpc8qurswpc8qurswpc8qurswg7tdru",
                    KEY_TEXT_LENGTH, 63));
}

TEST(what_is_not_bech32m_of_32_bytes_is_refused)
{
    /* The older Bech32 of the same key. */
    CHECK(has_fault("csk1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0s4t5jnh",
                    KEY_TEXT_CHECKSUM, 0));
    /* Right Bech32m, but with a spare bit set. */
    CHECK(has_fault("csk1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc03apstt8",
                    KEY_TEXT_CHECKSUM, 0));
}

TEST(a_refused_text_leaves_the_key_alone)
{
    uint8_t key[KEY_TEXT_KEY], before[KEY_TEXT_KEY];
    char text[sizeof counting_text];
    struct key_text_fault fault;

    memset(key, 0xa5, sizeof key);
    memcpy(before, key, sizeof key);
    memcpy(text, counting_text, sizeof text);
    text[30] = 'l';
    CHECK(!key_text_decode(text, key, &fault));
    CHECK_BYTES(key, before, sizeof key);
}

TEST(a_fault_is_explained_with_its_position)
{
    struct key_text_fault fault = {KEY_TEXT_MISTYPED, 17};
    char line[128];

    key_text_explain(&fault, line, sizeof line);
    CHECK(strcmp(line, "character 17 is mistyped") == 0);
    for (int kind = KEY_TEXT_PREFIX; kind < KEY_TEXT_CHECKSUM; kind++) {
        fault.kind = (enum key_text_kind)kind;
        key_text_explain(&fault, line, sizeof line);
        CHECK(strncmp(line, "character 17 ", 13) == 0 && strlen(line) > 20);
        CHECK(strlen(line) < sizeof line - 1);
    }
    fault.kind = KEY_TEXT_CHECKSUM;
    fault.position = 0;
    key_text_explain(&fault, line, sizeof line);
    CHECK(strcmp(line, "more than one character is wrong") == 0);
    key_text_explain(&fault, line, 5);
    CHECK(strcmp(line, "more") == 0);
}

TESTS(RUN(known_keys_have_their_known_texts),
      RUN(every_key_comes_back_from_its_text_in_either_case),
      RUN(one_wrong_character_is_located_wherever_it_is_and_whatever_it_is),
      RUN(one_wrong_character_is_located_in_any_key),
      RUN(swapped_neighbours_are_located_wherever_they_are),
      RUN(a_missing_character_is_located_at_the_start_of_its_run),
      RUN(a_surplus_character_is_located_at_the_end_of_its_run),
      RUN(two_to_four_wrong_characters_are_refused),
      RUN(a_character_that_no_key_has_is_located),
      RUN(a_letter_in_the_other_case_is_located), RUN(a_wrong_prefix_is_located),
      RUN(nothing_may_surround_a_key), RUN(a_wrong_length_is_located),
      RUN(what_is_not_bech32m_of_32_bytes_is_refused),
      RUN(a_refused_text_leaves_the_key_alone),
      RUN(a_fault_is_explained_with_its_position))
