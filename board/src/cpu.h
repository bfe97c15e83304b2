/* SPDX-License-Identifier: MIT */
/* cpu.h: one instruction at a time, and what can be seen between two. */
#ifndef BOARD_CPU_H
#define BOARD_CPU_H

#include <stdbool.h>
#include <stdint.h>

struct board;

enum { CPU_MEASURES_MAX = 64, CPU_FLASH_WORDS = 16384 };

/* Cycles from one address to another, or from a function's entry to its
 * return. The time in interrupts is part of it, as it is part of life; how
 * much of it is told for the last time. */
struct measure {
    char from[64], to[64]; /* to is empty for entry to return */
    uint32_t start, end;   /* bytes; end of a function: its return address */
    uint16_t stack;        /* SP at entry: tells this return from a deeper one */
    bool running;
    uint64_t began, began_interrupts;
    uint64_t count, last, min, max, sum;
    uint64_t interrupts; /* of last */
};

struct cpu {
    uint8_t watched[CPU_FLASH_WORDS]; /* how many care about this address */
    struct measure measure[CPU_MEASURES_MAX];
    int measures;
    uint32_t stop_at;    /* run-until symbol; 0xffffffff without one */
    uint64_t noted_at;   /* cycle at which the address was last looked at */
    uint64_t interrupts; /* cycles spent in them, entry and return included */
    uint16_t lowest_sp;
    bool sp_unsettled; /* SPH is written, SPL not yet */
};

void cpu_init(struct board *board);

/* After a reset: measures under way are void, counts stay. */
void cpu_reset(struct board *board);

/* Executes one instruction, or sleeps up to cycle until. */
void cpu_step(struct board *board, uint64_t until);

/* Begins to count cycles; to is NULL for entry to return. False when a name
 * is not in the ELF, or there are too many. */
bool cpu_measure(struct board *board, const char *from, const char *to);
void cpu_forget_measures(struct board *board);

/* Makes the run end at that flash address; CPU_NOWHERE takes it back. */
#define CPU_NOWHERE 0xffffffffu
void cpu_stop_at(struct board *board, uint32_t address);

/* Highest use of the stack in bytes since the count began. */
unsigned cpu_peak_stack(const struct board *board);

#endif
