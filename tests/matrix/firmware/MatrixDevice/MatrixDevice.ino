/* SPDX-License-Identifier: MIT */
/* The device of the matrix: `on` is done, `off` fails, `echo` gives its arguments back.
 */
#include "../cell.h"

CountersignStore store(EEPROM, 0, 1);
CountersignServerFor<AnyCell, 1, 1> device;
EthernetServer server(PORT);
EthernetClient clients[1];

/* For the test, which looks into RAM. */
volatile uint8_t runs;
volatile uint8_t serving;

uint8_t turnOn(CountersignCall &)
{
    runs++;
    return CSIGN_STATUS_DONE; /* in classic the row of the answer `done` */
}

uint8_t turnOff(CountersignCall &)
{
    runs++;
    return AnyCell::IS_SEALED ? (uint8_t)CSIGN_STATUS_FAILED : 1;
}

uint8_t echo(CountersignCall &call)
{
    call.reply(call.arguments(), call.length());
    return CSIGN_STATUS_DONE;
}

void setup()
{
    device.onRow(0, turnOn);
    device.onRow(1, turnOff);
    device.onRow(2, echo);
    device.begin(store);
    startCell(60);
    if (!cell().isLine)
        server.begin();
}

void loop()
{
    if (cell().isLine)
        device.poll(Serial);
    else
        device.poll(server, clients);
    serving = device.isServing();
    if (device.connected() == 0 || (cell().isLine && Serial.available() == 0))
        rest();
}
