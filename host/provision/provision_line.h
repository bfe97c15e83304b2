/* SPDX-License-Identifier: MIT */
/* provision_line.h: frames over a serial line to a device that is provisioned, the tool's
 * side (docs/protocol.md, section 12). */
#ifndef PROVISION_LINE_H
#define PROVISION_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROVISION_START    0xc5
#define PROVISION_BODY_MAX 65 /* bytes, of either side */
#define PROVISION_VERSION  1
#define PROVISION_QUIET_MS 700 /* before each hello */

enum provision_kind {
    PROVISION_HELLO = 0x11,
    PROVISION_BEGIN = 0x12,
    PROVISION_ID = 0x13,
    PROVISION_SECRET = 0x14,
    PROVISION_KEY = 0x15,
    PROVISION_PROVE = 0x16,
    PROVISION_COMMIT = 0x17,
    PROVISION_ABORT = 0x18
};

enum provision_status {
    PROVISION_DONE = 0,
    PROVISION_UNKNOWN = 1,
    PROVISION_NOT_NOW = 2,
    PROVISION_REFUSED = 3,
    PROVISION_BAD = 4,
    PROVISION_TAKEN = 5,
    PROVISION_BUSY = 6,
    PROVISION_NOT_STORED = 7
};

struct provision_frame {
    uint8_t bytes[PROVISION_BODY_MAX + 6];
    size_t len;
};

/* What has been received and is not yet a frame. */
struct provision_input {
    uint8_t bytes[256];
    size_t len;
};

struct provision_line {
    int fd;
    uint8_t sequence; /* of the last request */
    struct provision_input input;
    uint8_t body[PROVISION_BODY_MAX]; /* of the last reply, len bytes; status first */
    size_t len;
    bool is_gone; /* unplugged */
};

/* Makes a frame; body has len bytes, at most PROVISION_BODY_MAX. */
void provision_frame_make(struct provision_frame *frame, uint8_t sequence, uint8_t kind,
                          const void *body, size_t len);

/* Takes the next whole frame with a right check out of the input, dropping what is none.
 * False: there is none yet. */
bool provision_input_next(struct provision_input *input, struct provision_frame *frame);

/* Waits ms, discarding what comes; ends early when the line is gone. */
void provision_line_wait(struct provision_line *line, unsigned ms);

/* Says hello; false when no reply came in PROVISION_QUIET_MS. Say it again then. */
bool provision_line_hello(struct provision_line *line);

/* Sends a request, up to three times, until its reply is in line->body, len at least 1.
 * False: none came, or the line is gone; len is 0 then. */
bool provision_line_ask(struct provision_line *line, enum provision_kind kind,
                        const void *body, size_t len);

/* Wipes what has passed. */
void provision_line_wipe(struct provision_line *line);

#endif
