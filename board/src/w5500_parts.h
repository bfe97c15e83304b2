/* SPDX-License-Identifier: MIT */
/* w5500_parts.h: what the model's files share among themselves. */
#ifndef BOARD_W5500_PARTS_H
#define BOARD_W5500_PARTS_H

#include "w5500.h"

/* block is the upper five bits of an SPI frame's control byte. */
uint8_t w5500_read(struct w5500 *chip, uint8_t block, uint16_t address);
void w5500_write(struct w5500 *chip, uint8_t block, uint16_t address, uint8_t value);

/* A byte written to Sn_CR. */
void w5500_command(struct w5500 *chip, int n, uint8_t command);

/* Closes a socket without a word to anybody. */
void w5500_drop(struct w5500 *chip, int n);

/* Lets go of the host's side and of everything under way. */
void w5500_let_go(struct w5500 *chip, int n);
void w5500_set_state(struct w5500 *chip, int n, uint8_t state);
void w5500_interrupt(struct w5500 *chip, int n, uint8_t bit);

/* How long the chip tries, in microseconds. */
uint64_t w5500_tcp_timeout(const struct w5500 *chip);
uint64_t w5500_arp_timeout(const struct w5500 *chip);

/* Retransmission or ARP has run out. */
void w5500_time_out(struct w5500 *chip, int n);

/* Hands what SEND released to this machine, as much as it takes. */
void w5500_hand_over(struct w5500 *chip, int n);

void w5500_note(struct w5500 *chip, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void w5500_fault(struct w5500 *chip, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline uint16_t w5500_port(const struct w5500_socket *s)
{
    return w5500_get16(s->reg + S_PORT);
}

/* Nothing passes between this socket and its peer. */
static inline bool w5500_is_cut_off(const struct w5500 *chip,
                                    const struct w5500_socket *s)
{
    return !chip->cable || s->gone;
}

#endif
