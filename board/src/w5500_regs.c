/* SPDX-License-Identifier: MIT */
#include "w5500.h"
#include "w5500_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    MR_RST = 0x80,
    PHY_RST = 0x80,
    PHY_OPMD = 0x40,
    PHY_MODE = 0x38,
    PHY_POWER_DOWN = 0x30,
    PHY_FULL = 0x04,
    PHY_100 = 0x02,
    PHY_LINK = 0x01
};

void w5500_note(struct w5500 *chip, const char *format, ...)
{
    char text[200];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    chip->out.note(chip->out.context, text);
}

void w5500_fault(struct w5500 *chip, const char *format, ...)
{
    char text[200];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    chip->out.fault(chip->out.context, text);
}

static void reset_socket_registers(struct w5500_socket *s)
{
    memset(s->reg, 0, sizeof s->reg);
    memset(s->reg + S_DHAR, 0xff, 6);
    s->reg[S_TTL] = 0x80;
    s->reg[S_RXBUF_SIZE] = 2;
    s->reg[S_TXBUF_SIZE] = 2;
    s->reg[S_IMR] = 0xff;
    w5500_set16(s->reg + S_FRAG, 0x4000);
}

/* The reset values of the data sheet's chapter 4. */
static void reset_registers(struct w5500 *chip)
{
    memset(chip->common, 0, sizeof chip->common);
    w5500_set16(chip->common + W_RTR, 2000);
    chip->common[W_RCR] = 8;
    chip->common[0x1c] = 0x28;
    w5500_set16(chip->common + 0x26, 0xffff);
    chip->common[W_PHYCFGR] = PHY_RST | PHY_MODE;
    chip->common[W_VERSIONR] = 4;
    for (int n = 0; n < W5500_SOCKETS; n++) {
        w5500_drop(chip, n);
        reset_socket_registers(&chip->socket[n]);
    }
}

void w5500_init(struct w5500 *chip, struct lan *lan, const struct w5500_surroundings *out)
{
    memset(chip, 0, sizeof *chip);
    chip->lan = lan;
    chip->out = *out;
    chip->latency = 200;
    chip->cable = true;
    chip->powered = true;
    for (int n = 0; n < W5500_SOCKETS; n++)
        chip->socket[n].fd = -1;
    reset_registers(chip);
}

void w5500_reset(struct w5500 *chip)
{
    reset_registers(chip);
    chip->frame.step = 0;
    w5500_note(chip, "reset");
}

void w5500_power(struct w5500 *chip, bool on)
{
    reset_registers(chip);
    memset(&chip->frame, 0, sizeof chip->frame);
    chip->powered = on;
}

void w5500_cable(struct w5500 *chip, bool in)
{
    chip->cable = in;
    w5500_note(chip, in ? "cable plugged" : "cable pulled");
}

static uint8_t phy_status(const struct w5500 *chip)
{
    uint8_t set = chip->common[W_PHYCFGR] & (PHY_RST | PHY_OPMD | PHY_MODE);
    uint8_t mode = set & PHY_OPMD ? set & PHY_MODE : PHY_MODE;
    bool slow = mode == 0x00 || mode == 0x08;
    bool half = mode == 0x00 || mode == 0x10 || mode == 0x20;

    if (!(set & PHY_RST) || mode == PHY_POWER_DOWN || !chip->cable)
        return set;
    return (uint8_t)(set | PHY_LINK | (slow ? 0 : PHY_100) | (half ? 0 : PHY_FULL));
}

static uint8_t socket_interrupts(const struct w5500 *chip)
{
    unsigned bits = 0;

    for (int n = 0; n < W5500_SOCKETS; n++)
        if (chip->socket[n].reg[S_IR] & chip->socket[n].reg[S_IMR])
            bits |= 1u << n;
    return (uint8_t)bits;
}

static uint8_t read_common(const struct w5500 *chip, uint16_t address)
{
    if (address >= W_COMMON_SIZE)
        return 0;
    if (address == W_SIR)
        return socket_interrupts(chip);
    if (address == W_PHYCFGR)
        return phy_status(chip);
    return chip->common[address];
}

static void write_common(struct w5500 *chip, uint16_t address, uint8_t value)
{
    if (address == W_MR && (value & MR_RST)) {
        reset_registers(chip);
        w5500_note(chip, "software reset");
    } else if (address == W_IR) {
        chip->common[W_IR] &= (uint8_t)~value;
    } else if (address < 0x28 && address != W_SIR) {
        chip->common[address] = value;
    } else if (address == W_PHYCFGR) {
        chip->common[W_PHYCFGR] = value & (PHY_RST | PHY_OPMD | PHY_MODE);
    }
}

static uint16_t tx_free(const struct w5500_socket *s)
{
    uint16_t used = (uint16_t)(w5500_get16(s->reg + S_TX_WR) - s->tx_acked);
    uint16_t size = w5500_buffer_size(s->reg[S_TXBUF_SIZE]);

    return used > size ? 0 : (uint16_t)(size - used);
}

static uint8_t read_socket(const struct w5500_socket *s, uint16_t address)
{
    uint8_t pair[2];

    if (address >= S_SIZE)
        return 0;
    if (address == S_TX_FSR || address == S_TX_FSR + 1) {
        w5500_set16(pair, tx_free(s));
        return pair[address - S_TX_FSR];
    }
    if (address == S_RX_RSR || address == S_RX_RSR + 1) {
        w5500_set16(pair, (uint16_t)(w5500_get16(s->reg + S_RX_WR) - s->rx_taken));
        return pair[address - S_RX_RSR];
    }
    return s->reg[address];
}

static bool is_read_only(uint16_t address)
{
    return address == S_SR || (address >= S_TX_FSR && address < S_TX_WR) ||
           address == S_RX_RSR || address == S_RX_RSR + 1 || address == S_RX_WR ||
           address == S_RX_WR + 1;
}

static void write_socket(struct w5500 *chip, int n, uint16_t address, uint8_t value)
{
    struct w5500_socket *s = &chip->socket[n];

    if (address >= S_SIZE || is_read_only(address))
        return;
    if (address == S_CR)
        w5500_command(chip, n, value); /* Sn_CR reads 0 at once: it is done */
    else if (address == S_IR)
        s->reg[S_IR] &= (uint8_t)~value;
    else if (address == S_KPALVTR && value != 0)
        w5500_fault(chip, "Sn_KPALVTR: automatic keep-alive is not modelled");
    else
        s->reg[address] = value;
}

static uint8_t *buffer_cell(struct w5500_socket *s, uint8_t kind, uint16_t address)
{
    uint16_t size = w5500_buffer_size(s->reg[kind == 2 ? S_TXBUF_SIZE : S_RXBUF_SIZE]);

    if (size == 0)
        return NULL;
    return (kind == 2 ? s->tx : s->rx) + (address & (size - 1u));
}

/* block: 0 is common; else socket * 4 + 1 registers, + 2 send, + 3 receive
 * buffer. The rest is reserved: libraries that probe for older chips touch
 * it, so it reads 0 and keeps nothing. */
uint8_t w5500_read(struct w5500 *chip, uint8_t block, uint16_t address)
{
    struct w5500_socket *s = &chip->socket[block >> 2];
    uint8_t kind = block & 3;
    uint8_t *cell;

    if (block == 0)
        return read_common(chip, address);
    if (kind == 0)
        return 0;
    if (kind == 1)
        return read_socket(s, address);
    cell = buffer_cell(s, kind, address);
    return cell == NULL ? 0 : *cell;
}

void w5500_write(struct w5500 *chip, uint8_t block, uint16_t address, uint8_t value)
{
    uint8_t kind = block & 3;
    uint8_t *cell;

    if (block == 0) {
        write_common(chip, address, value);
    } else if (kind == 1) {
        write_socket(chip, block >> 2, address, value);
    } else if (kind == 2) {
        cell = buffer_cell(&chip->socket[block >> 2], kind, address);
        if (cell != NULL)
            *cell = value;
    }
}
