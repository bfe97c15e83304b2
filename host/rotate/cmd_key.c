/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "cmd_key.h"

#include "core_dump.h"
#include "fingerprint.h"
#include "key_command.h"
#include "key_rights.h"
#include "key_rotate.h"
#include "key_session.h"
#include "message.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define ERROR_MAX 8192 /* bytes */

static const char help_text[] =
    "usage: countersign key set FILE --slot N --rights RIGHTS --key KEYFILE [OPTION]...\n"
    "       countersign key drop FILE --slot N [OPTION]...\n"
    "       countersign key rotate FILE --from N --to N [--rights RIGHTS] [OPTION]...\n"
    "\n"
    "Changes the keys of the device that FILE describes, over the network (sealed),\n"
    "under the key that FILE names, which needs the administrator's right.\n"
    "\n"
    "set puts the key in KEYFILE into an empty slot. RIGHTS are commands of FILE\n"
    "with commas between them, all, admin. drop empties a slot.\n"
    "\n"
    "rotate replaces the key that FILE names, which is in slot --from of the\n"
    "device: it sets a new key in the empty slot --to, makes one exchange under it,\n"
    "puts it into the key file, and drops the old one under it. Wherever that is\n"
    "cut, the key in the key file works, and the same command again goes on. Until\n"
    "the end the old key is kept in a file of the same name with .old behind it.\n"
    "The new key has the rights that [keys] gives the old one, or every right where\n"
    "FILE has no [keys].\n"
    "\n"
    "The new key travels under the old one: rotation does not shut out who already\n"
    "holds the old key and listens. After a leak provision the device again, over a\n"
    "cable.\n"
    "\n"
    "  --json        print one JSON object a line for each exchange\n"
    "  --timeout MS  longest wait for the state file, to connect, for the challenge\n"
    "                and for each reply; 10000 unless given\n"
    "  --no-state    keep no state file: `countersign send FILE last` then knows\n"
    "                nothing of this change\n"
    "  --help        show this text\n"
    "\n"
    "exit status: 0 done, 1 the device proved a failure (a taken or empty slot, a\n"
    "key it has already, the last administrator, no right) or a file could not be\n"
    "written, 2 wrong usage or device file, 3 not sent, 4 unknown\n";

static int print_help(void)
{
    return fputs(help_text, stdout) < 0 || fflush(stdout) != 0 ? SEND_FAILED : SEND_DONE;
}

static enum send_status refuse(const char *what)
{
    complain("key: %s", what);
    return SEND_USAGE;
}

static enum send_status run_set(struct session *session,
                                const struct key_options *options, uint32_t rights)
{
    uint8_t key[KEY_TEXT_KEY];
    char text[FINGERPRINT_LEN + 1], line[ERROR_MAX];
    enum send_status status;

    if (!key_session_read(key, options->key, line, sizeof line))
        return refuse(line);
    fingerprint(key, sizeof key, text);
    status = key_command_set(session, options, options->slot, rights, key);
    csign_wipe(key, sizeof key);
    snprintf(line, sizeof line, "slot %d: fingerprint %s", options->slot, text);
    if (status == SEND_DONE && !options->is_json)
        send_print_line(line);
    return status;
}

/* The rights that the device file gives the key that it names for clients. */
static bool find_rights(const struct key_options *options, uint32_t *rights, char *error,
                        size_t error_size)
{
    struct device_file file;
    bool is_good =
        device_file_read(&file, options->file, DEVICE_FILE_FOR_BOTH, error, error_size);
    bool is_found = false;

    for (size_t i = 0; is_good && !is_found && i < file.key_count; i++) {
        is_found = strcmp(file.keys[i].reference, file.key) == 0;
        if (is_found)
            *rights = file.keys[i].rights;
    }
    device_file_free(&file);
    if (is_good && !is_found)
        snprintf(error, error_size,
                 "[keys] in %s does not have the key that `key` names; give --rights",
                 options->file);
    return is_found;
}

static bool take_rights(const struct session *session, const struct key_options *options,
                        uint32_t *rights, char *error, size_t error_size)
{
    *rights = 0;
    if (options->rights != NULL) {
        if (!key_rights_read(&session->file, options->rights, rights, error, error_size))
            return false;
    } else if (!find_rights(options, rights, error, error_size)) {
        return false;
    }
    if (options->verb != KEY_ROTATE || (*rights & CSIGN_RIGHT_ADMIN) != 0)
        return true;
    snprintf(error, error_size,
             "without admin among its rights the new key could not drop "
             "the old one; for another's key use set and drop");
    return false;
}

static enum send_status run_open(struct session *session,
                                 const struct key_options *options)
{
    char error[ERROR_MAX];
    uint32_t rights;

    if (!session->file.is_sealed)
        return refuse(
            "a classic device's keys are changed by provisioning, over a cable");
    if (options->verb == KEY_DROP)
        return key_command_drop(session, options, options->slot);
    if (session->file.payload < CSIGN_SET_KEY_LEN)
        return refuse("payload in the device file is under 38, too few for a new key");
    if (!take_rights(session, options, &rights, error, sizeof error))
        return refuse(error);
    return options->verb == KEY_SET ? run_set(session, options, rights)
                                    : key_rotate(session, options, rights);
}

static int run(const struct key_options *options)
{
    struct session session;
    char error[ERROR_MAX];
    enum send_status status = SEND_USAGE;

    if (session_open(&session, options->file, options->timeout_ms, error, sizeof error))
        status = run_open(&session, options);
    else
        complain("%s", error);
    session_close(&session);
    return (int)status;
}

int cmd_key(int argc, char **argv)
{
    struct key_options options;
    char error[256];

    core_dump_forbid();
    /* Both become errors of the write that would raise them. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (!key_options_parse(&options, argc, argv, error, sizeof error)) {
        complain("key: %s; see countersign key --help", error);
        return SEND_USAGE;
    }
    return options.help ? print_help() : run(&options);
}
