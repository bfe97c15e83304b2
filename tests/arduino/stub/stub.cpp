/* SPDX-License-Identifier: MIT */
#include "Arduino.h"
#include "EEPROM.h"
#include "Ethernet.h"

uint32_t stub_ms;
stub_pin stub_pins[STUB_PINS];

uint32_t millis()
{
    return stub_ms;
}

uint32_t micros()
{
    return stub_ms * 1000;
}

void delay(uint32_t ms)
{
    stub_ms += ms;
}

void pinMode(uint8_t pin, uint8_t mode)
{
    stub_pins[pin].edges += mode == OUTPUT && stub_pins[pin].mode != OUTPUT;
    stub_pins[pin].mode = mode;
}

void digitalWrite(uint8_t pin, uint8_t level)
{
    stub_pin &p = stub_pins[pin];

    p.edges += p.mode == OUTPUT && p.level != level;
    p.level = level;
}

int digitalRead(uint8_t pin)
{
    const stub_pin &p = stub_pins[pin];

    return p.mode == OUTPUT ? p.level : p.outside;
}

HardwareSerial Serial;

HardwareSerial::HardwareSerial()
{
}
void HardwareSerial::begin(unsigned long)
{
}

int HardwareSerial::available()
{
    return 0;
}

int HardwareSerial::read()
{
    return -1;
}

int HardwareSerial::peek()
{
    return -1;
}

size_t HardwareSerial::write(uint8_t)
{
    return 1;
}

int HardwareSerial::availableForWrite()
{
    return 63;
}

EEPROMClass EEPROM;

EEPROMClass::EEPROMClass() : copy(), cells(), begun(0), commits(0)
{
    memset(copy, 0xff, sizeof copy);
    memset(cells, 0xff, sizeof cells);
}

void EEPROMClass::begin(size_t size)
{
    begun = size;
    memcpy(copy, cells, sizeof copy);
}

uint8_t EEPROMClass::read(int address)
{
    return copy[address];
}

void EEPROMClass::write(int address, uint8_t value)
{
    copy[address] = value;
}

bool EEPROMClass::commit()
{
    memcpy(cells, copy, sizeof cells);
    commits++;
    return true;
}

EthernetClass Ethernet;

void EthernetClass::init(uint8_t)
{
}
void EthernetClass::begin(uint8_t *, IPAddress)
{
}
void EthernetClass::setRetransmissionTimeout(uint16_t)
{
}
void EthernetClass::setRetransmissionCount(uint8_t)
{
}

int EthernetClient::connect(IPAddress, uint16_t)
{
    return 0;
}

int EthernetClient::connect(const char *, uint16_t)
{
    return 0;
}

size_t EthernetClient::write(uint8_t)
{
    return 0;
}

size_t EthernetClient::write(const uint8_t *, size_t)
{
    return 0;
}

int EthernetClient::availableForWrite()
{
    return 0;
}

int EthernetClient::available()
{
    return 0;
}

int EthernetClient::read()
{
    return -1;
}

int EthernetClient::read(uint8_t *, size_t)
{
    return 0;
}

int EthernetClient::peek()
{
    return -1;
}

void EthernetClient::flush()
{
}
void EthernetClient::stop()
{
}

uint8_t EthernetClient::connected()
{
    return 0;
}

EthernetClient::operator bool()
{
    return false;
}

void EthernetClient::setConnectionTimeout(uint16_t)
{
}

EthernetServer::EthernetServer(uint16_t)
{
}
void EthernetServer::begin()
{
}

size_t EthernetServer::write(uint8_t)
{
    return 0;
}

EthernetClient EthernetServer::accept()
{
    return EthernetClient();
}

EthernetClient EthernetServer::available()
{
    return EthernetClient();
}
