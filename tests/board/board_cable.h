/* SPDX-License-Identifier: MIT */
/* board_cable.h: the tool's half of provisioning (docs/protocol.md, section 12), frame by
 * frame in simulated time: for power cuts at each byte that the device writes. */
#ifndef BOARD_CABLE_H
#define BOARD_CABLE_H

#include "board_fixture.h"

enum {
    CABLE_HELLO = 0x11,
    CABLE_BEGIN = 0x12,
    CABLE_ID = 0x13,
    CABLE_SECRET = 0x14,
    CABLE_KEY = 0x15,
    CABLE_PROVE = 0x16,
    CABLE_COMMIT = 0x17,
    CABLE_NO_REPLY = -1, /* within two seconds */
    CABLE_CUT = -2
};

/* What a hello says of the store. */
enum { CABLE_BLANK = 0, CABLE_UNPROVISIONED = 2, CABLE_READY = 4, CABLE_SERVING = 5 };

/* Sends a request and awaits its reply, kept in reply[len]: its status, or CABLE_...; a
 * hello's reply may be had at any time. */
int cable_ask(struct device *d, uint8_t kind, const uint8_t *body, size_t len,
              uint8_t reply[80]);

/* The store's state from a hello, or what cable_ask() tells. */
int cable_state(struct device *d);

/* One whole run with one key, an administrator's, in slot 0. 0, the first status that is
 * not, or CABLE_... */
int cable_provision(struct device *d, const char *id, const uint8_t secret[32],
                    const uint8_t key[32]);

#endif
