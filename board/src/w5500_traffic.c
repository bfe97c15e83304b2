/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "w5500.h"
#include "w5500_parts.h"

enum { UDP_HEADER = 8 };

/* The peer reset the connection, or this machine's socket failed. */
static void peer_reset(struct w5500 *chip, int n)
{
    w5500_note(chip, "S%d reset by peer", n);
    w5500_let_go(chip, n);
    w5500_interrupt(chip, n, IR_DISCON);
    w5500_set_state(chip, n, SR_CLOSED);
}

/* Hands what SEND released to this machine, as much as it takes. */
void w5500_hand_over(struct w5500 *chip, int n)
{
    struct w5500_socket *s = &chip->socket[n];
    uint16_t size = w5500_buffer_size(s->reg[S_TXBUF_SIZE]);
    uint16_t end = w5500_get16(s->reg + S_TX_RD);

    while (size > 0 && s->tx_handed != end) {
        uint16_t at = (uint16_t)(s->tx_handed & (size - 1u));
        size_t run = (uint16_t)(end - s->tx_handed);
        ssize_t taken;

        if (run > (size_t)(size - at))
            run = size - at;
        taken = send(s->fd, s->tx + at, run, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (taken < 0) {
            if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
                peer_reset(chip, n);
            return;
        }
        s->tx_handed = (uint16_t)(s->tx_handed + taken);
        s->sendok_at = chip->now + chip->latency;
    }
}

static uint16_t rx_free(const struct w5500_socket *s)
{
    uint16_t used = (uint16_t)(w5500_get16(s->reg + S_RX_WR) - s->rx_taken);
    uint16_t size = w5500_buffer_size(s->reg[S_RXBUF_SIZE]);

    /* The firmware may have put Sn_RX_RD anywhere, and the size too. */
    return used > size ? 0 : (uint16_t)(size - used);
}

static void store(struct w5500_socket *s, const uint8_t *bytes, size_t length)
{
    uint16_t size = w5500_buffer_size(s->reg[S_RXBUF_SIZE]);
    uint16_t at = w5500_get16(s->reg + S_RX_WR);

    for (size_t i = 0; i < length; i++)
        s->rx[at++ & (size - 1u)] = bytes[i];
    w5500_set16(s->reg + S_RX_WR, at);
    s->reg[S_IR] |= IR_RECV;
}

static void peer_finished(struct w5500 *chip, int n)
{
    uint8_t state = chip->socket[n].reg[S_SR];

    w5500_interrupt(chip, n, IR_DISCON);
    chip->out.event(chip->out.context);
    if (state == SR_ESTABLISHED) {
        w5500_set_state(chip, n, SR_CLOSE_WAIT);
    } else if (state != SR_CLOSE_WAIT) {
        w5500_let_go(chip, n);
        w5500_set_state(chip, n, SR_CLOSED);
    }
}

static void receive_stream(struct w5500 *chip, int n)
{
    struct w5500_socket *s = &chip->socket[n];
    uint8_t bytes[W5500_BUFFER];
    size_t room = rx_free(s);
    ssize_t got;

    if (s->trickle != 0 && chip->now < s->next_byte_at)
        return;
    if (s->trickle != 0 && room > 1)
        room = 1;
    if (room == 0)
        return;
    got = recv(s->fd, bytes, room, MSG_DONTWAIT);
    if (got > 0) {
        store(s, bytes, (size_t)got);
        s->next_byte_at = chip->now + s->trickle;
        w5500_note(chip, "S%d receives %zd bytes", n, got);
        chip->out.event(chip->out.context);
    } else if (got == 0) {
        if (s->reg[S_SR] != SR_CLOSE_WAIT)
            peer_finished(chip, n);
    } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
        chip->out.event(chip->out.context);
        peer_reset(chip, n);
    }
}

/* A datagram stands in the buffer behind the sender's address, port and its
 * length; without room for all of it, it is lost. */
static void receive_datagram(struct w5500 *chip, int n)
{
    struct w5500_socket *s = &chip->socket[n];
    struct sockaddr_in host;
    socklen_t size = sizeof host;
    uint8_t bytes[UDP_HEADER + 2048];
    uint32_t ip;
    uint16_t port;
    ssize_t got = recvfrom(s->fd, bytes + UDP_HEADER, sizeof bytes - UDP_HEADER,
                           MSG_DONTWAIT, (struct sockaddr *)&host, &size);

    if (got < 0)
        return;
    chip->out.event(chip->out.context);
    if ((size_t)got + UDP_HEADER > rx_free(s)) {
        w5500_note(chip, "S%d loses a datagram of %zd bytes", n, got);
        return;
    }
    lan_seen_from_board(chip->lan, &host, &ip, &port);
    memcpy(bytes, &ip, 4);
    w5500_set16(bytes + 4, port);
    w5500_set16(bytes + 6, (uint16_t)got);
    store(s, bytes, (size_t)got + UDP_HEADER);
    w5500_note(chip, "S%d receives a datagram of %zd bytes", n, got);
}

static void finish_connect(struct w5500 *chip, int n)
{
    struct w5500_socket *s = &chip->socket[n];
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    int error = 0;
    socklen_t error_size = sizeof error;

    if (s->fd < 0 || !chip->cable)
        return;
    getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &error_size);
    if (error != 0) {
        w5500_note(chip, "S%d refused", n);
        w5500_let_go(chip, n);
        w5500_set_state(chip, n, SR_CLOSED);
    } else if (getpeername(s->fd, (struct sockaddr *)&peer, &size) == 0) {
        s->give_up_at = 0;
        w5500_interrupt(chip, n, IR_CON);
        chip->out.event(chip->out.context);
        w5500_set_state(chip, n, SR_ESTABLISHED);
    }
}

static void accept_into(struct w5500 *chip, int n, int fd, const struct sockaddr_in *peer)
{
    struct w5500_socket *s = &chip->socket[n];

    s->fd = fd;
    memcpy(s->reg + S_DIPR, &peer->sin_addr.s_addr, 4);
    w5500_set16(s->reg + S_DPORT, ntohs(peer->sin_port));
    w5500_interrupt(chip, n, IR_CON);
    chip->out.event(chip->out.context);
    w5500_set_state(chip, n, SR_ESTABLISHED);
}

static void refuse(int fd)
{
    struct linger none = {.l_onoff = 1, .l_linger = 0};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(fd);
}

/* One connection per listening socket, lowest number first; a connection that
 * slipped past the last one is reset, as the chip resets it. */
static void accept_all(struct w5500 *chip, struct lan_map *map)
{
    struct sockaddr_in peer;
    int fd = lan_accept(map, &peer);

    while (fd >= 0) {
        int n = 0;

        while (n < W5500_SOCKETS && (chip->socket[n].reg[S_SR] != SR_LISTEN ||
                                     w5500_port(&chip->socket[n]) != map->port))
            n++;
        if (n < W5500_SOCKETS)
            accept_into(chip, n, fd, &peer);
        else
            refuse(fd);
        fd = lan_accept(map, &peer);
    }
}

static void finish_sending(struct w5500 *chip, int n)
{
    struct w5500_socket *s = &chip->socket[n];

    if (s->sending && s->tx_handed == w5500_get16(s->reg + S_TX_RD) &&
        chip->now >= s->sendok_at && !s->withheld) {
        s->sending = false;
        s->tx_acked = s->tx_handed;
        w5500_interrupt(chip, n, IR_SENDOK);
        if (!s->closing)
            s->give_up_at = 0;
    }
    if (s->keepalive && chip->now >= s->sendok_at && !s->withheld) {
        s->keepalive = false;
        if (!s->sending && !s->closing)
            s->give_up_at = 0;
    }
}

/* After the last byte goes the FIN. In LAST_ACK its acknowledgement is the
 * end; in FIN_WAIT the peer's own FIN is, which the next receive sees. */
static void finish_closing(struct w5500 *chip, int n)
{
    struct w5500_socket *s = &chip->socket[n];

    if (!s->closing || s->tx_handed != w5500_get16(s->reg + S_TX_RD))
        return;
    shutdown(s->fd, SHUT_WR);
    s->closing = false;
    if (s->reg[S_SR] == SR_LAST_ACK) {
        w5500_let_go(chip, n);
        w5500_set_state(chip, n, SR_CLOSED);
    }
}

static void tick_stream(struct w5500 *chip, int n)
{
    struct w5500_socket *s = &chip->socket[n];

    if (w5500_is_cut_off(chip, s))
        return;
    if (s->tx_handed != w5500_get16(s->reg + S_TX_RD))
        w5500_hand_over(chip, n);
    if (s->fd >= 0)
        finish_sending(chip, n);
    if (s->fd >= 0)
        finish_closing(chip, n);
    if (s->fd >= 0)
        receive_stream(chip, n);
}

static void tick_socket(struct w5500 *chip, int n)
{
    struct w5500_socket *s = &chip->socket[n];

    switch (s->reg[S_SR]) {
    case SR_CLOSED:
    case SR_INIT:
    case SR_LISTEN:
        return;
    case SR_SYNSENT:
        finish_connect(chip, n);
        break;
    case SR_UDP:
        finish_sending(chip, n);
        if (chip->cable)
            receive_datagram(chip, n);
        break;
    default:
        tick_stream(chip, n);
    }
    if (s->give_up_at != 0 && chip->now >= s->give_up_at)
        w5500_time_out(chip, n);
}

void w5500_tick(struct w5500 *chip, uint64_t now)
{
    chip->now = now;
    if (!chip->powered)
        return;
    for (int i = 0; chip->cable && i < chip->lan->maps; i++)
        if (!chip->lan->map[i].udp)
            accept_all(chip, &chip->lan->map[i]);
    for (int n = 0; n < W5500_SOCKETS; n++)
        tick_socket(chip, n);
}
