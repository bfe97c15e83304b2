/* SPDX-License-Identifier: MIT */
/* session.h: what a client needs for one device: its file, its key, the library's
 * configuration and memory. */
#ifndef SESSION_H
#define SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "Countersign.h"
#include "device_file.h"
#include "state.h"

struct session {
    struct device_file file;
    csign_hash hash; /* the file's, as this machine computes it */
    csign_any_work work;
    csign_any_keyed keyed;
    csign_settings settings;
    csign_client_config config; /* points into this struct: it can't be copied */
    uint8_t *memory;            /* one connection's */
    size_t memory_len;
    char state_name[STATE_NAME_LEN + 1];
};

/* Reads the device file and its client's key. On failure returns false and writes one
 * line to error: what is wrong and the cure. session_close() in either case. */
bool session_open(struct session *session, const char *path, uint32_t timeout_ms,
                  char *error, size_t error_size);

/* Makes the configuration, the memory and the key anew after a change of session->file.
 * False, with one line in error, as above. */
bool session_set_up(struct session *session, uint32_t timeout_ms, char *error,
                    size_t error_size);

/* Wipes all that was made of the key. */
void session_close(struct session *session);

#endif
