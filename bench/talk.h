/* SPDX-License-Identifier: MIT */
/* talk.h: what the load client says on a connection, in one of the protocols that are
 * compared. */
#ifndef TALK_H
#define TALK_H

#include <stddef.h>
#include <stdint.h>

#define BENCH_KEY "a key for measuring, no secret.." /* 32 bytes */

struct talk_options {
    size_t wake, challenge, request, reply; /* raw: bytes of each message */
    size_t payload;   /* sealed: bytes of code and arguments, 1 .. 255 */
    uint32_t row;     /* classic: the command's row, which is its code */
    uint8_t code_len; /* classic */
};

enum talk_state {
    TALK_WAITS, /* for the server */
    TALK_DONE   /* the answer is here and right */
};

/* What goes wrong ends the program. */
struct talk_kind {
    const char *name;
    size_t size; /* of one connection's state */
    void (*setup)(const struct talk_options *options);
    void (*begin)(void *talk, int fd); /* connected, or about to be */
    enum talk_state (*go_on)(void *talk, int fd);
    void (*end)(void *talk);
};

extern const struct talk_kind talk_raw, talk_sealed, talk_classic, talk_tls, talk_tls_dhe;

/* Both return 0 where the socket has to be waited for. */
size_t talk_send(int fd, const void *bytes, size_t len);
size_t talk_receive(int fd, void *bytes, size_t room);

/* What passed so far, both ways, on all connections. */
size_t talk_bytes(void);
void talk_count(size_t bytes); /* by other means */

#endif
