/* SPDX-License-Identifier: MIT */
/* key_rotate.h: `countersign key rotate`, in three steps that never leave the device, or
 * this side, without a key that works. */
#ifndef KEY_ROTATE_H
#define KEY_ROTATE_H

#include "key_options.h"
#include "send_output.h"
#include "session.h"

/* Rotates the session's key, or goes on with a rotation that was cut. */
enum send_status key_rotate(struct session *session, const struct key_options *options,
                            uint32_t rights);

#endif
