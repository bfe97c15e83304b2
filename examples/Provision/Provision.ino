/* SPDX-License-Identifier: MIT */
/* The smallest sketch that can be provisioned. It needs a board and its USB cable.
 *
 *     countersign provision Provision.ini
 *     countersign send Provision.ini ping
 */
#include <EEPROM.h>

#include <Countersign.h>

#include "Provision.h"

COUNTERSIGN_DEVICE(First, CSIGN_DEVICE);

CountersignStore store(EEPROM, 0);
CountersignServerFor<First> first;

uint8_t ping(CountersignCall &)
{
    return CSIGN_STATUS_DONE;
}

void setup()
{
    Serial.begin(CSIGN_DEVICE_BAUD);
    first.on(CSIGN_DEVICE_CODE_PING, ping);
    first.begin(store);
    // Waits for keys. Later they come only while pin 2 is held to ground at the start.
    pinMode(2, INPUT_PULLUP);
    while (first.provision(Serial, digitalRead(2) == LOW)) {
    }
}

void loop()
{
    first.provision(Serial, false);
    first.poll(Serial);
}
