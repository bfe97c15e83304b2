/* SPDX-License-Identifier: MIT */
#include "board.h"

#include <simavr/avr_ioport.h>
#include <string.h>
#include <strings.h>

/* Data addresses on the ATmega328P; ports in the order of the board's pins. */
static const struct {
    char name;
    uint8_t pin, ddr, port, first, count;
} ports[3] = {{'D', 0x29, 0x2a, 0x2b, 0, 8},
              {'B', 0x23, 0x24, 0x25, 8, 6},
              {'C', 0x26, 0x27, 0x28, 14, 6}};

static const char *const names[PINS] = {"D0", "D1", "D2", "D3",  "D4",  "D5",  "D6",
                                        "D7", "D8", "D9", "D10", "D11", "D12", "D13",
                                        "A0", "A1", "A2", "A3",  "A4",  "A5"};

const char *pins_name(int pin)
{
    return names[pin];
}

const char *pins_level_name(enum pin_level level)
{
    static const char *const text[] = {"low", "high", "float"};

    return text[level];
}

int pins_find(const struct board *board, const char *name)
{
    for (int i = 0; i < PINS; i++)
        if (strcasecmp(name, names[i]) == 0 ||
            (board->pins.pin[i].label[0] != '\0' &&
             strcmp(name, board->pins.pin[i].label) == 0))
            return i;
    return -1;
}

static avr_irq_t *pin_irq(struct board *board, int port, int bit)
{
    return avr_io_getirq(board->avr, AVR_IOCTL_IOPORT_GETIRQ((uint32_t)ports[port].name),
                         bit);
}

static void port_written(avr_t *avr, avr_io_addr_t addr, uint8_t value, void *param)
{
    struct board *board = param;

    for (int p = 0; p < 3; p++) {
        int which = addr - ports[p].pin;

        if (which >= 0 && which < 3)
            board->pins.write[p][which](avr, addr, value,
                                        board->pins.write_param[p][which]);
    }
    board->pins.dirty = true;
}

static void pin_raised(struct avr_irq_t *irq, uint32_t value, void *param)
{
    (void)irq;
    (void)value;
    ((struct board *)param)->pins.dirty = true;
}

void pins_init(struct board *board)
{
    struct pins *pins = &board->pins;

    pins->awaited = -1;
    for (int i = 0; i < PINS; i++)
        pins->pin[i].drive = pins->pin[i].level = PIN_FLOAT;
    for (int p = 0; p < 3; p++) {
        for (int which = 0; which < 3; which++) {
            avr_io_addr_t address = (avr_io_addr_t)(ports[p].pin + which);

            pins->write[p][which] = board->avr->io[AVR_DATA_TO_IO(address)].w.c;
            pins->write_param[p][which] = board->avr->io[AVR_DATA_TO_IO(address)].w.param;
            board_take_register(board, address,
                                board->avr->io[AVR_DATA_TO_IO(address)].r.c,
                                port_written);
            /* the read handler stays simavr's, with simavr's parameter */
            board->avr->io[AVR_DATA_TO_IO(address)].r.param = pins->write_param[p][which];
        }
        for (int bit = 0; bit < ports[p].count; bit++)
            avr_irq_register_notify(pin_irq(board, p, bit), pin_raised, board);
    }
}

static enum pin_level level_of(const struct board *board, int port, int bit,
                               const struct pin *pin)
{
    const uint8_t *data = board->avr->data;

    if (!board->powered)
        return pin->drive;
    if (data[ports[port].ddr] >> bit & 1)
        return data[ports[port].port] >> bit & 1 ? PIN_HIGH : PIN_LOW;
    if (pin->drive != PIN_FLOAT)
        return pin->drive;
    return data[ports[port].port] >> bit & 1 ? PIN_HIGH : PIN_FLOAT; /* pull-up */
}

static void tell_change(struct board *board, int i)
{
    struct pins *pins = &board->pins;
    const struct pin *pin = &pins->pin[i];
    const char *kind = pin->output ? "" : " (input)";
    const char *level = pins_level_name(pin->level);

    if (i != PIN_CHIP_SELECT)
        board_trace(board, "%s %s %s%s", names[i], pin->label, level, kind);
    if (board->show_pins && i != PIN_CHIP_SELECT && (i < 11 || i > 13)) {
        printf("%12.6f s  %-4s%s %s%s\n", board_seconds(board, board->avr->cycle),
               names[i], pin->label, level, kind);
        fflush(stdout);
    }
    if (i == pins->awaited && (pins->awaited_change || pin->level == pins->awaited_level))
        board_stop(board, STOP_PIN);
}

static void update_pin(struct board *board, int port, int bit)
{
    int i = ports[port].first + bit;
    struct pin *pin = &board->pins.pin[i];
    enum pin_level level = level_of(board, port, bit, pin);
    bool output = board->powered && (board->avr->data[ports[port].ddr] >> bit & 1);

    if (level == pin->level && output == pin->output)
        return;
    pin->output = output;
    if (level != pin->level) {
        pin->level = level;
        pin->changed = board->avr->cycle;
        pin->edges++;
        tell_change(board, i);
    }
    if (i == PIN_CHIP_SELECT)
        w5500_select(&board->w5500, board->powered && level == PIN_LOW);
    if (!output) /* without power too: simavr passes on no level that it was told before */
        avr_raise_irq(pin_irq(board, port, bit), level == PIN_HIGH);
}

void pins_update(struct board *board)
{
    struct pins *pins = &board->pins;

    if (pins->busy)
        return;
    pins->busy = true;
    for (int p = 0; p < 3; p++)
        for (int bit = 0; bit < ports[p].count; bit++)
            update_pin(board, p, bit);
    pins->busy = false;
    pins->dirty = false;
}

void pins_drive(struct board *board, int i, enum pin_level level)
{
    int port = i < 8 ? 0 : i < 14 ? 1 : 2;
    avr_ioport_external_t external = {.mask = 0};

    board->pins.pin[i].drive = level;
    for (int bit = 0; bit < ports[port].count; bit++) {
        enum pin_level drive = board->pins.pin[ports[port].first + bit].drive;

        if (drive != PIN_FLOAT)
            external.mask |= (unsigned char)(1u << bit);
        if (drive == PIN_HIGH)
            external.value |= (unsigned char)(1u << bit);
    }
    avr_ioctl(board->avr, AVR_IOCTL_IOPORT_SET_EXTERNAL((uint32_t)ports[port].name),
              &external);
    pins_update(board);
}
