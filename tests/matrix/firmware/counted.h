/* SPDX-License-Identifier: MIT */
/* counted.h: the handlers of a device in a test: `on` is done, `off` fails, `echo` gives
 * its arguments back. The test looks into RAM for the count. */
#ifndef MATRIX_COUNTED_H
#define MATRIX_COUNTED_H

#include <Countersign.h>

volatile uint16_t runs;
volatile uint8_t serving;

inline uint8_t turnOn(CountersignCall &)
{
    runs++;
    return CSIGN_STATUS_DONE; /* in classic the row of the answer `done` */
}

template <class Device> uint8_t turnOff(CountersignCall &)
{
    runs++;
    return Device::IS_SEALED ? (uint8_t)CSIGN_STATUS_FAILED : 1;
}

inline uint8_t echo(CountersignCall &call)
{
    call.reply(call.arguments(), call.length());
    return CSIGN_STATUS_DONE;
}

template <class Device> void attachHandlers(CountersignServer &server)
{
    server.onRow(0, turnOn);
    server.onRow(1, turnOff<Device>);
    server.onRow(2, echo);
}

#endif
