/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "check.h"
#include "chip.h"

static struct bench_chip b;
static struct sockaddr_in self;

static int peer_socket(void)
{
    socklen_t size = sizeof self;
    struct timeval second = {1, 0};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    memset(&self, 0, sizeof self);
    self.sin_family = AF_INET;
    self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    bind(fd, (struct sockaddr *)&self, sizeof self);
    getsockname(fd, (struct sockaddr *)&self, &size);
    return fd;
}

static void open_udp(int n, uint16_t port)
{
    chip_set(&b, n, S_MR, 2);
    chip_set16(&b, n, S_PORT, port);
    chip_command(&b, n, CR_OPEN);
}

static void aim(int n, const uint8_t ip[4], uint16_t port)
{
    for (int i = 0; i < 4; i++)
        chip_set(&b, n, (uint16_t)(S_DIPR + i), ip[i]);
    chip_set16(&b, n, S_DPORT, port);
}

TEST(a_datagram_arrives_behind_its_senders_address_and_length)
{
    static const uint8_t server[4] = {192, 0, 2, 53};
    int peer = peer_socket();
    struct lan_map *map;
    char route[64], got[64];

    snprintf(route, sizeof route, "192.0.2.53:53=127.0.0.1:%u", ntohs(self.sin_port));
    CHECK(lan_add_route(&b.lan, route));
    CHECK(lan_add_map(&b.lan, "udp:5000=127.0.0.1:0"));
    chip_start(&b);
    open_udp(0, 5000);
    CHECK_EQUAL(chip_get(&b, 0, S_SR), SR_UDP);
    map = lan_find_map(&b.lan, true, 5000);
    sendto(peer, "query", 5, 0, (struct sockaddr *)&map->host, sizeof map->host);
    chip_pass(&b, 200);
    CHECK_EQUAL(chip_receive(&b, 0, got, sizeof got), 13);
    CHECK_BYTES(got, server, 4);
    CHECK_EQUAL(w5500_get16((uint8_t *)got + 4), 53);
    CHECK_EQUAL(w5500_get16((uint8_t *)got + 6), 5);
    CHECK_BYTES(got + 8, "query", 5);
    aim(0, server, 53);
    chip_send(&b, 0, "answer");
    chip_pass(&b, 500);
    CHECK(chip_get(&b, 0, S_IR) & IR_SENDOK);
    CHECK_EQUAL(peer_read(peer, got, sizeof got), 6);
    close(peer);
    chip_stop(&b);
}

TEST(a_datagram_to_nowhere_ends_in_an_arp_timeout_and_the_socket_lives_on)
{
    static const uint8_t nowhere[4] = {198, 51, 100, 1};
    static const uint8_t all[4] = {255, 255, 255, 255};

    chip_start(&b);
    open_udp(0, 5000);
    aim(0, nowhere, 9);
    chip_send(&b, 0, "hello?");
    chip_pass(&b, 1900000);
    CHECK(chip_get(&b, 0, S_IR) & IR_TIMEOUT);
    CHECK_EQUAL(chip_get(&b, 0, S_IR) & IR_SENDOK, 0);
    CHECK_EQUAL(chip_get(&b, 0, S_SR), SR_UDP);
    CHECK_EQUAL(chip_get16(&b, 0, S_TX_FSR), 2048);
    chip_set(&b, 0, S_IR, 0xff);
    aim(0, all, 67);
    chip_send(&b, 0, "anybody?");
    chip_pass(&b, 500);
    CHECK_EQUAL(chip_get(&b, 0, S_IR), IR_SENDOK);
    chip_stop(&b);
}

TEST(a_datagram_without_room_is_lost_whole)
{
    static char big[1500];
    int peer = peer_socket();
    struct lan_map *map;

    CHECK(lan_add_map(&b.lan, "udp:5000=127.0.0.1:0"));
    chip_start(&b);
    chip_set(&b, 0, S_RXBUF_SIZE, 1);
    open_udp(0, 5000);
    map = lan_find_map(&b.lan, true, 5000);
    sendto(peer, big, sizeof big, 0, (struct sockaddr *)&map->host, sizeof map->host);
    chip_pass(&b, 200);
    CHECK_EQUAL(chip_get16(&b, 0, S_RX_RSR), 0);
    close(peer);
    chip_stop(&b);
}

TESTS(RUN(a_datagram_arrives_behind_its_senders_address_and_length),
      RUN(a_datagram_to_nowhere_ends_in_an_arp_timeout_and_the_socket_lives_on),
      RUN(a_datagram_without_room_is_lost_whole))
