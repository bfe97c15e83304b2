/* SPDX-License-Identifier: MIT */
/* An SPI frame: two bytes of address, one of control, then data.
 *
 *     control  bits 7-3 block, bit 2 write, bits 1-0 length
 *     length   0 until chip select rises, else 1, 2 or 4 bytes
 */
#include "w5500.h"
#include "w5500_parts.h"

#include <stdio.h>
#include <string.h>

static unsigned fixed_length(uint8_t control)
{
    static const unsigned length[4] = {0, 1, 2, 4};

    return length[control & 3];
}

static const char *register_name(uint8_t block, uint16_t address)
{
    static const struct {
        uint8_t offset;
        const char *name;
    } common[] = {{0x00, "MR"},      {0x01, "GAR"}, {0x05, "SUBR"}, {0x09, "SHAR"},
                  {0x0f, "SIPR"},    {0x15, "IR"},  {0x16, "IMR"},  {0x17, "SIR"},
                  {0x18, "SIMR"},    {0x19, "RTR"}, {0x1b, "RCR"},  {0x2e, "PHYCFGR"},
                  {0x39, "VERSIONR"}},
      socket[] = {
          {0x00, "MR"},         {0x01, "CR"},     {0x02, "IR"},    {0x03, "SR"},
          {0x04, "PORT"},       {0x06, "DHAR"},   {0x0c, "DIPR"},  {0x10, "DPORT"},
          {0x12, "MSSR"},       {0x15, "TOS"},    {0x16, "TTL"},   {0x1e, "RXBUF_SIZE"},
          {0x1f, "TXBUF_SIZE"}, {0x20, "TX_FSR"}, {0x22, "TX_RD"}, {0x24, "TX_WR"},
          {0x26, "RX_RSR"},     {0x28, "RX_RD"},  {0x2a, "RX_WR"}, {0x2c, "IMR"}};

    for (size_t i = 0; block == 0 && i < sizeof common / sizeof common[0]; i++)
        if (common[i].offset == address)
            return common[i].name;
    for (size_t i = 0; block != 0 && i < sizeof socket / sizeof socket[0]; i++)
        if (socket[i].offset == address)
            return socket[i].name;
    return NULL;
}

static void describe_place(const struct w5500 *chip, char *text, size_t size)
{
    uint8_t block = chip->frame.control >> 3;
    uint16_t first = chip->frame.first;
    const char *name = (block & 3) < 2 ? register_name(block, first) : NULL;
    static const char *const kind[4] = {"reserved", "", "tx", "rx"};

    if (name != NULL && block == 0)
        snprintf(text, size, "%s", name);
    else if (name != NULL)
        snprintf(text, size, "S%d_%s", block >> 2, name);
    else if (block == 0)
        snprintf(text, size, "common[%04x]", first);
    else
        snprintf(text, size, "S%d %s[%04x]", block >> 2, kind[block & 3], first);
}

/* Firmware polls; a register that reads as it did before is no news. */
static bool is_news(struct w5500 *chip)
{
    uint8_t block = chip->frame.control >> 3;
    uint16_t value = chip->frame.data[0];
    uint16_t *seen;

    if ((chip->frame.control & 4) || (block & 3) > 1 || chip->frame.first >= 64 ||
        chip->frame.count > 2)
        return true;
    if (chip->frame.count == 2)
        value = w5500_get16(chip->frame.data);
    seen = &chip->frame.seen[block][chip->frame.first];
    if (*seen == value)
        return false;
    *seen = value;
    return true;
}

static void end_frame(struct w5500 *chip)
{
    char place[40];
    char bytes[32] = "";
    unsigned count = chip->frame.count;
    unsigned shown = count < 8 ? count : 8;

    if (chip->frame.step != 3 || count == 0)
        return;
    chip->frame.step = 0;
    if (is_news(chip)) {
        describe_place(chip, place, sizeof place);
        for (unsigned i = 0; i < shown; i++)
            sprintf(bytes + 3 * i, " %02x", chip->frame.data[i]);
        w5500_note(chip, "%s %s%s%s (%u)", place, chip->frame.control & 4 ? "<-" : "->",
                   bytes, count > shown ? " ..." : "", count);
    }
}

void w5500_select(struct w5500 *chip, bool low)
{
    if (chip->frame.selected == low)
        return;
    end_frame(chip);
    chip->frame.selected = low;
    chip->frame.step = 0;
}

static uint8_t data_byte(struct w5500 *chip, uint8_t mosi)
{
    uint8_t block = chip->frame.control >> 3;
    bool write = chip->frame.control & 4;
    unsigned limit = fixed_length(chip->frame.control);
    uint8_t miso = 0;

    if (write)
        w5500_write(chip, block, chip->frame.address, mosi);
    else
        miso = w5500_read(chip, block, chip->frame.address);
    if (chip->frame.count < sizeof chip->frame.data)
        chip->frame.data[chip->frame.count] = write ? mosi : miso;
    chip->frame.count++;
    chip->frame.address++;
    if (limit != 0 && chip->frame.count == limit)
        end_frame(chip);
    return miso;
}

uint8_t w5500_exchange(struct w5500 *chip, uint8_t mosi)
{
    if (!chip->frame.selected || !chip->powered)
        return 0xff;
    switch (chip->frame.step) {
    case 0:
        chip->frame.address = (uint16_t)(mosi << 8);
        break;
    case 1:
        chip->frame.address |= mosi;
        break;
    case 2:
        chip->frame.control = mosi;
        chip->frame.first = chip->frame.address;
        chip->frame.count = 0;
        break;
    default:
        return data_byte(chip, mosi);
    }
    return (uint8_t)++chip->frame.step; /* a real chip drives 1, 2, 3 here too */
}
