/* SPDX-License-Identifier: MIT */
#include "load.h"

#include <simavr/sim_hex.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"

static bool load_hex(struct board *board, const char *path)
{
    uint32_t size = 0, start = 0;
    uint8_t *code = read_ihex_file(path, &size, &start);

    if (code == NULL || start + size > board->avr->flashend + 1) {
        fprintf(stderr, "%s: not an Intel HEX file for this flash\n", path);
        free(code);
        return false;
    }
    memcpy(board->avr->flash + start, code, size);
    board->avr->codeend = start + size;
    free(code);
    return true;
}

bool load_firmware(struct board *board, const char *path, elf_firmware_t *elf)
{
    const char *dot = strrchr(path, '.');

    if (dot != NULL && strcmp(dot, ".hex") == 0)
        return load_hex(board, path);
    if (!symbols_read(&board->symbols, path) || elf_read_firmware(path, elf) != 0 ||
        elf->flashbase + elf->flashsize > board->avr->flashend + 1) {
        fprintf(stderr, "%s: not an ELF file for an ATmega328P\n", path);
        return false;
    }
    memcpy(board->avr->flash + elf->flashbase, elf->flash, elf->flashsize);
    board->avr->codeend = elf->flashbase + elf->flashsize;
    return true;
}

void load_free(elf_firmware_t *elf)
{
    for (uint32_t i = 0; i < elf->symbolcount; i++)
        free(elf->symbol[i]);
    free(elf->symbol);
    free(elf->flash);
    free(elf->eeprom);
}
