/* SPDX-License-Identifier: MIT */
/* key_session.h: a client's session under another key than its device file's. */
#ifndef KEY_SESSION_H
#define KEY_SESSION_H

#include "keygen.h"
#include "send_output.h"
#include "session.h"

/* Reads the key file at path as the 32 bytes that a device's slot holds: a shorter key is
 * padded with zeros, which RFC 2104 does to it anyway. On failure returns false and
 * writes one line to error. */
bool key_session_read(uint8_t key[KEY_TEXT_KEY], const char *path, char *error,
                      size_t error_size);

/* From now on the open session speaks under this key. */
void key_session_use(struct session *session, const uint8_t key[KEY_TEXT_KEY]);

/* One exchange that changes nothing: the question `last`. Fills result; its reason lies
 * in reason. True: a valid reply came, so the device holds the session's key. */
bool key_session_try(struct session *session, uint32_t timeout_ms,
                     struct send_result *result, char *reason, size_t reason_size);

#endif
