/* SPDX-License-Identifier: MIT */
/* doctor_files.c: what can be wrong on this machine. */
#define _DEFAULT_SOURCE 1

#include "doctor.h"

#include "fingerprint.h"
#include "name_table.h"
#include "secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ERROR_MAX     8192 /* bytes */
#define LOCK_PATIENCE 200  /* ms */

static bool look_at_file(struct doctor *d)
{
    struct device_file *file = &d->session.file;
    char error[ERROR_MAX];

    if (!device_file_read(file, d->options->file, DEVICE_FILE_FOR_CLIENT, error,
                          sizeof error)) {
        doctor_found_line(d, CAUSE_FILE, error);
        return false;
    }
    doctor_ok("file", "%s, %s, wake %u, challenge %u%s",
              file->is_sealed ? "sealed" : "classic", file->hash_name,
              (unsigned)file->wake, (unsigned)file->challenge,
              file->id[0] == '\0' && file->is_sealed ? ", no id" : "");
    return true;
}

/* A request that is its own answer is refused by the client, for a false device could
 * send it back. */
static void look_for_overlap(struct doctor *d)
{
    const struct device_file *file = &d->session.file;
    size_t answer = CSIGN_NO_ROW, command = CSIGN_NO_ROW;

    if (file->is_sealed ||
        !name_tables_shared(&file->commands, &file->answers, &answer, &command) ||
        answer == CSIGN_NO_ROW)
        return;
    doctor_found(
        d, CAUSE_OVERLAP, "give the answer another code, on both sides",
        "line %u: the answer %s has the code of the command %s: where one answers "
        "the other, send takes the answer for its own request come back",
        file->answers.lines[answer], file->answers.names[answer],
        file->commands.names[command]);
}

/* The fingerprint of the key that a reference names; empty: it is not to be had here. */
static void fingerprint_of(const struct device_file *file, const char *reference,
                           char text[FINGERPRINT_LEN + 1])
{
    struct secret secret;
    char error[ERROR_MAX];

    text[0] = '\0';
    if (secret_read(&secret, reference, file->directory, error, sizeof error))
        fingerprint(secret.bytes, secret.len, text);
    secret_wipe(&secret);
}

/* The name in [keys] of the key with this fingerprint, "" when one of them is not on this
 * machine, so that nothing can be said; NULL: it is none of them. */
static const char *name_in_keys(const struct device_file *device, const char *print)
{
    const char *name = NULL;

    for (size_t i = 0; i < device->key_count; i++) {
        char other[FINGERPRINT_LEN + 1];

        fingerprint_of(device, device->keys[i].reference, other);
        if (strcmp(other, print) == 0)
            return device->keys[i].name;
        if (other[0] == '\0')
            name = "";
    }
    return name;
}

/* Where the device's own section is in the file too. */
static void look_for_listing(struct doctor *d, const char *print)
{
    struct device_file device;
    char error[ERROR_MAX];
    const char *name = "";

    if (device_file_read(&device, d->options->file, DEVICE_FILE_FOR_BOTH, error,
                         sizeof error) &&
        device.has_keys_section)
        name = name_in_keys(&device, print);
    if (name == NULL)
        doctor_found(d, CAUSE_UNLISTED, "add it to [keys], or name one of those as key",
                     "%s:%u: the client's key, %s, is none of [keys]", device.path,
                     device.key_line, print);
    else if (name[0] != '\0')
        doctor_ok("key", "it is %s in [keys]", name);
    device_file_free(&device);
}

static void look_at_key(struct doctor *d)
{
    char error[ERROR_MAX], print[FINGERPRINT_LEN + 1];

    d->has_key = session_set_up(&d->session, d->options->timeout_ms, error, sizeof error);
    if (!d->has_key) {
        doctor_found_line(d, CAUSE_KEY, error);
        return;
    }
    fingerprint_of(&d->session.file, d->session.file.key, print);
    doctor_ok("key", "fingerprint %s", print);
    look_for_listing(d, print);
}

/* Whether a state file could be made: the nearest directory that is there has to let this
 * user write. */
static bool can_be_made(const char *file, char *nearest, size_t size)
{
    char *slash;

    snprintf(nearest, size, "%s", file);
    do {
        slash = strrchr(nearest, '/');
        if (slash == NULL)
            return false;
        slash[slash == nearest] = '\0';
    } while (access(nearest, F_OK) != 0 && errno == ENOENT && nearest[1] != '\0');
    return access(nearest, W_OK | X_OK) == 0;
}

static void look_for_place(struct doctor *d, const char *path)
{
    char nearest[STATE_PATH_MAX];

    if (can_be_made(path, nearest, sizeof nearest))
        doctor_ok("state", "nothing is kept of this device yet");
    else
        doctor_found(
            d, CAUSE_STATE,
            "let this user write there, name another place in XDG_STATE_HOME, or send "
            "with --no-state",
            "no state file can be made in %s: %s", nearest, strerror(errno));
}

static void look_at_record(struct doctor *d, const struct state *state)
{
    if (access(state->path, W_OK) != 0)
        doctor_found(
            d, CAUSE_STATE,
            "let this user write it, name another place in XDG_STATE_HOME, or send with "
            "--no-state",
            "the state file %s cannot be written: %s", state->path, strerror(errno));
    else if (state->record.doubt != STATE_DOUBT_NONE)
        doctor_ok("state", "in doubt is '%s'; countersign send %s last settles it",
                  state->record.doubt_command, d->options->file);
    else
        doctor_ok("state", "nothing is in doubt");
}

static void look_at_state(struct doctor *d)
{
    struct state state;
    char error[ERROR_MAX];

    if (!d->has_key)
        return;
    switch (state_open(&state, d->session.state_name, STATE_TO_ASK, LOCK_PATIENCE, error,
                       sizeof error)) {
    case STATE_OPEN:
        look_at_record(d, &state);
        break;
    case STATE_ABSENT:
        look_for_place(d, state.path);
        break;
    default:
        doctor_found_line(d, CAUSE_STATE, error);
    }
    state_close(&state);
}

bool doctor_files(struct doctor *d)
{
    if (!look_at_file(d))
        return false;
    look_for_overlap(d);
    look_at_key(d);
    look_at_state(d);
    return true;
}
