/* SPDX-License-Identifier: MIT */
/* uart_talk.h: bytes to and from device.c on the virtual board. */
#ifndef UART_TALK_H
#define UART_TALK_H

#include "Countersign.h"
#include "bench.h"

enum { UART_OUTPUT = 256 };

/* NULL when there is none of that name. */
const csign_hash *uart_hash_named(const char *name);

void uart_send(struct bench *board, const uint8_t *bytes, size_t len);

/* What the firmware has said, out of the control line's escapes. */
size_t uart_take(struct bench *board, uint8_t bytes[UART_OUTPUT]);

#endif
