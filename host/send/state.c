/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "state.h"

#include "Countersign.h"
#include "state_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REOPENINGS 8

struct opening {
    struct state *state;
    const char *name;
    enum state_purpose purpose;
    uint32_t patience_ms;
    int directory;
    char *error;
    size_t error_size;
};

void state_name(const uint8_t *key, size_t len, const char *id,
                char name[STATE_NAME_LEN + 1])
{
    static const char label[] = "countersign/1 state";
    csign_sha256_work work;
    csign_sha256_keyed keyed;
    csign_hasher hasher = {&csign_sha256, &work.head};
    uint8_t digest[32];

    csign_hmac_key(&hasher, &keyed, key, len);
    csign_hmac_begin(&hasher, &keyed);
    csign_hash_add(&hasher, label, sizeof label - 1);
    csign_hash_add(&hasher, id, strlen(id));
    csign_hmac_end(&hasher, &keyed, digest);
    for (size_t i = 0; i < STATE_NAME_LEN / 2; i++)
        snprintf(name + 2 * i, 3, "%02x", digest[i]);
    csign_wipe(&keyed, sizeof keyed);
    csign_wipe(digest, sizeof digest);
    csign_hasher_wipe(&hasher);
}

static enum state_answer refuse(const struct opening *o, const char *what,
                                const char *cure)
{
    snprintf(o->error, o->error_size, "the state file %s %s; %s", o->state->path, what,
             cure);
    return STATE_REFUSED;
}

/* Something of the system's failed: errno tells what. */
static enum state_answer refuse_errno(const struct opening *o)
{
    bool asks = o->purpose == STATE_TO_ASK;
    char what[256];

    if (errno == EWOULDBLOCK)
        return refuse(o, "is locked: another send talks to this device",
                      "try again when it has ended, or give a longer --timeout");
    snprintf(what, sizeof what, "cannot be %s: %s", asks ? "read" : "written",
             strerror(errno));
    return refuse(o, what,
                  asks ? "make it readable"
                       : "make that possible, name another place in XDG_STATE_HOME, or "
                         "send with --no-state");
}

static enum state_answer read_file(const struct opening *o)
{
    static const char to_send[] =
        "move it away (what it remembers is then forgotten), or send with --no-state";
    static const char to_ask[] = "move it away (what it remembers is then forgotten)";
    const char *cure = o->purpose == STATE_TO_ASK ? to_ask : to_send;
    char title[STATE_FILE_TITLE_LEN];
    struct stat status;

    if (fstat(o->state->fd, &status) != 0)
        return refuse_errno(o);
    if (!S_ISREG(status.st_mode))
        return refuse(o, "is no regular file", cure);
    if (pread(o->state->fd, title, sizeof title, 0) != (ssize_t)sizeof title ||
        strncmp(title, STATE_FILE_TITLE, sizeof title) != 0)
        return refuse(o, "is of another program or version", cure);
    if (!state_record_load(&o->state->record, o->state->fd))
        return refuse(o, "is damaged", cure);
    return STATE_OPEN;
}

static enum state_answer open_and_lock(const struct opening *o)
{
    bool may_make = o->purpose == STATE_TO_SEND;

    for (int i = 0; i < REOPENINGS; i++) {
        o->state->fd = state_file_open(o->directory, o->name, may_make);
        if (o->state->fd < 0)
            return !may_make && errno == ENOENT ? STATE_ABSENT : refuse_errno(o);
        if (!state_file_lock(o->state->fd, o->patience_ms))
            return refuse_errno(o);
        if (state_file_is_named(o->state->fd, o->directory, o->name))
            return read_file(o);
        close(o->state->fd);
        o->state->fd = -1;
    }
    errno = EAGAIN;
    return refuse_errno(o);
}

static enum state_answer refuse_directory(const struct opening *o)
{
    if (o->purpose == STATE_TO_ASK && errno == ENOENT)
        return STATE_ABSENT;
    if (errno == EPERM)
        return refuse(o, "lies where others may write",
                      "take that right from its directory with chmod go-w");
    return refuse_errno(o);
}

enum state_answer state_open(struct state *state, const char *name,
                             enum state_purpose purpose, uint32_t patience_ms,
                             char *error, size_t error_size)
{
    struct opening o = {state, name, purpose, patience_ms, -1, error, error_size};
    enum state_answer answer;
    char directory[STATE_PATH_MAX - STATE_NAME_LEN - 1];

    memset(state, 0, sizeof *state);
    state->fd = -1;
    if (!state_directory_path(directory, sizeof directory, error, error_size))
        return STATE_REFUSED;
    snprintf(state->path, sizeof state->path, "%s/%s", directory, name);
    o.directory = state_directory_open(directory, purpose == STATE_TO_SEND);
    if (o.directory < 0)
        return refuse_directory(&o);
    answer = open_and_lock(&o);
    close(o.directory);
    if (answer != STATE_OPEN)
        state_close(state);
    return answer;
}

static bool cannot_write(const struct state *state, char *error, size_t error_size)
{
    snprintf(error, error_size,
             "the state file %s cannot be written: %s; make room for it, or send with "
             "--no-state",
             state->path, strerror(errno));
    return false;
}

bool state_store(struct state *state, char *error, size_t error_size)
{
    return state_record_store(&state->record, state->fd) ||
           cannot_write(state, error, error_size);
}

bool state_note_challenge(const struct state *state, const uint8_t *challenge, size_t len,
                          bool *is_repeated, char *error, size_t error_size)
{
    *is_repeated = false;
    switch (challenge_ring_note(state->fd, challenge, len)) {
    case CHALLENGE_RING_FRESH:
        return true;
    case CHALLENGE_RING_KNOWN:
        *is_repeated = true;
        snprintf(error, error_size,
                 "the device gave a challenge that it gave before: it, or somebody in "
                 "between, repeats challenges, so that an old request could be used "
                 "again; find out which before you send more");
        return false;
    case CHALLENGE_RING_DAMAGED:
        snprintf(error, error_size,
                 "the state file %s is damaged; move it away (what it remembers is then "
                 "forgotten), or send with --no-state",
                 state->path);
        return false;
    default:
        return cannot_write(state, error, error_size);
    }
}

void state_close(struct state *state)
{
    if (state->fd >= 0)
        close(state->fd);
    state->fd = -1;
}
