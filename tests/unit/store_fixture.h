/* SPDX-License-Identifier: MIT */
/* store_fixture.h: an EEPROM that can lose its power, tear a byte, wear and rot, and a
 * store in it. A test is to end with CHECK(!chip.is_misused). */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include "Countersign.h"
#include "check.h"
#include "csign/store.h"

enum { BASE = 40, KEYS = 4, COUNTERS = 4, CELLS = CSIGN_STORE_BYTES(KEYS, COUNTERS) };

/* Where things lie, as docs/store.md says. */
enum { AT_MARKS = 0, AT_SECRET = 8, AT_KEYS = 48, KEY_CELLS = 40, IDENTITY_CELLS = 81 };
enum { AT_IDENTITY = AT_KEYS + KEYS * KEY_CELLS };
enum { AT_COUNTER = AT_IDENTITY + IDENTITY_CELLS };
enum { ROOM = CSIGN_STORE_BYTES(KEYS, CSIGN_STORE_COUNTERS_MAX) };

/* A target has less RAM and less time. */
#ifdef CHECK_ON_TARGET
typedef uint8_t chip_count;
enum { SEEN_LEN = 16, SEEN_MAX = 16 };
#else
typedef uint16_t chip_count;
enum { SEEN_LEN = 16, SEEN_MAX = 4096 };
#endif

enum cut { CUT_OLD, CUT_NEW, CUT_TORN };

struct chip {
    uint8_t cells[ROOM];
    chip_count *wear; /* writes of each cell, or null */
    uint16_t writes;  /* since load() */
    uint16_t cut_at;  /* the write that power fails in, from 1; 0: none */
    enum cut cut;     /* what the byte of that write then is */
    uint8_t torn;     /* CUT_TORN: its value */
    uint16_t torn_at; /* its cell */
    bool is_torn;     /* that cell was not written since */
    uint16_t stuck[3];
    uint8_t stuck_as[3];
    uint8_t stuck_count;
    uint8_t takes; /* polls for which a write keeps the chip busy */
    uint8_t busy;
    uint16_t reads, written; /* in this step */
    uint16_t most_reads;
    bool is_off;
    bool is_misused; /* touched elsewhere, while busy, or twice in a step */
};

static struct chip chip;
static csign_store store;
static csign_store_memory memory;

static inline void apply_stuck(void)
{
    for (uint8_t i = 0; i < chip.stuck_count; i++)
        chip.cells[chip.stuck[i]] = chip.stuck_as[i];
}

static inline uint16_t cell_at(uint16_t address)
{
    if (address >= BASE && address < BASE + csign_store_bytes(&memory) && chip.busy == 0)
        return (uint16_t)(address - BASE);
    chip.is_misused = true;
    return 0;
}

static inline uint8_t chip_read(void *context, uint16_t address)
{
    (void)context;
    chip.reads++;
    return chip.cells[cell_at(address)];
}

static inline void chip_write(void *context, uint16_t address, uint8_t byte)
{
    uint16_t cell = cell_at(address);

    (void)context;
    if (chip.is_off)
        return;
    if (chip.cells[cell] == byte || ++chip.written > 1)
        chip.is_misused = true;
    if (chip.wear != NULL)
        chip.wear[cell]++;
    if (++chip.writes == chip.cut_at) {
        chip.is_off = true;
        chip.torn_at = cell;
        chip.is_torn = chip.cut == CUT_TORN;
        if (chip.cut == CUT_OLD)
            return;
        if (chip.cut == CUT_TORN)
            byte = chip.torn;
    } else if (cell == chip.torn_at) {
        chip.is_torn = false;
    }
    chip.cells[cell] = byte;
    chip.busy = chip.takes;
    apply_stuck();
}

static inline bool chip_is_busy(void *context)
{
    (void)context;
    if (chip.busy == 0)
        return false;
    chip.busy--;
    return true;
}

static csign_store_memory memory = {chip_read, chip_write, chip_is_busy, NULL,
                                    BASE,      KEYS,       COUNTERS};

static inline void power_on(void)
{
    chip.is_off = false;
    chip.busy = 0;
    chip.writes = 0;
    chip.cut_at = 0;
}

/* Power fails in the k-th write from now. torn < 0 leaves the byte as it was, torn > 255
 * as it should be. */
static inline void cut_power_at(uint16_t k, int torn)
{
    chip.writes = 0;
    chip.cut_at = k;
    chip.cut = torn < 0 ? CUT_OLD : torn > 255 ? CUT_NEW : CUT_TORN;
    chip.torn = (uint8_t)torn;
}

static inline void fill(uint8_t byte)
{
    memset(&chip, 0, sizeof chip);
    memset(chip.cells, byte, sizeof chip.cells);
}

static inline uint8_t noise(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (uint8_t)(*seed >> 24);
}

static inline csign_step step_once(void)
{
    csign_step step;

    chip.reads = 0;
    chip.written = 0;
    step = csign_store_step(&store);
    if (chip.reads > chip.most_reads)
        chip.most_reads = chip.reads;
    return step;
}

/* Steps until the job is over or the power is. */
static inline csign_step run(void)
{
    for (uint16_t i = 0; i < 20000; i++) {
        csign_step step = step_once();

        if (step != CSIGN_STEP_MORE || chip.is_off)
            return step;
    }
    chip.is_misused = true;
    return CSIGN_STEP_MORE;
}

/* Whether a job began and was done. */
static inline bool done(csign_status begun)
{
    return begun == CSIGN_OK && run() == CSIGN_STEP_DONE && !chip.is_off;
}

/* What owner number `owner` stores; everything follows from the number. */

static inline void make_bytes(uint8_t *to, size_t len, uint32_t seed)
{
    for (size_t i = 0; i < len; i++)
        to[i] = noise(&seed);
}

static inline void make_key(uint8_t owner, uint8_t slot, uint8_t key[32])
{
    make_bytes(key, CSIGN_NEW_KEY_LEN, 1000u + owner * 100u + slot);
}

static inline uint32_t rights_of(uint8_t owner, uint8_t slot)
{
    return slot == 0 ? (uint32_t)CSIGN_RIGHTS_EVERY
                     : (uint32_t)(0x00010203 + owner * 0x1000 + slot * 0x100);
}

static inline csign_store_identity identity_of(uint8_t owner)
{
    csign_store_identity identity;

    memset(&identity, 0, sizeof identity);
    identity.setup[0] = 1;
    identity.id_len = (uint8_t)(6 + owner);
    make_bytes(identity.id, identity.id_len, owner);
    return identity;
}

static inline void make_secret(uint8_t owner, uint8_t secret[32])
{
    make_bytes(secret, CSIGN_SOURCE_SECRET_LEN, 500u + owner);
}

static inline bool put_key(uint8_t owner, uint8_t slot)
{
    uint8_t key[32];

    make_key(owner, slot, key);
    return done(csign_store_put_key(&store, slot, rights_of(owner, slot), key));
}

/* All of an owner's, keys in slots 0 and 1; false where power failed. */
static inline bool put_all(uint8_t owner)
{
    csign_store_identity identity = identity_of(owner);
    uint8_t secret[32];

    make_secret(owner, secret);
    return done(csign_store_put_identity(&store, &identity)) &&
           done(csign_store_put_secret(&store, secret)) && put_key(owner, 0) &&
           put_key(owner, 1) && done(csign_store_commit(&store));
}

static inline bool provision(uint8_t owner)
{
    return done(csign_store_begin(&store)) && put_all(owner);
}

static inline csign_store_state reopen(void)
{
    power_on();
    return csign_store_open(&store, &memory);
}

/* Challenges: every one that was ever drawn since forget_challenges(). */

static uint8_t seen[SEEN_MAX][SEEN_LEN];
static uint16_t seen_count;

static inline void forget_challenges(void)
{
    seen_count = 0;
}

/* The next start changes several bytes of a slot. */
static inline void put_before_a_carry(void)
{
    for (uint8_t slot = 0; slot < COUNTERS; slot++) {
        uint8_t *cell = chip.cells + AT_COUNTER + slot * 8;

        cell[2] = 0x01;
        cell[3] = (uint8_t)(0xfe + slot / 2); /* 1fe, 1fe, 1ff, 1ff */
        cell[6] = 0xfe;
        cell[7] = (uint8_t)~cell[3];
    }
}

/* A chip of owner 1, not started. */
static inline void make_ready(void)
{
    forget_challenges();
    fill(0xff);
    (void)reopen();
    if (!provision(1))
        chip.is_misused = true;
    (void)reopen();
}

static inline bool start(void)
{
    return done(csign_store_start(&store));
}

static inline void make_serving(void)
{
    make_ready();
    if (!start())
        chip.is_misused = true;
}

static inline bool set_key(uint8_t owner, uint8_t slot)
{
    uint8_t key[32];
    csign_change change = {slot, 1, rights_of(owner, slot), key};

    make_key(owner, slot, key);
    return done(csign_store_change(&store, &change));
}

static inline bool drop_key(uint8_t slot)
{
    csign_change change = {slot, 0, 0, NULL};

    return done(csign_store_change(&store, &change));
}

#if defined(CHECK_ON_TARGET) && defined(FIXTURE_H)
#define source_work one_work /* there is room for one */
#else
static csign_sha256_work source_work;
#endif
static const csign_hasher source_hasher = {&csign_sha256, &source_work.head};

static inline bool holds_secret(uint8_t owner)
{
    csign_sha256_keyed keyed, expected;
    uint8_t secret[32];

    make_secret(owner, secret);
    csign_hmac_key(&source_hasher, &expected, secret, sizeof secret);
    return csign_store_secret(&store, &source_hasher, &keyed) == CSIGN_OK &&
           memcmp(&keyed, &expected, sizeof keyed) == 0;
}

/* Whether a serving store holds just what the owner put there, with keys in the slots of
 * held (bit 0: slot 0). */
static inline bool holds(uint8_t owner, uint8_t held)
{
    csign_store_identity identity, expected = identity_of(owner);

    if (!holds_secret(owner) || csign_store_identify(&store, &identity) != CSIGN_OK ||
        memcmp(&identity, &expected, sizeof identity) != 0)
        return false;
    for (uint8_t slot = 0; slot < KEYS; slot++) {
        uint8_t key[32], expected_key[32];
        uint32_t rights;
        csign_status status = csign_store_key(&store, slot, &rights, key);

        make_key(owner, slot, expected_key);
        if (status != (held & 1 << slot ? CSIGN_OK : CSIGN_E_SLOT_EMPTY))
            return false;
        if (status == CSIGN_OK && (rights != rights_of(owner, slot) ||
                                   memcmp(key, expected_key, sizeof key) != 0))
            return false;
    }
    return true;
}

/* Whether len bytes lie in the chip somewhere. */
static inline bool lies_in_chip(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i + len <= CELLS; i++) {
        if (memcmp(chip.cells + i, bytes, len) == 0)
            return true;
    }
    return false;
}

/* Draws one challenge; false when there is none, or when it is not a new one. */
static inline bool draw(void)
{
    csign_sha256_keyed keyed;

    if (seen_count == SEEN_MAX ||
        csign_store_secret(&store, &source_hasher, &keyed) != CSIGN_OK ||
        csign_store_challenge(&store, &source_hasher, &keyed, NULL, 0, seen[seen_count],
                              SEEN_LEN) != CSIGN_OK)
        return false;
    for (uint16_t i = 0; i < seen_count; i++) {
        if (memcmp(seen[i], seen[seen_count], SEEN_LEN) == 0)
            return false;
    }
    seen_count++;
    return true;
}

/* A start as a device does it, and two challenges. */
static inline bool start_and_draw(void)
{
    return reopen() == CSIGN_STORE_READY && start() && draw() && draw();
}

#endif
