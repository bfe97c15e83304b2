/* SPDX-License-Identifier: MIT */
/* check_target.h: check.h's macros without cmocka: TAP, through a function that the
 * runner of that target supplies. Names lie in program memory; a failed check ends its
 * test.
 *
 *     TAP version 13
 *     ok 1 - a wrong tag is met with silence
 *     # is 3, not 4
 *     # line 57
 *     not ok 2 - a request is worthless a second time
 *     1..2
 *     # done
 */
#ifndef CHECK_TARGET_H
#define CHECK_TARGET_H

#include <setjmp.h>

#include "csign/port.h"

#if defined(__AVR__)
#define CHECK_TEXT_IN_FLASH(text) PSTR(text)
#else
#define CHECK_TEXT_IN_FLASH(text) (text)
#endif

/* The runner's: sends one byte of the report. */
void check_put(uint8_t byte);

/* What CHECK_EQUAL compares. */
#ifdef CHECK_ON_TARGET
typedef int32_t check_number;
typedef uint32_t check_magnitude;
#else
typedef intmax_t check_number;
typedef uintmax_t check_magnitude;
#endif

static jmp_buf check_out;
static unsigned check_count, check_failures;

static void check_put_text(const char *text_in_flash)
{
    const uint8_t *at = (const uint8_t *)text_in_flash;
    uint8_t byte;

    while ((byte = csign_flash_u8(at++)) != 0)
        check_put(byte == '_' ? ' ' : byte);
}

static void check_put_number(check_number number)
{
    char digits[20];
    uint8_t count = 0;
    check_magnitude left =
        number < 0 ? 0 - (check_magnitude)number : (check_magnitude)number;

    if (number < 0)
        check_put('-');
    do {
        digits[count++] = (char)('0' + left % 10);
    } while ((left /= 10) > 0);
    while (count > 0)
        check_put((uint8_t)digits[--count]);
}

/* Ends the test, whose check in that line did not hold. */
static void check_fail(uint16_t line)
{
    check_put_text(CHECK_TEXT_IN_FLASH("# line "));
    check_put_number(line);
    check_put('\n');
    longjmp(check_out, 1);
}

static inline void check_that(uint8_t holds, uint16_t line)
{
    if (!holds)
        check_fail(line);
}

static inline void check_equal(check_number actual, check_number expected, uint16_t line)
{
    if (actual == expected)
        return;
    check_put_text(CHECK_TEXT_IN_FLASH("# is "));
    check_put_number(actual);
    check_put_text(CHECK_TEXT_IN_FLASH(", not "));
    check_put_number(expected);
    check_put('\n');
    check_fail(line);
}

static inline void check_bytes(const void *actual, const void *expected, size_t len,
                               uint16_t line)
{
    check_that(memcmp(actual, expected, len) == 0, line);
}

static void check_run(void (*test)(void), const char *name_in_flash)
{
    volatile uint8_t has_failed = 1;

    if (setjmp(check_out) == 0) {
        test();
        has_failed = 0;
    }
    check_failures += has_failed;
    if (has_failed)
        check_put_text(CHECK_TEXT_IN_FLASH("not "));
    check_put_text(CHECK_TEXT_IN_FLASH("ok "));
    check_put_number((check_number)++check_count);
    check_put_text(CHECK_TEXT_IN_FLASH(" - "));
    check_put_text(name_in_flash);
    check_put('\n');
}

static int check_end(void)
{
    check_put_text(CHECK_TEXT_IN_FLASH("1.."));
    check_put_number((check_number)check_count);
    check_put_text(CHECK_TEXT_IN_FLASH("\n# done\n"));
    return check_failures == 0 ? 0 : 1;
}

#define TEST(name)       static void name(void)
#define RUN(name)        check_run(name, CHECK_TEXT_IN_FLASH(#name))
#define CHECK(condition) check_that((condition) ? 1 : 0, __LINE__)
#define CHECK_EQUAL(actual, expected)                                                    \
    check_equal((check_number)(actual), (check_number)(expected), __LINE__)
#define CHECK_BYTES(actual, expected, len)                                               \
    check_bytes((actual), (expected), (len), __LINE__)
#define CHECK_NOTE(...) ((void)0)
#define TESTS(...)                                                                       \
    int main(void)                                                                       \
    {                                                                                    \
        check_put_text(CHECK_TEXT_IN_FLASH("TAP version 13\n"));                         \
        (void)(__VA_ARGS__, 0);                                                          \
        return check_end();                                                              \
    }

#endif
