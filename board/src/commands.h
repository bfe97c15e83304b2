/* SPDX-License-Identifier: MIT */
/* commands.h: what the control line's commands share. */
#ifndef BOARD_COMMANDS_H
#define BOARD_COMMANDS_H

#include "board.h"
#include "control.h"

/* One command under execution. */
struct order {
    struct control *control;
    struct board *board;
    char *rest; /* what stands behind the words already taken */
    char *answer;
    size_t size;
    bool running; /* the answer comes when the run ends */
};

struct command {
    const char *name;
    void (*execute)(struct order *order);
    const char *usage;
};

/* Beside those of commands.c; each ends with a NULL name. */
extern const struct command command_time[], command_network[], command_parts[];

/* The next word, or NULL. Words end at blanks. */
char *order_word(struct order *order);

/* What is left of the line, with \n \r \t \\ \xHH replaced in place. */
char *order_text(struct order *order, size_t *length);

/* The answer: "ok" and so on, or "error" and why. */
void order_ok(struct order *order, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void order_error(struct order *order, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "ok", or the usage when the order was not understood. */
void order_done(struct order *order, bool understood);

/* Whether a word, perhaps NULL, is the wanted one. */
bool order_is(const char *word, const char *wanted);

/* "10ms", "1.5s", "200us", "1000" or "1000cycles" in cycles. */
bool order_read_time(const struct order *order, const char *text, uint64_t *cycles);
bool order_read_number(const char *text, unsigned long max, unsigned long *value);

#endif
