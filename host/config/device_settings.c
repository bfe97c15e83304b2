/* SPDX-License-Identifier: MIT */
/* device_settings.c: [device]. */
#define _DEFAULT_SOURCE 1

#include "device_parts.h"
#include "device_values.h"

#include <stdio.h>
#include <string.h>

enum allowed { EITHER, SEALED_ONLY, CLASSIC_ONLY };

static const struct {
    const char *name;
    enum allowed allowed;
} known[SETTINGS] = {
    [SETTING_ID] = {"id", EITHER},
    [SETTING_ADDRESS] = {"address", EITHER},
    [SETTING_PROFILE] = {"profile", EITHER},
    [SETTING_HASH] = {"hash", EITHER},
    [SETTING_WAKE] = {"wake", EITHER},
    [SETTING_CHALLENGE] = {"challenge", EITHER},
    [SETTING_TAG] = {"tag", SEALED_ONLY},
    [SETTING_PAYLOAD] = {"payload", SEALED_ONLY},
    [SETTING_DEADLINE] = {"deadline", EITHER},
    [SETTING_LIMIT] = {"limit", EITHER},
    [SETTING_OVERLAP] = {"overlap", CLASSIC_ONLY},
    [SETTING_KEY] = {"key", EITHER},
    [SETTING_STORE] = {"store", EITHER},
};

static const struct {
    const char *name;
    const csign_hash *hash;
} hashes[] = {
    {"sha256", &csign_sha256},
    {"blake2s", &csign_blake2s},
    {"sha1", &csign_sha1},
    {"sha512", &csign_sha512},
};

struct range {
    uint32_t least, most;
};

/* Sealed's range, classic's, and what holds when the name is left out. */
static const struct number {
    enum setting setting;
    struct range sealed, classic;
    uint32_t preset;
} numbers[] = {
    {SETTING_WAKE, {8, 64}, {0, 255}, 16},
    {SETTING_CHALLENGE, {8, 64}, {1, 64}, 16},
    {SETTING_TAG, {16, 32}, {16, 32}, 16},
    {SETTING_PAYLOAD, {1, 255}, {1, 255}, 255},
    {SETTING_DEADLINE, {100, 60000}, {100, 60000}, CSIGN_DEADLINE_MS},
    {SETTING_LIMIT, {1, 3600000}, {1, 3600000}, 4000},
};

static void put_number(struct device_file *file, enum setting setting, uint32_t number)
{
    if (setting == SETTING_WAKE)
        file->wake = (uint8_t)number;
    else if (setting == SETTING_CHALLENGE)
        file->challenge = (uint8_t)number;
    else if (setting == SETTING_TAG)
        file->tag = (uint8_t)number;
    else if (setting == SETTING_PAYLOAD)
        file->payload = (uint8_t)number;
    else if (setting == SETTING_DEADLINE)
        file->deadline_ms = (uint16_t)number;
    else
        file->limit_ms = number;
}

bool device_settings_take(struct reading *reading, const char *name, const char *value,
                          unsigned line)
{
    const struct file_error *error = &reading->error;

    for (size_t i = 0; i < SETTINGS; i++) {
        struct raw_entry *entry = &reading->settings[i];

        if (strcmp(known[i].name, name) != 0)
            continue;
        if (entry->line != 0)
            return file_error_set(error, line,
                                  "%s is there twice, first in line %u; drop one", name,
                                  entry->line);
        return raw_entry_make(entry, name, value, line) || file_error_no_memory(error);
    }
    /* Not repeated: a key that lost what stands before it looks like a name. */
    return file_error_set(
        error, line,
        "unknown name in [device]; known are id, address, profile, hash, "
        "wake, challenge, tag, payload, deadline, limit, overlap, key and store");
}

static void note_unused(struct reading *reading)
{
    struct device_file *file = reading->file;
    enum allowed other = file->is_sealed ? CLASSIC_ONLY : SEALED_ONLY;

    for (size_t i = 0; i < SETTINGS; i++) {
        if (known[i].allowed == other && reading->settings[i].line != 0)
            device_file_note_unused(file, known[i].name, reading->settings[i].line);
    }
}

static bool take_profile(struct reading *reading)
{
    const struct raw_entry *entry = &reading->settings[SETTING_PROFILE];

    reading->file->is_sealed = entry->line == 0 || strcmp(entry->value, "sealed") == 0;
    if (!reading->file->is_sealed && strcmp(entry->value, "classic") != 0)
        return file_error_set(&reading->error, entry->line,
                              "unknown profile; write sealed or classic");
    note_unused(reading);
    return true;
}

static bool take_hash(struct reading *reading)
{
    const struct raw_entry *entry = &reading->settings[SETTING_HASH];
    const char *name = entry->line == 0 ? "sha256" : entry->value;
    struct device_file *file = reading->file;

    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
        if (strcmp(hashes[i].name, name) == 0) {
            file->hash = hashes[i].hash;
            file->hash_name = hashes[i].name;
        }
    }
    if (file->hash == NULL)
        return file_error_set(
            &reading->error, entry->line,
            "unknown hash; write sha256 or blake2s, in classic also sha1 "
            "or sha512");
    if (file->is_sealed && file->hash->id == 0)
        return file_error_set(
            &reading->error, entry->line,
            "%s is for the profile classic only; write sha256 or blake2s",
            file->hash_name);
    return true;
}

static bool take_number(struct reading *reading, const struct number *number)
{
    const struct raw_entry *entry = &reading->settings[number->setting];
    bool is_sealed = reading->file->is_sealed;
    const struct range *range = is_sealed ? &number->sealed : &number->classic;
    uint32_t value = number->preset;

    if (entry->line != 0 && (!value_number(&value, entry->value) ||
                             value < range->least || value > range->most))
        return file_error_set(&reading->error, entry->line,
                              "%s is not a number from %lu to %lu; write one",
                              known[number->setting].name, (unsigned long)range->least,
                              (unsigned long)range->most);
    put_number(reading->file, number->setting, value);
    return true;
}

static bool take_id(struct reading *reading)
{
    const struct raw_entry *entry = &reading->settings[SETTING_ID];

    if (entry->line == 0)
        return true;
    if (strlen(entry->value) > CSIGN_ID_MAX)
        return file_error_set(&reading->error, entry->line,
                              "id is over 64 bytes long; shorten it");
    snprintf(reading->file->id, sizeof reading->file->id, "%s", entry->value);
    return true;
}

static bool take_address(struct reading *reading)
{
    const struct raw_entry *entry = &reading->settings[SETTING_ADDRESS];
    struct device_file *file = reading->file;
    char error[256];

    if (entry->line == 0)
        return file_error_set(&reading->error, reading->headings[SECTION_DEVICE],
                              "[device] has no address; write address = tcp://HOST:PORT, "
                              "unix:PATH or serial:PATH");
    if (!address_parse(&file->address, entry->value, file->directory, error,
                       sizeof error))
        return file_error_set(&reading->error, entry->line, "%s", error);
    if (file->address.kind == ADDRESS_SERIAL && file->wake == 0)
        return file_error_set(&reading->error, reading->settings[SETTING_WAKE].line,
                              "wake is 0, but a serial line needs 1 or more; raise it");
    return true;
}

static bool take_overlap(struct reading *reading)
{
    const struct raw_entry *entry = &reading->settings[SETTING_OVERLAP];

    reading->file->may_overlap = entry->line != 0 && strcmp(entry->value, "allow") == 0;
    return entry->line == 0 || reading->file->may_overlap ||
           strcmp(entry->value, "refuse") == 0 ||
           file_error_set(&reading->error, entry->line,
                          "unknown value of overlap; write refuse or allow");
}

/* The device's own business, as [keys] is. */
static bool take_store(struct reading *reading)
{
    const struct raw_entry *entry = &reading->settings[SETTING_STORE];
    struct device_file *file = reading->file;

    if (entry->line == 0 || (reading->role & DEVICE_FILE_FOR_DEVICE) == 0)
        return true;
    file->store = value_path(file->directory, entry->value);
    file->store_line = entry->line;
    return file->store != NULL || file_error_no_memory(&reading->error);
}

bool device_settings_finish(struct reading *reading)
{
    if (reading->headings[SECTION_DEVICE] == 0)
        return file_error_set(&reading->error, 1,
                              "there is no [device]; write it with an address and a key");
    if (!take_profile(reading) || !take_hash(reading))
        return false;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (!take_number(reading, &numbers[i]))
            return false;
    }
    return take_id(reading) && take_address(reading) && take_overlap(reading) &&
           take_store(reading);
}
