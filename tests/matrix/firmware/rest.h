/* SPDX-License-Identifier: MIT */
/* rest.h: waits until the next interrupt, 1 ms at most. A board that spins costs this
 * machine a third of a core. */
#ifndef MATRIX_REST_H
#define MATRIX_REST_H

#include <avr/sleep.h>

inline void rest()
{
    set_sleep_mode(SLEEP_MODE_IDLE);
    sleep_mode();
}

#endif
