/* SPDX-License-Identifier: MIT */
/* device_file.h: the INI file that describes one device to both sides
 * (docs/device-file.md holds the grammar). */
#ifndef DEVICE_FILE_H
#define DEVICE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "Countersign.h"
#include "address.h"

/* Who reads the file. A client never looks into [keys] and [run]; a device ignores `key`
 * where there is a [keys]. */
enum device_file_role {
    DEVICE_FILE_FOR_HEADER = 0, /* neither: what both sides set alike, without any key */
    DEVICE_FILE_FOR_CLIENT = 1,
    DEVICE_FILE_FOR_DEVICE = 2,
    DEVICE_FILE_FOR_BOTH = 3 /* check */
};

/* [commands] or [answers], in the file's order. */
struct name_table {
    char **names;   /* count of them */
    uint8_t *codes; /* count * len bytes */
    unsigned *lines;
    size_t count;
    uint8_t len;
};

/* A key of [keys], or `key` as the only one. */
struct device_key {
    char *name;      /* "key" for the only one */
    char *reference; /* as written: file:..., env:..., hex:..., text:..., csk1... */
    uint32_t rights;
    unsigned line;
};

/* A program of [run]; argv NULL where the command has none. */
struct device_run {
    char **argv; /* ends with NULL */
    unsigned line;
};

/* A setting or section that the file's profile has no use for: allowed, so that a device
 * can change its profile in one line, and warned about by check. */
struct unused_setting {
    const char *name;
    unsigned line;
};

#define UNUSED_SETTINGS_MAX 4

struct device_file {
    char *path;
    char *directory; /* what relative paths start from */
    char id[CSIGN_ID_MAX + 1];
    struct address address;
    bool is_sealed;
    bool may_overlap; /* overlap = allow: answers may equal codes, classic */
    const csign_hash *hash;
    const char *hash_name;
    uint8_t wake, challenge, tag, payload;
    uint16_t deadline_ms;
    uint32_t limit_ms;
    char *key; /* the client's reference, or NULL */
    unsigned key_line;
    char *store; /* path of what the device's keys are kept in, or NULL; its side only */
    unsigned store_line;
    struct name_table commands;
    struct name_table answers; /* classic */
    struct device_key
        *keys; /* what a device accepts: [keys], or `key` with every right */
    size_t key_count;
    bool has_keys_section;
    struct device_run *runs; /* one a command, or NULL where there is no [run] */
    struct unused_setting unused[UNUSED_SETTINGS_MAX];
    size_t unused_count;
};

/* Reads and validates the file for the role. On failure returns false and writes one line
 * to error: file, line number, what is wrong, cure. Does not read the secrets that it
 * names (secret.h does). device_file_free() in either case. */
bool device_file_read(struct device_file *file, const char *path,
                      enum device_file_role role, char *error, size_t error_size);

void device_file_free(struct device_file *file);

/* The library's settings for this file. work must outlive them; so must the file. */
csign_settings device_file_settings(const struct device_file *file, csign_any_work *work);

/* The row of a name, or CSIGN_NO_ROW. */
size_t name_table_find(const struct name_table *table, const char *name);

/* The library's view of a table; the file must outlive it. */
csign_table name_table_codes(const struct name_table *table);

#endif
