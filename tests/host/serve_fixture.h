/* SPDX-License-Identifier: MIT */
/* serve_fixture.h: `countersign serve` as a process, and clients for it made of the
 * library's client over blocking sockets, or over a pseudo-terminal. */
#ifndef SERVE_FIXTURE_H
#define SERVE_FIXTURE_H

#include "Countersign.h"
#include "check.h"
#include "process.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define OWNER_KEY "the owner's key, of 32 bytes...."
#define GUEST_KEY "the guest's key, of 32 bytes...."

/* What every device of these tests has in common; keys are key, or owner and guest. */
#define LAMP         "[device]\nid = lamp-1\naddress = tcp://127.0.0.1:0\n"
#define ONE_KEY      "key = text:" OWNER_KEY "\n"
#define SEALED_LAMP  LAMP ONE_KEY
#define CLASSIC_LAMP LAMP ONE_KEY "profile = classic\n"

#define ARGUMENTS_MAX 8

struct lamp {
    struct process process;
    char address[300]; /* as its first line tells */
    const char *file;
};

static inline void lamp_find_address(struct lamp *lamp)
{
    const char *line = process_line(&lamp->process);

    if (line == NULL)
        fail_msg("no first line; it says: %s", process_error_rest(&lamp->process));
    if (strncmp(line, "listening on ", 13) != 0)
        fail_msg("the first line is: %s", line);
    snprintf(lamp->address, sizeof lamp->address, "%s", line + 13);
}

/* Starts a device with this file, and further arguments up to NULL. */
static inline void lamp_begin_with(struct lamp *lamp, const char *file_text,
                                   const char *const *arguments,
                                   const struct process_options *options)
{
    const char *argv[ARGUMENTS_MAX + 4] = {COUNTERSIGN_PROGRAM, "serve"};
    size_t count = 3;

    lamp->file = test_file("lamp.ini", file_text, 0600);
    argv[2] = lamp->file;
    while (arguments != NULL && *arguments != NULL && count < ARGUMENTS_MAX + 3)
        argv[count++] = *arguments++;
    process_start(&lamp->process, argv, options);
    lamp_find_address(lamp);
}

static inline void lamp_begin(struct lamp *lamp, const char *file_text)
{
    lamp_begin_with(lamp, file_text, NULL, NULL);
}

/* A device with one command, `it`, 01, that runs this program. */
static inline void lamp_begin_with_program(struct lamp *lamp, const char *device,
                                           const char *program)
{
    char text[2048];

    snprintf(text, sizeof text, "%s[commands]\nit = 01\n[run]\nit = %s\n", device,
             program);
    lamp_begin(lamp, text);
}

#define LAMP_BEGIN_WITH(lamp, text, ...)                                                 \
    lamp_begin_with(lamp, text, (const char *const[]){__VA_ARGS__, NULL}, NULL)

/* Stops it; whatever ran has been answered then. */
static inline void lamp_end(struct lamp *lamp)
{
    int status;

    process_signal(&lamp->process, SIGTERM);
    status = process_wait(&lamp->process);
    if (status != 0)
        fail_msg("exit status %d; it says: %s", status,
                 process_error_rest(&lamp->process));
    process_end(&lamp->process);
}

static inline int lamp_port(const struct lamp *lamp)
{
    return atoi(strrchr(lamp->address, ':') + 1);
}

/* A connected socket, or -1. It blocks. */
static inline int lamp_connect(const struct lamp *lamp)
{
    struct sockaddr_in inet = {.sin_family = AF_INET};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    bool is_unix = strncmp(lamp->address, "unix:", 5) == 0;
    int fd = socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int failed;

    if (is_unix) {
        snprintf(local.sun_path, sizeof local.sun_path, "%s", lamp->address + 5);
        failed = connect(fd, (struct sockaddr *)&local, sizeof local);
    } else {
        inet.sin_port = htons((uint16_t)lamp_port(lamp));
        inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        failed = connect(fd, (struct sockaddr *)&inet, sizeof inet);
    }
    if (failed == 0)
        return fd;
    close(fd);
    return -1;
}

/* How a client and the device are set alike. */
struct client_kind {
    csign_any_work work;
    csign_any_keyed keyed;
    csign_settings settings;
    csign_client_config config;
};

struct client {
    int fd;
    csign_client machine;
    uint8_t memory[1024];
    uint8_t bytes[512]; /* that came and were not taken yet */
    size_t from, to;
    size_t came; /* all bytes that ever came */
    /* Of the last command. */
    csign_outcome outcome;
    uint8_t status;
    uint8_t data[256];
    size_t data_len;
    size_t answer;
};

static inline void client_kind_init(struct client_kind *kind, bool is_sealed,
                                    const char *key)
{
    static const uint8_t answers[] = {0xa0, 0xa1, 0xa2};

    memset(kind, 0, sizeof *kind);
    kind->settings = (csign_settings){.hasher = {&csign_sha256, &kind->work.head},
                                      .id = "lamp-1",
                                      .id_len = 6,
                                      .wake = 16,
                                      .challenge = 16,
                                      .tag = 16,
                                      .request_max = 255,
                                      .reply_max = 255,
                                      .deadline_ms = 5000};
    kind->config.settings = &kind->settings;
    kind->config.profile = is_sealed ? &csign_sealed_client : &csign_classic_client;
    kind->config.keyed = &kind->keyed;
    kind->config.timeout_ms = PROCESS_PATIENCE_MS;
    kind->config.code_len = 1;
    if (!is_sealed)
        kind->config.answers = (csign_table){answers, 3, 1};
    kind->config.profile->key(&kind->settings, &kind->keyed, (const uint8_t *)key,
                              strlen(key));
}

/* Waits for bytes; false at the end of the stream or when it broke. */
static inline bool client_fill(struct client *c)
{
    struct pollfd fd = {.fd = c->fd, .events = POLLIN};
    ssize_t len;

    if (c->from < c->to)
        return true;
    if (poll(&fd, 1, PROCESS_PATIENCE_MS) == 0)
        fail_msg("the device is silent");
    len = read(c->fd, c->bytes, sizeof c->bytes);
    c->from = 0;
    c->to = len > 0 ? (size_t)len : 0;
    c->came += c->to;
    return len > 0;
}

static inline void client_send(struct client *c)
{
    size_t len;
    const uint8_t *out = csign_client_out(&c->machine, &len);
    ssize_t sent = send(c->fd, out, len, MSG_NOSIGNAL);

    if (sent < 0 && errno == ENOTSOCK)
        sent = write(c->fd, out, len);
    if (sent <= 0)
        csign_client_close(&c->machine, CSIGN_E_SEND);
    else
        csign_client_sent(&c->machine, (size_t)sent, test_clock());
}

/* Goes on until the machine wants a request or has ended. */
static inline csign_wants client_go_on(struct client *c)
{
    uint8_t challenge[64];

    for (;;) {
        csign_wants wants = csign_client_wants(&c->machine);

        if (wants == CSIGN_WANTS_CHALLENGE) {
            assert_int_equal(getrandom(challenge, sizeof challenge, 0), sizeof challenge);
            csign_client_challenge(&c->machine, challenge, test_clock());
        } else if (wants == CSIGN_WANTS_SEND) {
            client_send(c);
        } else if (wants != CSIGN_WANTS_BYTES) {
            return wants;
        } else if (client_fill(c)) {
            c->from += csign_client_take(&c->machine, c->bytes + c->from, c->to - c->from,
                                         test_clock());
        } else {
            csign_client_end(&c->machine);
        }
    }
}

/* Takes a connected descriptor; nothing is sent yet. */
static inline void client_open(struct client *c, const struct client_kind *kind, int fd)
{
    memset(c, 0, sizeof *c);
    c->fd = fd;
    csign_client_open(&c->machine, &kind->config, c->memory, test_clock());
}

static inline bool client_connect(struct client *c, const struct client_kind *kind,
                                  const struct lamp *lamp)
{
    int fd = lamp_connect(lamp);

    client_open(c, kind, fd);
    return fd >= 0;
}

/* Wakes the device and awaits its challenge. False: it hung up. */
static inline bool client_greet(struct client *c)
{
    return client_go_on(c) == CSIGN_WANTS_REQUEST;
}

/* Sends a request and awaits nothing. False: it could not be made. */
static inline bool client_request(struct client *c, uint8_t code, const void *arguments,
                                  size_t len)
{
    uint8_t command[256];

    command[0] = code;
    if (len > 0)
        memcpy(command + 1, arguments, len);
    if (csign_client_request(&c->machine, command, len + 1, test_clock()) != CSIGN_OK)
        return false;
    while (csign_client_wants(&c->machine) == CSIGN_WANTS_SEND)
        client_send(c);
    return true;
}

/* Awaits what becomes of the request. */
static inline csign_outcome client_await(struct client *c)
{
    const uint8_t *data;

    client_go_on(c);
    c->outcome = csign_client_outcome(&c->machine);
    c->status = 0xee;
    c->data_len = 0;
    if (c->outcome == CSIGN_OUTCOME_DONE || c->outcome == CSIGN_OUTCOME_FAILED) {
        c->status = csign_client_reply_status(&c->machine);
        data = csign_client_reply_data(&c->machine, &c->data_len);
        if (c->data_len > 0)
            memcpy(c->data, data, c->data_len);
        c->data[c->data_len] = '\0';
    }
    c->answer = csign_client_answer(&c->machine);
    return c->outcome;
}

static inline csign_outcome client_ask_with(struct client *c, uint8_t code,
                                            const void *arguments, size_t len)
{
    if (!client_greet(c) || !client_request(c, code, arguments, len))
        return c->outcome = CSIGN_OUTCOME_NOT_SENT;
    return client_await(c);
}

static inline csign_outcome client_ask(struct client *c, uint8_t code)
{
    return client_ask_with(c, code, NULL, 0);
}

static inline void client_close(struct client *c)
{
    csign_client_wipe(&c->machine);
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
}

/* Whether the device hangs up, saying nothing more. */
static inline bool client_is_dropped(struct client *c)
{
    return !client_fill(c);
}

/* One command on a connection of its own. */
static inline csign_outcome ask_once(struct client *c, const struct client_kind *kind,
                                     const struct lamp *lamp, uint8_t code)
{
    csign_outcome outcome = CSIGN_OUTCOME_NOT_SENT;

    if (client_connect(c, kind, lamp))
        outcome = client_ask(c, code);
    client_close(c);
    return outcome;
}

/* The other side of a new pseudo-terminal; link is a name that leads to this one. */
static inline int line_open(const char *link)
{
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    const char *name;

    assert_true(fd >= 0 && grantpt(fd) == 0 && unlockpt(fd) == 0);
    name = ptsname(fd);
    unlink(link);
    assert_int_equal(symlink(name, link), 0);
    return fd;
}

/* The client's machine keeps the silence before a wake; time has to pass for it. */
static inline bool client_greet_on_line(struct client *c)
{
    while (csign_client_wants(&c->machine) == CSIGN_WANTS_BYTES) {
        struct pollfd fd = {.fd = c->fd, .events = POLLIN};
        uint8_t bytes[64];
        uint32_t due = csign_client_due(&c->machine, test_clock());

        if (poll(&fd, 1, due < 1000 ? (int)due : 1000) > 0) {
            ssize_t len = read(c->fd, bytes, sizeof bytes);
            csign_client_take(&c->machine, bytes, len > 0 ? (size_t)len : 0,
                              test_clock());
        }
        csign_client_tick(&c->machine, test_clock());
    }
    return client_greet(c);
}

#endif
