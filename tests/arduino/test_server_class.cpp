/* SPDX-License-Identifier: MIT */
/* test_server_class.cpp: CountersignServer on networks. */
#include "world.hpp"

#include "devices/classic.h"
#include "devices/sealed.h"
#include "devices/silent.h"
#include "devices/small.h"

using namespace world;

COUNTERSIGN_DEVICE(Sealed, SEALED);
COUNTERSIGN_DEVICE(Small, SMALL);
COUNTERSIGN_DEVICE(Classic, CLASSIC);
COUNTERSIGN_DEVICE(Silent, SILENT);

static const uint8_t OWNER = 0x11, GUEST = 0x22;
static const uint32_t ALL = CSIGN_RIGHTS_EVERY;

static std::string ran;  /* what the handlers did */
static void (*inside)(); /* done by the handler of busy */

static uint8_t on(CountersignCall &)
{
    ran += "on ";
    return CSIGN_STATUS_DONE;
}

static uint8_t off(CountersignCall &)
{
    ran += "off ";
    return CSIGN_STATUS_DONE;
}

/* Replies its arguments behind the slot of the key. */
static uint8_t echo(CountersignCall &call)
{
    std::string bytes(reinterpret_cast<const char *>(call.arguments()), call.length());

    ran += "echo ";
    CHECK(call.reply((uint8_t)('0' + call.keySlot())));
    return call.reply(bytes.data(), bytes.size()) ? (uint8_t)CSIGN_STATUS_DONE : 0x80;
}

static uint8_t busy(CountersignCall &)
{
    ran += "busy ";
    if (inside != NULL)
        inside();
    return 0x81;
}

static csign_settings sealed_settings()
{
    csign_settings settings;

    Sealed::settings(settings, NULL);
    return settings;
}

/* A sealed device with some places, on a chip with one socket more. */
template <uint8_t places> struct Bench {
    Cells cells;
    CountersignStore store;
    CountersignServerFor<Sealed, places> server;
    Chip chip;
    NetClient clients[places];

    explicit Bench(bool is_provisioned = true)
        : cells(), store(cells.memory), server(), chip(places + 1), clients()
    {
        ran = "";
        inside = NULL;
        if (is_provisioned)
            provision(cells, "lamp", {OWNER, GUEST}, {ALL, 2});
        CHECK(server.on(SEALED_CODE_ON, on));
        CHECK(server.on(SEALED_CODE_OFF, off));
        CHECK(server.on(SEALED_CODE_ECHO, echo));
        CHECK(server.on(SEALED_CODE_BUSY, busy));
        CHECK(server.begin(store));
        for (int i = 0; i < 5000 && !server.isServing(); i++)
            server.poll(chip, clients);
        CHECK_EQUAL(server.isServing(), is_provisioned);
    }

    void turn(Wire &wire, Owner &owner)
    {
        server.poll(chip, clients);
        owner.turn(wire.to_sketch, wire.to_peer);
    }

    /* Turns until the owner knows, a millisecond each; says how many. */
    unsigned exchange(Wire &wire, Owner &owner, unsigned most = 20000)
    {
        unsigned count = 0;

        while (!owner.isDecided() && !owner.isOver() && count++ < most) {
            turn(wire, owner);
            stub_ms++;
        }
        return count;
    }

    void pass(uint32_t ms)
    {
        while (ms-- > 0) {
            server.poll(chip, clients);
            stub_ms++;
        }
    }
};

/* An owner holds pointers into itself, so it is made where it stays. */
#define OWNER_WITH(name, key, command)                                                   \
    Owner name(sealed_settings(), csign_sealed_client, "lamp", key);                     \
    name.request = std::string command;                                                  \
    name.open()

static void the_owner_commands_and_gets_data_back()
{
    Bench<3> b;
    Wire wire;
    OWNER_WITH(owner, OWNER,
               ("\x03"
                "abc"));

    CHECK(b.chip.connect(&wire));
    b.exchange(wire, owner);
    CHECK_EQUAL(owner.outcome(), CSIGN_OUTCOME_DONE);
    CHECK(owner.data() == "0abc");
    CHECK(ran == "echo ");
    CHECK_EQUAL(b.server.connected(), 1);
}

static void each_message_is_one_write()
{
    Bench<1> b;
    Wire wire;
    OWNER_WITH(owner, OWNER, ("\x01"));

    CHECK(b.chip.connect(&wire));
    b.exchange(wire, owner);
    CHECK_EQUAL(owner.outcome(), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(wire.writes, 2u);
    CHECK_EQUAL(wire.longest, 1u + 1 + 16);
}

static void a_status_of_the_handlers_own_reaches_the_client()
{
    Bench<1> b;
    Wire wire;
    OWNER_WITH(owner, OWNER, ("\x04"));

    CHECK(b.chip.connect(&wire));
    b.exchange(wire, owner);
    CHECK_EQUAL(owner.outcome(), CSIGN_OUTCOME_FAILED);
    CHECK_EQUAL(csign_client_reply_status(&owner.machine), 0x81);
}

static void a_reply_that_does_not_fit_is_not_taken()
{
    Bench<1> b;
    Wire wire;
    std::string longest = "\x03" + std::string(39, 'x');
    OWNER_WITH(owner, OWNER, (longest));

    CHECK(b.chip.connect(&wire));
    b.exchange(wire, owner);
    /* One byte of the reply was there before the 39. */
    CHECK_EQUAL(csign_client_reply_status(&owner.machine), 0x80);
    CHECK(owner.data() == "0");
}

static void a_command_without_a_handler_fails()
{
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignServerFor<Sealed> server;
    Wire wire;
    NetClient client(&wire);
    OWNER_WITH(owner, OWNER, ("\x01"));

    provision(cells, "lamp", {OWNER}, {ALL});
    CHECK(server.begin(store));
    while (!owner.isDecided()) {
        server.poll(client);
        owner.turn(wire.to_sketch, wire.to_peer);
        CHECK(++stub_ms != 0);
    }
    CHECK_EQUAL(csign_client_reply_status(&owner.machine), CSIGN_STATUS_FAILED);
}

static void a_command_may_come_one_byte_at_a_time()
{
    Bench<1> b;
    Wire wire;
    OWNER_WITH(owner, OWNER, ("\x01"));

    wire.portion = 1;
    CHECK(b.chip.connect(&wire));
    b.exchange(wire, owner);
    CHECK_EQUAL(owner.outcome(), CSIGN_OUTCOME_DONE);
}

static void a_reply_may_leave_one_byte_at_a_time()
{
    Bench<1> b;
    Wire wire;
    OWNER_WITH(owner, OWNER, ("\x01"));

    wire.room = 1;
    CHECK(b.chip.connect(&wire));
    b.exchange(wire, owner);
    CHECK_EQUAL(owner.outcome(), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(wire.longest, 1u);
}

static void a_client_that_does_not_tell_its_room_is_served()
{
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignServerFor<Sealed> server;
    Wire wire;
    PlainClient client(&wire);
    OWNER_WITH(owner, OWNER, ("\x01"));

    ran = "";
    provision(cells, "lamp", {OWNER}, {ALL});
    server.on(SEALED_CODE_ON, on);
    CHECK(server.begin(store));
    for (int i = 0; i < 20000 && !owner.isDecided(); i++, stub_ms++) {
        server.poll(client);
        owner.turn(wire.to_sketch, wire.to_peer);
    }
    CHECK_EQUAL(owner.outcome(), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(wire.longest, 18u);
    CHECK(ran == "on ");
}

static void requests_may_be_chained()
{
    Bench<2> b;
    Wire wire;
    OWNER_WITH(owner, OWNER, ("\x01"));

    CHECK(b.chip.connect(&wire));
    b.exchange(wire, owner);
    owner.request = "\x02";
    b.turn(wire, owner);
    b.exchange(wire, owner);
    CHECK_EQUAL(owner.outcome(), CSIGN_OUTCOME_DONE);
    CHECK(ran == "on off ");
}

static void what_follows_a_request_is_the_next_message()
{
    Bench<1> b;
    Wire wire;
    OWNER_WITH(owner, OWNER, ("\x01"));

    CHECK(b.chip.connect(&wire));
    while (csign_client_wants(&owner.machine) != CSIGN_WANTS_REQUEST)
        b.turn(wire, owner);
    owner.turn(wire.to_sketch, wire.to_peer);
    owner.turn(wire.to_sketch, wire.to_peer);
    wire.to_sketch.push_back(0); /* an empty message, which ends the conversation */
    b.exchange(wire, owner);
    CHECK_EQUAL(owner.outcome(), CSIGN_OUTCOME_DONE);
    b.pass(10);
    CHECK(wire.sketch_ended);
    CHECK_EQUAL(b.server.lastReason(), CSIGN_P_EMPTY);
}

static void a_request_before_the_end_of_input_is_answered()
{
    Bench<1> b;
    Wire wire;
    OWNER_WITH(owner, OWNER, ("\x01"));

    CHECK(b.chip.connect(&wire));
    while (!wire.peer_ended) {
        b.turn(wire, owner);
        wire.peer_ended = csign_client_wants(&owner.machine) == CSIGN_WANTS_BYTES &&
                          owner.request.empty();
    }
    b.exchange(wire, owner);
    CHECK_EQUAL(owner.outcome(), CSIGN_OUTCOME_DONE);
    b.pass(5);
    CHECK(wire.sketch_ended);
    CHECK_EQUAL(b.server.connected(), 0);
}

static void a_stranger_is_met_with_silence_and_a_reason_for_the_sketch()
{
    Bench<1> b;
    Wire wire;
    OWNER_WITH(stranger, 0x77, ("\x01"));

    CHECK(b.chip.connect(&wire));
    while (!wire.sketch_ended && stub_ms++ != 0)
        b.turn(wire, stranger);
    CHECK_EQUAL(wire.writes, 1u); /* the challenge */
    CHECK_EQUAL(b.server.lastReason(), CSIGN_P_TAG);
    CHECK(ran == "");
}

static void a_key_runs_only_what_its_rights_allow_in_whatever_order_handlers_come()
{
    for (int order = 0; order < 2; order++) {
        Cells cells;
        CountersignStore store(cells.memory);
        CountersignServerFor<Sealed> server;

        ran = "";
        provision(cells, "lamp", {OWNER, GUEST}, {ALL, 2}); /* row 1: off */
        CHECK(server.on(order ? SEALED_CODE_OFF : SEALED_CODE_ON, order ? off : on));
        CHECK(server.on(order ? SEALED_CODE_ON : SEALED_CODE_OFF, order ? on : off));
        CHECK(server.begin(store));
        for (int code = 1; code <= 2; code++) {
            Wire wire;
            NetClient client(&wire);
            OWNER_WITH(guest, GUEST, (std::string(1, (char)code)));

            for (int i = 0; i < 20000 && !guest.isDecided(); i++, stub_ms++) {
                server.poll(client);
                guest.turn(wire.to_sketch, wire.to_peer);
            }
            CHECK_EQUAL(csign_client_reply_status(&guest.machine),
                        code == 2 ? CSIGN_STATUS_DONE : CSIGN_STATUS_NOT_ALLOWED);
            client.stop();
            server.poll(client);
            server.poll(client);
        }
        CHECK(ran == "off ");
    }
}

static void on_of_a_code_that_is_not_in_the_table_serves_nothing()
{
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignServerFor<Sealed> server;
    Wire wire;
    NetClient client(&wire);
    OWNER_WITH(owner, OWNER, ("\x01"));

    provision(cells, "lamp", {OWNER}, {ALL});
    CHECK(server.on(SEALED_CODE_ON, on));
    CHECK(!server.on(0x55, off));
    CHECK_EQUAL(server.lastReason(), CSIGN_E_NO_COMMAND);
    CHECK(!server.onRow(SEALED_COMMANDS_COUNT, off));
    CHECK(!server.begin(store));
    for (int i = 0; i < 2000; i++, stub_ms++) {
        server.poll(client);
        owner.turn(wire.to_sketch, wire.to_peer);
    }
    CHECK(!server.isServing());
    CHECK_EQUAL(wire.writes, 0u);
}

static void an_unprovisioned_device_refuses_everybody()
{
    Bench<3> b(false);
    Wire wire;
    OWNER_WITH(owner, 0, ("\x01"));

    CHECK(b.chip.connect(&wire));
    b.exchange(wire, owner, 100);
    CHECK(wire.sketch_ended);
    CHECK_EQUAL(wire.writes, 0u);
    CHECK_EQUAL(b.store.state(), CSIGN_STORE_ERASED);
    CHECK_EQUAL(b.cells.writes, 0u);
}

static void an_unprovisioned_device_hangs_up_on_the_silent_at_once()
{
    Bench<3> b(false);
    Wire wire;

    CHECK(b.chip.connect(&wire));
    b.pass(1);
    CHECK(wire.sketch_ended);
}

static void a_store_that_is_emptied_ends_all_service()
{
    Bench<2> b;
    Wire wire, later;
    OWNER_WITH(owner, OWNER, ("\x01"));

    CHECK(b.chip.connect(&wire));
    b.exchange(wire, owner);
    CHECK_EQUAL(owner.outcome(), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(csign_store_begin(b.store.machine()), CSIGN_OK);
    b.pass(3);
    CHECK(!b.server.isServing());
    CHECK(wire.sketch_ended);
    CHECK(b.chip.connect(&later));
    b.pass(2);
    CHECK(later.sketch_ended);
}

static void a_damaged_store_refuses_everybody()
{
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignServerFor<Sealed> server;
    Wire wire;
    NetClient client(&wire);

    provision(cells, "lamp", {OWNER}, {ALL});
    cells.cells[cells.memory.base + 30] ^= 1; /* in the identity */
    CHECK(server.begin(store));
    CHECK_EQUAL(store.state(), CSIGN_STORE_DAMAGED);
    for (int i = 0; i < 1000; i++)
        server.poll(client);
    CHECK(wire.sketch_ended);
    CHECK(!server.isServing());
}

static void two_equal_stored_keys_serve_nobody()
{
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignServerFor<Sealed> server;
    Wire wire;
    NetClient client(&wire);

    provision(cells, "lamp", {OWNER, OWNER}, {ALL, ALL});
    CHECK(server.begin(store));
    for (int i = 0; i < 5000; i++)
        server.poll(client);
    CHECK(!server.isServing());
    CHECK(wire.sketch_ended);
    CHECK_EQUAL(server.lastReason(), CSIGN_E_KEY_KNOWN);
}

static void a_store_with_other_slots_than_the_sketch_is_told_of()
{
    Cells cells;
    CountersignServerFor<Sealed, 1, 3> server;
    CountersignStore store(cells.memory);

    CHECK(!server.begin(store));
    CHECK_EQUAL(server.lastReason(), CSIGN_E_SLOT_COUNT);
    CHECK(!server.provision(Serial, true));
}

static void four_silent_strangers_do_not_keep_the_owner_out()
{
    Bench<3> b;
    Wire strangers[4], wire;
    OWNER_WITH(owner, OWNER, ("\x01"));
    uint32_t began = stub_ms;

    for (Wire &stranger : strangers) {
        CHECK(b.chip.connect(&stranger));
        b.pass(1);
    }
    /* All sockets are taken now; the owner tries until one listens. */
    while (!b.chip.connect(&wire) && stub_ms - began < 5000)
        b.pass(1);
    CHECK(stub_ms - began <= 260);
    owner.open();
    b.exchange(wire, owner);
    CHECK_EQUAL(owner.outcome(), CSIGN_OUTCOME_DONE);
    CHECK(stub_ms - began <= 300);
    CHECK(strangers[0].sketch_ended);
}

static void nobody_is_evicted_before_250_ms()
{
    Bench<2> b;
    Wire first, second, third;
    uint32_t began = stub_ms;

    CHECK(b.chip.connect(&first));
    b.pass(1);
    CHECK(b.chip.connect(&second));
    b.pass(1);
    CHECK(b.chip.connect(&third));
    b.pass(240);
    CHECK(!first.sketch_ended && !second.sketch_ended);
    b.pass(20);
    CHECK(first.sketch_ended && !second.sketch_ended);
    CHECK(stub_ms - began < 300);
    CHECK_EQUAL(b.server.lastReason(), CSIGN_E_EVICTED);
}

static void the_unproven_go_before_the_proven_and_then_the_longest_idle()
{
    Bench<3> b;
    Wire friends[2], stranger, newcomers[3];
    OWNER_WITH(one, OWNER, ("\x01"));
    OWNER_WITH(two, GUEST, ("\x02"));

    CHECK(b.chip.connect(&friends[0]));
    b.exchange(friends[0], one);
    b.pass(300);
    CHECK(b.chip.connect(&friends[1]));
    b.exchange(friends[1], two);
    b.pass(300);
    CHECK(b.chip.connect(&stranger));
    b.pass(300);
    CHECK(b.chip.connect(&newcomers[0]));
    b.pass(3);
    CHECK(stranger.sketch_ended && !friends[0].sketch_ended);
    /* The first friend speaks, so the second is idle for longer. */
    one.request = "\x02";
    b.exchange(friends[0], one);
    b.turn(friends[0], one);
    b.exchange(friends[0], one);
    CHECK_EQUAL(one.outcome(), CSIGN_OUTCOME_DONE);
    /* The newcomer is too young to be evicted, friend two is not. */
    CHECK(b.chip.connect(&newcomers[1]));
    b.pass(3);
    CHECK(friends[1].sketch_ended && !friends[0].sketch_ended);
    CHECK(!newcomers[0].sketch_ended);
}

static void a_client_of_one_byte_a_second_delays_nobody()
{
    Bench<3> b;
    Wire slow, alone, beside;
    OWNER_WITH(lonely, OWNER, ("\x01"));
    OWNER_WITH(owner, OWNER, ("\x01"));
    unsigned turns, turns_beside;

    CHECK(b.chip.connect(&alone));
    turns = b.exchange(alone, lonely);
    CHECK(b.chip.connect(&slow));
    b.pass(1000);
    slow.to_sketch.push_back('x');
    CHECK(b.chip.connect(&beside));
    owner.open();
    turns_beside = b.exchange(beside, owner);
    CHECK(turns_beside <= turns + 1);
    for (int second = 2; second < 5; second++) {
        b.pass(1000);
        slow.to_sketch.push_back('x');
    }
    CHECK(!slow.sketch_ended);
    b.pass(1100); /* its wake is not whole after 5 s */
    CHECK(slow.sketch_ended);
    CHECK_EQUAL(b.server.lastReason(), CSIGN_P_LATE);
}

static void a_peer_that_takes_nothing_is_closed_by_the_deadline()
{
    Bench<1> b;
    Wire wire;
    OWNER_WITH(owner, OWNER, ("\x01"));

    wire.room = 0;
    CHECK(b.chip.connect(&wire));
    for (int i = 0; i < 10; i++)
        b.turn(wire, owner);
    b.pass(4900);
    CHECK(!wire.sketch_ended);
    b.pass(2000); /* and one second for what is on its way */
    CHECK(wire.sketch_ended);
    CHECK_EQUAL(b.server.lastReason(), CSIGN_P_STUCK);
}

static void a_peer_that_is_gone_frees_its_place()
{
    Bench<1> b;
    Wire gone, wire;
    OWNER_WITH(owner, OWNER, ("\x01"));

    CHECK(b.chip.connect(&gone));
    b.pass(2);
    gone.peer_ended = true;
    b.pass(2);
    CHECK_EQUAL(b.server.connected(), 0);
    CHECK_EQUAL(b.server.lastReason(), CSIGN_P_CUT);
    CHECK(b.chip.connect(&wire));
    b.exchange(wire, owner);
    CHECK_EQUAL(owner.outcome(), CSIGN_OUTCOME_DONE);
}

static void what_is_on_its_way_is_waited_for_before_the_hang_up()
{
    for (int taken = 0; taken < 2; taken++) {
        Bench<1> b;
        Wire wire;
        OWNER_WITH(stranger, 0x77, ("\x01"));

        CHECK(b.chip.connect(&wire));
        while (b.server.lastReason() != CSIGN_P_TAG) {
            b.turn(wire, stranger);
            if (wire.writes == 1)
                wire.room = 0; /* the challenge is not acknowledged */
        }
        b.pass(900);
        CHECK(!wire.sketch_ended);
        if (taken)
            wire.room = 100;
        b.pass(taken ? 2 : 200);
        CHECK(wire.sketch_ended);
    }
}

static void nobody_is_evicted_whose_command_is_about_to_run()
{
    Bench<1> b;
    Wire wire, newcomer;
    OWNER_WITH(owner, OWNER, ("\x01"));
    bool is_there = false;

    CHECK(b.chip.connect(&wire));
    b.pass(400);
    for (int i = 0; i < 100 && !owner.isDecided(); i++) {
        b.turn(wire, owner);
        if (!is_there && wire.to_sketch.empty() && ran == "" && owner.request.empty() &&
            csign_client_wants(&owner.machine) == CSIGN_WANTS_BYTES)
            is_there = b.chip.connect(&newcomer);
    }
    CHECK(is_there);
    CHECK_EQUAL(owner.outcome(), CSIGN_OUTCOME_DONE);
}

static void stop_is_told_not_to_wait_long()
{
    Bench<1> b;
    Wire wire;

    CHECK(b.chip.connect(&wire));
    b.pass(1);
    CHECK_EQUAL(wire.timeout, 10);
}

static void deadlines_hold_when_the_clock_wraps()
{
    stub_ms = UINT32_MAX - 3000;
    Bench<2> b;
    Wire silent, wire, crowd[2];
    OWNER_WITH(owner, OWNER, ("\x01"));

    stub_ms = UINT32_MAX - 20;
    CHECK(b.chip.connect(&silent));
    owner.open();
    CHECK(b.chip.connect(&silent) == false);
    b.pass(1);
    CHECK(b.chip.connect(&wire));
    b.exchange(wire, owner);
    CHECK_EQUAL(owner.outcome(), CSIGN_OUTCOME_DONE);
    b.pass(200);
    CHECK(b.chip.connect(&crowd[0]));
    CHECK(!silent.sketch_ended);
    b.pass(60);
    CHECK(silent.sketch_ended && !wire.sketch_ended);
    b.pass(4800);
    CHECK(!crowd[0].sketch_ended);
    b.pass(300);
    CHECK(crowd[0].sketch_ended);
    CHECK_EQUAL(b.server.lastReason(), CSIGN_P_LATE);
}

static void a_server_that_only_has_available_will_do()
{
    Bench<2> b;
    OldServer old;
    Wire one, two;
    OWNER_WITH(first, OWNER, ("\x01"));
    OWNER_WITH(second, GUEST, ("\x02"));

    old.wires = {&one, &two};
    for (int i = 0; i < 1000 && !(first.isDecided() && second.isDecided()); i++) {
        b.server.poll(old, b.clients);
        first.turn(one.to_sketch, one.to_peer);
        second.turn(two.to_sketch, two.to_peer);
    }
    CHECK_EQUAL(first.outcome(), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(second.outcome(), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(b.server.connected(), 2);
}

static Bench<1> *inner;

static void a_handler_that_polls_does_no_harm()
{
    Bench<1> b;
    Wire wire;
    OWNER_WITH(owner, OWNER, ("\x04"));

    inner = &b;
    inside = [] { inner->server.poll(inner->chip, inner->clients); };
    CHECK(b.chip.connect(&wire));
    b.exchange(wire, owner);
    CHECK(ran == "busy ");
    CHECK_EQUAL(csign_client_reply_status(&owner.machine), 0x81);
}

static unsigned compressions;

static void count_compression(csign_work *work)
{
    compressions++;
    csign_sha256.compress(work);
}

static void one_poll_does_one_step_that_hashes()
{
    csign_hash counted = csign_sha256;
    unsigned most = 0;
    Cells cells;
    CountersignStore store(cells.memory);
    struct Counted : CountersignServerFor<Sealed, 3> {
        void use(const csign_hash *hash)
        {
            settings.hasher.hash = hash;
        }
    } server;
    Chip chip(4);
    NetClient clients[3];
    Wire wires[3];
    OWNER_WITH(one, OWNER, ("\x01"));
    OWNER_WITH(two, OWNER, ("\x01"));
    OWNER_WITH(three, OWNER, ("\x01"));
    Owner *owners[] = {&one, &two, &three};
    unsigned connected = 0;

    counted.compress = count_compression;
    server.use(&counted);
    server.on(SEALED_CODE_ON, on);
    provision(cells, "lamp", {OWNER, 0x33, 0x44, 0x55}, {ALL, 1, 1, 1});
    CHECK(server.begin(store));
    for (int i = 0; i < 5000 && !three.isDecided(); i++, stub_ms++) {
        compressions = 0;
        server.poll(chip, clients);
        most = compressions > most ? compressions : most;
        if (connected < 3 && server.isServing() && chip.connect(&wires[connected]))
            connected++;
        for (unsigned k = 0; k < connected; k++)
            owners[k]->turn(wires[k].to_sketch, wires[k].to_peer);
    }
    CHECK_EQUAL(three.outcome(), CSIGN_OUTCOME_DONE);
    /* Four keys, two each, and two to read the command; 8 for a key at the start. */
    CHECK_EQUAL(most, 10u);
}

static void store_writes_are_one_a_poll()
{
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignServerFor<Sealed> server;
    NetClient none;
    unsigned before;

    provision(cells, "lamp", {OWNER}, {ALL});
    cells.busy_for = 3;
    CHECK(server.begin(store));
    for (int i = 0; i < 5000 && !server.isServing(); i++) {
        before = cells.writes;
        server.poll(none);
        CHECK(cells.writes - before <= 1);
    }
    CHECK(server.isServing());
}

static std::string set_key(uint8_t slot, uint8_t key)
{
    return std::string("\xf1") + (char)slot + std::string("\xff\xff\xff\xff", 4) +
           std::string(32, (char)key);
}

static void a_key_that_is_set_works_and_survives_a_restart()
{
    Bench<2> b;
    Wire wires[4];
    OWNER_WITH(owner, OWNER, (set_key(2, 0x66)));
    OWNER_WITH(fresh, 0x66, ("\x01"));
    OWNER_WITH(again, 0x66, ("\x02"));

    b.server.allowKeyChanges();
    b.cells.busy_for = 2;
    CHECK(b.chip.connect(&wires[0]));
    b.exchange(wires[0], owner);
    CHECK_EQUAL(owner.outcome(), CSIGN_OUTCOME_DONE);
    CHECK(b.chip.connect(&wires[1]));
    fresh.open();
    b.exchange(wires[1], fresh);
    CHECK_EQUAL(fresh.outcome(), CSIGN_OUTCOME_DONE);

    CountersignServerFor<Sealed> restarted;
    CountersignStore store(b.cells.memory);
    NetClient client(&wires[2]);
    restarted.on(SEALED_CODE_OFF, off);
    CHECK(restarted.begin(store));
    again.open();
    for (int i = 0; i < 5000 && !again.isDecided(); i++, stub_ms++) {
        restarted.poll(client);
        again.turn(wires[2].to_sketch, wires[2].to_peer);
    }
    CHECK_EQUAL(again.outcome(), CSIGN_OUTCOME_DONE);
    CHECK(ran == "on off ");
}

static void a_dropped_key_closes_its_connections()
{
    Bench<2> b;
    Wire guests, owners;
    OWNER_WITH(guest, GUEST, ("\x02"));
    OWNER_WITH(owner, OWNER, (std::string("\xf2\x01")));

    b.server.allowKeyChanges();
    CHECK(b.chip.connect(&guests));
    b.exchange(guests, guest);
    CHECK_EQUAL(guest.outcome(), CSIGN_OUTCOME_DONE);
    CHECK(b.chip.connect(&owners));
    owner.open();
    b.exchange(owners, owner);
    CHECK_EQUAL(owner.outcome(), CSIGN_OUTCOME_DONE);
    b.pass(5);
    CHECK(guests.sketch_ended && !owners.sketch_ended);
}

static void nobody_is_evicted_while_the_store_changes_a_key()
{
    Bench<1> b;
    Wire wire, newcomer;
    OWNER_WITH(owner, OWNER, (set_key(2, 0x66)));

    b.server.allowKeyChanges();
    b.cells.busy_for = 20; /* all its bytes take longer than anybody is safe */
    CHECK(b.chip.connect(&wire));
    for (int i = 0; i < 100; i++, stub_ms++)
        b.turn(wire, owner);
    CHECK(!owner.isDecided());
    CHECK(b.chip.connect(&newcomer));
    b.exchange(wire, owner);
    CHECK_EQUAL(owner.outcome(), CSIGN_OUTCOME_DONE);
}

static void without_leave_to_change_keys_their_commands_are_unknown()
{
    Bench<1> b;
    Wire wire;
    OWNER_WITH(owner, OWNER, (set_key(2, 0x66)));

    CHECK(b.chip.connect(&wire));
    b.exchange(wire, owner);
    CHECK_EQUAL(csign_client_reply_status(&owner.machine), CSIGN_STATUS_NO_COMMAND);
}

static void key_changes_need_room_in_a_request()
{
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignServerFor<Small> server;

    server.allowKeyChanges();
    CHECK(!server.begin(store));
    CHECK_EQUAL(server.lastReason(), CSIGN_E_REQUEST_MAX);
}

static void no_challenge_is_repeated_over_restarts()
{
    Cells cells;
    std::vector<Bytes> seen;

    provision(cells, "lamp", {OWNER}, {ALL});
    for (int start = 0; start < 20; start++) {
        CountersignStore store(cells.memory);
        CountersignServerFor<Sealed> server;

        stub_ms = 0; /* no entropy at all */
        CHECK(server.begin(store));
        for (int connection = 0; connection < 3; connection++) {
            Wire wire;
            NetClient client(&wire);

            wire.to_sketch.assign(16, 'n');
            for (int i = 0; i < 5000 && wire.to_peer.size() < 16; i++)
                server.poll(client);
            for (const Bytes &other : seen)
                CHECK(other != wire.to_peer);
            seen.push_back(wire.to_peer);
            wire.peer_ended = true;
            server.poll(client);
            server.poll(client);
        }
    }
    CHECK_EQUAL(seen.size(), 60u);
}

/* -- classic ---------------------------------------------------------------------------
 */

static uint8_t classic_on(CountersignCall &)
{
    ran += "on ";
    return CLASSIC_ANSWER_ROW_DONE;
}

static uint8_t classic_off(CountersignCall &)
{
    ran += "off ";
    return CLASSIC_ANSWER_ROW_FAILED;
}

static uint8_t classic_quiet(CountersignCall &)
{
    ran += "quiet ";
    return COUNTERSIGN_NO_ANSWER;
}

/* One exchange with a classic device that answers; says which answer came. */
static size_t classic_exchange(const char *code, csign_outcome &outcome)
{
    static const uint8_t quiet[] = CLASSIC_CODE_QUIET;
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignServerFor<Classic> server;
    Wire wire;
    NetClient client(&wire);
    csign_settings settings;

    Classic::settings(settings, NULL);
    Owner owner(settings, csign_classic_client, "", OWNER);
    Classic::client(owner.config);
    Owner shape(settings, csign_classic_client, "", OWNER);
    owner.config.settings = shape.config.settings;
    owner.config.keyed = shape.config.keyed;
    owner.request.assign(code, 2);
    owner.open();
    ran = "";
    provision(cells, "", {OWNER}, {ALL});
    CHECK(server.onRow(CLASSIC_ROW_OFF, classic_off));
    CHECK(server.onRow(CLASSIC_ROW_ON, classic_on));
    CHECK(server.onRow(CLASSIC_ROW_QUIET, classic_quiet));
    CHECK(quiet[1] == 3);
    CHECK(server.begin(store));
    for (int i = 0; i < 5000 && !owner.isOver(); i++, stub_ms++) {
        server.poll(client);
        owner.turn(wire.to_sketch, wire.to_peer);
        if (wire.sketch_ended && wire.to_peer.empty())
            csign_client_end(&owner.machine);
    }
    for (int i = 0; i < 3; i++)
        server.poll(client);
    CHECK(wire.sketch_ended);
    outcome = owner.outcome();
    return csign_client_answer(&owner.machine);
}

static void a_classic_handler_answers_by_row()
{
    csign_outcome outcome;

    CHECK_EQUAL(classic_exchange("\x10\x01", outcome), (size_t)CLASSIC_ANSWER_ROW_DONE);
    CHECK_EQUAL(outcome, CSIGN_OUTCOME_DONE);
    CHECK(ran == "on ");
    CHECK_EQUAL(classic_exchange("\x10\x02", outcome), (size_t)CLASSIC_ANSWER_ROW_FAILED);
    CHECK_EQUAL(outcome, CSIGN_OUTCOME_DONE);
    CHECK(ran == "off ");
}

static void a_classic_command_without_an_answer_is_hung_up_on()
{
    csign_outcome outcome;

    CHECK_EQUAL(classic_exchange("\x10\x03", outcome), CSIGN_NO_ROW);
    CHECK_EQUAL(outcome, CSIGN_OUTCOME_UNKNOWN);
    CHECK(ran == "quiet ");
}

static void a_classic_code_of_two_bytes_is_no_code_of_one()
{
    CountersignServerFor<Classic> server;

    CHECK(!server.on(0x10, classic_on));
    CHECK_EQUAL(server.lastReason(), CSIGN_E_NO_COMMAND);
}

static void a_classic_device_without_answers_only_runs()
{
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignServerFor<Silent> server;
    Wire wire;
    NetClient client(&wire);
    csign_settings settings;

    Silent::settings(settings, NULL);
    Owner owner(settings, csign_classic_client, "", OWNER);
    owner.request = "\x02";
    owner.open();
    ran = "";
    provision(cells, "", {OWNER}, {ALL});
    CHECK(server.on(SILENT_CODE_ON, on));
    CHECK(server.on(SILENT_CODE_OFF, off));
    CHECK(server.begin(store));
    for (int i = 0; i < 5000 && !wire.sketch_ended; i++, stub_ms++) {
        server.poll(client);
        owner.turn(wire.to_sketch, wire.to_peer);
    }
    csign_client_end(&owner.machine);
    CHECK_EQUAL(owner.outcome(), CSIGN_OUTCOME_SENT);
    CHECK(ran == "off ");
    CHECK_EQUAL(wire.writes, 1u); /* the challenge, without a wake */
}

/* -- what the sketch is told
 * ------------------------------------------------------------- */

struct Words : Print {
    std::string text;
    int room;
    Words() : text(), room(5)
    {
    }
    virtual size_t write(uint8_t letter)
    {
        text += (char)letter;
        return 1;
    }
    virtual int availableForWrite()
    {
        return room;
    }
    using Print::write;
};

static void the_debug_print_says_in_words_why()
{
    Bench<1> b;
    Words words;
    Wire wire;
    OWNER_WITH(stranger, 0x77, ("\x01"));

    b.server.setDebug(words);
    CHECK(b.chip.connect(&wire));
    b.exchange(wire, stranger, 100);
    b.pass(50);
    CHECK(words.text == "wrong key, id or settings\n");
}

static void the_debug_print_is_not_waited_for()
{
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignServerFor<Sealed> server;
    NetClient none;
    Words words;

    words.room = 0;
    server.setDebug(words);
    CHECK(server.begin(store));
    for (int i = 0; i < 100; i++)
        server.poll(none);
    CHECK(words.text == "");
    words.room = 1;
    server.poll(none);
    CHECK(words.text.size() <= 16);
    for (int i = 0; i < 100; i++)
        server.poll(none);
    CHECK(words.text == "no keys: countersign provision\n");
}

static void polling_before_begin_does_nothing()
{
    CountersignServerFor<Sealed> server;
    Wire wire;
    NetClient client(&wire);

    server.poll(client);
    CHECK_EQUAL(server.lastReason(), CSIGN_E_ORDER);
    CHECK(!wire.sketch_ended);
    CHECK(!server.provision(Serial, true));
}

/* -- the store
 * ---------------------------------------------------------------------------- */

static void each_id_has_an_ethernet_address_of_its_own()
{
    std::vector<std::string> seen;

    for (int i = 0; i < 300; i++) {
        Cells cells;
        CountersignStore store(cells.memory);
        char id[20];
        uint8_t mac[6] = {0, 0, 0, 0, 0, 0};

        snprintf(id, sizeof id, i < 150 ? "lamp-%d" : "%d-lamp", i);
        CHECK(!store.macAddress(mac));
        CHECK_EQUAL(mac[0], 0);
        provision(cells, id, {OWNER}, {ALL});
        CHECK_EQUAL(store.begin(), CSIGN_OK);
        CHECK(store.macAddress(mac));
        CHECK_EQUAL(mac[0] & 3, 2); /* administered locally, for one station */
        std::string text(reinterpret_cast<char *>(mac), sizeof mac);
        for (const std::string &other : seen)
            CHECK(other.substr(2) != text.substr(2));
        seen.push_back(text);
    }
}

static void the_provisioned_id_can_be_read()
{
    Cells cells;
    CountersignStore store(cells.memory);
    char text[8];

    provision(cells, "lamp-12", {OWNER}, {ALL});
    CHECK_EQUAL(store.id(text, sizeof text), 0); /* before begin() */
    CHECK(text[0] == '\0');
    CHECK_EQUAL(store.begin(), CSIGN_OK);
    CHECK_EQUAL(store.id(text, sizeof text), 7);
    CHECK(std::string(text) == "lamp-12");
    CHECK_EQUAL(store.id(text, 3), 7);
    CHECK(std::string(text) == "la");
}

static void a_memory_that_keeps_a_copy_is_begun_and_committed()
{
    EEPROMClass memory;
    CountersignStore store(memory, 16);
    CountersignServerFor<Sealed> server;
    NetClient none;

    CHECK(server.begin(store));
    CHECK_EQUAL(memory.begun, 16u + CSIGN_STORE_BYTES(4, 4));
    CHECK_EQUAL(csign_store_begin(store.machine()), CSIGN_OK);
    while (csign_store_step(store.machine()) == CSIGN_STEP_MORE) {
    }
    CHECK(memory.commits > 0);
    CHECK(memcmp(memory.copy, memory.cells, sizeof memory.cells) == 0);
    CHECK_EQUAL(memory.cells[15], 0xff);
}

int main()
{
    static const check::test tests[] = {
        TEST(the_owner_commands_and_gets_data_back),
        TEST(each_message_is_one_write),
        TEST(a_status_of_the_handlers_own_reaches_the_client),
        TEST(a_reply_that_does_not_fit_is_not_taken),
        TEST(a_command_without_a_handler_fails),
        TEST(a_command_may_come_one_byte_at_a_time),
        TEST(a_reply_may_leave_one_byte_at_a_time),
        TEST(a_client_that_does_not_tell_its_room_is_served),
        TEST(requests_may_be_chained),
        TEST(what_follows_a_request_is_the_next_message),
        TEST(a_request_before_the_end_of_input_is_answered),
        TEST(a_stranger_is_met_with_silence_and_a_reason_for_the_sketch),
        TEST(a_key_runs_only_what_its_rights_allow_in_whatever_order_handlers_come),
        TEST(on_of_a_code_that_is_not_in_the_table_serves_nothing),
        TEST(an_unprovisioned_device_refuses_everybody),
        TEST(an_unprovisioned_device_hangs_up_on_the_silent_at_once),
        TEST(a_damaged_store_refuses_everybody),
        TEST(a_store_that_is_emptied_ends_all_service),
        TEST(two_equal_stored_keys_serve_nobody),
        TEST(a_store_with_other_slots_than_the_sketch_is_told_of),
        TEST(four_silent_strangers_do_not_keep_the_owner_out),
        TEST(nobody_is_evicted_before_250_ms),
        TEST(nobody_is_evicted_whose_command_is_about_to_run),
        TEST(the_unproven_go_before_the_proven_and_then_the_longest_idle),
        TEST(a_client_of_one_byte_a_second_delays_nobody),
        TEST(a_peer_that_takes_nothing_is_closed_by_the_deadline),
        TEST(a_peer_that_is_gone_frees_its_place),
        TEST(what_is_on_its_way_is_waited_for_before_the_hang_up),
        TEST(stop_is_told_not_to_wait_long),
        TEST(deadlines_hold_when_the_clock_wraps),
        TEST(a_server_that_only_has_available_will_do),
        TEST(a_handler_that_polls_does_no_harm),
        TEST(one_poll_does_one_step_that_hashes),
        TEST(store_writes_are_one_a_poll),
        TEST(a_key_that_is_set_works_and_survives_a_restart),
        TEST(a_dropped_key_closes_its_connections),
        TEST(nobody_is_evicted_while_the_store_changes_a_key),
        TEST(without_leave_to_change_keys_their_commands_are_unknown),
        TEST(key_changes_need_room_in_a_request),
        TEST(no_challenge_is_repeated_over_restarts),
        TEST(a_classic_handler_answers_by_row),
        TEST(a_classic_command_without_an_answer_is_hung_up_on),
        TEST(a_classic_code_of_two_bytes_is_no_code_of_one),
        TEST(a_classic_device_without_answers_only_runs),
        TEST(the_debug_print_says_in_words_why),
        TEST(the_debug_print_is_not_waited_for),
        TEST(polling_before_begin_does_nothing),
        TEST(each_id_has_an_ethernet_address_of_its_own),
        TEST(the_provisioned_id_can_be_read),
        TEST(a_memory_that_keeps_a_copy_is_begun_and_committed),
    };

    return check::run(tests);
}
