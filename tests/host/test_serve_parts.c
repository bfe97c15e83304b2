/* SPDX-License-Identifier: MIT */
/* Parts of `countersign serve` that can be asked directly. */
#include "challenges.h"
#include "check.h"
#include "child_environment.h"
#include "log_entry.h"
#include "timers.h"

#include <jansson.h>
#include <stdlib.h>

#define TIMERS 200

static int rings[TIMERS];
static struct timer timers_of_test[TIMERS];

static void count_ring(struct timer *timer)
{
    rings[timer - timers_of_test]++;
}

/* Compares the heap with what each timer says of itself. */
static void rings_what_is_due(struct timers *timers, int64_t now)
{
    int expected[TIMERS];

    for (size_t i = 0; i < TIMERS; i++) {
        bool is_set = timers_of_test[i].place != 0;
        expected[i] = rings[i] + (is_set && timers_of_test[i].at <= now ? 1 : 0);
    }
    timers_ring(timers, now);
    assert_memory_equal(rings, expected, sizeof rings);
    assert_true(timers_next(timers) > now);
}

TEST(timers_ring_when_they_are_due_and_not_before)
{
    struct timers timers;
    uint32_t random = 1;

    CHECK(timers_init(&timers, TIMERS));
    for (size_t i = 0; i < TIMERS; i++)
        timers_of_test[i] = (struct timer){.ring = count_ring};
    for (int64_t now = 0; now < 20000; now++) {
        random = random * 1664525 + 1013904223;
        struct timer *timer = &timers_of_test[(random >> 8) % TIMERS];
        if (random >> 30 == 0)
            timer_clear(&timers, timer);
        else
            timer_set(&timers, timer, now + (random >> 20) % 500);
        if (now % 7 == 0)
            rings_what_is_due(&timers, now);
    }
    rings_what_is_due(&timers, 30000);
    CHECK_EQUAL(timers.count, 0);
    CHECK(timers_next(&timers) == INT64_MAX);
    timers_free(&timers);
}

TEST(a_log_line_holds_any_text_as_json)
{
    static const char odd[] = "a \"b\" \\ \x01\n\x7f\xc3\xa4=c";
    struct log_entry entry;
    json_t *line;

    log_entry_begin(&entry, true, "event");
    log_entry_text(&entry, "odd", odd);
    log_entry_text(&entry, "none", NULL);
    log_entry_text(&entry, "broken", "\xff\xfe");
    log_entry_number(&entry, "number", -5);
    CHECK(log_entry_end(&entry));
    CHECK_EQUAL(entry.text[entry.len - 1], '\n');
    line = json_loadb(entry.text, entry.len, 0, NULL);
    CHECK(line != NULL);
    CHECK(strcmp(json_string_value(json_object_get(line, "odd")), odd) == 0);
    CHECK(json_is_null(json_object_get(line, "none")));
    CHECK(strcmp(json_string_value(json_object_get(line, "broken")), "??") == 0);
    CHECK_EQUAL(json_integer_value(json_object_get(line, "number")), -5);
    json_decref(line);
}

TEST(a_log_line_for_people_stays_one_line)
{
    struct log_entry entry;

    log_entry_begin(&entry, false, "event");
    log_entry_text(&entry, "plain", "tcp://127.0.0.1:1");
    log_entry_text(&entry, "odd", "a b\nc");
    log_entry_text(&entry, "none", NULL);
    CHECK(log_entry_end(&entry));
    /* 24 characters of time stand before it. */
    CHECK_EQUAL(entry.len,
                24 + strlen(" event plain=tcp://127.0.0.1:1 odd=\"a b\\u000ac\"\n"));
    CHECK_BYTES(entry.text + 24, " event plain=tcp://127.0.0.1:1 odd=\"a b\\u000ac\"\n",
                entry.len - 24);
}

TEST(a_log_line_that_does_not_fit_is_refused)
{
    static char text[LOG_LINE_MAX];
    struct log_entry entry;

    memset(text, 'x', sizeof text - 1);
    log_entry_begin(&entry, false, "event");
    log_entry_text(&entry, "text", text);
    CHECK(!log_entry_end(&entry));
}

TEST(challenges_differ_and_are_wiped_once_drawn)
{
    static struct challenges challenges;
    uint8_t first[64], second[64];

    CHECK(challenges_draw(&challenges, first, sizeof first));
    for (int i = 0; i < 200; i++) {
        CHECK(challenges_draw(&challenges, second, sizeof second));
        CHECK(memcmp(first, second, sizeof first) != 0);
        memcpy(first, second, sizeof first);
        for (size_t at = 0; at < sizeof challenges.bytes - challenges.left; at++)
            CHECK_EQUAL(challenges.bytes[at], 0);
    }
    challenges_wipe(&challenges);
    CHECK_EQUAL(challenges.left, 0);
}

TEST(a_handlers_environment_has_no_keys)
{
    char *from[] = {
        "PATH=/bin", "KEY_A=x",        "KEY_AB=y", "B=CSK1qqq", "COUNTERSIGN_PEER=forged",
        "C=",        "not a variable", NULL};
    struct device_key key = {.reference = "env:KEY_A"};
    struct device_file file = {.keys = &key, .key_count = 1};
    char **list = child_environment(&file, from);

    CHECK(list != NULL);
    CHECK(strcmp(list[0], "PATH=/bin") == 0);
    CHECK(strcmp(list[1], "KEY_AB=y") == 0);
    CHECK(strcmp(list[2], "C=") == 0);
    CHECK(list[3] == NULL);
    free(list);
}

TESTS(RUN(timers_ring_when_they_are_due_and_not_before),
      RUN(a_log_line_holds_any_text_as_json), RUN(a_log_line_for_people_stays_one_line),
      RUN(a_log_line_that_does_not_fit_is_refused),
      RUN(challenges_differ_and_are_wiped_once_drawn),
      RUN(a_handlers_environment_has_no_keys))
