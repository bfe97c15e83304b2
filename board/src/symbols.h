/* SPDX-License-Identifier: MIT */
/* symbols.h: names and addresses out of an AVR ELF file. */
#ifndef BOARD_SYMBOLS_H
#define BOARD_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbol {
    char *name;
    uint32_t address; /* bytes; data space begins at SYMBOL_DATA */
    uint32_t size;
    bool function; /* typed as one: a place inside it may bear its name */
};

enum { SYMBOL_DATA = 0x800000, SYMBOL_EEPROM = 0x810000 };

struct symbols {
    struct symbol *list;
    size_t count;
};

/* Reads all named symbols; a file that is no AVR ELF leaves the list empty
 * and returns false. symbols_free() releases them. */
bool symbols_read(struct symbols *symbols, const char *path);
void symbols_free(struct symbols *symbols);

/* The symbol of that very name, or NULL. */
const struct symbol *symbols_find(const struct symbols *symbols, const char *name);

/* The function or label a flash address lies in, or NULL. */
const struct symbol *symbols_at(const struct symbols *symbols, uint32_t address);

#endif
