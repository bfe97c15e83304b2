/* SPDX-License-Identifier: MIT */
#include "adc.h"

#include <simavr/avr_adc.h>

#include "board.h"

enum { SUPPLY_MILLIVOLTS = 5000 };

static int noisy(struct board *board, int counts)
{
    const struct adc *adc = &board->adc;

    if (!adc->frozen && adc->noise > 0)
        counts += (int)(board_random(&board->seed) % (2u * adc->noise + 1u)) - adc->noise;
    return counts < 0 ? 0 : counts > ADC_FULL ? ADC_FULL : counts;
}

/* A conversion begins: every input gets the voltage it has now. */
static void sample(struct avr_irq_t *irq, uint32_t value, void *param)
{
    struct board *board = param;

    (void)irq;
    (void)value;
    for (int i = 0; i < ADC_INPUTS; i++) {
        uint32_t counts = (uint32_t)noisy(board, board->adc.value[i]);
        uint32_t up = (counts * SUPPLY_MILLIVOLTS + ADC_FULL - 1) / ADC_FULL;

        avr_raise_irq(avr_io_getirq(board->avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_ADC0 + i),
                      up);
    }
}

void adc_init(struct board *board)
{
    board->avr->vcc = board->avr->avcc = board->avr->aref = SUPPLY_MILLIVOLTS;
    board->adc.noise = 3;
    for (int i = 0; i < ADC_INPUTS; i++)
        board->adc.value[i] = 512;
    avr_irq_register_notify(
        avr_io_getirq(board->avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_OUT_TRIGGER), sample,
        board);
}
