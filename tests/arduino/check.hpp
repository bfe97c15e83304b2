/* SPDX-License-Identifier: MIT */
/* check.hpp: tests as functions whose names are sentences; TAP on standard output. */
#ifndef TESTS_ARDUINO_CHECK_HPP
#define TESTS_ARDUINO_CHECK_HPP

#include <stdio.h>

namespace check
{

struct test {
    const char *name;
    void (*run)();
};

extern unsigned failures; /* of the test under way */

inline void report(bool is_true, const char *text, const char *file, int line)
{
    if (is_true)
        return;
    printf("# %s:%d: not so: %s\n", file, line, text);
    failures++;
}

template <class A, class B>
void report_equal(A a, B b, const char *text, const char *file, int line)
{
    if (a == b)
        return;
    printf("# %s:%d: %s: %lld, expected %lld\n", file, line, text, (long long)a,
           (long long)b);
    failures++;
}

template <size_t count> int run(const test (&tests)[count])
{
    unsigned failed = 0;

    printf("1..%zu\n", count);
    for (size_t i = 0; i < count; i++) {
        failures = 0;
        tests[i].run();
        printf("%sok %zu - %s\n", failures == 0 ? "" : "not ", i + 1, tests[i].name);
        failed += failures > 0;
    }
    return failed == 0 ? 0 : 1;
}

} // namespace check

#define CHECK(condition)  check::report((condition), #condition, __FILE__, __LINE__)
#define CHECK_EQUAL(a, b) check::report_equal((a), (b), #a, __FILE__, __LINE__)
#define TEST(name)                                                                       \
    {                                                                                    \
#name, name                                                                      \
    }

#endif
