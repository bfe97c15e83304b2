/* SPDX-License-Identifier: MIT */
/* The device under attack: `on` is done, `off` fails, `echo` gives its arguments back;
 * two connections at once. It tells the test where in RAM lies what a refused request
 * may change; most of it is the library's own, which is why nothing is private here.
 */
#include <EEPROM.h>
#include <Ethernet.h>
#include <SPI.h>

#define private public
#define protected public
#include <Countersign.h>
#undef private
#undef protected

#include "../../../matrix/firmware/counted.h"
#include "../../../matrix/firmware/rest.h"
#include "AttackDevice.h"

COUNTERSIGN_DEVICE(Attacked, CSIGN_DEVICE);

const uint8_t PLACES = 2;

CountersignStore store(EEPROM, 0, 1);
CountersignServerFor<Attacked, PLACES, 1> device;
EthernetServer server(CSIGN_DEVICE_PORT);
EthernetClient clients[PLACES];

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

void setup()
{
    byte mac[6] = {0x02, 0x43, 0x53, 0x47, 0x4e, 60};

    /* Read once, or the linker leaves it out. */
    (void)regions[0].len;
    attachHandlers<Attacked>(device);
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
