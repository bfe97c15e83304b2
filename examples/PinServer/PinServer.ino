/* SPDX-License-Identifier: MIT */
/* Pins that are set and read from afar, by keys with different rights.
 *
 * Wiring: Ethernet shield with W5500 (chip select D10); what you like at the pins in
 * PINS; a jumper from D2 to ground while the board starts lets the cable bring new keys.
 * A pin stays an input until it is set.
 *
 *     countersign provision PinServer.ini --port "serial:/dev/ttyUSB0?baud=57600"
 *     countersign send PinServer.ini set hex:0501       pin 5 high
 *     countersign send PinServer.ini read hex:05
 */
#include <EEPROM.h>
#include <Ethernet.h>
#include <SPI.h>

#include <Countersign.h>

#include "PinServer.h"

COUNTERSIGN_DEVICE(Pins, CSIGN_DEVICE);

// Not 0 and 1 (serial), 2 (jumper), 4 and 10 to 13 (shield).
const uint8_t PINS[] = {3, 5, 6, 7, 8, 9};
const uint8_t JUMPER = 2;
const uint8_t PLACES = 2; // connections at once; each takes 168 bytes of RAM
const IPAddress ADDRESS(192, 168, 1, 63);

CountersignStore store(EEPROM, 0);
CountersignServerFor<Pins, PLACES> pins;
EthernetServer server(CSIGN_DEVICE_PORT);
EthernetClient clients[PLACES];

bool isOurs(uint8_t pin)
{
    for (uint8_t i = 0; i < sizeof PINS; i++) {
        if (PINS[i] == pin)
            return true;
    }
    return false;
}

uint8_t readPin(CountersignCall &call)
{
    if (call.length() != 1 || !isOurs(call.arguments()[0]))
        return CSIGN_STATUS_BAD_ARGUMENTS;
    call.reply((uint8_t)digitalRead(call.arguments()[0]));
    return CSIGN_STATUS_DONE;
}

uint8_t setPin(CountersignCall &call)
{
    const uint8_t *arguments = call.arguments();

    if (call.length() != 2 || !isOurs(arguments[0]) || arguments[1] > 1)
        return CSIGN_STATUS_BAD_ARGUMENTS;
    digitalWrite(arguments[0], arguments[1] ? HIGH : LOW);
    pinMode(arguments[0], OUTPUT);
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
    pinMode(JUMPER, INPUT_PULLUP);
    Serial.begin(57600);
    pins.setDebug(Serial);
    pins.on(CSIGN_DEVICE_CODE_READ, readPin);
    pins.on(CSIGN_DEVICE_CODE_SET, setPin);
    pins.allowKeyChanges();
    pins.begin(store);
    while (pins.provision(Serial, digitalRead(JUMPER) == LOW)) {
    }
    startNetwork();
}

void loop()
{
    pins.provision(Serial, false);
    pins.poll(server, clients);
}
