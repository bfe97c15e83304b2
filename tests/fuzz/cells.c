/* SPDX-License-Identifier: MIT */
#include "cells.h"

static uint8_t *cell(struct cells *cells, uint16_t address)
{
    uint32_t offset = (uint32_t)address - cells->memory.base;

    FUZZ_CHECK(address >= cells->memory.base &&
               offset < csign_store_bytes(&cells->memory));
    FUZZ_CHECK(cells->busy_left == 0);
    return cells->bytes + offset;
}

static uint8_t read_cell(void *context, uint16_t address)
{
    return *cell(context, address);
}

static void write_cell(void *context, uint16_t address, uint8_t byte)
{
    struct cells *cells = context;
    uint8_t *at = cell(cells, address);

    FUZZ_CHECK(!cells->is_read_only);
    if (cells->is_off || address == cells->stuck)
        return;
    if (cells->until > 0 && --cells->until == 0) {
        cells->is_off = true;
        *at = (uint8_t)((*at & ~cells->half) | (byte & cells->half));
        return;
    }
    *at = byte;
    cells->busy_left = cells->busy;
}

static bool is_busy(void *context)
{
    struct cells *cells = context;

    if (cells->busy_left == 0)
        return false;
    cells->busy_left--;
    return true;
}

void cells_begin(struct cells *cells, struct choices *in)
{
    csign_store_memory *memory = &cells->memory;
    uint8_t shape = choose(in);

    memory->read = read_cell;
    memory->write = write_cell;
    memory->context = cells;
    memory->key_slots = (uint8_t)(1 + (shape & 3));
    memory->counters = (uint8_t)(CSIGN_STORE_COUNTERS + (shape >> 2) % 5);
    memory->base = shape & 0x80 ? (uint16_t)(65536 - csign_store_bytes(memory)) : 16;
    cells->busy = shape >> 5 & 3;
    memory->is_busy = cells->busy > 0 ? is_busy : NULL;
    FUZZ_CHECK(csign_store_check(memory) == CSIGN_OK);
    cells->bytes = guard_room(&cells->guard, csign_store_bytes(memory));
    memset(cells->bytes, 0xff, csign_store_bytes(memory));
    cells->until = 0;
    cells->stuck = 0;
    cells_power_on(cells);
}

void cells_power_on(struct cells *cells)
{
    cells->is_read_only = cells->is_off = false;
    cells->busy_left = 0;
}
