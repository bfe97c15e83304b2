/* SPDX-License-Identifier: MIT */
/* Two buttons that switch the lamp of the sketch EthernetLamp, over Ethernet.
 *
 * Wiring: Ethernet shield with W5500 (chip select D10); buttons to ground at D5 (on) and
 * D6 (off); an LED at D7 shows that the lamp has proven to have obeyed; a jumper from D2
 * to ground while the board starts lets the cable bring new keys.
 *
 * Provision the lamp first, then copy its button.key beside RemoteButton.ini, and:
 *
 *     countersign provision RemoteButton.ini --port "serial:/dev/ttyUSB0?baud=57600"
 */
#include <EEPROM.h>
#include <Ethernet.h>
#include <SPI.h>

#include <Countersign.h>

#include "EthernetLamp.h"

COUNTERSIGN_DEVICE(Lamp, CSIGN_DEVICE);

const uint8_t LED = 7;
const uint8_t JUMPER = 2;
const uint16_t STEADY_MS = 20; // contacts bounce for less
const IPAddress ADDRESS(192, 168, 1, 64);
const IPAddress LAMP_ADDRESS(192, 168, 1, 60);

struct Button {
    uint8_t pin;
    uint8_t code;
    bool isDown;
    uint32_t changedAt;
};

Button buttons[] = {{5, CSIGN_DEVICE_CODE_ON, false, 0},
                    {6, CSIGN_DEVICE_CODE_OFF, false, 0}};

CountersignStore store(EEPROM, 0);
CountersignClientFor<Lamp> remote;
EthernetClient client;
bool isWaiting = false;

// True once for each time the button is pressed.
bool isPressed(Button &button)
{
    bool isDown = digitalRead(button.pin) == LOW;

    if (isDown == button.isDown || (uint32_t)(millis() - button.changedAt) < STEADY_MS)
        return false;
    button.isDown = isDown;
    button.changedAt = millis();
    return isDown;
}

void command(uint8_t code)
{
    digitalWrite(LED, LOW);
    client.setConnectionTimeout(250);
    if (!client.connect(LAMP_ADDRESS, CSIGN_DEVICE_PORT)) {
        Serial.println(F("the lamp does not answer"));
    } else if (remote.send(code) != CSIGN_OK) {
        client.stop();
    } else {
        isWaiting = true;
    }
}

// On and off may be sent again after whatever outcome: twice on is on.
void showOutcome()
{
    if (!isWaiting || remote.outcome() == CSIGN_OUTCOME_NONE)
        return;
    isWaiting = false;
    if (remote.outcome() == CSIGN_OUTCOME_DONE)
        digitalWrite(LED, HIGH);
    else
        Serial.println(F("not proven to be done: press again"));
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
}

void setup()
{
    for (Button &button : buttons)
        pinMode(button.pin, INPUT_PULLUP);
    digitalWrite(LED, LOW);
    pinMode(LED, OUTPUT);
    pinMode(JUMPER, INPUT_PULLUP);
    Serial.begin(57600);
    remote.setDebug(Serial);
    remote.begin(store);
    while (remote.provision(Serial, digitalRead(JUMPER) == LOW)) {
    }
    startNetwork();
}

void loop()
{
    remote.provision(Serial, false);
    remote.poll(client);
    showOutcome();
    for (Button &button : buttons) {
        if (isPressed(button) && remote.isReady() && !remote.isBusy())
            command(button.code);
    }
}
