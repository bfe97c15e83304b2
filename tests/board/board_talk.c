/* SPDX-License-Identifier: MIT */
#include "board_talk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "secret.h"

enum { STEPS = 3000, KEPT = 8192 };

static uint8_t kept[KEPT][TALK_CHALLENGE];
static size_t kept_count;

void talk_begin(struct talk *t, struct device *d, const char *key_file)
{
    struct secret secret;
    char path[512], error[1024];

    memset(t, 0, sizeof *t);
    t->device = d;
    t->fd = -1;
    if (!device_file_read(&t->file, d->file, DEVICE_FILE_FOR_HEADER, error, sizeof error))
        fail_msg("%s", error);
    snprintf(path, sizeof path, "%s/%s", d->directory, key_file);
    if (!secret_read_file(&secret, path, error, sizeof error))
        fail_msg("%s", error);
    t->settings = device_file_settings(&t->file, &t->work);
    t->config = (csign_client_config){
        .settings = &t->settings,
        .profile = t->file.is_sealed ? &csign_sealed_client : &csign_classic_client,
        .keyed = &t->keyed,
        .answers = name_table_codes(&t->file.answers),
        .code_len = t->file.commands.len,
        .timeout_ms = CSIGN_REPLY_MS};
    t->config.profile->key(&t->settings, &t->keyed, secret.bytes, secret.len);
    secret_wipe(&secret);
    assert_true(csign_client_bytes(&t->config) <= sizeof t->memory);
}

/* Lets time pass; false when the power is gone. */
static bool pass_time(struct talk *t)
{
    const char *answer = bench_ask(&t->device->board, "run 2ms");

    t->is_cut = strncmp(answer, "error reason=cut", 16) == 0;
    if (!t->is_cut && strncmp(answer, "ok", 2) != 0)
        fail_msg("%s", answer);
    return !t->is_cut;
}

static void receive(struct talk *t)
{
    uint8_t bytes[TALK_BYTES];
    ssize_t got;

    if (!pass_time(t)) {
        csign_client_end(&t->client);
        return;
    }
    got = recv(t->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got > 0) {
        t->received += (size_t)got;
        assert_true(csign_client_take(&t->client, bytes, (size_t)got, 0) == (size_t)got);
    } else if (got == 0 || errno != EAGAIN) {
        csign_client_end(&t->client);
    }
}

static void transmit(struct talk *t)
{
    size_t len;
    const uint8_t *out = csign_client_out(&t->client, &len);

    if (send(t->fd, out, len, MSG_NOSIGNAL) != (ssize_t)len) {
        csign_client_end(&t->client);
        return;
    }
    assert_true(t->sent_len + len <= sizeof t->sent);
    memcpy(t->sent + t->sent_len, out, len);
    t->sent_len += len;
    csign_client_sent(&t->client, len, 0);
}

/* Until a request is wanted, or it is over. */
static bool advance(struct talk *t)
{
    static uint8_t nonce[CSIGN_CHALLENGE_MAX];

    for (int i = 0; i < STEPS; i++) {
        switch (csign_client_wants(&t->client)) {
        case CSIGN_WANTS_CHALLENGE:
            nonce[0]++;
            csign_client_challenge(&t->client, nonce, 0);
            break;
        case CSIGN_WANTS_SEND:
            transmit(t);
            break;
        case CSIGN_WANTS_BYTES:
            receive(t);
            break;
        case CSIGN_WANTS_REQUEST:
            return true;
        default:
            return false;
        }
    }
    csign_client_close(&t->client, CSIGN_E_SLOW);
    return false;
}

bool talk_open(struct talk *t)
{
    const uint8_t *challenge;

    talk_close(t);
    t->sent_len = t->received = 0;
    t->is_cut = false;
    t->fd = device_connect(t->device);
    if (t->fd < 0)
        return false;
    csign_client_open(&t->client, &t->config, t->memory, 0);
    if (!advance(t))
        return false;
    challenge = csign_client_device_challenge(&t->client);
    memcpy(t->challenge, challenge, t->settings.challenge);
    return true;
}

csign_outcome talk_bytes(struct talk *t, const uint8_t *command, size_t len)
{
    assert_int_equal(csign_client_request(&t->client, command, len, 0), CSIGN_OK);
    (void)advance(t);
    return csign_client_outcome(&t->client);
}

csign_outcome talk_command(struct talk *t, const char *name)
{
    size_t row = name_table_find(&t->file.commands, name);

    assert_true(row != CSIGN_NO_ROW);
    return talk_bytes(t, t->file.commands.codes + row * t->file.commands.len,
                      t->file.commands.len);
}

csign_outcome talk_once(struct talk *t, const char *name)
{
    csign_outcome outcome = CSIGN_OUTCOME_NOT_SENT;

    if (talk_open(t))
        outcome = talk_command(t, name);
    talk_close(t);
    return outcome;
}

void talk_close(struct talk *t)
{
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
}

void talk_end(struct talk *t)
{
    talk_close(t);
    device_file_free(&t->file);
}

size_t talk_raw(struct device *d, int fd, const uint8_t *bytes, size_t len,
                const char *time, uint8_t *back, bool *is_over)
{
    uint8_t more[TALK_BYTES];
    ssize_t got;

    *is_over = send(fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len;
    bench_do(&d->board, "run %s", time);
    got = recv(fd, more, sizeof more, MSG_DONTWAIT);
    if (got > 0) {
        uint8_t end;

        memcpy(back, more, (size_t)got);
        *is_over = recv(fd, &end, 1, MSG_DONTWAIT) == 0;
        return (size_t)got;
    }
    *is_over = *is_over || got == 0 || errno != EAGAIN;
    return 0;
}

bool talk_take_challenge(struct device *d, uint8_t challenge[TALK_CHALLENGE])
{
    static const uint8_t wake[16] = "any sixteen byte";
    int fd = device_connect(d);
    size_t have = 0;

    if (fd < 0)
        return false;
    assert_true(send(fd, wake, sizeof wake, MSG_NOSIGNAL) == (ssize_t)sizeof wake);
    for (int i = 0; i < STEPS && have < TALK_CHALLENGE; i++) {
        ssize_t got;

        bench_do(&d->board, "run 2ms");
        got = recv(fd, challenge + have, TALK_CHALLENGE - have, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN))
            break;
        have += got > 0 ? (size_t)got : 0;
    }
    close(fd);
    return have == TALK_CHALLENGE;
}

void talk_keep_challenge(const uint8_t challenge[TALK_CHALLENGE])
{
    assert_true(kept_count < KEPT);
    memcpy(kept[kept_count++], challenge, TALK_CHALLENGE);
}

size_t talk_challenges(void)
{
    return kept_count;
}

bool talk_challenge_is_repeated(void)
{
    for (size_t i = 0; i < kept_count; i++)
        for (size_t j = i + 1; j < kept_count; j++)
            if (memcmp(kept[i], kept[j], TALK_CHALLENGE) == 0)
                return true;
    return false;
}

void talk_forget_challenges(void)
{
    kept_count = 0;
}
