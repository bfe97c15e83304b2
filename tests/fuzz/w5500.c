/* SPDX-License-Identifier: MIT */
/* w5500.c: the model of the Ethernet chip, against a firmware that writes any register at
 * any time and peers that do what sockets can do.
 *
 * What holds: nothing outside a socket's buffers is touched, also after their sizes and
 * pointers have changed under way; a socket of this machine is held exactly as long as
 * the chip's has a use for it, and let go once.
 */
#include "w5500.h"

#include "w5500_peers.h"

enum { PORT = 80, UDP_PORT = 5000 };

static struct choices *input;
static struct lan lan;
static struct w5500 *chip;
static unsigned faults;

/* -- the firmware --------------------------------------------------------------- */

static void note(void *context, const char *text)
{
    (void)context;
    FUZZ_CHECK(text[0] != '\0');
}

static void fault(void *context, const char *text)
{
    note(context, text);
    faults++;
}

static void event(void *context)
{
    (void)context;
}

static void frame(uint16_t address, uint8_t control, const uint8_t *bytes, size_t len)
{
    w5500_select(chip, true);
    w5500_exchange(chip, (uint8_t)(address >> 8));
    w5500_exchange(chip, (uint8_t)address);
    w5500_exchange(chip, control);
    for (size_t i = 0; i < len; i++)
        w5500_exchange(chip, bytes[i]);
    w5500_select(chip, false);
}

static void set(uint8_t n, uint8_t address, uint8_t value)
{
    frame(address, (uint8_t)((n * 4 + 1) << 3 | 4), &value, 1);
}

static void set16(uint8_t n, uint8_t address, uint16_t value)
{
    set(n, address, (uint8_t)(value >> 8));
    set(n, (uint8_t)(address + 1), (uint8_t)value);
}

static void any_frame(void)
{
    uint16_t address = choose16(input);
    uint8_t control = choose(input);
    size_t got, len = choose(input);
    const uint8_t *bytes = choose_bytes(input, len, &got);

    frame(address, control, bytes, got);
}

/* The same place and length every time, at any pace. */
static void any_bytes(void)
{
    size_t got, len = choose(input);
    const uint8_t *bytes = choose_bytes(input, len, &got);

    w5500_select(chip, true);
    for (size_t i = 0; i < got; i++)
        w5500_exchange(chip, bytes[i]);
    if (len & 1)
        w5500_select(chip, false);
}

static void open_socket(uint8_t n, uint8_t how)
{
    set(n, S_MR, how & 1 ? 2 : 1);
    set16(n, S_PORT, how & 1 ? UDP_PORT + (how >> 1 & 1) : PORT);
    set(n, S_CR, CR_OPEN);
    if (how & 4)
        set(n, S_CR, CR_LISTEN);
    if (how & 8)
        set(n, S_CR, CR_CONNECT);
}

static void send_some(uint8_t n)
{
    const uint8_t *reg = chip->socket[n].reg;

    set16(n, S_TX_WR, (uint16_t)(w5500_get16(reg + S_TX_WR) + choose16(input) % 3000));
    set(n, S_CR, CR_SEND);
}

static void receive_all(uint8_t n)
{
    const uint8_t *reg = chip->socket[n].reg;
    static const uint8_t nothing[64];

    frame(w5500_get16(reg + S_RX_RD), (uint8_t)((n * 4 + 3) << 3), nothing,
          sizeof nothing);
    set16(n, S_RX_RD, w5500_get16(reg + S_RX_WR));
    set(n, S_CR, CR_RECV);
}

static void any_command(uint8_t n)
{
    static const uint8_t commands[] = {CR_OPEN,  CR_LISTEN, CR_CONNECT,   CR_DISCON,
                                       CR_CLOSE, CR_SEND,   CR_SEND_KEEP, CR_RECV};
    uint8_t which = choose(input);

    set(n, S_CR, which < 0xf0 ? commands[which % 8] : which);
}

/* What a test of the board does to the chip. */
static void mistreat(uint8_t n)
{
    struct w5500_socket *s = &chip->socket[n];
    uint8_t how = choose(input);

    switch (how % 6) {
    case 0:
        w5500_reset(chip);
        break;
    case 1:
        w5500_power(chip, how & 0x80);
        break;
    case 2:
        w5500_cable(chip, how & 0x80);
        break;
    case 3:
        s->gone = how & 0x80;
        break;
    case 4:
        s->withheld = how & 0x80;
        break;
    default:
        s->trickle = how & 0x80 ? 500 : 0;
        break;
    }
}

static void act(void)
{
    uint8_t what = choose(input), n = what >> 5;

    switch (what % 12) {
    case 0:
        any_frame();
        break;
    case 1:
        any_bytes();
        break;
    case 2:
        set(n, choose(input) % S_SIZE, choose(input));
        break;
    case 3:
        any_command(n);
        break;
    case 4:
        open_socket(n, choose(input));
        break;
    case 5:
        send_some(n);
        break;
    case 6:
        receive_all(n);
        break;
    case 7:
        mistreat(n);
        break;
    case 8:
        w5500_tick(chip, chip->now + 1000u * choose16(input));
        break;
    default:
        w5500_tick(chip, chip->now + 100u * (what % 4u + 1));
        break;
    }
}

/* What each socket holds, and that it is all that is held. */
static void check(void)
{
    unsigned held = 0;

    for (int n = 0; n < W5500_SOCKETS; n++) {
        const struct w5500_socket *s = &chip->socket[n];
        uint8_t state = s->reg[S_SR];

        FUZZ_CHECK(strcmp(w5500_state_name(state), "?") != 0);
        FUZZ_CHECK(s->fd == -1 || s->fd == PEERS_MAP_FD || peers_hold(s->fd));
        held += s->fd >= 0 && s->fd != PEERS_MAP_FD;
        FUZZ_CHECK(s->fd == -1 ||
                   (state != SR_CLOSED && state != SR_INIT && state != SR_LISTEN));
    }
    FUZZ_CHECK(held == peers_held());
}

void fuzz(struct choices *in)
{
    static struct guard guard;
    const struct w5500_surroundings out = {NULL, note, fault, event};

    input = in;
    peers_begin(in);
    memset(&lan, 0, sizeof lan);
    lan.maps = 2;
    lan.map[0] = (struct lan_map){.port = PORT, .fd = PEERS_MAP_FD};
    lan.map[1] = (struct lan_map){.udp = true, .port = UDP_PORT, .fd = PEERS_MAP_FD};
    chip = (struct w5500 *)(void *)guard_room(&guard, sizeof *chip);
    w5500_init(chip, &lan, &out);
    chip->first_pointer = choose16(in);
    while (in->left > 0) {
        act();
        check();
    }
    w5500_power(chip, false);
    check();
}
