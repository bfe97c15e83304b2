/* SPDX-License-Identifier: MIT */
/* The device of the matrix: `on` is done, `off` fails, `echo` gives its arguments back.
 */
#include "../cell.h"
#include "../counted.h"

CountersignStore store(EEPROM, 0, 1);
CountersignServerFor<AnyCell, 1, 1> device;
EthernetServer server(PORT);
EthernetClient clients[1];

void setup()
{
    attachHandlers<AnyCell>(device);
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
