/* SPDX-License-Identifier: MIT */
/* load.h: firmware out of ELF and Intel HEX files. */
#ifndef BOARD_LOAD_H
#define BOARD_LOAD_H

#include <simavr/sim_elf.h>
#include <stdbool.h>

struct board;

/* Fills the flash, and from an ELF the symbols and elf, which the caller has
 * zeroed and releases with load_free(). False, with a message, for a file
 * that is of another kind or too large. */
bool load_firmware(struct board *board, const char *path, elf_firmware_t *elf);
void load_free(elf_firmware_t *elf);

#endif
