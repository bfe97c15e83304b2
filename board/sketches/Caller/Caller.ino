/* SPDX-License-Identifier: MIT */
/* On a "c" from the serial line calls 192.0.2.9, port 7777, says "knock" and
 * repeats what it hears. For the board's tests. */
#include <Ethernet.h>
#include <SPI.h>

static byte mac[] = {0x02, 0x00, 0x5e, 0x10, 0x20, 0x31};
static EthernetClient client;
static bool calling;

void setup()
{
    Serial.begin(115200);
    Ethernet.begin(mac, IPAddress(192, 0, 2, 8));
    client.setConnectionTimeout(250);
    Serial.println(F("ready"));
}

static void call()
{
    calling = client.connect(IPAddress(192, 0, 2, 9), 7777);
    if (!calling) {
        Serial.println(F("nobody"));
        return;
    }
    client.print(F("knock"));
    Serial.println(F("called"));
}

void loop()
{
    if (Serial.available() && Serial.read() == 'c')
        call();
    if (calling && client.available() > 0) {
        Serial.print(F("heard "));
        while (client.available() > 0)
            Serial.write(client.read());
        Serial.println();
    }
    if (calling && !client.connected()) {
        client.stop();
        calling = false;
        Serial.println(F("ended"));
    }
}
