/* SPDX-License-Identifier: MIT */
/* A lamp that only the holder of a key can switch, over the serial line: no network.
 *
 * Wiring: relay or LED at D5; a jumper from D2 to ground while the board starts lets the
 * cable bring new keys. Nothing but the protocol may be printed to this line.
 *
 *     countersign provision SerialLamp.ini
 *     countersign send SerialLamp.ini on
 */
#include <EEPROM.h>

#include <Countersign.h>

#include "SerialLamp.h"

COUNTERSIGN_DEVICE(Lamp, CSIGN_DEVICE);

const uint8_t LAMP = 5;
const uint8_t JUMPER = 2;

CountersignStore store(EEPROM, 0);
CountersignServerFor<Lamp> lamp;

uint8_t turnOn(CountersignCall &)
{
    digitalWrite(LAMP, HIGH);
    return CSIGN_STATUS_DONE;
}

uint8_t turnOff(CountersignCall &)
{
    digitalWrite(LAMP, LOW);
    return CSIGN_STATUS_DONE;
}

uint8_t tellStatus(CountersignCall &call)
{
    call.reply((uint8_t)digitalRead(LAMP));
    return CSIGN_STATUS_DONE;
}

void setup()
{
    digitalWrite(LAMP, LOW);
    pinMode(LAMP, OUTPUT);
    pinMode(JUMPER, INPUT_PULLUP);
    Serial.begin(CSIGN_DEVICE_BAUD);
    lamp.on(CSIGN_DEVICE_CODE_ON, turnOn);
    lamp.on(CSIGN_DEVICE_CODE_OFF, turnOff);
    lamp.on(CSIGN_DEVICE_CODE_STATUS, tellStatus);
    lamp.allowKeyChanges();
    lamp.begin(store);
    while (lamp.provision(Serial, digitalRead(JUMPER) == LOW)) {
    }
}

void loop()
{
    lamp.provision(Serial, false);
    lamp.poll(Serial);
}
