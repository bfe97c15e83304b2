/* SPDX-License-Identifier: MIT */
/* The states of a socket, and how it gets out of them by itself. */
#include "w5500.h"

#include <stddef.h>

#include "w5500_parts.h"

static const struct {
    uint8_t state;
    const char *name;
} state_names[] = {{SR_CLOSED, "CLOSED"},
                   {SR_INIT, "INIT"},
                   {SR_LISTEN, "LISTEN"},
                   {SR_SYNSENT, "SYNSENT"},
                   {SR_ESTABLISHED, "ESTABLISHED"},
                   {SR_FIN_WAIT, "FIN_WAIT"},
                   {SR_CLOSE_WAIT, "CLOSE_WAIT"},
                   {SR_LAST_ACK, "LAST_ACK"},
                   {SR_UDP, "UDP"}};

const char *w5500_state_name(uint8_t state)
{
    for (size_t i = 0; i < sizeof state_names / sizeof state_names[0]; i++)
        if (state_names[i].state == state)
            return state_names[i].name;
    return "?";
}

/* This machine takes connections to a port exactly while a socket listens. */
static void update_listener(struct w5500 *chip, uint16_t port)
{
    struct lan_map *map = lan_find_map(chip->lan, false, port);
    bool open = false;

    for (int n = 0; n < W5500_SOCKETS; n++)
        if (chip->socket[n].reg[S_SR] == SR_LISTEN &&
            w5500_port(&chip->socket[n]) == port)
            open = true;
    if (map != NULL)
        lan_listen(map, open);
}

void w5500_set_state(struct w5500 *chip, int n, uint8_t state)
{
    struct w5500_socket *s = &chip->socket[n];
    uint8_t before = s->reg[S_SR];

    if (before == state)
        return;
    s->reg[S_SR] = state;
    w5500_note(chip, "S%d %s -> %s", n, w5500_state_name(before),
               w5500_state_name(state));
    if (before == SR_LISTEN || state == SR_LISTEN)
        update_listener(chip, w5500_port(s));
}

void w5500_interrupt(struct w5500 *chip, int n, uint8_t bit)
{
    chip->socket[n].reg[S_IR] |= bit;
}

/* Lets go of the host's side and of everything under way. */
void w5500_let_go(struct w5500 *chip, int n)
{
    struct w5500_socket *s = &chip->socket[n];

    lan_release(chip->lan, s->fd);
    s->fd = -1;
    s->sending = s->closing = s->keepalive = false;
    s->give_up_at = 0;
    s->gone = false;
}

void w5500_drop(struct w5500 *chip, int n)
{
    w5500_let_go(chip, n);
    w5500_set_state(chip, n, SR_CLOSED);
}

/* Σ RTR·2^m for m = 0..RCR, each term held at the largest that fits 16 bits,
 * in 100 µs: the data sheet's TCP timeout, 31.8 s at reset values. */
uint64_t w5500_tcp_timeout(const struct w5500 *chip)
{
    uint64_t wait = w5500_get16(chip->common + W_RTR);
    uint64_t sum = 0;

    for (int m = 0; m <= chip->common[W_RCR]; m++) {
        sum += wait;
        if (2 * wait <= 65535)
            wait *= 2;
    }
    return sum * 100;
}

uint64_t w5500_arp_timeout(const struct w5500 *chip)
{
    return (uint64_t)w5500_get16(chip->common + W_RTR) * 100 * (chip->common[W_RCR] + 1u);
}

void w5500_time_out(struct w5500 *chip, int n)
{
    w5500_interrupt(chip, n, IR_TIMEOUT);
    if (chip->socket[n].reg[S_SR] == SR_UDP) {
        chip->socket[n].sending = false;
        chip->socket[n].tx_acked = chip->socket[n].tx_handed;
        chip->socket[n].give_up_at = 0;
        w5500_note(chip, "S%d TIMEOUT", n);
        return;
    }
    w5500_let_go(chip, n);
    w5500_note(chip, "S%d TIMEOUT", n);
    w5500_set_state(chip, n, SR_CLOSED);
}
