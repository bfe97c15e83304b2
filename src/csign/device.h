/* SPDX-License-Identifier: MIT */
/* device.h: what all connections of one device share: settings, tables, key slots.
 *
 * The caller fills a zeroed csign_device, asks csign_device_check() once, gives it keys,
 * and then serves any number of connections with server.h. Nothing in here is allocated;
 * every pointer is the caller's and must outlive the device.
 *
 *     static csign_sha256_work work;
 *     static csign_slot slots[2];
 *     static csign_sha256_keyed keyed[2];
 *     static const uint8_t codes[] CSIGN_FLASH = {0x01, 0x02, 0x03};
 *     static csign_settings settings = {{&csign_sha256, &work.head}, "lamp-1", 6, ...};
 *     static csign_device lamp = {.settings = &settings, .profile = &csign_sealed_server,
 *                                 .commands = {codes, 3, 1}, .slots = slots,
 *                                 .keyed = keyed, .slot_count = 2};
 */
#ifndef CSIGN_DEVICE_H
#define CSIGN_DEVICE_H

#include "classic.h"
#include "hmac.h"
#include "rights.h"
#include "sealed.h"
#include "settings.h"

CSIGN_BEGIN_DECLS

struct csign_server;

/* One of a device's profiles: csign_sealed_server or csign_classic_server (server.h). A
 * program that names one links only that one. */
typedef struct {
    uint8_t is_sealed;
    uint8_t key_min; /* bytes */
    /* Makes the keyed state that this profile computes with. */
    void (*key)(const csign_settings *settings, void *keyed, const uint8_t *key,
                size_t len);
    /* A connection awaits a request: what can be computed before it is there. Or null. */
    void (*ahead)(struct csign_server *server);
    /* A connection received all the bytes of the request that it asked for. */
    void (*received)(struct csign_server *server);
    /* Classic: csign_classic_search(), or what a host has in its place: the same result,
     * from work that does not tell which row it is. Null in sealed. */
    csign_classic_search_fn *search;
} csign_server_profile;

/* A key's place in the device; its keyed state lies beside it in csign_device.keyed.
 * Zeroed means empty. Slots count from 0. */
typedef struct {
    uint32_t rights;
    uint8_t last[CSIGN_LAST_LEN]; /* the tag of the request run last under this key */
    uint16_t generation; /* changes with the key: tells connections of an old one */
    uint8_t is_held;
    uint8_t has_last;
} csign_slot;

typedef struct {
    const csign_settings *settings;
    const csign_server_profile *profile;
    csign_table commands;
    csign_table answers; /* classic only; count 0: the device does not answer */
    csign_slot *slots;
    void *keyed;        /* slot_count keyed states of settings->hasher.hash */
    uint8_t slot_count; /* 1 to 254 */
    /* csign_key_change to offer F1 and F2 (server.h), else null: those codes then are
     * unknown commands. Sealed only. */
    void (*key_change)(struct csign_server *server);
    struct csign_server
        *changing; /* the library's: whose key change waits for the store */
} csign_device;

/* Whether the device is usable: CSIGN_OK, or the number that names what is wrong. In
 * classic an answer that equals a code is refused unless may_overlap, since a false
 * device could reflect a request as its answer. Keys need not be set yet. */
csign_status csign_device_check(const csign_device *device, bool may_overlap);

/* Puts a key of len bytes with its rights into an empty slot; the bytes may be wiped
 * afterwards. CSIGN_E_SLOT, _SLOT_TAKEN, _KEY_SHORT or _KEY_KNOWN leave the device as it
 * was. Keys are equal that RFC 2104 treats alike: padded with zeros, or hashed when
 * longer than a block. */
csign_status csign_device_set_key(csign_device *device, uint8_t slot, uint32_t rights,
                                  const uint8_t *key, size_t len);

/* Wipes a slot. Connections that were proven under its key close when they are next
 * asked. CSIGN_E_SLOT or _SLOT_EMPTY leave the device as it was. Unlike F2 over the wire
 * it also drops the last administrator: the caller holds the device. */
csign_status csign_device_drop_key(csign_device *device, uint8_t slot);

/* The keyed state of a slot. */
void *csign_device_keyed(const csign_device *device, uint8_t slot);

CSIGN_END_DECLS

#endif
