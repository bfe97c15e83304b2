/* SPDX-License-Identifier: MIT */
/* many.c: device.c with more commands than a key has rights of their own, and with SLOTS
 * keys, given on the command line; the first may run them all, the others the first. */
#define COMMANDS 40
#define CODES                                                                            \
    {                                                                                    \
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22,   \
            23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40       \
    }

#include "device.c"
