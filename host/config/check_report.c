/* SPDX-License-Identifier: MIT */
#include "check_report.h"

#include <string.h>

#define LABEL "  %-9s "

static void print_head(FILE *to, const struct device_file *file)
{
    char address[301];

    address_format(&file->address, address, sizeof address);
    fprintf(to, LABEL "%s\n", "id", file->id[0] == '\0' ? "(empty)" : file->id);
    fprintf(to, LABEL "%s\n", "address", address);
    fprintf(to, LABEL "%s\n", "profile",
            file->is_sealed
                ? "sealed: commands travel encrypted, both sides prove themselves"
                : "classic: commands travel as a tag, only the client proves itself");
    fprintf(to, LABEL "%s\n", "hash", file->hash_name);
}

static void print_sealed_bytes(FILE *to, const struct device_file *file)
{
    unsigned around = 2U * (1U + file->tag);

    fprintf(to,
            LABEL
            "%u wake, then 1 + n + %u request; n = 1 to %u for code and arguments\n",
            "client", (unsigned)file->wake, (unsigned)file->tag, (unsigned)file->payload);
    fprintf(to,
            LABEL
            "%u challenge, then 1 + m + %u reply; m = 1 to 255 for status and data\n",
            "device", (unsigned)file->challenge, (unsigned)file->tag);
    fprintf(to,
            LABEL
            "%u + n + m bytes for a first command, %u + n + m for each further one\n",
            "in all", (unsigned)file->wake + file->challenge + around, around);
}

static void print_classic_bytes(FILE *to, const struct device_file *file)
{
    unsigned tag = file->hash->digest_size;
    bool has_answers = file->answers.count > 0;
    unsigned reply = has_answers ? tag : 0;

    fprintf(to, LABEL "%u wake, then %u request\n", "client", (unsigned)file->wake, tag);
    if (has_answers)
        fprintf(to, LABEL "%u challenge, then %u reply\n", "device",
                (unsigned)file->challenge, tag);
    else
        fprintf(to, LABEL "%u challenge; it does not answer\n", "device",
                (unsigned)file->challenge);
    fprintf(to, LABEL "%u bytes, one command a connection\n", "in all",
            (unsigned)file->wake + file->challenge + tag + reply);
}

static void print_times(FILE *to, const struct device_file *file)
{
    fprintf(to, LABEL "%u ms for each message; a program of [run] ends after %lu ms\n",
            "device", (unsigned)file->deadline_ms, (unsigned long)file->limit_ms);
    fprintf(to, LABEL "%u ms for each of connection, challenge and reply\n", "client",
            (unsigned)CSIGN_REPLY_MS);
    fprintf(to, LABEL "after an unknown outcome the command may still start for %u ms",
            "", (unsigned)file->deadline_ms);
    if (file->is_sealed)
        fprintf(to, ",\n" LABEL "a further one of its connection for %u ms", "",
                (unsigned)CSIGN_IDLE_MS + file->deadline_ms);
    fputs("\n", to);
    if (file->address.kind == ADDRESS_SERIAL)
        fprintf(to,
                LABEL "%u ms of silence end an exchange; the client waits %u ms after "
                      "opening\n",
                "line", (unsigned)CSIGN_SILENCE_MS, file->address.boot);
}

static const char *place_of(const char *reference)
{
    bool is_elsewhere =
        strncmp(reference, "file:", 5) == 0 || strncmp(reference, "env:", 4) == 0;

    return is_elsewhere ? reference : "in the device file";
}

/* docs/protocol.md, section 4.10. */
static bool may_run(uint32_t rights, size_t row)
{
    uint32_t needed = row < 31 ? (uint32_t)1 << row : (uint32_t)CSIGN_RIGHTS_ALL;

    return (rights & needed) == needed;
}

static void print_rights(FILE *to, const struct device_file *file, uint32_t rights)
{
    bool is_every = (rights & CSIGN_RIGHTS_ALL) == CSIGN_RIGHTS_ALL;
    const char *between = "";

    if (is_every) {
        fputs("every command", to);
        between = ", ";
    }
    for (size_t row = 0; !is_every && row < file->commands.count; row++) {
        if (may_run(rights, row)) {
            fprintf(to, "%s%s", between, file->commands.names[row]);
            between = ", ";
        }
    }
    if ((rights & CSIGN_RIGHT_ADMIN) != 0)
        fprintf(to, "%sadminister keys", between);
    else if (*between == '\0')
        fputs("nothing", to);
}

static void print_key(FILE *to, const struct device_file *file,
                      const struct checked_key *key, const char *name)
{
    fprintf(to, LABEL "%-9s  %s", name, key->is_read ? key->fingerprint : "(not read)",
            place_of(key->key->reference));
    if (key->key->name != NULL) {
        fputs("  may do: ", to);
        print_rights(to, file, key->key->rights);
    }
    fputs("\n", to);
}

static void print_keys(FILE *to, const struct device_file *file,
                       const struct checked_keys *keys)
{
    if (keys->has_client) {
        fputs("\nthe client's key\n", to);
        print_key(to, file, &keys->client, "key");
    }
    fputs(file->has_keys_section ? "\nthe device's keys\n"
                                 : "\nthe key of client and device\n",
          to);
    for (size_t i = 0; i < file->key_count; i++)
        print_key(to, file, &keys->device[i], file->keys[i].name);
    if (file->store != NULL)
        fprintf(to,
                LABEL "%s: an empty one is filled with these keys; then only those in it "
                      "count\n",
                "store", file->store);
    if (file->key == NULL)
        fputs("  no key for a client: send can't use this file\n", to);
}

static void print_code(FILE *to, const struct name_table *table, size_t row)
{
    fprintf(to, LABEL, table->names[row]);
    for (size_t i = 0; i < table->len; i++)
        fprintf(to, "%02x", table->codes[row * table->len + i]);
}

static void print_who(FILE *to, const struct device_file *file, size_t row)
{
    const char *between = "  for ";

    for (size_t i = 0; i < file->key_count; i++) {
        if (may_run(file->keys[i].rights, row)) {
            fprintf(to, "%s%s", between, file->keys[i].name);
            between = ", ";
        }
    }
    if (between[0] == ' ')
        fputs("  for nobody", to);
}

static void print_program(FILE *to, const struct device_file *file, size_t row)
{
    char **word = file->runs == NULL ? NULL : file->runs[row].argv;

    fputs(word == NULL ? "  logged and done" : "  runs", to);
    for (; word != NULL && *word != NULL; word++) {
        bool is_grouped = **word == '\0' || strpbrk(*word, " \t") != NULL;

        fprintf(to, is_grouped ? " \"%s\"" : " %s", *word);
    }
    fputs("\n", to);
}

static void print_tables(FILE *to, const struct device_file *file)
{
    fputs("\ncommands\n", to);
    for (size_t row = 0; row < file->commands.count; row++) {
        print_code(to, &file->commands, row);
        print_who(to, file, row);
        print_program(to, file, row);
    }
    if (file->answers.count > 0)
        fputs("\nanswers\n", to);
    for (size_t row = 0; row < file->answers.count; row++) {
        print_code(to, &file->answers, row);
        fputs("\n", to);
    }
}

void check_report(FILE *to, const struct device_file *file,
                  const struct checked_keys *keys)
{
    fprintf(to, "%s\n", file->path);
    print_head(to, file);
    fputs("\nbytes\n", to);
    if (file->is_sealed)
        print_sealed_bytes(to, file);
    else
        print_classic_bytes(to, file);
    fputs("\ntime\n", to);
    print_times(to, file);
    print_keys(to, file, keys);
    print_tables(to, file);
}
