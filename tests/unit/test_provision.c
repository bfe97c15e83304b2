/* SPDX-License-Identifier: MIT */
/* test_provision.c: a line is provisioned, or it is not, whatever happens on it. The
 * frames of tests/vectors/provisioning.json are tests/host/test_provision_vectors.c's. */
#include "fixture.h"

#include "csign/provision.h"
#include "csign/store.h"

enum { CELLS = 1024, BASE = 37, REPLY_MAX = 96, STEPS_MAX = 4000 };
enum { HELLO = 0x11, BEGIN, ID, SECRET, KEY, PROVE, COMMIT, ABORT };
enum { NO_REPLY = -1 };

/* An EEPROM whose writes take three questions after them, and a line to it. */
struct line {
    struct lamp lamp;
    uint8_t cells[CELLS];
    unsigned writes;
    uint16_t stuck; /* a cell that takes no write; 0: none */
    uint8_t busy;
    csign_store_memory memory;
    csign_store store;
    csign_provision provision;
    uint8_t frame[CSIGN_PROVISION_BYTES];
    uint32_t now;
    bool is_granted;
    uint8_t reply[REPLY_MAX];
    size_t reply_len;
    unsigned steps; /* of the last request */
};

struct frame {
    uint8_t bytes[80];
    size_t len;
};

static uint8_t read_cell(void *context, uint16_t address)
{
    struct line *line = context;

    CHECK_EQUAL(line->busy, 0);
    return line->cells[address];
}

static void write_cell(void *context, uint16_t address, uint8_t byte)
{
    struct line *line = context;

    CHECK_EQUAL(line->busy, 0);
    CHECK(address >= BASE && address < BASE + CSIGN_STORE_BYTES(SLOTS, 4));
    line->writes++;
    line->busy = 3;
    if (address != line->stuck)
        line->cells[address] = byte;
}

static bool is_memory_busy(void *context)
{
    struct line *line = context;

    if (line->busy > 0)
        line->busy--;
    return line->busy > 0;
}

static void start_line(struct line *line)
{
    line->busy = 0;
    (void)csign_store_open(&line->store, &line->memory);
    csign_provision_open(&line->provision, &line->lamp.device, &line->store, line->frame,
                         line->now);
}

static void make_line(struct line *line)
{
    memset(line, 0, sizeof *line);
    make_lamp(&line->lamp, &csign_sealed_server);
    memset(line->cells, 0xff, sizeof line->cells);
    line->now = NOW;
    line->memory =
        (csign_store_memory){read_cell, write_cell, is_memory_busy, line, BASE, SLOTS, 4};
    start_line(line);
}

/* -- the tool's side, on its own -- */

static uint16_t check_of(const uint8_t *bytes, size_t len)
{
    uint16_t crc = 0xffff;

    while (len-- > 0) {
        crc = (uint16_t)(crc ^ *bytes++ << 8);
        for (int bit = 0; bit < 8; bit++)
            crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
    }
    return crc;
}

static struct frame make_frame(uint8_t sequence, uint8_t kind, const void *body,
                               size_t len)
{
    struct frame frame = {{0xc5, (uint8_t)len, sequence, kind}, len + 6};
    uint16_t check;

    if (len > 0)
        memcpy(frame.bytes + 4, body, len);
    check = check_of(frame.bytes + 1, len + 3);
    frame.bytes[len + 4] = (uint8_t)(check >> 8);
    frame.bytes[len + 5] = (uint8_t)check;
    return frame;
}

static struct frame make_key_frame(uint8_t sequence, uint8_t slot, uint32_t rights,
                                   const uint8_t key[32])
{
    uint8_t body[37] = {slot, (uint8_t)(rights >> 24), (uint8_t)(rights >> 16),
                        (uint8_t)(rights >> 8), (uint8_t)rights};

    memcpy(body + 5, key, 32);
    return make_frame(sequence, KEY, body, sizeof body);
}

static const uint8_t nonce_and_slot[17] = "a nonce of 16 by\0";
static const uint8_t secret[32] = "the secret u that is drawn anew.";

enum { RUN_FRAMES = 8 };

/* hello, begin, id, u, two keys, a proof, commit. */
static void make_run(struct frame run[RUN_FRAMES])
{
    run[0] = make_frame(0, HELLO, "\1", 1);
    run[1] = make_frame(1, BEGIN, NULL, 0);
    run[2] = make_frame(2, ID, "lamp-1", 6);
    run[3] = make_frame(3, SECRET, secret, 32);
    run[4] = make_key_frame(4, 0, CSIGN_RIGHTS_EVERY, owner_key);
    run[5] = make_key_frame(5, 2, 5, guest_key);
    run[6] = make_frame(6, PROVE, nonce_and_slot, 17);
    run[7] = make_frame(7, COMMIT, NULL, 0);
}

/* Lets the device work and send until it wants bytes again; false: power was cut after
 * `limit` steps. */
static bool let_work(struct line *line, unsigned limit)
{
    csign_provision *p = &line->provision;

    while (csign_provision_wants(p) == CSIGN_WANTS_STORE) {
        unsigned writes = line->writes;

        if (line->steps++ == limit)
            return false;
        csign_provision_step(p, line->now);
        CHECK(line->writes - writes <= 1);
    }
    while (csign_provision_wants(p) == CSIGN_WANTS_SEND) {
        size_t len;
        const uint8_t *out = csign_provision_out(p, &len);

        CHECK(len > 0 && line->reply_len < sizeof line->reply);
        line->reply[line->reply_len++] = *out;
        csign_provision_sent(p, 1, line->now);
    }
    return true;
}

/* All the bytes; as soon as the device wants something else it gets that. */
static void send_bytes(struct line *line, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        size_t used = csign_provision_take(&line->provision, bytes, len, line->is_granted,
                                           line->now);

        bytes += used;
        len -= used;
        CHECK(let_work(line, STEPS_MAX));
    }
}

/* The status of the reply, which has to be a good one to this frame; or NO_REPLY. */
static int ask_frame(struct line *line, const struct frame *frame)
{
    const uint8_t *reply = line->reply;

    line->reply_len = 0;
    line->steps = 0;
    send_bytes(line, frame->bytes, frame->len);
    if (line->reply_len == 0)
        return NO_REPLY;
    CHECK(line->reply_len >= 7 && reply[0] == 0xc5);
    CHECK_EQUAL(line->reply_len, 6 + reply[1]);
    CHECK_EQUAL(reply[2], frame->bytes[2]);
    CHECK_EQUAL(reply[3], frame->bytes[3] | 0x80);
    CHECK_EQUAL(check_of(reply + 1, line->reply_len - 1), 0);
    return reply[4];
}

static int ask_for(struct line *line, uint8_t sequence, uint8_t kind, const void *body,
                   size_t len)
{
    struct frame frame = make_frame(sequence, kind, body, len);

    return ask_frame(line, &frame);
}

static uint8_t told_state(struct line *line)
{
    CHECK_EQUAL(ask_for(line, 0, HELLO, "\1", 1), 0);
    return line->reply[4 + 2];
}

/* Frames from..to - 1 of a run, which all go well. */
static void run_frames(struct line *line, const struct frame *run, unsigned from,
                       unsigned to)
{
    for (unsigned i = from; i < to; i++)
        CHECK_EQUAL(ask_frame(line, &run[i]), 0);
}

static void provision(struct line *line)
{
    struct frame run[RUN_FRAMES];

    make_run(run);
    run_frames(line, run, 0, RUN_FRAMES);
}

/* What a device finds that is started with this memory. */
static csign_store_state state_after_restart(struct line *line)
{
    csign_store fresh;

    line->busy = 0;
    return csign_store_open(&fresh, &line->memory);
}

static void pass_time(struct line *line, uint32_t ms)
{
    line->now += ms;
    csign_provision_tick(&line->provision, line->now);
}

static void serve(struct line *line)
{
    CHECK_EQUAL(csign_store_start(&line->store), CSIGN_OK);
    while (csign_store_step(&line->store) == CSIGN_STEP_MORE)
        ;
    CHECK_EQUAL(csign_store_load(&line->store, &line->lamp.device), CSIGN_OK);
}

TEST(a_whole_run_stores_what_was_sent)
{
    struct line line;
    csign_store_identity identity;
    struct remote remote;

    make_line(&line);
    CHECK(!csign_provision_is_done(&line.provision));
    provision(&line);
    CHECK(csign_provision_is_done(&line.provision));
    CHECK(!csign_provision_is_busy(&line.provision));
    CHECK_EQUAL(csign_store_now(&line.store), CSIGN_STORE_READY);
    CHECK_EQUAL(csign_store_identify(&line.store, &identity), CSIGN_OK);
    CHECK_EQUAL(identity.id_len, 6);
    CHECK_BYTES(identity.id, "lamp-1\0\0\0\0\0\0\0", 13);
    serve(&line);
    CHECK_EQUAL(line.lamp.slots[0].rights, CSIGN_RIGHTS_EVERY);
    CHECK_EQUAL(line.lamp.slots[2].rights, 5);
    make_remote(&remote, &csign_sealed_client, guest_key, sizeof guest_key);
    connect_both(&remote, &line.lamp, NOW);
    CHECK_EQUAL(command_code(&remote, &line.lamp, ON), CSIGN_OUTCOME_DONE);
}

TEST(the_stored_secret_makes_the_challenges)
{
    struct line line;
    csign_sha256_keyed keyed, expected;
    uint8_t made[16], right[16];

    make_line(&line);
    provision(&line);
    serve(&line);
    CHECK_EQUAL(csign_store_secret(&line.store, &line.lamp.settings.hasher, &keyed),
                CSIGN_OK);
    csign_hmac_key(&line.lamp.settings.hasher, &expected, secret, sizeof secret);
    csign_challenge_make(&line.lamp.settings.hasher, &expected, 1, 0, NULL, 0, right, 16);
    CHECK_EQUAL(csign_store_challenge(&line.store, &line.lamp.settings.hasher, &keyed,
                                      NULL, 0, made, 16),
                CSIGN_OK);
    CHECK_BYTES(made, right, 16);
}

TEST(a_request_may_arrive_in_any_two_parts)
{
    struct frame run[RUN_FRAMES];
    struct line whole, split;

    make_run(run);
    make_line(&whole);
    for (unsigned i = 0; i < RUN_FRAMES; i++) {
        CHECK_EQUAL(ask_frame(&whole, &run[i]), 0);
        for (size_t at = 1; at < run[i].len; at++) {
            make_line(&split);
            run_frames(&split, run, 0, i);
            split.reply_len = 0;
            send_bytes(&split, run[i].bytes, at);
            CHECK_EQUAL(split.reply_len, 0);
            CHECK(csign_provision_is_busy(&split.provision));
            pass_time(&split, CSIGN_SILENCE_MS - 1);
            send_bytes(&split, run[i].bytes + at, run[i].len - at);
            CHECK_EQUAL(split.reply_len, whole.reply_len);
            CHECK_BYTES(split.reply, whole.reply, whole.reply_len);
        }
    }
}

TEST(a_flipped_bit_anywhere_is_met_with_silence_and_the_right_frame_still_works)
{
    struct frame run[RUN_FRAMES];
    struct line before, line;

    make_run(run);
    for (unsigned i = 0; i < RUN_FRAMES; i++) {
        make_line(&before);
        run_frames(&before, run, 0, i);
        for (size_t bit = 0; bit < 8 * run[i].len; bit++) {
            struct frame flipped = run[i];

            line = before;
            line.memory.context = &line;
            line.store.memory = &line.memory;
            line.provision.store = &line.store;
            line.provision.frame = line.frame;
            flipped.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            CHECK_EQUAL(ask_frame(&line, &flipped), NO_REPLY);
            CHECK(state_after_restart(&line) != CSIGN_STORE_READY);
            pass_time(&line, CSIGN_SILENCE_MS);
            CHECK_EQUAL(ask_frame(&line, &run[i]), 0);
        }
    }
}

TEST(a_tool_that_falls_silent_at_any_byte_leaves_it_unprovisioned)
{
    struct frame run[RUN_FRAMES];
    struct line line;

    make_run(run);
    for (unsigned i = 0; i < RUN_FRAMES; i++) {
        for (size_t cut = 0; cut < run[i].len; cut++) {
            make_line(&line);
            run_frames(&line, run, 0, i);
            send_bytes(&line, run[i].bytes, cut);
            pass_time(&line, CSIGN_PROVISION_RUN_MS);
            CHECK(!csign_provision_is_busy(&line.provision));
            CHECK_EQUAL(csign_store_now(&line.store),
                        i < 2 ? CSIGN_STORE_ERASED : CSIGN_STORE_BEGUN);
            CHECK_EQUAL(state_after_restart(&line), csign_store_now(&line.store));
            CHECK_EQUAL(ask_for(&line, 8, COMMIT, NULL, 0), 2);
        }
    }
}

TEST(a_reset_at_any_step_leaves_it_unprovisioned_until_the_commit_is_stored)
{
    struct frame run[RUN_FRAMES];
    struct line line;
    unsigned total = 0;

    make_run(run);
    for (unsigned i = 1; i < RUN_FRAMES; i++) {
        for (unsigned cut = 0;; cut++, total++) {
            make_line(&line);
            run_frames(&line, run, 0, i);
            line.steps = 0;
            (void)csign_provision_take(&line.provision, run[i].bytes, run[i].len, false,
                                       line.now);
            if (let_work(&line, cut))
                break;
            line.is_granted = state_after_restart(&line) == CSIGN_STORE_READY;
            CHECK(!line.is_granted || i == RUN_FRAMES - 1);
            start_line(&line);
            provision(&line);
        }
        CHECK_EQUAL(state_after_restart(&line) == CSIGN_STORE_READY, i == RUN_FRAMES - 1);
    }
    CHECK(total > 100);
}

TEST(a_repeated_frame_gets_the_same_reply_and_is_done_once)
{
    struct frame run[RUN_FRAMES];
    struct line line;
    uint8_t reply[REPLY_MAX];

    make_run(run);
    make_line(&line);
    for (unsigned i = 0; i < RUN_FRAMES; i++) {
        unsigned writes;
        size_t len;

        CHECK_EQUAL(ask_frame(&line, &run[i]), 0);
        memcpy(reply, line.reply, sizeof reply);
        len = line.reply_len;
        writes = line.writes;
        CHECK_EQUAL(ask_frame(&line, &run[i]), 0);
        CHECK_EQUAL(line.reply_len, len);
        CHECK_BYTES(line.reply, reply, len);
        CHECK_EQUAL(line.writes, writes);
    }
    CHECK_EQUAL(state_after_restart(&line), CSIGN_STORE_READY);
}

TEST(a_frame_out_of_order_ends_the_run)
{
    struct frame run[RUN_FRAMES];
    struct line line;

    make_run(run);
    for (unsigned i = 2; i < RUN_FRAMES; i++) {
        for (unsigned j = 1; j < RUN_FRAMES; j++) {
            if (j == i || j == i - 1)
                continue;
            make_line(&line);
            run_frames(&line, run, 0, i);
            CHECK_EQUAL(ask_frame(&line, &run[j]), 2);
            CHECK(!csign_provision_is_busy(&line.provision));
            CHECK_EQUAL(ask_for(&line, (uint8_t)(j + 1), COMMIT, NULL, 0), 2);
            CHECK_EQUAL(state_after_restart(&line), CSIGN_STORE_BEGUN);
        }
    }
}

TEST(nothing_but_hello_is_done_without_a_run)
{
    struct line line;

    for (uint8_t kind = ID; kind <= ABORT + 1; kind++) {
        make_line(&line);
        CHECK_EQUAL(told_state(&line), CSIGN_STORE_ERASED);
        CHECK_EQUAL(ask_for(&line, 1, kind, secret, 32), 2);
        CHECK_EQUAL(line.writes, 0);
    }
}

TEST(a_hello_or_an_abort_ends_the_run)
{
    struct frame run[RUN_FRAMES];
    struct line line;

    make_run(run);
    for (unsigned i = 2; i < RUN_FRAMES; i++) {
        make_line(&line);
        run_frames(&line, run, 0, i);
        CHECK_EQUAL(told_state(&line), CSIGN_STORE_BEGUN);
        CHECK_EQUAL(ask_frame(&line, &run[i]), 2);
        CHECK_EQUAL(state_after_restart(&line), CSIGN_STORE_BEGUN);

        make_line(&line);
        run_frames(&line, run, 0, i);
        CHECK_EQUAL(ask_for(&line, (uint8_t)i, ABORT, NULL, 0), 0);
        CHECK_EQUAL(ask_for(&line, (uint8_t)(i + 1), COMMIT, NULL, 0), 2);
        CHECK_EQUAL(state_after_restart(&line), CSIGN_STORE_BEGUN);
    }
}

TEST(a_provisioned_device_refuses_and_goes_on_serving)
{
    struct line line;
    uint8_t cells[CELLS];

    make_line(&line);
    provision(&line);
    CHECK_EQUAL(told_state(&line), CSIGN_STORE_READY);
    memcpy(cells, line.cells, sizeof cells);
    CHECK_EQUAL(ask_for(&line, 1, BEGIN, NULL, 0), 3);
    CHECK_BYTES(line.cells, cells, sizeof cells);
    serve(&line);
    memcpy(cells, line.cells, sizeof cells);
    CHECK_EQUAL(told_state(&line), CSIGN_STORE_SERVING);
    CHECK_EQUAL(line.reply[4 + 3], 0);
    CHECK_EQUAL(ask_for(&line, 1, BEGIN, NULL, 0), 3);
    CHECK_EQUAL(csign_store_now(&line.store), CSIGN_STORE_SERVING);
    CHECK(line.lamp.slots[0].is_held && line.lamp.slots[2].is_held);
    CHECK_BYTES(line.cells, cells, sizeof cells);
}

TEST(a_granted_run_makes_the_device_forget_its_keys_at_once)
{
    struct line line;
    struct remote remote;

    make_line(&line);
    provision(&line);
    serve(&line);
    make_remote(&remote, &csign_sealed_client, owner_key, sizeof owner_key);
    connect_both(&remote, &line.lamp, NOW);
    CHECK_EQUAL(command_code(&remote, &line.lamp, ON), CSIGN_OUTCOME_DONE);
    line.is_granted = true;
    CHECK_EQUAL(told_state(&line), CSIGN_STORE_SERVING);
    CHECK_EQUAL(line.reply[4 + 3], 1);
    CHECK_EQUAL(ask_for(&line, 1, BEGIN, NULL, 0), 0);
    CHECK(!line.lamp.slots[0].is_held && !line.lamp.slots[2].is_held);
    CHECK_EQUAL(csign_server_wants(&line.lamp.server), CSIGN_WANTS_CLOSE);
    CHECK_EQUAL(state_after_restart(&line), CSIGN_STORE_BEGUN);
    start_line(&line);
    line.is_granted = false;
    provision(&line);
    CHECK_EQUAL(state_after_restart(&line), CSIGN_STORE_READY);
}

TEST(a_grant_ends_when_it_is_withdrawn)
{
    struct line line;

    make_line(&line);
    provision(&line);
    line.is_granted = true;
    CHECK_EQUAL(told_state(&line), CSIGN_STORE_READY);
    line.is_granted = false;
    CHECK_EQUAL(ask_for(&line, 1, BEGIN, NULL, 0), 3);
}

TEST(hello_tells_blank_foreign_begun_and_damaged_apart_and_all_take_a_run)
{
    struct line line;

    make_line(&line);
    CHECK_EQUAL(told_state(&line), CSIGN_STORE_ERASED);

    memset(line.cells, 0x37, sizeof line.cells);
    start_line(&line);
    CHECK_EQUAL(told_state(&line), CSIGN_STORE_FOREIGN);
    CHECK_EQUAL(ask_for(&line, 1, BEGIN, NULL, 0), 0);
    start_line(&line);
    CHECK_EQUAL(told_state(&line), CSIGN_STORE_BEGUN);
    provision(&line);
    for (unsigned i = 0; i < CELLS - 6; i++)
        line.cells[i] ^= memcmp(line.cells + i, "lamp-1", 6) == 0 ? 0x10 : 0;
    start_line(&line);
    CHECK_EQUAL(told_state(&line), CSIGN_STORE_DAMAGED);
    provision(&line);
    CHECK_EQUAL(state_after_restart(&line), CSIGN_STORE_READY);
}

TEST(the_proof_is_over_what_is_stored)
{
    struct line line;
    struct frame run[RUN_FRAMES];
    csign_sha256_work work;
    csign_sha256_keyed keyed;
    csign_hasher hasher = {&csign_sha256, &work.head};
    uint8_t expected[32];

    make_run(run);
    make_line(&line);
    run_frames(&line, run, 0, 7);
    CHECK_EQUAL(line.reply[1], 33);
    csign_hmac_key(&hasher, &keyed, owner_key, sizeof owner_key);
    csign_hmac_begin(&hasher, &keyed);
    csign_hash_add(&hasher, "\x16", 1);
    csign_hash_add(&hasher, nonce_and_slot, sizeof nonce_and_slot);
    csign_hash_add(&hasher, "\xff\xff\xff\xff", 4);
    csign_hmac_end(&hasher, &keyed, expected);
    CHECK_BYTES(line.reply + 5, expected, 32);
}

TEST(noise_around_frames_does_no_harm)
{
    static const uint8_t noise[] = {0x00, 0xff, 0xc5, 0xc5, 0x41, 0xc5, 0xf0};
    static const uint8_t doubled[] = {0xc5};
    struct frame run[RUN_FRAMES];
    struct line line;

    make_run(run);
    make_line(&line);
    for (unsigned i = 0; i < RUN_FRAMES; i++) {
        line.reply_len = 0;
        send_bytes(&line, noise, sizeof noise);
        send_bytes(&line, doubled, sizeof doubled);
        CHECK_EQUAL(line.reply_len, 0);
        CHECK_EQUAL(ask_frame(&line, &run[i]), 0);
    }
    CHECK_EQUAL(state_after_restart(&line), CSIGN_STORE_READY);
}

TEST(no_byte_is_taken_while_it_works_or_answers)
{
    struct line line;
    struct frame begin = make_frame(1, BEGIN, NULL, 0);
    size_t len;

    make_line(&line);
    CHECK_EQUAL(csign_provision_take(&line.provision, begin.bytes, begin.len, false, NOW),
                begin.len);
    CHECK_EQUAL(csign_provision_wants(&line.provision), CSIGN_WANTS_STORE);
    (void)csign_provision_out(&line.provision, &len);
    CHECK_EQUAL(len, 0);
    CHECK_EQUAL(csign_provision_take(&line.provision, begin.bytes, 1, false, NOW), 0);
    while (csign_provision_wants(&line.provision) == CSIGN_WANTS_STORE)
        csign_provision_step(&line.provision, NOW);
    CHECK_EQUAL(csign_provision_wants(&line.provision), CSIGN_WANTS_SEND);
    CHECK_EQUAL(csign_provision_take(&line.provision, begin.bytes, 1, false, NOW), 0);
    (void)csign_provision_out(&line.provision, &len);
    CHECK_EQUAL(len, 7);
}

TEST(a_store_that_does_not_take_a_byte_ends_the_run)
{
    struct frame run[RUN_FRAMES];
    struct line line;
    unsigned failures = 0;

    make_run(run);
    for (uint16_t cell = 0; cell < CSIGN_STORE_BYTES(SLOTS, 4); cell++) {
        unsigned i = 0;
        int status = 0;

        make_line(&line);
        line.stuck = (uint16_t)(BASE + cell);
        while (i < RUN_FRAMES && status == 0)
            status = ask_frame(&line, &run[i++]);
        CHECK(status == 0 || status == 7);
        CHECK_EQUAL(state_after_restart(&line) == CSIGN_STORE_READY, status == 0);
        CHECK(!csign_provision_is_busy(&line.provision));
        failures += status == 7;
    }
    CHECK(failures > 32 + 2 * 36);
}

TEST(a_store_with_a_job_of_its_own_is_busy)
{
    struct line line;

    make_line(&line);
    provision(&line);
    CHECK_EQUAL(csign_store_start(&line.store), CSIGN_OK);
    line.is_granted = true;
    CHECK_EQUAL(told_state(&line), CSIGN_STORE_READY);
    CHECK_EQUAL(ask_for(&line, 1, BEGIN, NULL, 0), 6);
    while (csign_store_step(&line.store) == CSIGN_STEP_MORE)
        ;
    CHECK_EQUAL(csign_store_now(&line.store), CSIGN_STORE_SERVING);
    CHECK_EQUAL(ask_for(&line, 2, BEGIN, NULL, 0), 0);
}

TEST(a_clock_that_wraps_changes_nothing)
{
    struct frame run[RUN_FRAMES];
    struct line line;

    make_run(run);
    make_line(&line);
    line.now = UINT32_MAX - 20000;
    start_line(&line);
    for (unsigned i = 0; i < RUN_FRAMES; i++) {
        send_bytes(&line, run[i].bytes, 3);
        pass_time(&line, CSIGN_SILENCE_MS);
        CHECK_EQUAL(csign_provision_is_busy(&line.provision), i >= 2);
        CHECK_EQUAL(ask_frame(&line, &run[i]), 0);
        pass_time(&line, CSIGN_PROVISION_RUN_MS - 1);
    }
    CHECK_EQUAL(state_after_restart(&line), CSIGN_STORE_READY);
}

TEST(closing_the_line_ends_the_run_and_wipes_the_frame)
{
    static const uint8_t zeros[CSIGN_PROVISION_BYTES];
    struct frame run[RUN_FRAMES];
    struct line line;

    make_run(run);
    make_line(&line);
    run_frames(&line, run, 0, 4);
    send_bytes(&line, run[4].bytes, 40);
    csign_provision_close(&line.provision);
    CHECK_BYTES(line.frame, zeros, sizeof zeros);
    CHECK(!csign_provision_is_busy(&line.provision));
    CHECK_EQUAL(csign_store_now(&line.store), CSIGN_STORE_BEGUN);
}

TEST(no_key_is_left_in_memory_after_a_reply)
{
    struct frame run[RUN_FRAMES];
    struct line line;

    make_run(run);
    make_line(&line);
    for (unsigned i = 0; i < RUN_FRAMES; i++) {
        const uint8_t *at = (const uint8_t *)&line.lamp;

        CHECK_EQUAL(ask_frame(&line, &run[i]), 0);
        for (size_t k = 0; k < sizeof line.frame; k++)
            CHECK_EQUAL(line.frame[k], 0);
        for (size_t k = 0; k + 8 <= sizeof line.lamp; k++)
            CHECK(memcmp(at + k, owner_key, 8) != 0);
        for (size_t k = 0; k < sizeof line.lamp.keyed; k++)
            CHECK_EQUAL(((const uint8_t *)line.lamp.keyed)[k], 0);
    }
}

TEST(a_key_or_a_proof_of_a_wrong_length_ends_the_run)
{
    static const struct {
        uint8_t kind;
        uint8_t len;
    } wrong[] = {{KEY, 36}, {KEY, 38}, {PROVE, 16}, {PROVE, 18}};
    struct frame run[RUN_FRAMES];
    struct line line;

    make_run(run);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        uint8_t body[64] = {3};

        make_line(&line);
        run_frames(&line, run, 0, 6);
        CHECK_EQUAL(ask_for(&line, 6, wrong[i].kind, body, wrong[i].len), 4);
        CHECK_EQUAL(csign_store_now(&line.store), CSIGN_STORE_BEGUN);
    }
}

TEST(a_proof_of_a_slot_that_does_not_exist_ends_the_run)
{
    uint8_t nonce_and_wrong_slot[17] = "a nonce of 16 by";
    struct frame run[RUN_FRAMES];
    struct line line;

    make_run(run);
    make_line(&line);
    run_frames(&line, run, 0, 6);
    nonce_and_wrong_slot[16] = SLOTS;
    CHECK_EQUAL(ask_for(&line, 6, PROVE, nonce_and_wrong_slot, 17), 4);
    CHECK_EQUAL(csign_store_now(&line.store), CSIGN_STORE_BEGUN);
}

TEST(a_number_used_again_for_another_request_ends_the_run)
{
    struct frame run[RUN_FRAMES];
    struct line line;

    make_run(run);
    make_line(&line);
    run_frames(&line, run, 0, 4);
    CHECK_EQUAL(ask_for(&line, 3, COMMIT, NULL, 0), 2);
    CHECK_EQUAL(csign_store_now(&line.store), CSIGN_STORE_BEGUN);
}

TEST(the_time_that_it_works_is_no_silence)
{
    struct frame run[RUN_FRAMES];
    struct line line;

    make_run(run);
    make_line(&line);
    run_frames(&line, run, 0, RUN_FRAMES - 1);
    csign_provision_take(&line.provision, run[7].bytes, run[7].len, false, line.now);
    CHECK_EQUAL(csign_provision_wants(&line.provision), CSIGN_WANTS_STORE);
    pass_time(&line, CSIGN_PROVISION_RUN_MS);
    CHECK(csign_provision_is_busy(&line.provision));
    CHECK(!csign_provision_is_done(&line.provision));
    CHECK(let_work(&line, STEPS_MAX));
    CHECK(csign_provision_is_done(&line.provision));
    CHECK_EQUAL(state_after_restart(&line), CSIGN_STORE_READY);
}

TEST(a_commit_without_a_key_is_refused_and_it_is_not_done)
{
    struct frame run[RUN_FRAMES];
    struct line line;

    make_run(run);
    make_line(&line);
    run_frames(&line, run, 0, 4);
    CHECK_EQUAL(ask_for(&line, 4, COMMIT, NULL, 0), 7);
    CHECK(!csign_provision_is_done(&line.provision));
}

TEST(nothing_is_worked_on_or_sent_before_a_request_is_whole)
{
    struct frame run[RUN_FRAMES];
    struct line line;

    make_run(run);
    make_line(&line);
    csign_provision_take(&line.provision, run[0].bytes, 5, false, line.now);
    csign_provision_step(&line.provision, line.now);
    csign_provision_sent(&line.provision, 0, line.now);
    CHECK_EQUAL(csign_provision_wants(&line.provision), CSIGN_WANTS_BYTES);
    send_bytes(&line, run[0].bytes + 5, run[0].len - 5);
    CHECK_EQUAL(line.reply[4], 0);
}

TEST(random_bytes_never_provision_it)
{
    struct line line;
    uint32_t random = 1;

    make_line(&line);
    for (unsigned i = 0; i < 300000; i++) {
        uint8_t byte;

        random = random * 1664525u + 1013904223u;
        byte = (uint8_t)(random >> 24);
        byte = i % 7 == 0 ? 0xc5 : i % 7 == 1 ? byte % 66 : byte;
        line.reply_len = 0;
        send_bytes(&line, &byte, 1);
    }
    CHECK(csign_store_now(&line.store) != CSIGN_STORE_READY);
}

TESTS(RUN(a_whole_run_stores_what_was_sent), RUN(the_stored_secret_makes_the_challenges),
      RUN(a_request_may_arrive_in_any_two_parts),
      RUN(a_flipped_bit_anywhere_is_met_with_silence_and_the_right_frame_still_works),
      RUN(a_tool_that_falls_silent_at_any_byte_leaves_it_unprovisioned),
      RUN(a_reset_at_any_step_leaves_it_unprovisioned_until_the_commit_is_stored),
      RUN(a_repeated_frame_gets_the_same_reply_and_is_done_once),
      RUN(a_frame_out_of_order_ends_the_run),
      RUN(nothing_but_hello_is_done_without_a_run), RUN(a_hello_or_an_abort_ends_the_run),
      RUN(a_provisioned_device_refuses_and_goes_on_serving),
      RUN(a_granted_run_makes_the_device_forget_its_keys_at_once),
      RUN(a_grant_ends_when_it_is_withdrawn),
      RUN(hello_tells_blank_foreign_begun_and_damaged_apart_and_all_take_a_run),
      RUN(the_proof_is_over_what_is_stored), RUN(noise_around_frames_does_no_harm),
      RUN(no_byte_is_taken_while_it_works_or_answers),
      RUN(a_store_that_does_not_take_a_byte_ends_the_run),
      RUN(a_store_with_a_job_of_its_own_is_busy), RUN(a_clock_that_wraps_changes_nothing),
      RUN(closing_the_line_ends_the_run_and_wipes_the_frame),
      RUN(no_key_is_left_in_memory_after_a_reply), RUN(a_key_or_a_proof_of_a_wrong_length_ends_the_run),
      RUN(a_proof_of_a_slot_that_does_not_exist_ends_the_run),
      RUN(a_number_used_again_for_another_request_ends_the_run),
      RUN(the_time_that_it_works_is_no_silence),
      RUN(a_commit_without_a_key_is_refused_and_it_is_not_done),
      RUN(nothing_is_worked_on_or_sent_before_a_request_is_whole),
      RUN(random_bytes_never_provision_it))
