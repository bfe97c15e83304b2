/* SPDX-License-Identifier: MIT */
#include "Ethernet.h"

#include "utility/w5500_chip.h"

using namespace w5500;

EthernetClass Ethernet;

static IPAddress dns_server;

static void write_address(uint16_t address, IPAddress ip)
{
    uint8_t bytes[4] = {ip[0], ip[1], ip[2], ip[3]};

    w5500::write(COMMON, address, bytes, 4);
}

static IPAddress read_address(uint16_t address)
{
    uint8_t bytes[4];

    w5500::read(COMMON, address, bytes, 4);
    return IPAddress(bytes);
}

static IPAddress first_of_network(IPAddress ip)
{
    ip[3] = 1;
    return ip;
}

void EthernetClass::init(uint8_t sspin)
{
    choose(sspin);
}

void EthernetClass::begin(uint8_t *mac, IPAddress ip)
{
    begin(mac, ip, first_of_network(ip));
}

void EthernetClass::begin(uint8_t *mac, IPAddress ip, IPAddress dns)
{
    begin(mac, ip, dns, first_of_network(ip));
}

void EthernetClass::begin(uint8_t *mac, IPAddress ip, IPAddress dns, IPAddress gateway)
{
    begin(mac, ip, dns, gateway, IPAddress(255, 255, 255, 0));
}

void EthernetClass::begin(uint8_t *mac, IPAddress ip, IPAddress dns, IPAddress gateway,
                          IPAddress subnet)
{
    dns_server = dns;
    if (!start())
        return;
    w5500::write(COMMON, SHAR, mac, 6);
    write_address(SIPR, ip);
    write_address(GAR, gateway);
    write_address(SUBR, subnet);
}

int EthernetClass::maintain()
{
    return 0;
}

EthernetLinkStatus EthernetClass::linkStatus()
{
    if (!start())
        return Unknown;
    return read8(COMMON, PHYCFGR) & 1 ? LinkON : LinkOFF;
}

EthernetHardwareStatus EthernetClass::hardwareStatus()
{
    return present() ? EthernetW5500 : EthernetNoHardware;
}

void EthernetClass::MACAddress(uint8_t *mac)
{
    w5500::read(COMMON, SHAR, mac, 6);
}

IPAddress EthernetClass::localIP()
{
    return read_address(SIPR);
}

IPAddress EthernetClass::subnetMask()
{
    return read_address(SUBR);
}

IPAddress EthernetClass::gatewayIP()
{
    return read_address(GAR);
}

IPAddress EthernetClass::dnsServerIP()
{
    return dns_server;
}

void EthernetClass::setRetransmissionTimeout(uint16_t milliseconds)
{
    if (milliseconds > 6553)
        milliseconds = 6553;
    write16(COMMON, RTR, milliseconds * 10);
}

void EthernetClass::setRetransmissionCount(uint8_t num)
{
    write8(COMMON, RCR, num);
}
