/* SPDX-License-Identifier: MIT */
/* sealed.h: the formulas of the sealed profile, the same for both sides
 * (docs/protocol.md, section 4). */
#ifndef CSIGN_SEALED_H
#define CSIGN_SEALED_H

#include "hmac.h"
#include "settings.h"

CSIGN_BEGIN_DECLS

#define CSIGN_SEALED_KEY_MIN 16 /* bytes */

/* The first byte of everything that is authenticated under the derived key. */
enum {
    CSIGN_LABEL_FIRST_REQUEST = 0x01,
    CSIGN_LABEL_REPLY = 0x02,
    CSIGN_LABEL_NEXT_REQUEST = 0x03,
    CSIGN_LABEL_FIRST_STREAM = 0x04,
    CSIGN_LABEL_NEXT_STREAM = 0x05
};

/* A reply's first byte. */
enum {
    CSIGN_STATUS_DONE = 0x00,
    CSIGN_STATUS_NO_COMMAND = 0x01,
    CSIGN_STATUS_BAD_ARGUMENTS = 0x02,
    CSIGN_STATUS_NOT_ALLOWED = 0x03,
    CSIGN_STATUS_FAILED = 0x04,
    CSIGN_STATUS_NOTHING = 0x05,
    CSIGN_STATUS_OWN = 0x80 /* and above: the application's */
};

/* The protocol's own commands. */
enum { CSIGN_CODE_LAST = 0xf0, CSIGN_CODE_SET_KEY = 0xf1, CSIGN_CODE_DROP_KEY = 0xf2 };

#define CSIGN_LAST_LEN    8  /* bytes of a request's tag that `last` tells */
#define CSIGN_SET_KEY_LEN 38 /* bytes of a set-key request: code, slot, rights, key */
#define CSIGN_NEW_KEY_LEN 32

/* Memory of one connection, on either side: what the exchange is bound to, the request's
 * whole tag, and the longest message, which leaves room for a block of the stream. */
#define CSIGN_SEALED_BYTES(wake, challenge, tag, request, reply)                         \
    (CSIGN_LARGER((wake) + (challenge), CSIGN_SEALED_LEN) + CSIGN_SEALED_LEN + 1 +       \
     CSIGN_LARGER(CSIGN_LARGER((request), (reply)) + (tag), CSIGN_SEALED_LEN))

/* Derives K' from a key of len bytes, at least CSIGN_SEALED_KEY_MIN, and keeps its keyed
 * state (2 * state_size bytes) in keyed. */
void csign_sealed_key(const csign_settings *settings, void *keyed, const uint8_t *key,
                      size_t len);

/* What a tag or a stream is bound to: N || R (wake + challenge bytes) under the labels of
 * the first exchange, else a whole tag: the reply's before it for a further request or
 * its stream, the request's for a reply. */

/* The whole tag, 32 bytes, over what it is bound to and the message: its length byte and
 * that many more. tag may be the work's block. */
void csign_sealed_tag(const csign_settings *settings, const void *keyed, uint8_t label,
                      const uint8_t *bound, const uint8_t *message, uint8_t *tag);

/* Leaves block `index` of the stream, bytes 32 * index to 32 * index + 31, in the work's
 * block, which is returned. */
const uint8_t *csign_sealed_block(const csign_settings *settings, const void *keyed,
                                  uint8_t label, const uint8_t *bound, uint8_t index);

/* XORs len bytes with the stream's bytes from, from + 1, ... (from + len at most 510). */
void csign_sealed_stream(const csign_settings *settings, const void *keyed, uint8_t label,
                         const uint8_t *bound, uint16_t from, uint8_t *bytes,
                         uint8_t len);

CSIGN_END_DECLS

#endif
