/* SPDX-License-Identifier: MIT */
/* server.h: the device's half of one conversation (docs/protocol.md, sections 3 to 6).
 *
 * A csign_server is one connection. It moves no bytes and keeps no time: ask
 * csign_server_wants() what is due, do it, say that it is done. Bytes from the peer may
 * come in any split. `now` is a clock of milliseconds that may start anywhere and wrap;
 * call csign_server_tick() at least when csign_server_due() says so.
 *
 *     csign_server_open(&s, &device, memory, now);
 *     for (;;) {
 *         switch (csign_server_wants(&s)) {
 *         case CSIGN_WANTS_BYTES:     csign_server_take(&s, bytes, len, now);
 *         case CSIGN_WANTS_CHALLENGE: csign_server_challenge(&s, fresh, now);
 *         case CSIGN_WANTS_SEND:      csign_server_out(), csign_server_sent()
 *         case CSIGN_WANTS_RUN:       csign_server_command(), run it, then
 *                                     csign_server_reply() or _answer()
 *         case CSIGN_WANTS_STORE:     store csign_server_change(), then
 *                                     csign_server_stored()
 *         case CSIGN_WANTS_CLOSE:     hang up without a word
 *         }
 *     }
 *
 * On a link without connections (settings->is_link) it never wants to be closed: it
 * discards until the line was silent and then awaits the next wake by itself.
 */
#ifndef CSIGN_SERVER_H
#define CSIGN_SERVER_H

#include "device.h"
#include "wants.h"

CSIGN_BEGIN_DECLS

extern const csign_server_profile csign_sealed_server;
extern const csign_server_profile csign_classic_server;

/* Bytes of a connection's memory, for arrays; csign_server_bytes() says the same at run
 * time. reply and request are the settings' maxima, digest the hash's. */
#define CSIGN_SEALED_SERVER_BYTES(wake, challenge, tag, request, reply)                  \
    CSIGN_SEALED_BYTES(wake, challenge, tag, request, reply)
#define CSIGN_CLASSIC_SERVER_BYTES(challenge, digest) ((challenge) + (digest))

/* One connection. The fields are the library's; read them through the functions. */
typedef struct csign_server {
    csign_device *device;
    uint8_t *memory;     /* csign_server_bytes(device) bytes; the caller's */
    uint8_t *message;    /* where requests and replies lie in it */
    uint8_t *at;         /* the message under way, in memory */
    size_t row;          /* the command to run */
    uint32_t since;      /* when the running limit began */
    uint32_t heard;      /* when the last byte passed or this side acted */
    uint16_t have;       /* bytes of the message that have passed, or of a reply's data */
    uint16_t need;       /* bytes of the message that are known to come or go */
    uint16_t limit;      /* ms from since; 0: none runs */
    uint16_t generation; /* of the key that the connection is proven under, or is ahead */
    uint8_t slot;        /* of the key it is proven under, or none yet */
    uint8_t ahead;       /* slot of the key that something was computed under ahead */
    uint8_t state;
    uint8_t reason; /* why it ended; CSIGN_OK as long as it has not */
    uint8_t flags;
} csign_server;

/* Bytes of memory that a connection of this device needs. */
size_t csign_server_bytes(const csign_device *device);

/* Starts a conversation. device and memory must live until it has ended and belong to no
 * other connection meanwhile (the device to several). */
void csign_server_open(csign_server *s, csign_device *device, uint8_t *memory,
                       uint32_t now);

/* What is due. */
csign_wants csign_server_wants(const csign_server *s);

/* Takes up to len bytes from the peer and says how many. It stops after each message; the
 * remainder is the caller's to offer again when bytes are wanted. 0 when none are. */
size_t csign_server_take(csign_server *s, const uint8_t *bytes, size_t len, uint32_t now);

/* Hands over the challenge: settings->challenge bytes that no connection of any device
 * with one of these keys was ever given. A repeat lets a recorded request in again. */
void csign_server_challenge(csign_server *s, const uint8_t *challenge, uint32_t now);

/* The bytes to send; they stay where they are until all are sent. */
const uint8_t *csign_server_out(const csign_server *s, size_t *len);

/* len of them have left. */
void csign_server_sent(csign_server *s, size_t len, uint32_t now);

/* The command to run: its row in device->commands, and in sealed its arguments, which lie
 * in the connection's memory until the reply. */
size_t csign_server_command(const csign_server *s);
const uint8_t *csign_server_arguments(const csign_server *s, size_t *len);

/* The slot of the key that the connection is proven under; only while a command is wanted
 * to run or a change to be stored, and after a reply. */
uint8_t csign_server_slot(const csign_server *s);

/* Whether a request was accepted on this connection. */
bool csign_server_is_proven(const csign_server *s);

/* Sealed: while a command runs, appends to its reply's data, which then take the place of
 * the arguments. data may be the arguments or a part of them, where nothing was appended
 * before. CSIGN_E_LENGTH when status and data together would be longer than
 * settings->reply_max, CSIGN_E_ORDER when no command is to be run: nothing is appended.
 */
csign_status csign_server_append(csign_server *s, const uint8_t *data, size_t len);

/* Sealed: the command has run; data is appended as above, and the reply made.
 * CSIGN_E_LENGTH: nothing is sent yet, reply again shorter. CSIGN_E_ORDER when no command
 * is to be run. */
csign_status csign_server_reply(csign_server *s, uint8_t status, const uint8_t *data,
                                size_t len, uint32_t now);

/* Classic: the command has run. answer has device->answers.len bytes, or is null for a
 * command without an answer. CSIGN_E_ORDER when no command is to be run. */
csign_status csign_server_answer(csign_server *s, const uint8_t *answer, uint32_t now);

/* Set as csign_device.key_change it makes a device offer F1 and F2. The device must have
 * a store; it stays linked out otherwise. */
void csign_key_change(csign_server *s);

typedef struct {
    uint8_t slot;
    uint8_t is_set;     /* 1: set the slot to key and rights; 0: drop it */
    uint32_t rights;    /* set only */
    const uint8_t *key; /* set only: CSIGN_NEW_KEY_LEN bytes, there until stored() */
} csign_change;

/* The key change to store. */
csign_change csign_server_change(const csign_server *s);

/* The change is stored and was read back, or it is not and the store is as before. Only
 * now does the device's key change, and the peer learns which. */
void csign_server_stored(csign_server *s, bool is_stored, uint32_t now);

/* The peer's stream has ended, after all its bytes were taken. A whole request still runs
 * and is answered. */
void csign_server_end(csign_server *s);

/* Applies the limits of time. */
void csign_server_tick(csign_server *s, uint32_t now);

/* Milliseconds until the next limit, UINT32_MAX when none runs. */
uint32_t csign_server_due(const csign_server *s, uint32_t now);

/* Ends the conversation for a reason of the caller's and wipes it. Every conversation
 * that was opened ends by this call or by a CSIGN_WANTS_CLOSE. */
void csign_server_close(csign_server *s, csign_status reason);

/* Why it ended; CSIGN_OK while it has not. On a link: why the last exchange ended, until
 * the next one begins. For the local side only, never for the wire. */
csign_status csign_server_reason(const csign_server *s);

CSIGN_END_DECLS

#endif
