/* SPDX-License-Identifier: MIT */
/* test_edges_class.cpp: memories that are busy, absent or too small for a store, what a print
 * or a line does not take at once, and handlers that are not there. */
#include "world.hpp"

#include "devices/classic.h"
#include "devices/line.h"
#include "devices/sealed.h"

using namespace world;

COUNTERSIGN_DEVICE(OnLine, LINE);
COUNTERSIGN_DEVICE(Sealed, SEALED);
COUNTERSIGN_DEVICE(Classic, CLASSIC);

static const uint8_t OWNER = 0x11, GUEST = 0x22;
static const uint32_t ALL = CSIGN_RIGHTS_EVERY;

static unsigned ran;

static uint8_t on(CountersignCall &)
{
    ran++;
    return CSIGN_STATUS_DONE;
}

static csign_settings sealed_settings()
{
    csign_settings settings;

    Sealed::settings(settings, NULL);
    return settings;
}

struct Bench {
    Cells cells;
    CountersignStore store;
    CountersignServerFor<Sealed, 2> server;
    Chip chip;
    NetClient clients[2];
    Owner owner, other;
    Wire wires[2];

    Bench()
        : cells(), store(cells.memory), server(), chip(3), clients(),
          owner(sealed_settings(), csign_sealed_client, "lamp", OWNER),
          other(sealed_settings(), csign_sealed_client, "lamp", OWNER), wires()
    {
        ran = 0;
        provision(cells, "lamp", {OWNER, GUEST}, {ALL, 2});
        CHECK(server.on(SEALED_CODE_ON, on));
    }

    void start()
    {
        CHECK(server.begin(store));
        for (int i = 0; i < 5000 && !server.isServing(); i++)
            server.poll(chip, clients);
        CHECK(server.isServing());
        owner.request = other.request = "\x01";
        owner.open();
        other.open();
        CHECK(chip.connect(&wires[0]));
    }

    void turn()
    {
        server.poll(chip, clients);
        owner.turn(wires[0].to_sketch, wires[0].to_peer);
        other.turn(wires[1].to_sketch, wires[1].to_peer);
        stub_ms++;
    }

    void decide()
    {
        for (int i = 0; i < 5000 && !owner.isDecided() && !owner.isOver(); i++)
            turn();
    }
};

static std::string set_key(uint8_t slot, uint8_t key)
{
    return std::string("\xf1") + (char)slot + std::string("\xff\xff\xff\xff", 4) +
           std::string(32, (char)key);
}

static void a_memory_that_cannot_hold_a_store_is_told_of()
{
    Cells cells;
    CountersignServerFor<Sealed> server;

    cells.memory.write = NULL;
    CountersignStore store(cells.memory);
    CHECK_EQUAL(store.begin(), CSIGN_E_MEMORY);
    CHECK(!server.begin(store));
    CHECK_EQUAL(server.lastReason(), CSIGN_E_MEMORY);
}

static void a_memory_that_is_never_busy_need_not_say_so()
{
    Bench b;

    b.cells.memory.is_busy = NULL;
    b.store = CountersignStore(b.cells.memory);
    b.start();
    b.decide();
    CHECK_EQUAL(b.owner.outcome(), CSIGN_OUTCOME_DONE);
}

static void a_byte_of_the_run_before_is_waited_for()
{
    Bench b;

    b.cells.busy = 3;
    CHECK_EQUAL(b.store.begin(), CSIGN_OK);
    CHECK_EQUAL(b.cells.busy, 0u);
    CHECK(b.store.isProvisioned());
}

static void keys_are_loaded_from_a_memory_that_is_busy_now_and_then()
{
    Bench b;

    CHECK(b.server.begin(b.store));
    for (int i = 0; i < 5000 && !b.server.isServing(); i++) {
        b.cells.busy = i % 3 == 0 ? 9 : 0;
        b.server.poll(b.chip, b.clients);
    }
    CHECK(b.server.isServing());
}

static unsigned questions;

static bool is_busy_each_fifth_time(void *)
{
    return ++questions % 5 == 0;
}

static void keys_are_loaded_from_a_memory_that_gets_busy_between_two_reads()
{
    Bench b;

    b.cells.memory.is_busy = is_busy_each_fifth_time;
    b.store = CountersignStore(b.cells.memory);
    b.start();
    b.decide();
    CHECK_EQUAL(b.owner.outcome(), CSIGN_OUTCOME_DONE);
}

static void a_challenge_waits_for_a_busy_memory()
{
    Bench b;

    b.start();
    b.cells.busy = 50;
    b.decide();
    CHECK_EQUAL(b.cells.busy, 0u);
    CHECK_EQUAL(b.owner.outcome(), CSIGN_OUTCOME_DONE);
}

static void a_key_change_fails_while_the_memory_is_busy()
{
    Bench b;

    b.server.allowKeyChanges();
    b.start();
    b.owner.request = set_key(2, 0x66);
    for (int i = 0; i < 5000 && !b.owner.isDecided(); i++) {
        if (b.wires[0].writes > 0)
            b.cells.busy = 1000;
        b.turn();
    }
    CHECK_EQUAL(csign_client_reply_status(&b.owner.machine), CSIGN_STATUS_FAILED);
}

static void a_key_change_fails_when_the_memory_gets_busy_before_it()
{
    for (int phase = 0; phase < 2; phase++) {
        Bench b;

        b.server.allowKeyChanges();
        b.start();
        b.owner.request = set_key(2, 0x66);
        for (int i = 0; i < 5000 && !b.owner.isDecided(); i++) {
            if (b.wires[0].writes > 0)
                b.cells.busy = i % 2 == phase ? 1000 : 0;
            b.turn();
        }
        CHECK_EQUAL(csign_client_reply_status(&b.owner.machine), CSIGN_STATUS_FAILED);
    }
}

static void a_client_that_does_not_tell_its_room_is_hung_up_on_too()
{
    Bench b;
    Wire wire;
    PlainClient plain(&wire);

    b.start();
    wire.to_sketch.assign(16, 1);
    for (int i = 0; i < 20; i++)
        b.server.poll(plain);
    CHECK_EQUAL(wire.writes, 1u);
    CHECK_EQUAL(csign_store_begin(b.store.machine()), CSIGN_OK);
    for (int i = 0; i < 20; i++)
        b.server.poll(plain);
    CHECK(wire.sketch_ended);
}

static void a_key_change_fails_while_another_is_stored()
{
    Bench b;

    b.server.allowKeyChanges();
    b.start();
    b.owner.request = set_key(2, 0x66);
    b.other.request = set_key(3, 0x77);
    b.turn();
    CHECK(b.chip.connect(&b.wires[1]));
    b.cells.busy_for = 20;
    for (int i = 0; i < 9000 && !(b.owner.isDecided() && b.other.isDecided()); i++)
        b.turn();
    CHECK_EQUAL(csign_client_reply_status(&b.owner.machine) +
                    csign_client_reply_status(&b.other.machine),
                CSIGN_STATUS_FAILED + CSIGN_STATUS_DONE);
}

static void what_a_known_client_sends_is_no_new_connection()
{
    Bench b;
    OldServer old;

    b.start();
    old.wires = {&b.wires[0]};
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 1000 && !b.owner.isDecided(); i++, stub_ms++) {
            b.server.poll(old, b.clients);
            b.owner.turn(b.wires[0].to_sketch, b.wires[0].to_peer);
        }
        CHECK_EQUAL(b.owner.outcome(), CSIGN_OUTCOME_DONE);
        b.wires[0].to_sketch.push_back(1); /* a message that does not get whole */
        b.server.poll(old, b.clients);
        CHECK_EQUAL(b.server.connected(), 1);
    }
}

static void who_is_being_hung_up_on_makes_room_for_a_newcomer()
{
    Bench b;
    Wire second, third;
    Wire *ending[] = {&b.wires[0], &second};

    b.start();
    for (Wire *wire : ending) {
        wire->to_sketch.assign(16 + 18, 1);
        if (wire == &second)
            CHECK(b.chip.connect(wire));
        for (int i = 0; i < 20; i++) {
            b.server.poll(b.chip, b.clients);
            if (wire->writes == 1)
                wire->room = 0; /* the challenge is not acknowledged */
        }
    }
    CHECK(!b.wires[0].sketch_ended && !second.sketch_ended);
    CHECK_EQUAL(b.server.lastReason(), CSIGN_P_TAG);
    CHECK(b.chip.connect(&third));
    third.to_sketch.assign(16, 1);
    for (int i = 0; i < 10; i++)
        b.server.poll(b.chip, b.clients);
    CHECK_EQUAL(third.writes, 1u);
    CHECK(b.wires[0].sketch_ended != second.sketch_ended);
}

static void no_more_of_an_id_is_told_than_there_is_room_for()
{
    Cells cells;
    CountersignStore store(cells.memory);
    char text[8] = "?";

    provision(cells, "lamp-12", {OWNER}, {ALL});
    CHECK_EQUAL(store.begin(), CSIGN_OK);
    CHECK_EQUAL(store.id(text, 0), 7);
    CHECK(text[0] == '?');
}

static void without_an_id_there_is_no_ethernet_address()
{
    Cells cells;
    CountersignStore store(cells.memory);
    uint8_t mac[6] = {0};

    provision(cells, "", {OWNER}, {ALL});
    CHECK_EQUAL(store.begin(), CSIGN_OK);
    CHECK(!store.macAddress(mac));
}

static void a_busy_memory_tells_no_id_and_no_address()
{
    Cells cells;
    CountersignStore store(cells.memory);
    char text[8];
    uint8_t mac[6];

    provision(cells, "lamp-12", {OWNER}, {ALL});
    CHECK_EQUAL(store.begin(), CSIGN_OK);
    cells.busy = 1;
    CHECK_EQUAL(store.id(text, sizeof text), 0);
    cells.busy = 1;
    CHECK(!store.macAddress(mac));
    CHECK(store.macAddress(mac));
}

/* -- the debug print -- */

struct Words : Print {
    std::string text;
    virtual size_t write(uint8_t letter)
    {
        text += (char)letter;
        return 1;
    }
    using Print::write;
};

struct Roomy : Words {
    int room;
    Roomy() : room(0)
    {
    }
    virtual int availableForWrite()
    {
        return room;
    }
};

static void a_print_that_does_not_tell_its_room_gets_a_letter_a_poll()
{
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignServerFor<Sealed> server;
    NetClient none;
    Words words;

    server.setDebug(words);
    CHECK(server.begin(store));
    for (size_t i = 1; i <= 10; i++) {
        server.poll(none);
        CHECK_EQUAL(words.text.size(), i);
    }
}

static void while_words_are_on_their_way_others_are_left_out()
{
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignServerFor<Sealed> server;
    NetClient none;
    Roomy words;

    server.setDebug(words);
    CHECK(!server.on(0x77, on));
    CHECK(!server.on(0x78, on));
    CHECK(!server.begin(store));
    words.room = 1;
    for (int i = 0; i < 100; i++)
        server.poll(none);
    CHECK(words.text == "on(): no such code\n");
}

static void a_reason_without_words_of_its_own_is_told_of_too()
{
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignClientFor<Sealed> remote;
    NetClient none;
    Roomy words;

    words.room = 1;
    provision(cells, "button", {0, OWNER}, {0, 0});
    remote.setDebug(words);
    CHECK(remote.begin(store));
    for (int i = 0; i < 5000; i++)
        remote.poll(none);
    CHECK(words.text.find("refused, see lastReason()\n") != std::string::npos);
}

static void a_classic_command_without_a_handler_is_hung_up_on()
{
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignServerFor<Classic> server;
    Wire wire;
    NetClient client(&wire);
    csign_settings settings;

    Classic::settings(settings, NULL);
    Owner owner(settings, csign_classic_client, "", OWNER);
    owner.config.code_len = 2;
    owner.request = "\x10\x01";
    owner.open();
    provision(cells, "", {OWNER}, {ALL});
    CHECK(server.begin(store));
    for (int i = 0; i < 5000 && !wire.sketch_ended; i++, stub_ms++) {
        server.poll(client);
        owner.turn(wire.to_sketch, wire.to_peer);
    }
    CHECK(wire.sketch_ended);
    CHECK_EQUAL(wire.writes, 1u); /* the challenge */
    CHECK_EQUAL(server.lastReason(), CSIGN_P_CLOSED);
}

static void a_code_of_no_bytes_is_not_sent()
{
    CountersignClientFor<Classic> remote;
    static const uint8_t code = 1;

    CHECK_EQUAL(remote.sendCode(&code, 0), CSIGN_E_LENGTH);
}

/* -- the client -- */

struct Remote {
    Cells cells;
    CountersignStore store;
    CountersignClientFor<Sealed> remote;
    Wire wire;
    NetClient client;

    Remote() : cells(), store(cells.memory), remote(), wire(), client(&wire)
    {
        provision(cells, "button", {OWNER}, {0});
        CHECK(remote.begin(store));
        pass(5000);
        CHECK(remote.isReady());
    }

    void pass(unsigned polls)
    {
        while (polls-- > 0)
            remote.poll(client);
    }
};

static void a_clients_own_challenge_waits_for_a_busy_memory()
{
    Remote r;

    CHECK_EQUAL(r.remote.send(SEALED_CODE_ON), CSIGN_OK);
    r.cells.busy = 50;
    r.pass(3);
    CHECK_EQUAL(r.wire.writes, 0u);
    r.pass(100);
    CHECK_EQUAL(r.wire.to_peer.size(), (size_t)SEALED_WAKE);
}

static void a_client_waits_for_room_and_not_for_a_peer_that_is_gone()
{
    Remote r;

    CHECK_EQUAL(r.remote.send(SEALED_CODE_ON), CSIGN_OK);
    r.wire.room = 0;
    r.pass(10);
    CHECK(r.remote.isBusy());
    r.wire.peer_ended = true;
    r.pass(10);
    CHECK(!r.remote.isBusy());
    CHECK_EQUAL(r.remote.outcome(), CSIGN_OUTCOME_NOT_SENT);
}

static void a_client_whose_store_is_emptied_sends_nothing_more()
{
    for (int is_open = 0; is_open < 2; is_open++) {
        Remote r;

        CHECK_EQUAL(r.remote.send(SEALED_CODE_ON), CSIGN_OK);
        r.pass(is_open ? 3 : 0);
        CHECK_EQUAL(csign_store_begin(r.store.machine()), CSIGN_OK);
        r.pass(10);
        CHECK(!r.remote.isReady());
        CHECK(!r.remote.isBusy());
        CHECK_EQUAL(r.remote.outcome(), CSIGN_OUTCOME_NOT_SENT);
        CHECK_EQUAL(r.wire.to_peer.size(), is_open ? (size_t)SEALED_WAKE : 0u);
    }
}

static void a_client_is_not_provisioned_while_it_has_a_connection()
{
    static const uint8_t hello[] = {0xc5, 1, 0, 0x11, 1, 0x1a, 0x60};
    Remote r;
    Line line;

    CHECK_EQUAL(r.remote.send(SEALED_CODE_ON), CSIGN_OK);
    r.pass(3);
    line.to_sketch.assign(hello, hello + sizeof hello);
    for (int i = 0; i < 50; i++)
        r.remote.provision(line, true);
    CHECK_EQUAL(line.to_sketch.size(), sizeof hello);
    r.wire.peer_ended = true;
    r.pass(10);
    for (int i = 0; i < 50; i++)
        r.remote.provision(line, true);
    CHECK_EQUAL(line.to_sketch.size(), 0u);
}

static void a_command_waits_while_the_client_is_provisioned()
{
    Remote r;
    Line line;

    line.to_sketch.assign(1, CSIGN_PROVISION_START);
    r.remote.provision(line, true);
    CHECK_EQUAL(r.remote.send(SEALED_CODE_ON), CSIGN_OK);
    r.pass(10);
    CHECK_EQUAL(r.wire.writes, 0u);
    stub_ms += CSIGN_SILENCE_MS;
    r.remote.provision(line, true);
    r.pass(10);
    CHECK_EQUAL(r.wire.writes, 1u);
}

static void without_a_device_on_the_line_nothing_is_sent()
{
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignClientFor<OnLine> remote;
    Line line;

    provision(cells, "button", {OWNER}, {0});
    CHECK(remote.begin(store));
    for (int i = 0; i < 5000; i++)
        remote.poll(line);
    CHECK_EQUAL(remote.send(LINE_CODE_ON), CSIGN_OK);
    for (int i = 0; i < 20000 && remote.isBusy(); i++, stub_ms++)
        remote.poll(line);
    CHECK_EQUAL(remote.outcome(), CSIGN_OUTCOME_NOT_SENT);
    CHECK_EQUAL(remote.lastReason(), CSIGN_P_LATE);
}

static void a_classic_code_of_another_length_is_not_sent()
{
    static const uint8_t code[] = {0x10, 1};
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignClientFor<Classic> remote;
    NetClient none;

    provision(cells, "", {OWNER}, {0});
    CHECK(remote.begin(store));
    for (int i = 0; i < 5000; i++)
        remote.poll(none);
    CHECK(remote.isReady());
    CHECK_EQUAL(remote.sendCode(code, 1), CSIGN_E_LENGTH);
    CHECK_EQUAL(remote.sendCode(code, 2), CSIGN_OK);
}

/* -- what says that there are bytes and has none -- */

struct LyingClient : PlainClient {
    explicit LyingClient(Wire *wire) : PlainClient(wire)
    {
    }
    virtual int read(uint8_t *, size_t)
    {
        return -1;
    }
};

static void a_client_that_has_less_than_it_says_does_no_harm()
{
    Bench b;
    Wire wire;
    LyingClient liar(&wire);

    b.start();
    wire.to_sketch.assign(16, 1);
    for (int i = 0; i < 20; i++)
        b.server.poll(liar);
    CHECK_EQUAL(wire.writes, 0u);
    CHECK_EQUAL(b.server.connected(), 1);
}

static void a_start_that_fails_is_told_of()
{
    Bench b;
    Roomy words;

    words.room = 1;
    b.server.setDebug(words);
    CHECK(b.server.begin(b.store));
    b.server.poll(b.chip, b.clients);
    b.cells.cells[100 + 48 + 20] ^= 4; /* in the first key */
    for (int i = 0; i < 500; i++)
        b.server.poll(b.chip, b.clients);
    CHECK(!b.server.isServing());
    CHECK(words.text.find("store damaged") != std::string::npos);
}

int main()
{
    static const check::test tests[] = {
        TEST(a_memory_that_cannot_hold_a_store_is_told_of),
        TEST(a_memory_that_is_never_busy_need_not_say_so),
        TEST(a_byte_of_the_run_before_is_waited_for),
        TEST(keys_are_loaded_from_a_memory_that_is_busy_now_and_then),
        TEST(keys_are_loaded_from_a_memory_that_gets_busy_between_two_reads),
        TEST(a_challenge_waits_for_a_busy_memory),
        TEST(a_key_change_fails_while_the_memory_is_busy),
        TEST(a_key_change_fails_while_another_is_stored),
        TEST(a_key_change_fails_when_the_memory_gets_busy_before_it),
        TEST(a_client_that_does_not_tell_its_room_is_hung_up_on_too),
        TEST(what_a_known_client_sends_is_no_new_connection),
        TEST(who_is_being_hung_up_on_makes_room_for_a_newcomer),
        TEST(no_more_of_an_id_is_told_than_there_is_room_for),
        TEST(without_an_id_there_is_no_ethernet_address),
        TEST(a_busy_memory_tells_no_id_and_no_address),
        TEST(a_print_that_does_not_tell_its_room_gets_a_letter_a_poll),
        TEST(while_words_are_on_their_way_others_are_left_out),
        TEST(a_reason_without_words_of_its_own_is_told_of_too),
        TEST(a_classic_command_without_a_handler_is_hung_up_on),
        TEST(a_code_of_no_bytes_is_not_sent),
        TEST(a_clients_own_challenge_waits_for_a_busy_memory),
        TEST(a_client_waits_for_room_and_not_for_a_peer_that_is_gone),
        TEST(a_client_whose_store_is_emptied_sends_nothing_more),
        TEST(a_client_is_not_provisioned_while_it_has_a_connection),
        TEST(a_command_waits_while_the_client_is_provisioned),
        TEST(without_a_device_on_the_line_nothing_is_sent),
        TEST(a_classic_code_of_another_length_is_not_sent),
        TEST(a_client_that_has_less_than_it_says_does_no_harm),
        TEST(a_start_that_fails_is_told_of),
    };

    return check::run(tests);
}
