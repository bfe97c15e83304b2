/* SPDX-License-Identifier: MIT */
/* device_parts.h: private to device_*.c: a device file while it is being read. */
#ifndef DEVICE_PARTS_H
#define DEVICE_PARTS_H

#include "device_file.h"
#include "file_error.h"
#include "name_table.h"

#include <csign/store.h>

enum section {
    SECTION_DEVICE,
    SECTION_COMMANDS,
    SECTION_ANSWERS,
    SECTION_KEYS,
    SECTION_RUN
};
#define SECTIONS 5

/* What a device can hold, in memory and in a store. */
#define KEYS_MAX        254
#define STORED_KEYS_MAX CSIGN_STORE_KEY_SLOTS_MAX

/* An entry as it stands there. What [keys] and [run] say is understood when the commands
 * are known, wherever those stand. */
struct raw_entry {
    char *name;
    char *value;
    unsigned line;
};

struct raw_list {
    struct raw_entry *entries;
    size_t count;
};

/* The names of [device], in the order of the manual. */
enum setting {
    SETTING_ID,
    SETTING_ADDRESS,
    SETTING_PROFILE,
    SETTING_HASH,
    SETTING_WAKE,
    SETTING_CHALLENGE,
    SETTING_TAG,
    SETTING_PAYLOAD,
    SETTING_DEADLINE,
    SETTING_LIMIT,
    SETTING_OVERLAP,
    SETTING_KEY,
    SETTING_STORE
};
#define SETTINGS 13

struct reading {
    struct device_file *file;
    enum device_file_role role;
    struct file_error error;
    unsigned headings[SECTIONS]; /* lines; 0: not there */
    struct raw_entry settings[SETTINGS];
    struct raw_list keys, runs;
    struct name_index index; /* of the commands */
};

/* device_settings.c: one line of [device]; then all of them, each put into the file. */
bool device_settings_take(struct reading *reading, const char *name, const char *value,
                          unsigned line);
bool device_settings_finish(struct reading *reading);

/* device_tables.c: one line of [commands] or [answers]; then what the profile asks for.
 */
bool device_tables_take(struct reading *reading, enum section section, const char *name,
                        const char *value, unsigned line);
bool device_tables_finish(struct reading *reading);

/* device_keys.c: the keys that the role needs. */
bool device_keys_finish(struct reading *reading);

/* device_run.c: the programs. */
bool device_run_finish(struct reading *reading);

/* raw_list.c. False: no memory; raw_list_free() wipes what may be a key. */
bool raw_list_add(struct raw_list *list, const char *name, const char *value,
                  unsigned line);
bool raw_entry_make(struct raw_entry *entry, const char *name, const char *value,
                    unsigned line);
void raw_entry_free(struct raw_entry *entry);
void raw_list_free(struct raw_list *list);

/* Keeps that the profile has no use for name in line. */
void device_file_note_unused(struct device_file *file, const char *name, unsigned line);

#endif
