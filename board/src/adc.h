/* SPDX-License-Identifier: MIT */
/* adc.h: what the analogue inputs see, in counts of the 5 V reference. An
 * input without a source floats: it gives 512 and a few counts of noise,
 * unless frozen. */
#ifndef BOARD_ADC_H
#define BOARD_ADC_H

#include <stdbool.h>
#include <stdint.h>

struct board;

enum { ADC_INPUTS = 8, ADC_FULL = 1023 };

struct adc {
    uint16_t value[ADC_INPUTS];
    uint16_t noise; /* counts up and down */
    bool frozen;
};

void adc_init(struct board *board);

#endif
