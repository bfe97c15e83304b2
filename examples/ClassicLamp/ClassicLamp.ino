/* SPDX-License-Identifier: MIT */
/* The lamp in the original scheme: takes the place of a sketch in the field whose clients
 * stay. A shared secret of up to 32 bytes goes into classic-owner.key before provisioning
 * (as text:..., or hex:...); without that file a new one is made.
 *
 * Wiring: Ethernet shield with W5500 (chip select D10); relay or LED at D5; a jumper from
 * D2 to ground while the board starts lets the cable bring new keys.
 *
 *     countersign provision ClassicLamp.ini --port "serial:/dev/ttyUSB0?baud=57600"
 *     countersign send ClassicLamp.ini on
 */
#include <EEPROM.h>
#include <Ethernet.h>
#include <SPI.h>

#include <Countersign.h>

#include "ClassicLamp.h"

COUNTERSIGN_DEVICE(Lamp, CSIGN_DEVICE);

const uint8_t LAMP = 5;
const uint8_t JUMPER = 2;
const uint8_t PLACES = 3; // connections at once; a 328P has 4 sockets, and one listens
const IPAddress ADDRESS(192, 168, 1, 61);

// Classic has no id to make an address of: give each board of yours another last byte.
byte mac[6] = {0x02, 0x43, 0x53, 0x47, 0x4e, 0x01};

CountersignStore store(EEPROM, 0);
CountersignServerFor<Lamp, PLACES> lamp;
EthernetServer server(CSIGN_DEVICE_PORT);
EthernetClient clients[PLACES];

uint8_t tellStatus(CountersignCall &)
{
    return digitalRead(LAMP) == HIGH ? CSIGN_DEVICE_ANSWER_ROW_IS_ON
                                     : CSIGN_DEVICE_ANSWER_ROW_IS_OFF;
}

uint8_t turnOn(CountersignCall &call)
{
    digitalWrite(LAMP, HIGH);
    return tellStatus(call);
}

uint8_t turnOff(CountersignCall &call)
{
    digitalWrite(LAMP, LOW);
    return tellStatus(call);
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
    lamp.begin(store);
    while (lamp.provision(Serial, digitalRead(JUMPER) == LOW)) {
    }
    Ethernet.init(10);
    Ethernet.begin(mac, ADDRESS);
    // Bounds how long a vanished peer can hold up the Ethernet library: 0.75 s.
    Ethernet.setRetransmissionTimeout(50);
    Ethernet.setRetransmissionCount(3);
    server.begin();
}

void loop()
{
    lamp.provision(Serial, false);
    lamp.poll(server, clients);
}
