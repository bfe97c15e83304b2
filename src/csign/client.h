/* SPDX-License-Identifier: MIT */
/* client.h: the command sender's half of one conversation (docs/protocol.md, sections 3
 * to 6).
 *
 * A csign_client is one connection. Like a csign_server (server.h) it moves no bytes and
 * keeps no time: ask csign_client_wants() what is due, do it, say that it is done.
 *
 *     csign_client_open(&c, &config, memory, now);
 *     for (;;) {
 *         switch (csign_client_wants(&c)) {
 *         case CSIGN_WANTS_CHALLENGE: csign_client_challenge(&c, fresh, now);
 *         case CSIGN_WANTS_SEND:      csign_client_out(), then csign_client_sent()
 *         case CSIGN_WANTS_BYTES:     csign_client_take(&c, bytes, len, now);
 *         case CSIGN_WANTS_REQUEST:   csign_client_request(&c, command, len, now), or
 *                                     csign_client_close()
 *         case CSIGN_WANTS_CLOSE:     csign_client_outcome() is final
 *         }
 *     }
 *
 * It never sends a request twice. After an unknown outcome the command may have run.
 */
#ifndef CSIGN_CLIENT_H
#define CSIGN_CLIENT_H

#include "classic.h"
#include "sealed.h"
#include "wants.h"

CSIGN_BEGIN_DECLS

/* What became of a request. */
typedef enum {
    CSIGN_OUTCOME_NONE,     /* not yet decided */
    CSIGN_OUTCOME_NOT_SENT, /* no byte of it left */
    CSIGN_OUTCOME_SENT,     /* classic without answers: all of it left, nothing came */
    CSIGN_OUTCOME_DONE,     /* proven by a valid reply */
    CSIGN_OUTCOME_FAILED,   /* proven by a valid reply with another status than 00 */
    CSIGN_OUTCOME_UNKNOWN   /* anything else */
} csign_outcome;

struct csign_client;

/* One of a client's profiles; a program that names one links only that one. */
typedef struct {
    uint8_t is_sealed;
    uint8_t key_min; /* bytes */
    /* Makes the keyed state that csign_client_config.keyed points to. */
    void (*key)(const csign_settings *settings, void *keyed, const uint8_t *key, size_t len);
    /* Private: makes the request in memory and says how many bytes it has. */
    uint16_t (*request)(struct csign_client *client, const uint8_t *command, size_t len);
    /* Private: all the bytes of the reply that were asked for are here. */
    void (*received)(struct csign_client *client, uint32_t now);
} csign_client_profile;

extern const csign_client_profile csign_sealed_client;
extern const csign_client_profile csign_classic_client;

/* The caller's; shared by all connections to one device. */
typedef struct {
    const csign_settings *settings;
    const csign_client_profile *profile;
    const void *keyed;   /* made once by profile->key() */
    csign_table answers; /* classic only; count 0: the device does not answer */
    uint8_t code_len;    /* classic only: bytes of a command's code */
    uint32_t timeout_ms; /* for the challenge and for each reply; CSIGN_REPLY_MS is good */
} csign_client_config;

/* Bytes of a connection's memory, for arrays; csign_client_bytes() says the same at run
 * time. reply and request are the settings' maxima, digest the hash's. */
#define CSIGN_SEALED_CLIENT_BYTES(wake, challenge, tag, request, reply)                     \
    CSIGN_SEALED_BYTES(wake, challenge, tag, request, reply)
#define CSIGN_CLASSIC_CLIENT_BYTES(wake, challenge, digest)                                 \
    CSIGN_LARGER((wake), (challenge) + 2 * (digest))

/* One connection. The fields are the library's; read them through the functions. */
typedef struct csign_client {
    const csign_client_config *config;
    uint8_t *memory;  /* csign_client_bytes(config) bytes; the caller's */
    uint8_t *at;      /* the message under way, in memory */
    size_t row;       /* classic: the answer */
    uint32_t since;   /* when the running limit began */
    uint32_t opened;  /* when the wait for a challenge began */
    uint16_t have;    /* bytes of the message that have passed */
    uint16_t need;    /* bytes of the message that are known to come or go */
    uint8_t sent_len; /* code and arguments of the request under way */
    uint8_t state;
    uint8_t outcome;
    uint8_t reason; /* why it ended; CSIGN_OK as long as it has not */
    uint8_t flags;
} csign_client;

/* Whether the configuration is usable: CSIGN_OK, or the number that names what is wrong. */
csign_status csign_client_check(const csign_client_config *config);

/* Bytes of memory that a connection needs. */
size_t csign_client_bytes(const csign_client_config *config);

/* Starts a conversation on a fresh connection (or an open link). config and memory must
 * live until it has ended; memory belongs to this connection alone. */
void csign_client_open(csign_client *c, const csign_client_config *config, uint8_t *memory,
                       uint32_t now);

/* What is due: any csign_wants but _RUN and _STORE. */
csign_wants csign_client_wants(const csign_client *c);

/* Sealed: hands over the client's own challenge: settings->wake bytes that were never used
 * before under this key. */
void csign_client_challenge(csign_client *c, const uint8_t *challenge, uint32_t now);

/* Takes up to len bytes from the device and says how many; 0 when none are wanted. */
size_t csign_client_take(csign_client *c, const uint8_t *bytes, size_t len, uint32_t now);

/* The bytes to send; they stay where they are until all are sent. */
const uint8_t *csign_client_out(const csign_client *c, size_t *len);

/* len of them have left. A caller that can't tell whether a byte left says that it did. */
void csign_client_sent(csign_client *c, size_t len, uint32_t now);

/* The device's challenge, settings->challenge bytes, while the first request is wanted: a
 * client with a memory refuses one that it was given before by csign_client_close(c,
 * CSIGN_P_REPEATED). Null at any other time. */
const uint8_t *csign_client_device_challenge(const csign_client *c);

/* Makes the request for a command: in sealed code and arguments, 1 to settings->request_max
 * bytes, in classic the code. No byte of it has left before csign_client_out(). The
 * outcome of the request before is forgotten. CSIGN_E_LENGTH, CSIGN_E_ORDER or, when the
 * device's patience is over meanwhile, CSIGN_E_SLOW: nothing was made. */
csign_status csign_client_request(csign_client *c, const uint8_t *command, size_t len,
                                  uint32_t now);

/* Sealed: the first CSIGN_LAST_LEN bytes of the request's tag, from the request to its
 * outcome: what `last` tells if it was the last one run. Null otherwise. */
const uint8_t *csign_client_request_tag(const csign_client *c);

/* What became of the last request made, or CSIGN_OUTCOME_NOT_SENT when the conversation
 * ended before any. */
csign_outcome csign_client_outcome(const csign_client *c);

/* Sealed, done or failed: the reply's status, and its data in the connection's memory until
 * the next request or the end. */
uint8_t csign_client_reply_status(const csign_client *c);
const uint8_t *csign_client_reply_data(const csign_client *c, size_t *len);

/* Classic, done: the row of the answer in config->answers, else CSIGN_NO_ROW. */
size_t csign_client_answer(const csign_client *c);

/* The device's stream has ended, after all its bytes were taken. */
void csign_client_end(csign_client *c);

/* Applies the limits of time. */
void csign_client_tick(csign_client *c, uint32_t now);

/* Milliseconds until the next limit, UINT32_MAX when none runs. */
uint32_t csign_client_due(const csign_client *c, uint32_t now);

/* Ends the conversation for a reason of the caller's. What was under way is decided: not
 * sent, sent or unknown. The reply's data stay until csign_client_wipe(). */
void csign_client_close(csign_client *c, csign_status reason);

/* Why it ended; CSIGN_OK while it has not, and after a last reply as expected. */
csign_status csign_client_reason(const csign_client *c);

/* Wipes the connection's memory, whatever its state, and ends it. */
void csign_client_wipe(csign_client *c);

CSIGN_END_DECLS

#endif
