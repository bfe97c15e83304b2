/* SPDX-License-Identifier: MIT */
/* A garage door whose opener has one push-button input.
 *
 * Wiring: Ethernet shield with W5500 (chip select D10). A relay across the opener's
 * button, driven by D5 (high: on) with 10 kOhm from D5 to ground, which holds it off
 * while the board resets. Reed switches to ground that are closed at the end positions:
 * D6 door closed, D7 door open. A jumper from D2 to ground while the board starts lets
 * the cable bring new keys. Set the brown-out fuse to 2.7 V (4.3 V on a 5 V board).
 *
 * The door moves only where a reed switch shows that it stands at the other end: with a
 * broken wire, or a door that stands half open, nothing happens but status 04, failed.
 *
 *     countersign provision GarageDoor.ini --port "serial:/dev/ttyUSB0?baud=57600"
 *     countersign send GarageDoor.ini open
 */
#include <EEPROM.h>
#include <Ethernet.h>
#include <SPI.h>

#include <Countersign.h>

#include "GarageDoor.h"

COUNTERSIGN_DEVICE(Door, CSIGN_DEVICE);

const uint8_t RELAY = 5;
const uint8_t REED_CLOSED = 6;
const uint8_t REED_OPEN = 7;
const uint8_t JUMPER = 2;
const uint8_t PLACES = 2; // connections at once; each takes 168 bytes of RAM
const IPAddress ADDRESS(192, 168, 1, 62);

const uint16_t PULSE_MS = 300;
const uint16_t TRAVEL_MS = 20000;        // no other pulse before the door has arrived
const uint8_t MOVING = CSIGN_STATUS_OWN; // refused: on its way to the other end

enum Position { CLOSED, OPEN, BETWEEN };

CountersignStore store(EEPROM, 0);
CountersignServerFor<Door, PLACES> door;
EthernetServer server(CSIGN_DEVICE_PORT);
EthernetClient clients[PLACES];

bool isMoving = false;
uint8_t goal;
uint32_t movedAt;

#if defined(__AVR__)
// A timer ends the pulse, also when everything else hangs.
ISR(TIMER1_COMPA_vect)
{
    digitalWrite(RELAY, LOW);
    TCCR1B = 0;
    TIMSK1 = 0;
}

void startPulse()
{
    TCCR1A = 0;
    TCCR1B = 0;
    TCNT1 = 0;
    OCR1A = (uint16_t)(F_CPU / 1024 * PULSE_MS / 1000);
    TIFR1 = _BV(OCF1A);
    TIMSK1 = _BV(OCIE1A);
    TCCR1B = _BV(CS12) | _BV(CS10); // F_CPU / 1024
    digitalWrite(RELAY, HIGH);
}
#else
// Nothing else runs during the pulse, so nothing can make it longer.
void startPulse()
{
    digitalWrite(RELAY, HIGH);
    delay(PULSE_MS);
    digitalWrite(RELAY, LOW);
}
#endif

uint8_t position()
{
    bool isClosed = digitalRead(REED_CLOSED) == LOW;
    bool isOpen = digitalRead(REED_OPEN) == LOW;

    if (isClosed == isOpen)
        return BETWEEN;
    return isOpen ? OPEN : CLOSED;
}

uint8_t moveTo(uint8_t wanted)
{
    if (isMoving)
        return wanted == goal ? (uint8_t)CSIGN_STATUS_DONE : MOVING;
    if (position() == wanted)
        return CSIGN_STATUS_DONE;
    if (position() == BETWEEN)
        return CSIGN_STATUS_FAILED;
    isMoving = true;
    goal = wanted;
    movedAt = millis();
    // The first command makes the pin an output: the latch first, so that there is no
    // edge.
    digitalWrite(RELAY, LOW);
    pinMode(RELAY, OUTPUT);
    startPulse();
    return CSIGN_STATUS_DONE;
}

uint8_t openDoor(CountersignCall &)
{
    return moveTo(OPEN);
}

uint8_t closeDoor(CountersignCall &)
{
    return moveTo(CLOSED);
}

// Two bytes: 0 closed, 1 open, 2 between; and whether it was told to move just now.
uint8_t tellStatus(CountersignCall &call)
{
    call.reply(position());
    call.reply((uint8_t)isMoving);
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
    pinMode(REED_CLOSED, INPUT_PULLUP);
    pinMode(REED_OPEN, INPUT_PULLUP);
    pinMode(JUMPER, INPUT_PULLUP);
    Serial.begin(57600);
    door.setDebug(Serial);
    door.on(CSIGN_DEVICE_CODE_OPEN, openDoor);
    door.on(CSIGN_DEVICE_CODE_CLOSE, closeDoor);
    door.on(CSIGN_DEVICE_CODE_STATUS, tellStatus);
    door.allowKeyChanges();
    door.begin(store);
    while (door.provision(Serial, digitalRead(JUMPER) == LOW)) {
    }
    startNetwork();
}

void loop()
{
    if (isMoving && (uint32_t)(millis() - movedAt) >= TRAVEL_MS)
        isMoving = false;
    door.provision(Serial, false);
    door.poll(server, clients);
}
