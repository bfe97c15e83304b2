/* SPDX-License-Identifier: MIT */
/* What a byte in Sn_CR makes a socket do. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "w5500.h"
#include "w5500_parts.h"

enum { MR_PROTOCOL = 0x0f, MR_TCP = 1, MR_UDP = 2, MR_MULTI = 0x80, COMMON_PPPOE = 0x08 };

static bool buffers_fit(const struct w5500 *chip)
{
    unsigned rx = 0, tx = 0;

    for (int n = 0; n < W5500_SOCKETS; n++) {
        uint8_t r = chip->socket[n].reg[S_RXBUF_SIZE];
        uint8_t t = chip->socket[n].reg[S_TXBUF_SIZE];

        if (r > 16 || t > 16 || (r & (r - 1)) || (t & (t - 1)))
            return false;
        rx += r;
        tx += t;
    }
    return rx <= 16 && tx <= 16;
}

static void start_pointers(struct w5500 *chip, struct w5500_socket *s)
{
    uint16_t start = chip->first_pointer;
    static const uint8_t pointers[] = {S_TX_RD, S_TX_WR, S_RX_RD, S_RX_WR};

    for (size_t i = 0; i < sizeof pointers; i++)
        w5500_set16(s->reg + pointers[i], start);
    s->rx_taken = s->tx_acked = s->tx_handed = start;
}

static void open_socket(struct w5500 *chip, int n)
{
    struct w5500_socket *s = &chip->socket[n];
    uint8_t protocol = s->reg[S_MR] & MR_PROTOCOL;

    if (chip->common[W_MR] & COMMON_PPPOE)
        w5500_fault(chip, "OPEN of socket %d with PPPoE on: PPPoE is not modelled", n);
    else if (!buffers_fit(chip))
        w5500_fault(chip,
                    "OPEN of socket %d: buffer sizes are no powers of two or "
                    "exceed 16 KiB in all",
                    n);
    else if (protocol != MR_TCP && protocol != MR_UDP)
        w5500_fault(chip,
                    "OPEN of socket %d: protocol %u in Sn_MR (MACRAW, IPRAW) "
                    "is not modelled",
                    n, protocol);
    else if (protocol == MR_UDP && (s->reg[S_MR] & MR_MULTI))
        w5500_fault(chip, "OPEN of socket %d: UDP multicast is not modelled", n);
    else {
        w5500_let_go(chip, n);
        start_pointers(chip, s);
        if (protocol == MR_UDP)
            s->fd = lan_datagram(chip->lan, w5500_port(s));
        w5500_set_state(chip, n, protocol == MR_TCP ? SR_INIT : SR_UDP);
    }
}

static uint32_t ip_of(const struct w5500_socket *s)
{
    uint32_t ip;

    memcpy(&ip, s->reg + S_DIPR, 4);
    return ip;
}

static void connect_socket(struct w5500 *chip, int n)
{
    struct w5500_socket *s = &chip->socket[n];
    struct sockaddr_in host;
    bool routed =
        lan_find_route(chip->lan, ip_of(s), w5500_get16(s->reg + S_DPORT), &host);

    if (s->reg[S_SR] != SR_INIT)
        return;
    w5500_set_state(chip, n, SR_SYNSENT);
    if (routed && chip->cable) {
        s->fd = lan_connect(&host);
        s->give_up_at = chip->now + w5500_tcp_timeout(chip);
        if (s->fd < 0)
            w5500_set_state(chip, n, SR_CLOSED);
    } else {
        s->give_up_at = chip->now + w5500_arp_timeout(chip);
        w5500_note(chip, "S%d nobody answers ARP: %s", n,
                   routed ? "the cable is out" : "no --route leads there");
    }
}

static bool may_send(uint8_t state)
{
    return state == SR_ESTABLISHED || state == SR_CLOSE_WAIT || state == SR_UDP;
}

static void send_datagram(struct w5500 *chip, int n, uint16_t length)
{
    struct w5500_socket *s = &chip->socket[n];
    uint16_t size = w5500_buffer_size(s->reg[S_TXBUF_SIZE]);
    uint8_t bytes[W5500_BUFFER];
    struct sockaddr_in host;

    for (uint16_t i = 0; i < length; i++)
        bytes[i] = s->tx[(uint16_t)(s->tx_handed + i) & (size - 1u)];
    s->tx_handed = (uint16_t)(s->tx_handed + length);
    if (lan_find_route(chip->lan, ip_of(s), w5500_get16(s->reg + S_DPORT), &host) &&
        chip->cable) {
        sendto(s->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT,
               (struct sockaddr *)&host, sizeof host);
    } else if (ip_of(s) != 0xffffffff) { /* a broadcast asks no ARP */
        w5500_note(chip, "S%d nobody answers ARP", n);
        s->sendok_at = UINT64_MAX;
        s->give_up_at = chip->now + w5500_arp_timeout(chip);
    }
}

static void send_socket(struct w5500 *chip, int n)
{
    struct w5500_socket *s = &chip->socket[n];
    uint16_t end = w5500_get16(s->reg + S_TX_WR);
    uint16_t length = (uint16_t)(end - w5500_get16(s->reg + S_TX_RD));

    if (!may_send(s->reg[S_SR]))
        return;
    if (length > w5500_buffer_size(s->reg[S_TXBUF_SIZE])) {
        w5500_fault(chip, "SEND of %u bytes on socket %d with a buffer of %u KiB", length,
                    n, s->reg[S_TXBUF_SIZE]);
        return;
    }
    w5500_set16(s->reg + S_TX_RD, end);
    s->sending = true;
    s->sendok_at = chip->now + chip->latency;
    w5500_note(chip, "S%d sends %u bytes", n, length);
    if (s->reg[S_SR] == SR_UDP) {
        send_datagram(chip, n, length);
        return;
    }
    if (s->give_up_at == 0)
        s->give_up_at = chip->now + w5500_tcp_timeout(chip);
    if (!w5500_is_cut_off(chip, s))
        w5500_hand_over(chip, n);
}

/* Sn_RX_RD counts from now on; what is left announces itself again. */
static void receive_done(struct w5500_socket *s)
{
    s->rx_taken = w5500_get16(s->reg + S_RX_RD);
    if (s->rx_taken != w5500_get16(s->reg + S_RX_WR))
        s->reg[S_IR] |= IR_RECV;
}

static void disconnect(struct w5500 *chip, int n)
{
    struct w5500_socket *s = &chip->socket[n];

    if (s->reg[S_SR] == SR_ESTABLISHED)
        w5500_set_state(chip, n, SR_FIN_WAIT);
    else if (s->reg[S_SR] == SR_CLOSE_WAIT)
        w5500_set_state(chip, n, SR_LAST_ACK);
    else
        return;
    s->closing = true;
    if (s->give_up_at == 0)
        s->give_up_at = chip->now + w5500_tcp_timeout(chip);
}

static void keep_alive(struct w5500 *chip, int n)
{
    struct w5500_socket *s = &chip->socket[n];

    if (s->reg[S_SR] != SR_ESTABLISHED)
        return;
    s->keepalive = true;
    s->sendok_at = chip->now + chip->latency;
    if (s->give_up_at == 0)
        s->give_up_at = chip->now + w5500_tcp_timeout(chip);
}

void w5500_command(struct w5500 *chip, int n, uint8_t command)
{
    struct w5500_socket *s = &chip->socket[n];

    switch (command) {
    case CR_OPEN:
        open_socket(chip, n);
        break;
    case CR_LISTEN:
        if (s->reg[S_SR] == SR_INIT) {
            w5500_set_state(chip, n, SR_LISTEN);
            if (lan_find_map(chip->lan, false, w5500_port(s)) == NULL)
                w5500_note(chip, "port %u has no --map: nobody can reach it",
                           w5500_port(s));
        }
        break;
    case CR_CONNECT:
        connect_socket(chip, n);
        break;
    case CR_DISCON:
        disconnect(chip, n);
        break;
    case CR_CLOSE:
        w5500_let_go(chip, n);
        w5500_set_state(chip, n, SR_CLOSED);
        break;
    case CR_SEND:
        send_socket(chip, n);
        break;
    case CR_SEND_KEEP:
        keep_alive(chip, n);
        break;
    case CR_RECV:
        receive_done(s);
        break;
    case 0:
        break;
    default:
        w5500_fault(chip, "Sn_CR %02x on socket %d is not modelled", command, n);
    }
}
