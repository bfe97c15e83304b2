/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "symbols.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = NULL;
    long length;

    if (file == NULL)
        return NULL;
    if (fseek(file, 0, SEEK_END) == 0 && (length = ftell(file)) > 0) {
        rewind(file);
        bytes = malloc((size_t)length);
        *size = (size_t)length;
        if (bytes != NULL && fread(bytes, 1, *size, file) != *size) {
            free(bytes);
            bytes = NULL;
        }
    }
    fclose(file);
    return bytes;
}

static bool add(struct symbols *symbols, const char *name, const Elf32_Sym *s)
{
    struct symbol *list =
        realloc(symbols->list, (symbols->count + 1) * sizeof *symbols->list);

    if (list == NULL)
        return false;
    symbols->list = list;
    list[symbols->count++] = (struct symbol){
        .name = strdup(name),
        .address = s->st_value,
        .size = s->st_size,
        .function = ELF32_ST_TYPE(s->st_info) == STT_FUNC,
    };
    return true;
}

static bool inside(size_t size, uint32_t offset, uint32_t length)
{
    return offset <= size && length <= size - offset;
}

static void read_table(struct symbols *symbols, const uint8_t *elf, size_t size,
                       const Elf32_Shdr *table, const Elf32_Shdr *names)
{
    if (!inside(size, table->sh_offset, table->sh_size) ||
        !inside(size, names->sh_offset, names->sh_size) || names->sh_size == 0 ||
        elf[names->sh_offset + names->sh_size - 1] != '\0')
        return;
    for (uint32_t at = 0; at + sizeof(Elf32_Sym) <= table->sh_size;
         at += sizeof(Elf32_Sym)) {
        Elf32_Sym s;

        memcpy(&s, elf + table->sh_offset + at, sizeof s);
        if (s.st_name != 0 && s.st_name < names->sh_size && s.st_shndx != SHN_UNDEF &&
            ELF32_ST_TYPE(s.st_info) != STT_FILE)
            add(symbols, (const char *)elf + names->sh_offset + s.st_name, &s);
    }
}

bool symbols_read(struct symbols *symbols, const char *path)
{
    size_t size = 0;
    uint8_t *elf = read_file(path, &size);
    Elf32_Ehdr head;

    memset(symbols, 0, sizeof *symbols);
    if (elf == NULL || size < sizeof head || memcmp(elf, ELFMAG, SELFMAG) != 0) {
        free(elf);
        return false;
    }
    memcpy(&head, elf, sizeof head);
    for (uint32_t i = 0; i < head.e_shnum; i++) {
        Elf32_Shdr table, names;
        uint32_t at = head.e_shoff + i * (uint32_t)sizeof table;

        if (!inside(size, at, sizeof table))
            break;
        memcpy(&table, elf + at, sizeof table);
        at = head.e_shoff + table.sh_link * (uint32_t)sizeof names;
        if (table.sh_type != SHT_SYMTAB || !inside(size, at, sizeof names))
            continue;
        memcpy(&names, elf + at, sizeof names);
        read_table(symbols, elf, size, &table, &names);
    }
    free(elf);
    return symbols->count > 0;
}

void symbols_free(struct symbols *symbols)
{
    for (size_t i = 0; i < symbols->count; i++)
        free(symbols->list[i].name);
    free(symbols->list);
    memset(symbols, 0, sizeof *symbols);
}

const struct symbol *symbols_find(const struct symbols *symbols, const char *name)
{
    for (size_t i = 0; i < symbols->count; i++)
        if (strcmp(symbols->list[i].name, name) == 0)
            return &symbols->list[i];
    return NULL;
}

const struct symbol *symbols_at(const struct symbols *symbols, uint32_t address)
{
    for (size_t i = 0; i < symbols->count; i++) {
        const struct symbol *s = &symbols->list[i];

        if (s->function && address >= s->address && address < s->address + s->size)
            return s;
    }
    return NULL;
}
