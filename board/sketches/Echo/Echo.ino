/* SPDX-License-Identifier: MIT */
/* Echoes what clients send to port 80, several at once; "quit" on the serial
 * line ends every connection. For the board's tests. */
#include <Ethernet.h>
#include <SPI.h>

static byte mac[] = {0x02, 0x00, 0x5e, 0x10, 0x20, 0x30};
static EthernetServer server(80);
static EthernetClient clients[3];

void setup()
{
    Serial.begin(115200);
    Ethernet.init(10);
    Ethernet.begin(mac, IPAddress(192, 0, 2, 7));
    if (Ethernet.hardwareStatus() == EthernetNoHardware)
        Serial.println(F("no shield"));
    server.begin();
    Serial.print(F("ready at "));
    Serial.println(Ethernet.localIP());
}

static void welcome()
{
    EthernetClient fresh = server.accept();

    if (!fresh)
        return;
    for (EthernetClient &c : clients)
        if (!c) {
            c = fresh;
            c.setConnectionTimeout(50);
            Serial.print(F("hello "));
            Serial.println(c.getSocketNumber());
            return;
        }
    fresh.stop();
}

static void echo(EthernetClient &c)
{
    uint8_t bytes[64];
    int room = c.availableForWrite();
    int count = room > 0 ? c.read(bytes, min(room, (int)sizeof bytes)) : 0;

    if (count > 0)
        c.write(bytes, count);
    else if (!c.connected()) {
        c.stop();
        Serial.println(F("bye"));
    }
}

void loop()
{
    welcome();
    for (EthernetClient &c : clients)
        if (c)
            echo(c);
    if (Serial.available() && Serial.read() == 'q') {
        for (EthernetClient &c : clients)
            c.stop();
        Serial.println(F("all gone"));
    }
}
