/* SPDX-License-Identifier: MIT */
/* key_rotate.c
 *
 *     files     at the device                  what is done
 *     FRESH     old                            draw PATH.new
 *     MADE      old, perhaps new               set-key under old; `last` under new
 *     MADE      old and new                    PATH.new becomes PATH
 *     SWITCHED  new, perhaps old               drop-key under new; PATH.old goes
 */
#include "key_rotate.h"

#include "fingerprint.h"
#include "key_command.h"
#include "key_files.h"
#include "key_session.h"
#include "message.h"

#include <stdio.h>

#define ERROR_MAX 8192 /* bytes */

static const char again[] = "the same command again goes on with the rotation";

struct rotation {
    struct session *session;
    const struct key_options *options;
    uint32_t rights;
    struct key_files files;
    uint8_t new_key[KEY_TEXT_KEY];
    char error[ERROR_MAX];
};

static enum send_status stop(enum send_status status, const char *what)
{
    complain("key rotate: %s", what);
    return status;
}

static enum send_status stop_error(const struct rotation *r)
{
    complain("key rotate: %s; when that is mended %s", r->error, again);
    return SEND_FAILED;
}

/* Whether a valid reply comes under this key. */
static bool works(struct rotation *r, const uint8_t key[KEY_TEXT_KEY],
                  struct send_result *result)
{
    key_session_use(r->session, key);
    return key_session_try(r->session, r->options->timeout_ms, result, r->error,
                           sizeof r->error);
}

static enum send_status send_set(struct rotation *r)
{
    uint8_t old_key[KEY_TEXT_KEY];
    enum send_status status;

    if (!key_session_read(old_key, r->files.path, r->error, sizeof r->error))
        return stop_error(r);
    key_session_use(r->session, old_key);
    csign_wipe(old_key, sizeof old_key);
    status =
        key_command_set(r->session, r->options, r->options->to, r->rights, r->new_key);
    return status == SEND_UNKNOWN ? stop(status, again) : status;
}

/* From FRESH or MADE to a device that holds the new key. Of a key that was made by an
 * earlier run nobody knows whether the device has it already. */
static enum send_status set_new(struct rotation *r)
{
    bool was_made = r->files.stage == KEY_FILES_MADE;
    struct send_result result;
    enum send_status status;

    if (!was_made && !key_files_make(&r->files, r->error, sizeof r->error))
        return stop_error(r);
    if (!key_session_read(r->new_key, r->files.new_path, r->error, sizeof r->error))
        return stop_error(r);
    if (was_made && works(r, r->new_key, &result))
        return SEND_DONE;
    status = send_set(r);
    if (status == SEND_DONE || status == SEND_UNKNOWN)
        return status;
    if (!was_made) {
        key_files_unmake(&r->files);
        return stop(status, "the old key is the key, as before");
    }
    complain(
        "key rotate: the old key is the key, as before; %s is from a rotation that was "
        "cut: try the same command again, and remove that file when its key is not in "
        "the device",
        r->files.new_path);
    return status;
}

/* One exchange under the new key; then it becomes the key. */
static enum send_status prove_new(struct rotation *r)
{
    struct send_result result;
    bool is_good = works(r, r->new_key, &result);

    if (is_good)
        result.outcome = CSIGN_OUTCOME_DONE; /* whatever `last` answers */
    send_print(&result, r->options->is_json);
    if (!is_good)
        return stop(send_status_of(result.outcome), again);
    if (!key_files_switch(&r->files, r->error, sizeof r->error))
        return stop_error(r);
    return SEND_DONE;
}

static enum send_status keep_old(const struct rotation *r, enum send_status status,
                                 const char *why)
{
    complain("key rotate: the new key is the key; %s; the old one is kept in %s; %s", why,
             r->files.old_path, again);
    return status;
}

/* What the device said is not enough: it may have dropped the key in an earlier run, or
 * another slot than the old key's was named. Whether the old key still works decides. */
static enum send_status settle_drop(struct rotation *r, enum send_status status)
{
    uint8_t old_key[KEY_TEXT_KEY];
    struct send_result result;
    bool is_there;

    if (status == SEND_NOT_SENT || status == SEND_UNKNOWN)
        return keep_old(r, status,
                        "it is not known whether the device has dropped the old");
    if (!key_session_read(old_key, r->files.old_path, r->error, sizeof r->error))
        return stop_error(r);
    is_there = works(r, old_key, &result);
    csign_wipe(old_key, sizeof old_key);
    if (is_there)
        return keep_old(
            r, SEND_FAILED,
            "the device still takes the old one, so that it is in another slot "
            "than --from says");
    if (result.outcome == CSIGN_OUTCOME_NOT_SENT)
        return keep_old(r, SEND_UNKNOWN,
                        "the device can't be asked whether it still takes "
                        "the old one");
    key_files_finish(&r->files);
    return SEND_DONE;
}

static enum send_status drop_old(struct rotation *r)
{
    if (!key_session_read(r->new_key, r->files.path, r->error, sizeof r->error))
        return stop_error(r);
    key_session_use(r->session, r->new_key);
    return settle_drop(r, key_command_drop(r->session, r->options, r->options->from));
}

static void tell(const struct rotation *r)
{
    char text[FINGERPRINT_LEN + 1], line[FINGERPRINT_LEN + 64];

    if (r->options->is_json)
        return;
    fingerprint(r->new_key, KEY_TEXT_KEY, text);
    snprintf(line, sizeof line, "slot %d: new key, fingerprint %s", r->options->to, text);
    send_print_line(line);
}

static enum send_status rotate(struct rotation *r)
{
    enum send_status status = SEND_DONE;

    if (!key_files_find(&r->files, &r->session->file, r->error, sizeof r->error))
        return stop(SEND_USAGE, r->error);
    if (r->files.stage != KEY_FILES_SWITCHED) {
        status = set_new(r);
        if (status == SEND_DONE)
            status = prove_new(r);
    }
    if (status == SEND_DONE)
        status = drop_old(r);
    if (status == SEND_DONE)
        tell(r);
    return status;
}

enum send_status key_rotate(struct session *session, const struct key_options *options,
                            uint32_t rights)
{
    struct rotation r = {.session = session, .options = options, .rights = rights};
    enum send_status status = rotate(&r);

    csign_wipe(r.new_key, sizeof r.new_key);
    return status;
}
