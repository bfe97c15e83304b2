/* SPDX-License-Identifier: MIT */
/* provision.c
 *
 * The state is what is wanted:
 *
 *     state    event                             next
 *     BYTES    a whole frame                     STORE
 *     STORE    step: answered, or stored or not  SEND
 *     SEND     all sent                          BYTES
 *
 * A frame that is cut, damaged or too long is dropped without a word: nobody can tell
 * whose reply it would want. Any status but done ends the run. The frame is zero behind
 * what has come of it.
 */
#include "provision.h"

#include "bytes.h"
#include "crc16.h"
#include "key_slots.h"

enum {
    GRANTED = 1,
    HAS_JOB = 2, /* the store works on the request */
    HAS_KEY = 4  /* the run has stored one at least */
};

enum {
    HELLO = 0x11,
    BEGIN = 0x12,
    IDENTITY = 0x13,
    SECRET = 0x14,
    KEY = 0x15,
    PROVE = 0x16,
    COMMIT = 0x17,
    ABORT = 0x18,
    IS_REPLY = 0x80
};

enum {
    STATUS_DONE = 0,
    STATUS_UNKNOWN = 1,
    STATUS_NOT_NOW = 2,
    STATUS_REFUSED = 3,
    STATUS_BAD = 4,
    STATUS_TAKEN = 5,
    STATUS_BUSY = 6,
    STATUS_NOT_STORED = 7,
    STATUS_WAIT = 0xff /* not on the wire: the store has a job */
};

/* Where things lie in a frame, and how long bodies are. */
enum {
    AT_LEN = 1,
    AT_SEQUENCE = 2,
    AT_KIND = 3,
    AT_BODY = 4,
    AROUND_BODY = 6, /* header and check */
    BODY_MAX = CSIGN_ID_MAX,
    HELLO_REPLY_LEN = 14,
    RIGHTS_LEN = 4,
    AT_RIGHTS = 1, /* the slot stands before them */
    AT_KEY = AT_RIGHTS + RIGHTS_LEN,
    KEY_LEN = AT_KEY + CSIGN_NEW_KEY_LEN,
    AT_SLOT = 16, /* the nonce stands before it */
    PROVE_LEN = AT_SLOT + 1,
    PROVED_LEN = PROVE_LEN + RIGHTS_LEN,
    VERSION = 1
};

CSIGN_STATIC_ASSERT(an_identity_is_made_in_the_frame,
                    AT_BODY + sizeof(csign_store_identity) == CSIGN_PROVISION_BYTES);
CSIGN_STATIC_ASSERT(the_longest_proof_fits,
                    AROUND_BODY + 1 + CSIGN_DIGEST_MAX <= CSIGN_PROVISION_BYTES);
CSIGN_STATIC_ASSERT(settings_lie_as_they_are_told,
                    offsetof(csign_settings, request_max) ==
                        offsetof(csign_settings, wake) + 3);
CSIGN_STATIC_ASSERT(two_keys_fit, AT_BODY + KEY_LEN + RIGHTS_LEN + CSIGN_NEW_KEY_LEN <=
                                      CSIGN_PROVISION_BYTES);

/* CRC-16/IBM-3740. Over a whole frame with its check it is 0. */
static uint16_t check_of(const uint8_t *frame, uint8_t len)
{
    return csign_crc16_of(0xffff, frame + AT_LEN, (uint8_t)(len - AT_LEN));
}

/* Of all of a frame; of the shortest before its length has come, where a zero stands. */
static uint8_t len_of(const uint8_t *frame)
{
    return (uint8_t)(AROUND_BODY + frame[AT_LEN]);
}

static void forget_frame(csign_provision *p)
{
    csign_wipe(p->frame, CSIGN_PROVISION_BYTES);
    p->have = 0;
    p->state = CSIGN_WANTS_BYTES;
}

static bool is_open(const csign_provision *p)
{
    return p->store->state == CSIGN_STORE_OPEN;
}

/* What the store finds when it looks again is a run that was begun and not ended. */
static void end_run(csign_provision *p)
{
    if (is_open(p))
        (void)csign_store_open(p->store, p->store->memory);
}

static void reply(csign_provision *p, uint8_t status)
{
    uint8_t *frame = p->frame;
    uint8_t len = p->have;
    uint16_t check;

    if (status != STATUS_DONE) {
        end_run(p);
        len = 1;
    }
    p->sequence = frame[AT_SEQUENCE];
    p->kind = frame[AT_KIND];
    p->status = status;
    frame[AT_LEN] = len;
    frame[AT_KIND] |= IS_REPLY;
    frame[AT_BODY] = status;
    len = (uint8_t)(len + AT_BODY);
    check = check_of(frame, len);
    frame[len] = (uint8_t)(check >> 8);
    frame[len + 1] = (uint8_t)check;
    p->have = 0;
    p->state = CSIGN_WANTS_SEND;
}

/* Tells who this is, whatever the version of the one who asks. */
static uint8_t hello(csign_provision *p)
{
    const csign_settings *settings = p->device->settings;
    uint8_t *body = p->frame + AT_BODY;

    end_run(p);
    p->have = HELLO_REPLY_LEN;
    body[1] = VERSION;
    body[2] = p->store->state;
    body[3] = p->flags & GRANTED;
    body[4] = settings->hasher.hash->id;
    body[5] = settings->hasher.hash->digest_size;
    body[6] = p->device->profile->is_sealed;
    memcpy(body + 7, &settings->wake, 4); /* challenge, tag, request_max */
    body[11] = p->device->slot_count;
    body[12] = CSIGN_ID_MAX;
    body[13] = BODY_MAX;
    return STATUS_DONE;
}

/* The store's word for a job that it was asked to begin. */
static uint8_t status_of(csign_status status)
{
    if (status == CSIGN_OK)
        return STATUS_WAIT;
    if (status == CSIGN_E_BUSY)
        return STATUS_BUSY;
    return status == CSIGN_E_SLOT_TAKEN ? STATUS_TAKEN : STATUS_BAD;
}

/* What the store is to forget, nobody goes on serving with. */
static uint8_t begin(csign_provision *p)
{
    uint8_t status;

    if (!(p->flags & GRANTED) &&
        (p->store->state == CSIGN_STORE_READY || p->store->state == CSIGN_STORE_SERVING))
        return STATUS_REFUSED;
    p->flags &= (uint8_t)~HAS_KEY;
    status = status_of(csign_store_begin(p->store));
    if (status == STATUS_WAIT) {
        for (uint8_t slot = 0; slot < p->device->slot_count; slot++)
            csign_slot_clear(p->device, slot);
    }
    return status;
}

/* The body becomes what the store wants, in place: behind the id it is zero already,
 * since the id covers where the frame's check stood, or the cleared head does. */
static csign_status put_identity(csign_provision *p, uint8_t *body, uint8_t len)
{
    memmove(body + offsetof(csign_store_identity, id), body, len);
    memset(body, 0, CSIGN_STORE_SETUP_LEN);
    body[CSIGN_STORE_SETUP_LEN] = len;
    return csign_store_put_identity(p->store,
                                    (const csign_store_identity *)(const void *)body);
}

/* A stored key's rights and then the key itself, into the frame. Apart: who has nothing
 * on the stack reaches p by short instructions on an AVR. */
static CSIGN_APART bool read_key(const csign_provision *p, uint8_t slot, uint8_t *to)
{
    uint32_t rights;

    if (csign_store_key(p->store, slot, &rights, to + RIGHTS_LEN) != CSIGN_OK)
        return false;
    csign_put_u32(to, rights);
    return true;
}

/* They are read behind the new one. */
static bool is_stored(const csign_provision *p, uint8_t *body)
{
    uint8_t same = 0;

    for (uint8_t slot = 0; slot < p->device->slot_count; slot++) {
        if (read_key(p, slot, body + KEY_LEN))
            same |=
                csign_same(body + AT_KEY, body + KEY_LEN + RIGHTS_LEN, CSIGN_NEW_KEY_LEN);
    }
    return same != 0;
}

static csign_status put_key(csign_provision *p, uint8_t *body)
{
    if (is_stored(p, body))
        return CSIGN_E_SLOT_TAKEN;
    p->flags |= HAS_KEY;
    return csign_store_put_key(p->store, body[0], csign_get_u32(body + AT_RIGHTS),
                               body + AT_KEY);
}

/* HMAC under the key as it is stored, over the request from its kind on and the rights as
 * they are stored. The key is read into the frame, and the device's own place for that
 * slot's keyed state is free now. */
static uint8_t prove(csign_provision *p, uint8_t *body)
{
    const csign_hasher *hasher = &p->device->settings->hasher;
    uint8_t slot = body[AT_SLOT];
    void *keyed;

    if (slot >= p->device->slot_count || !read_key(p, slot, body + PROVE_LEN))
        return STATUS_BAD;
    keyed = csign_device_keyed(p->device, slot);
    csign_hmac_key(hasher, keyed, body + PROVED_LEN, CSIGN_NEW_KEY_LEN);
    csign_hmac_begin(hasher, keyed);
    csign_hash_add(hasher, p->frame + AT_KIND, AT_BODY - AT_KIND + PROVED_LEN);
    csign_hmac_end(hasher, keyed, body + 1);
    csign_slot_clear(p->device, slot);
    p->have = (uint8_t)(1 + hasher->hash->digest_size);
    return STATUS_DONE;
}

static uint8_t in_run(csign_provision *p, uint8_t *body, uint8_t len)
{
    switch (p->frame[AT_KIND]) {
    case IDENTITY:
        return status_of(put_identity(p, body, len));
    case SECRET:
        if (len == CSIGN_SOURCE_SECRET_LEN)
            return status_of(csign_store_put_secret(p->store, body));
        break;
    case KEY:
        if (len == KEY_LEN)
            return status_of(put_key(p, body));
        break;
    case PROVE:
        if (len == PROVE_LEN)
            return prove(p, body);
        break;
    case COMMIT:
        return p->flags & HAS_KEY ? status_of(csign_store_commit(p->store))
                                  : STATUS_NOT_STORED;
    case ABORT:
        end_run(p);
        return STATUS_DONE;
    default:
        return STATUS_UNKNOWN;
    }
    return STATUS_BAD;
}

/* A repeat is answered like the first time and does nothing; only a proof is made again,
 * since of an answer no more than its status is kept. */
static uint8_t handle(csign_provision *p)
{
    uint8_t kind = p->frame[AT_KIND];
    uint8_t ahead = (uint8_t)(p->frame[AT_SEQUENCE] - p->sequence);

    if (kind == HELLO)
        return hello(p);
    if (ahead == 0 && kind == p->kind) {
        if (kind != PROVE)
            return p->status;
    } else if (ahead != 1) {
        return STATUS_NOT_NOW;
    }
    if (kind == BEGIN)
        return begin(p);
    return is_open(p) ? in_run(p, p->frame + AT_BODY, p->frame[AT_LEN]) : STATUS_NOT_NOW;
}

static uint8_t go_on(csign_provision *p)
{
    csign_step step = csign_store_step(p->store);

    if (step == CSIGN_STEP_MORE)
        return STATUS_WAIT;
    return step == CSIGN_STEP_DONE ? STATUS_DONE : STATUS_NOT_STORED;
}

/* While it works, p->have is the length of the reply's body. */
void csign_provision_step(csign_provision *p, uint32_t now)
{
    uint8_t status;

    if (p->state != CSIGN_WANTS_STORE)
        return;
    p->heard = (uint16_t)now;
    if (p->flags & HAS_JOB) {
        status = go_on(p);
    } else {
        p->have = 1;
        status = handle(p);
    }
    p->flags |= HAS_JOB;
    if (status == STATUS_WAIT)
        return;
    p->flags &= (uint8_t)~HAS_JOB;
    reply(p, status);
}

/* A byte that is too great for a length may be where the next frame begins. */
static void take_byte(csign_provision *p, uint8_t byte)
{
    uint8_t *frame = p->frame;

    if (p->have == AT_LEN && byte > BODY_MAX)
        p->have = 0;
    if (p->have == 0 && byte != CSIGN_PROVISION_START)
        return;
    frame[p->have++] = byte;
    if (p->have < len_of(frame))
        return;
    if (check_of(frame, p->have) == 0)
        p->state = CSIGN_WANTS_STORE;
    else
        forget_frame(p);
}

size_t csign_provision_take(csign_provision *p, const uint8_t *bytes, size_t len,
                            bool granted, uint32_t now)
{
    size_t used = 0;
    uint16_t heard = (uint16_t)now;

    p->flags &= (uint8_t)~GRANTED;
    if (granted)
        p->flags |= GRANTED;
    while (used < len && p->state == CSIGN_WANTS_BYTES) {
        take_byte(p, bytes[used++]);
        if (p->have > 0)
            p->heard = heard;
    }
    return used;
}

const uint8_t *csign_provision_out(const csign_provision *p, size_t *len)
{
    *len = p->state == CSIGN_WANTS_SEND ? (uint8_t)(len_of(p->frame) - p->have) : 0;
    return p->frame + p->have;
}

void csign_provision_sent(csign_provision *p, size_t len, uint32_t now)
{
    p->heard = (uint16_t)now;
    p->have = (uint8_t)(p->have + len);
    if (p->state == CSIGN_WANTS_SEND && p->have == len_of(p->frame))
        forget_frame(p);
}

void csign_provision_tick(csign_provision *p, uint32_t now)
{
    uint16_t silence = (uint16_t)(now - p->heard);

    if (p->state != CSIGN_WANTS_BYTES)
        return;
    if (p->have > 0 && silence >= CSIGN_SILENCE_MS)
        forget_frame(p);
    if (silence >= CSIGN_PROVISION_RUN_MS)
        end_run(p);
}

csign_wants csign_provision_wants(const csign_provision *p)
{
    return (csign_wants)p->state;
}

bool csign_provision_is_busy(const csign_provision *p)
{
    return p->state != CSIGN_WANTS_BYTES || p->have > 0 || is_open(p);
}

bool csign_provision_is_done(const csign_provision *p)
{
    return p->state == CSIGN_WANTS_BYTES && p->kind == COMMIT && p->status == STATUS_DONE;
}

void csign_provision_close(csign_provision *p)
{
    end_run(p);
    forget_frame(p);
}

void csign_provision_open(csign_provision *p, csign_device *device, csign_store *store,
                          uint8_t *frame, uint32_t now)
{
    memset(p, 0, sizeof *p);
    p->device = device;
    p->store = store;
    p->frame = frame;
    p->heard = (uint16_t)now;
    forget_frame(p);
}
