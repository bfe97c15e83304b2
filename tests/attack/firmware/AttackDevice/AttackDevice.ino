/* SPDX-License-Identifier: MIT */
/* The device under attack: `on` is done, `off` fails, `echo` gives its arguments back;
 * two connections at once. It tells the test where in RAM lies what a refused request
 * may change; most of it is the library's own, which is why nothing is private here.
 */
#include <EEPROM.h>
#include <Ethernet.h>
#include <SPI.h>
#include <avr/sleep.h>

#define private public
#define protected public
#include <Countersign.h>
#undef private
#undef protected

#include "AttackDevice.h"

COUNTERSIGN_DEVICE(Attacked, CSIGN_DEVICE);

const uint8_t PLACES = 2;

CountersignStore store(EEPROM, 0, 1);
CountersignServerFor<Attacked, PLACES, 1> device;
EthernetServer server(CSIGN_DEVICE_PORT);
EthernetClient clients[PLACES];

/* For the test, which looks into RAM. */
volatile uint16_t runs;
volatile uint8_t serving;

struct Region {
    const volatile void *at;
    uint16_t len;
};

/* In the order that board-memory.mjs names them. */
volatile Region regions[] = {
    {&device.memory.connections, sizeof device.memory.connections},
    {&device.memory.bytes, sizeof device.memory.bytes},
    {&device.next, sizeof device.next},
    {&device.reason, sizeof device.reason},
    {&device.memory.work, sizeof device.memory.work},
    {&store.store.lower, sizeof store.store.lower},
};

uint8_t turnOn(CountersignCall &)
{
    runs++;
    return CSIGN_STATUS_DONE; /* in classic the row of the answer `done` */
}

uint8_t turnOff(CountersignCall &)
{
    runs++;
    return Attacked::IS_SEALED ? (uint8_t)CSIGN_STATUS_FAILED : 1;
}

uint8_t echo(CountersignCall &call)
{
    call.reply(call.arguments(), call.length());
    return CSIGN_STATUS_DONE;
}

/* Until the next interrupt, 1 ms at most: a board that spins costs this machine a third
 * of a core. */
void rest()
{
    set_sleep_mode(SLEEP_MODE_IDLE);
    sleep_mode();
}

void setup()
{
    byte mac[6] = {0x02, 0x43, 0x53, 0x47, 0x4e, 60};

    /* Read once, or the linker leaves it out. */
    (void)regions[0].len;
    device.onRow(0, turnOn);
    device.onRow(1, turnOff);
    device.onRow(2, echo);
    device.begin(store);
    Ethernet.init(10);
    Ethernet.begin(mac, IPAddress(192, 168, 1, 60));
    Ethernet.setRetransmissionTimeout(50);
    Ethernet.setRetransmissionCount(3);
    server.begin();
}

void loop()
{
    device.poll(server, clients);
    serving = device.isServing();
    if (device.connected() == 0)
        rest();
}
