/* SPDX-License-Identifier: MIT */
/* faulty.c: firmwares that the judge must condemn; FAULT, given on the command line, says
 * for what. */
#include "check.h"

static volatile uint8_t ballast[1500];

#define FAILED_TEST   1
#define MISSING_TEST  2
#define RESTART       3
#define WILD_JUMP     4
#define STACK_OVERRUN 5

typedef void function(void);

TEST(this_one_holds)
{
    CHECK_EQUAL(ballast[0], 0);
}

TEST(this_one_does_not)
{
    volatile uint16_t address = FAULT == WILD_JUMP ? 0x7000 : 0x0000;
    volatile uint8_t deep[FAULT == STACK_OVERRUN ? 600 : 1];

    deep[0] = ballast[0];
    if (FAULT == FAILED_TEST)
        CHECK_EQUAL(deep[0], 1);
    if (FAULT == MISSING_TEST)
        check_count++;
    if (FAULT == RESTART || FAULT == WILD_JUMP)
        ((function *)address)();
}

TESTS(RUN(this_one_holds), RUN(this_one_does_not), RUN(this_one_holds))
