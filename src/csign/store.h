/* SPDX-License-Identifier: MIT */
/* store.h: what a device must not lose: its id, the challenge source's secret and
 * counter, and its keys, in an EEPROM, an FRAM or a file (docs/store.md).
 *
 * A cut of power at any byte, also a half-written one, leaves the old or the new state.
 * The store writes one byte at a time and never waits for it: a call begins a job, and
 * csign_store_step() does a little of it until it says that it is over.
 *
 *     state = csign_store_open(&store, &memory);
 *     if (state == CSIGN_STORE_READY && csign_store_start(&store) == CSIGN_OK)
 *         while (csign_store_step(&store) == CSIGN_STEP_MORE) {}
 *     if (csign_store_load(&store, &device) == CSIGN_OK &&
 *         csign_store_secret(&store, &hasher, &keyed_u) == CSIGN_OK)
 *         the device may serve
 *
 *     CSIGN_WANTS_CHALLENGE: csign_store_challenge(), then csign_server_challenge()
 *     CSIGN_WANTS_STORE:     csign_store_change() once, csign_store_step() each turn of
 * the loop until it is over, then csign_server_stored()
 *
 * One job at a time; a call that comes in between answers CSIGN_E_BUSY and changes
 * nothing. Only a store that is serving gives keys and challenges; every other state
 * fails closed.
 */
#ifndef CSIGN_STORE_H
#define CSIGN_STORE_H

#include "challenge.h"
#include "server.h"

CSIGN_BEGIN_DECLS

#define CSIGN_STORE_SETUP_LEN     8 /* bytes that are the caller's own */
#define CSIGN_STORE_KEY_SLOTS     4 /* a good number */
#define CSIGN_STORE_KEY_SLOTS_MAX 250
#define CSIGN_STORE_COUNTERS      4 /* the least; more wear less */
#define CSIGN_STORE_COUNTERS_MAX  8

/* Bytes that a store takes from its base on; csign_store_bytes() says the same at run
 * time. 321 for 4 key slots and 4 slots of the counter. */
#define CSIGN_STORE_BYTES(key_slots, counters) (129 + 40 * (key_slots) + 8 * (counters))

/* Where a store lies. The caller's; must outlive the store. */
typedef struct {
    /* Reads a byte. Called only while the memory is not busy. A byte that could not be
     * written must not read as if it had been. */
    uint8_t (*read)(void *context, uint16_t address);
    /* Begins to write a byte and returns at once. Called only while the memory is not
     * busy. Bytes become permanent in the order of these calls. */
    void (*write)(void *context, uint16_t address, uint8_t byte);
    /* Whether the byte before is still being written: until it is permanent. Null where
     * write() returns only then. */
    bool (*is_busy)(void *context);
    void *context;
    uint16_t base;     /* address of the first byte; the last may not exceed 65535 */
    uint8_t key_slots; /* 1 to CSIGN_STORE_KEY_SLOTS_MAX */
    uint8_t counters;  /* slots of the counter, CSIGN_STORE_COUNTERS to _COUNTERS_MAX */
} csign_store_memory;

/* Numbers stay: logs and the provisioning line tell them. */
typedef enum {
    CSIGN_STORE_ERASED = 0,  /* nobody's: all ff or all 00 */
    CSIGN_STORE_FOREIGN = 1, /* other data, or a store of another shape or version */
    CSIGN_STORE_BEGUN = 2,   /* provisioning was begun and not ended */
    CSIGN_STORE_DAMAGED = 3, /* was provisioned; is broken, or its counter is used up */
    CSIGN_STORE_READY = 4,   /* provisioned; to be started */
    CSIGN_STORE_SERVING = 5, /* started: the counter is taken */
    CSIGN_STORE_OPEN = 6     /* being provisioned by this very run */
} CSIGN_NARROW csign_store_state;

typedef enum {
    CSIGN_STEP_MORE,  /* call again, at once or later */
    CSIGN_STEP_DONE,  /* stored and read back */
    CSIGN_STEP_FAILED /* not stored; a key change left its slot as it was */
} CSIGN_NARROW csign_step;

/* What a device is called, as it is stored. */
typedef struct {
    uint8_t setup[CSIGN_STORE_SETUP_LEN]; /* the caller's own, or zeros */
    uint8_t id_len;                       /* 0 to CSIGN_ID_MAX */
    uint8_t id[CSIGN_ID_MAX];             /* what is behind id_len: zeros */
} csign_store_identity;

/* One store. The fields are the library's; read them through the functions. */
typedef struct csign_store {
    const csign_store_memory *memory;
    void (*job)(struct csign_store *store); /* null: none */
    const uint8_t *source; /* bytes to be stored next; null: others than the caller's */
    uint32_t upper;        /* of the counter: taken, or to be taken */
    uint32_t lower;        /* of the next challenge */
    uint8_t small[8];      /* bytes to be stored that are nobody else's */
    uint8_t record;        /* of the cell under way */
    uint8_t offset;        /* of that cell, and where the span ends */
    uint8_t end;
    uint8_t tried; /* slots of the counter that this start has tried */
    uint8_t state;
    uint8_t flags;
} csign_store;

/* Whether a store can lie there: CSIGN_OK, CSIGN_E_MEMORY (a pointer is null, or the end
 * is beyond 65535) or CSIGN_E_SLOT_COUNT. Nothing else checks it. */
csign_status csign_store_check(const csign_store_memory *memory);

/* Bytes from memory->base on. */
uint32_t csign_store_bytes(const csign_store_memory *memory);

/* Reads all of it and writes nothing: ERASED, FOREIGN, BEGUN, DAMAGED or READY. Forgets
 * any job. The memory must not be busy. */
csign_store_state csign_store_open(csign_store *store, const csign_store_memory *memory);

csign_store_state csign_store_now(const csign_store *store);

/* Does a little of the job: works on one cell, with one write at most, or looks at one
 * record (at a commit: at all of them). Returns at once while the memory is busy. Says
 * how the last job ended when there is none; CSIGN_STEP_DONE when there never was one. */
csign_step csign_store_step(csign_store *store);

/* -- serving -------------------------------------------------------------------- */

/* Job: takes the next upper counter, after it has tidied up what a cut of power left.
 * READY or SERVING before, SERVING afterwards, DAMAGED when it fails. CSIGN_E_ORDER in
 * another state, CSIGN_E_BUSY. */
csign_status csign_store_start(csign_store *store);

/* Sets all stored keys in a device whose slots are empty and as many as the store's. Any
 * other status than CSIGN_OK leaves it without a key: CSIGN_E_ORDER unless SERVING,
 * CSIGN_E_BUSY, CSIGN_E_SLOT_COUNT, CSIGN_E_KEY_KNOWN (two stored keys are equal). */
csign_status csign_store_load(const csign_store *store, csign_device *device);

/* Copies the identity out, the bytes behind id_len as stored. READY, SERVING or OPEN;
 * else CSIGN_E_ORDER. CSIGN_E_BUSY. CSIGN_E_ID: none is stored yet. */
csign_status csign_store_identify(const csign_store *store,
                                  csign_store_identity *identity);

/* Makes the keyed state of u (2 * state_size bytes) for csign_store_challenge(). Kept, it
 * costs RAM; made anew for each challenge and wiped, it costs two compressions. READY or
 * SERVING, else CSIGN_E_ORDER. CSIGN_E_BUSY. Uses 32 bytes of stack. */
csign_status csign_store_secret(const csign_store *store, const csign_hasher *hasher,
                                void *keyed);

/* Makes the next challenge: len bytes, 1 to CSIGN_CHALLENGE_MAX, to out. entropy: see
 * csign_challenge_make(). Not hindered by a key change under way. CSIGN_E_BUSY: a start
 * is under way, so step and ask again; this call begins it by itself when the store is
 * READY, as it is again after every 2^32 challenges. CSIGN_E_ORDER in any other state but
 * SERVING: there will be none. */
csign_status csign_store_challenge(csign_store *store, const csign_hasher *hasher,
                                   const void *keyed, const uint8_t *entropy,
                                   uint8_t entropy_len, uint8_t *out, uint8_t len);

/* Job: stores a key change. change itself is copied; its key must stay until the job is
 * over, as it does while the connection wants CSIGN_WANTS_STORE. SERVING; else
 * CSIGN_E_ORDER. CSIGN_E_BUSY, CSIGN_E_SLOT, CSIGN_E_SLOT_TAKEN (set), CSIGN_E_SLOT_EMPTY
 * (drop): no job; the change is not stored. */
csign_status csign_store_change(csign_store *store, const csign_change *change);

/* The connection whose change is being stored goes away, and with it the key: must be
 * called before csign_server_close(). A set is undone and ends as CSIGN_STEP_FAILED. A
 * drop goes on; when it ends as CSIGN_STEP_DONE, csign_device_drop_key(). Step on. */
void csign_store_cancel(csign_store *store);

/* -- provisioning --------------------------------------------------------------- */

/* Job: forgets everything, in whatever state, and is ready to be written: OPEN. From its
 * first writes until csign_store_commit() has ended the store is BEGUN for everyone who
 * opens it. CSIGN_STEP_FAILED: a cell does not take its value; a store can't lie here.
 * CSIGN_E_BUSY. */
csign_status csign_store_begin(csign_store *store);

/* Jobs: write one part. The memory pointed to must stay until the job is over. A part may
 * be written again, a key only into an empty slot. After CSIGN_STEP_FAILED the part is
 * empty. CSIGN_E_ORDER unless OPEN, CSIGN_E_BUSY, CSIGN_E_ID (too long), CSIGN_E_SLOT,
 * CSIGN_E_SLOT_TAKEN. secret: CSIGN_SOURCE_SECRET_LEN bytes, never used for any device
 * before. key: CSIGN_NEW_KEY_LEN bytes, equal to no other. */
csign_status csign_store_put_identity(csign_store *store,
                                      const csign_store_identity *identity);
csign_status csign_store_put_secret(csign_store *store, const uint8_t *secret);
csign_status csign_store_put_key(csign_store *store, uint8_t slot, uint32_t rights,
                                 const uint8_t *key);

/* Reads a stored key back: CSIGN_NEW_KEY_LEN bytes to key, which the caller wipes.
 * SERVING or OPEN; else CSIGN_E_ORDER. CSIGN_E_BUSY, CSIGN_E_SLOT, CSIGN_E_SLOT_EMPTY. */
csign_status csign_store_key(const csign_store *store, uint8_t slot, uint32_t *rights,
                             uint8_t *key);

/* Job: reads all of it back and makes it valid: READY. Identity and secret must have been
 * put; keys need not. CSIGN_STEP_FAILED: something is missing or does not read back; the
 * store is forgotten as by csign_store_begin(), BEGUN. CSIGN_E_ORDER unless OPEN,
 * CSIGN_E_BUSY. */
csign_status csign_store_commit(csign_store *store);

CSIGN_END_DECLS

#endif
