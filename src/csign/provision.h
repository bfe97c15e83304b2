/* SPDX-License-Identifier: MIT */
/* provision.h: the device's half of provisioning over a cable (docs/protocol.md, section
 * 12): it is given its id, its secret u and its keys, stores them and proves that it has
 * them.
 *
 * A csign_provision is one line. It moves no bytes, keeps no time and never waits for the
 * store: what a frame asks for is done in steps of at most one byte written.
 *
 *     csign_provision_open(&p, &device, &store, frame, now);
 *     for (;;) {
 *         csign_provision_tick(&p, now);
 *         switch (csign_provision_wants(&p)) {
 *         case CSIGN_WANTS_BYTES: csign_provision_take(&p, bytes, len, granted, now);
 *         case CSIGN_WANTS_STORE: csign_provision_step(&p, now);
 *         case CSIGN_WANTS_SEND:  csign_provision_out(), then csign_provision_sent()
 *         }
 *         if (csign_provision_is_done(&p)) ... give the stored keys to the device
 *     }
 *
 * On a line that commands use too: a device without a provisioned store gives every byte
 * to csign_provision_take(). A provisioned one does so only while
 * csign_provision_is_busy(), and, in the first CSIGN_PROVISION_WINDOW_MS after its start
 * or as long as it is granted, with a byte CSIGN_PROVISION_START that would begin a wake.
 * All other bytes are the server's.
 */
#ifndef CSIGN_PROVISION_H
#define CSIGN_PROVISION_H

#include "device.h"
#include "store.h"
#include "wants.h"

CSIGN_BEGIN_DECLS

#define CSIGN_PROVISION_START     0xc5  /* the first byte of each frame */
#define CSIGN_PROVISION_BYTES     77    /* of the caller's frame memory */
#define CSIGN_PROVISION_WINDOW_MS 3000  /* after the start, beside commands */
#define CSIGN_PROVISION_RUN_MS    10000 /* without a byte end a run */

/* One line. The fields are the library's; read them through the functions. */
typedef struct csign_provision {
    csign_device *device;
    csign_store *store;
    uint8_t *frame; /* CSIGN_PROVISION_BYTES; the caller's */
    uint16_t heard; /* when the last byte of a frame came, or the last reply had left */
    uint8_t have; /* bytes of the frame that have come, or of the reply that have left */
    uint8_t state;
    uint8_t sequence; /* of the request answered last */
    uint8_t kind;     /* and what it was; 0: none yet */
    uint8_t status;   /* and the status it got */
    uint8_t flags;
} csign_provision;

/* Starts listening. store is that of device and has been opened, whatever came of it;
 * both and frame must live as long as the line is used. frame may be the memory of a
 * connection that is not open meanwhile. When a run begins, the device forgets the keys
 * it serves with, and connections proven under them close. */
void csign_provision_open(csign_provision *p, csign_device *device, csign_store *store,
                          uint8_t *frame, uint32_t now);

/* What is due: CSIGN_WANTS_BYTES, _STORE or _SEND, nothing else. */
csign_wants csign_provision_wants(const csign_provision *p);

/* Takes up to len bytes of the line and says how many; it stops after each frame.
 * granted: someone who has the device in hand allows that it is provisioned anew, by a
 * jumper or a button held at the start; without it a provisioned device refuses. */
size_t csign_provision_take(csign_provision *p, const uint8_t *bytes, size_t len,
                            bool granted, uint32_t now);

/* Does the next small part of what was asked: at most one byte written to the store, or
 * one HMAC. Call it while CSIGN_WANTS_STORE. */
void csign_provision_step(csign_provision *p, uint32_t now);

/* The bytes to send; they stay where they are until all are sent. */
const uint8_t *csign_provision_out(const csign_provision *p, size_t *len);

/* len of them have left, at most those that were out. */
void csign_provision_sent(csign_provision *p, size_t len, uint32_t now);

/* Applies the limits of time: 500 ms inside a frame, CSIGN_PROVISION_RUN_MS in a run,
 * which then ends and leaves the device unprovisioned. Call it at least every 30 s. */
void csign_provision_tick(csign_provision *p, uint32_t now);

/* Whether a frame is half here, is being answered, or a run is open: the line's bytes are
 * this machine's. */
bool csign_provision_is_busy(const csign_provision *p);

/* Whether a run was committed and its reply has left: the store is READY with a new id, u
 * and keys, to be started and loaded. True until the next request is answered. */
bool csign_provision_is_done(const csign_provision *p);

/* Ends an open run, whose device then is unprovisioned, and wipes the frame. Not while
 * CSIGN_WANTS_STORE, where the store still reads the frame. */
void csign_provision_close(csign_provision *p);

CSIGN_END_DECLS

#endif
