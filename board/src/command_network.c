/* SPDX-License-Identifier: MIT */
/* Commands about the Ethernet chip, its cable and its peers. */
#include <arpa/inet.h>
#include <string.h>

#include "commands.h"

static void do_cable(struct order *order)
{
    char *word = order_word(order);

    if (order_is(word, "pull") || order_is(word, "plug"))
        w5500_cable(&order->board->w5500, order_is(word, "plug"));
    order_done(order, order_is(word, "pull") || order_is(word, "plug"));
}

/* Sets [first, last] from "3" or "all". */
static bool read_sockets(const char *word, int *first, int *last)
{
    unsigned long n;

    *first = 0;
    *last = W5500_SOCKETS - 1;
    if (order_is(word, "all"))
        return true;
    if (!order_read_number(word, W5500_SOCKETS - 1, &n))
        return false;
    *first = *last = (int)n;
    return true;
}

static void do_peer(struct order *order)
{
    int first, last;
    bool understood = read_sockets(order_word(order), &first, &last) &&
                      order_is(order_word(order), "gone");

    for (int n = first; understood && n <= last; n++)
        order->board->w5500.socket[n].gone = true;
    order_done(order, understood);
}

static void do_sendok(struct order *order)
{
    int first, last;
    bool understood = read_sockets(order_word(order), &first, &last);
    char *word = order_word(order);

    understood = understood && (order_is(word, "hold") || order_is(word, "release"));
    for (int n = first; understood && n <= last; n++)
        order->board->w5500.socket[n].withheld = order_is(word, "hold");
    order_done(order, understood);
}

static void do_trickle(struct order *order)
{
    int first, last;
    uint64_t cycles = 0;
    bool understood = read_sockets(order_word(order), &first, &last);
    char *word = order_word(order);

    understood =
        understood && (order_is(word, "off") || order_read_time(order, word, &cycles));
    for (int n = first; understood && n <= last; n++)
        order->board->w5500.socket[n].trickle =
            (uint64_t)(1e6 * board_seconds(order->board, cycles));
    order_done(order, understood);
}

static void do_pointers(struct order *order)
{
    unsigned long start;
    bool understood = order_read_number(order_word(order), 0xffff, &start);

    if (understood)
        order->board->w5500.first_pointer = (uint16_t)start;
    order_done(order, understood);
}

static void do_latency(struct order *order)
{
    uint64_t cycles;
    bool understood = order_read_time(order, order_word(order), &cycles);

    if (understood)
        order->board->w5500.latency =
            (uint64_t)(1e6 * board_seconds(order->board, cycles));
    order_done(order, understood);
}

static void do_sockets(struct order *order)
{
    char text[W5500_SOCKETS * 64] = "";
    size_t used = 0;

    for (int n = 0; n < W5500_SOCKETS; n++) {
        const struct w5500_socket *s = &order->board->w5500.socket[n];

        used += (size_t)snprintf(text + used, sizeof text - used, "%s%d=%s:%u",
                                 n == 0 ? "" : " ", n, w5500_state_name(s->reg[S_SR]),
                                 w5500_get16(s->reg + S_PORT));
    }
    order_ok(order, "%s", text);
}

static void do_maps(struct order *order)
{
    char text[LAN_MAPS_MAX * 32] = "";
    size_t used = 0;

    for (int i = 0; i < order->board->lan.maps; i++) {
        const struct lan_map *m = &order->board->lan.map[i];

        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s%u=%u",
                                 i == 0 ? "" : " ", m->udp ? "udp:" : "", m->port,
                                 ntohs(m->host.sin_port));
    }
    order_ok(order, "%s", text);
}

const struct command command_network[] = {
    {"cable", do_cable, "cable pull|plug"},
    {"peer", do_peer, "peer SOCKET|all gone"},
    {"sendok", do_sendok, "sendok SOCKET|all hold|release"},
    {"trickle", do_trickle, "trickle SOCKET|all TIME|off"},
    {"pointers", do_pointers, "pointers START"},
    {"latency", do_latency, "latency TIME"},
    {"sockets", do_sockets, "sockets"},
    {"maps", do_maps, "maps"},
    {NULL, NULL, NULL}};
