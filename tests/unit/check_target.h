/* SPDX-License-Identifier: MIT */
/* check_target.h: check.h's macros on a target: TAP, through a function that the runner of
 * that target supplies. Names lie in program memory; a failed check ends its test.
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

/* The runner's: sends one byte of the report; the last report line ends with "done". */
void check_put(uint8_t byte);

static jmp_buf check_out;
static unsigned check_count, check_failures;

static void check_put_text(const char *text_in_flash)
{
    const uint8_t *at = (const uint8_t *)text_in_flash;
    uint8_t byte;

    while ((byte = csign_flash_u8(at++)) != 0)
        check_put(byte == '_' ? ' ' : byte);
}

static void check_put_number(unsigned number)
{
    if (number >= 10)
        check_put_number(number / 10);
    check_put((uint8_t)('0' + number % 10));
}

static void check_that(uint8_t holds, unsigned line)
{
    if (holds)
        return;
    check_put_text(CHECK_TEXT_IN_FLASH("# fails in line "));
    check_put_number(line);
    check_put('\n');
    longjmp(check_out, 1);
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
    check_put_number(++check_count);
    check_put_text(CHECK_TEXT_IN_FLASH(" - "));
    check_put_text(name_in_flash);
    check_put('\n');
}

static int check_end(void)
{
    check_put_text(CHECK_TEXT_IN_FLASH("1.."));
    check_put_number(check_count);
    check_put_text(CHECK_TEXT_IN_FLASH("\n# done\n"));
    return check_failures == 0 ? 0 : 1;
}

#define TEST(name)       static void name(void)
#define RUN(name)        check_run(name, CHECK_TEXT_IN_FLASH(#name))
#define CHECK(condition) check_that((condition) ? 1 : 0, __LINE__)
#define CHECK_EQUAL(actual, expected) \
    check_that((int32_t)(actual) == (int32_t)(expected), __LINE__)
#define CHECK_BYTES(actual, expected, len) \
    check_that(memcmp((actual), (expected), (len)) == 0, __LINE__)
#define TESTS(...)           \
    int main(void)           \
    {                        \
        (void)(__VA_ARGS__, 0); \
        return check_end();  \
    }

#endif
