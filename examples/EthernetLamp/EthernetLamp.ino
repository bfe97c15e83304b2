/* SPDX-License-Identifier: MIT */
/* A lamp that only the holder of a key can switch, over Ethernet.
 *
 * Wiring: Ethernet shield with W5500 (chip select D10); relay or LED at D5; a jumper from
 * D2 to ground while the board starts lets the cable bring new keys.
 *
 * 1. Change ADDRESS here and address in EthernetLamp.ini to one that is free in your
 * network.
 * 2. Upload this sketch.
 * 3. countersign provision EthernetLamp.ini --port "serial:/dev/ttyUSB0?baud=57600"
 * 4. countersign send EthernetLamp.ini on
 */
#include <EEPROM.h>
#include <Ethernet.h>
#include <SPI.h>

#include <Countersign.h>

#include "EthernetLamp.h"

COUNTERSIGN_DEVICE(Lamp, CSIGN_DEVICE);

const uint8_t LAMP = 5;
const uint8_t JUMPER = 2;
const uint8_t PLACES = 2; // connections at once; each takes 168 bytes of RAM
const IPAddress ADDRESS(192, 168, 1, 60);

CountersignStore store(EEPROM, 0);
CountersignServerFor<Lamp, PLACES> lamp;
EthernetServer server(CSIGN_DEVICE_PORT);
EthernetClient clients[PLACES];

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

void startNetwork()
{
    byte mac[6];

    if (!store.macAddress(mac))
        return;
    Ethernet.init(10);
    Ethernet.begin(mac, ADDRESS);
    // Bounds how long a vanished peer can hold up the Ethernet library: 0.75 s.
    Ethernet.setRetransmissionTimeout(50);
    Ethernet.setRetransmissionCount(3);
    server.begin();
}

void setup()
{
    digitalWrite(LAMP, LOW);
    pinMode(LAMP, OUTPUT);
    pinMode(JUMPER, INPUT_PULLUP);
    Serial.begin(57600);
    lamp.setDebug(Serial);
    lamp.on(CSIGN_DEVICE_CODE_ON, turnOn);
    lamp.on(CSIGN_DEVICE_CODE_OFF, turnOff);
    lamp.on(CSIGN_DEVICE_CODE_STATUS, tellStatus);
    lamp.allowKeyChanges();
    lamp.begin(store);
    while (lamp.provision(Serial, digitalRead(JUMPER) == LOW)) {
    }
    startNetwork();
}

void loop()
{
    lamp.provision(Serial, false);
    lamp.poll(server, clients);
}
