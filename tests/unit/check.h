/* SPDX-License-Identifier: MIT */
/* check.h: the macros that test bodies use. On a host cmocka stands behind them; on a
 * target (CHECK_ON_TARGET) they report TAP by themselves, and also on a large machine that
 * has no cmocka (CHECK_TAP).
 *
 *     TEST(a_wrong_tag_is_met_with_silence)
 *     {
 *         CHECK(condition);
 *         CHECK_EQUAL(actual, expected);          whole numbers
 *         CHECK_BYTES(actual, expected, len);
 *         CHECK_NOTE(format, ...);                to be printed; a target has no room for it
 *     }
 *
 *     TESTS(RUN(a_wrong_tag_is_met_with_silence), RUN(...))
 *
 * The name is the sentence that the runner prints. On a host the environment variable
 * CHECK_ONLY names one test that is run alone.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if !defined(CHECK_ON_TARGET) && !defined(CHECK_TAP)

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* A test that checks nothing by itself but by helpers leaves cmocka's argument unused. */
#define TEST(name) static void name(__attribute__((unused)) void **check_state)
#define RUN(name)  cmocka_unit_test(name)
#define CHECK(condition) assert_true(condition)
#define CHECK_EQUAL(actual, expected) \
    assert_int_equal((intmax_t)(actual), (intmax_t)(expected))
#define CHECK_BYTES(actual, expected, len) assert_memory_equal((actual), (expected), (len))
#define CHECK_NOTE(...) print_message(__VA_ARGS__)
/* Weak: not all that takes a test's fixtures is linked with cmocka. */
#pragma weak cmocka_set_test_filter
__attribute__((constructor)) static void check_choose(void)
{
    if (cmocka_set_test_filter != NULL)
        cmocka_set_test_filter(getenv("CHECK_ONLY"));
}
#define TESTS(...)                                           \
    int main(void)                                           \
    {                                                        \
        const struct CMUnitTest tests[] = {__VA_ARGS__};     \
        return cmocka_run_group_tests(tests, NULL, NULL);    \
    }

#else

#include "check_target.h"

#endif

#endif
