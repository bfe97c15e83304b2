/* SPDX-License-Identifier: MIT */
/* test_line_class.cpp: CountersignServer on a serial line, and provisioning over one. */
#include "world.hpp"

#include "devices/line.h"
#include "devices/sealed.h"

using namespace world;

COUNTERSIGN_DEVICE(OnLine, LINE);
COUNTERSIGN_DEVICE(Sealed, SEALED);

static const uint8_t OWNER = 0x11;
static const uint32_t ALL = CSIGN_RIGHTS_EVERY;

static unsigned ran;

static uint8_t on(CountersignCall &)
{
    ran++;
    return CSIGN_STATUS_DONE;
}

static csign_settings line_settings()
{
    csign_settings settings;

    OnLine::settings(settings, NULL);
    return settings;
}

struct Bench {
    Cells cells;
    CountersignStore store;
    CountersignServerFor<OnLine> server;
    Line line;
    Owner owner;

    explicit Bench(bool is_provisioned = true)
        : cells(), store(cells.memory), server(), line(),
          owner(line_settings(), csign_sealed_client, "at-the-line", OWNER)
    {
        ran = 0;
        if (is_provisioned)
            provision(cells, "at-the-line", {OWNER}, {ALL});
        CHECK(server.on(LINE_CODE_ON, on));
        CHECK(server.begin(store));
        pass(is_provisioned ? 2000 : 0);
        CHECK_EQUAL(server.isServing(), is_provisioned);
    }

    void pass(uint32_t ms)
    {
        while (ms-- > 0) {
            server.poll(line);
            stub_ms++;
        }
    }

    void send(const std::string &bytes)
    {
        line.to_sketch.insert(line.to_sketch.end(), bytes.begin(), bytes.end());
    }

    csign_outcome exchange()
    {
        owner.request = "\x01";
        owner.open();
        for (int i = 0; i < 20000 && !owner.isDecided() && !owner.isOver(); i++) {
            pass(1);
            owner.turn(line.to_sketch, line.to_peer);
        }
        return owner.outcome();
    }
};

static void a_line_is_commanded_again_and_again()
{
    Bench b;

    CHECK_EQUAL(b.exchange(), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(b.exchange(), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(ran, 2u);
}

static void a_line_that_takes_one_byte_at_a_time_will_do()
{
    Bench b;

    b.line.room = 1;
    CHECK_EQUAL(b.exchange(), CSIGN_OUTCOME_DONE);
}

/* A line that does not tell its room, as a software serial port. */
struct PlainLine : Stream {
    Line inner;
    size_t taken;
    PlainLine() : inner(), taken(0)
    {
    }
    virtual int available()
    {
        return inner.available();
    }
    virtual int read()
    {
        return inner.read();
    }
    virtual int peek()
    {
        return inner.peek();
    }
    virtual size_t write(uint8_t value)
    {
        taken++;
        return inner.write(value);
    }
    using Print::write;
};

static void a_line_that_does_not_tell_its_room_gets_a_byte_a_poll()
{
    Bench b;
    PlainLine line;

    b.owner.request = "\x01";
    b.owner.open();
    for (int i = 0; i < 5000 && !b.owner.isDecided(); i++, stub_ms++) {
        line.taken = 0;
        b.server.poll(line);
        CHECK(line.taken <= 1);
        b.owner.turn(line.inner.to_sketch, line.inner.to_peer);
    }
    CHECK_EQUAL(b.owner.outcome(), CSIGN_OUTCOME_DONE);
}

static void half_a_wake_is_forgotten_after_silence()
{
    Bench b;

    b.send("half");
    b.pass(400);
    CHECK(b.line.to_peer.empty());
    b.pass(110);
    CHECK_EQUAL(b.server.lastReason(), CSIGN_P_SILENT);
    b.send(std::string(15, 'x'));
    b.pass(10);
    CHECK(b.line.to_peer.empty()); /* 15 are no wake, the four before would make one */
    b.pass(600);
    CHECK_EQUAL(b.exchange(), CSIGN_OUTCOME_DONE);
}

static void after_a_wrong_tag_the_line_discards_until_silence()
{
    Bench b;

    b.send(std::string(16, 'w'));
    b.pass(10);
    CHECK_EQUAL(b.line.to_peer.size(), 16u);
    b.send(std::string("\x01") + std::string(17, 't'));
    b.pass(10);
    CHECK_EQUAL(b.server.lastReason(), CSIGN_P_TAG);
    for (int i = 0; i < 10; i++) {
        b.send(std::string(40, 'w'));
        b.pass(100);
    }
    CHECK_EQUAL(b.line.to_peer.size(), 16u);
    CHECK_EQUAL(b.exchange(), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(ran, 1u);
}

static void a_line_file_serves_no_network_and_a_network_file_no_line()
{
    Bench b;
    Wire wire;
    NetClient client(&wire);
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignServerFor<Sealed> server;
    Line line;

    wire.to_sketch.assign(16, 'w');
    for (int i = 0; i < 10; i++)
        b.server.poll(client);
    CHECK_EQUAL(wire.writes, 0u);
    CHECK_EQUAL(b.server.lastReason(), CSIGN_E_ORDER);
    provision(cells, "lamp", {OWNER}, {ALL});
    CHECK(server.begin(store));
    line.to_sketch.assign(16, 'w');
    for (int i = 0; i < 3000; i++)
        server.poll(line);
    CHECK(line.to_peer.empty());
    CHECK_EQUAL(server.lastReason(), CSIGN_E_ORDER);
}

static void a_line_file_serves_no_crowd_on_a_network()
{
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignServerFor<OnLine, 2> server;
    Chip chip(3);
    NetClient clients[2];
    Wire wire;

    provision(cells, "at-the-line", {OWNER}, {ALL});
    CHECK(server.begin(store));
    CHECK(chip.connect(&wire));
    wire.to_sketch.assign(16, 'w');
    for (int i = 0; i < 3000; i++)
        server.poll(chip, clients);
    CHECK_EQUAL(wire.writes, 0u);
    CHECK_EQUAL(server.lastReason(), CSIGN_E_ORDER);
}

struct LyingLine : Line {
    virtual int read()
    {
        return -1;
    }
};

static void a_line_that_has_less_than_it_says_does_no_harm()
{
    Bench b;
    LyingLine liar;

    liar.to_sketch.assign(16, 1);
    for (int i = 0; i < 20; i++)
        b.server.poll(liar);
    CHECK(liar.to_peer.empty());
    CHECK_EQUAL(b.exchange(), CSIGN_OUTCOME_DONE);
}

static void a_line_whose_store_is_emptied_is_left_in_the_middle()
{
    Bench b;

    b.send(std::string(16, 'w'));
    b.pass(5);
    CHECK(!b.line.to_peer.empty());
    CHECK_EQUAL(csign_store_begin(b.store.machine()), CSIGN_OK);
    b.pass(5);
    CHECK(!b.server.isServing());
}

static void an_unprovisioned_line_is_silent()
{
    Bench b(false);

    b.send(std::string(16, 'w'));
    b.pass(1000);
    CHECK(b.line.to_peer.empty());
}

/* -- provisioning, from the tool's side
 * -------------------------------------------------- */

enum { HELLO = 0x11, BEGIN, IDENTITY, SECRET, KEY, PROVE, COMMIT, ABORT };

static uint16_t check_of(const Bytes &frame)
{
    uint16_t crc = 0xffff;

    for (size_t i = 1; i < frame.size(); i++) {
        crc = (uint16_t)(crc ^ frame[i] << 8);
        for (int bit = 0; bit < 8; bit++)
            crc = (uint16_t)(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
    }
    return crc;
}

/* One frame and its reply; the reply's body, empty when none came. */
template <class Server>
static std::string ask(Server &server, Line &line, bool granted, uint8_t &sequence,
                       uint8_t kind, const std::string &body)
{
    Bytes frame = {0xc5, (uint8_t)body.size(), ++sequence, kind};
    std::string reply;

    frame.insert(frame.end(), body.begin(), body.end());
    uint16_t check = check_of(frame);
    frame.push_back((uint8_t)(check >> 8));
    frame.push_back((uint8_t)check);
    line.to_sketch.insert(line.to_sketch.end(), frame.begin(), frame.end());
    line.to_peer.clear();
    for (int i = 0; i < 3000; i++, stub_ms++) {
        server.provision(line, granted);
        server.poll(line);
        if (line.to_peer.size() >= 6 && line.to_peer.size() == line.to_peer[1] + 6u)
            break;
    }
    if (line.to_peer.size() < 7)
        return reply;
    CHECK_EQUAL(line.to_peer[3], kind | 0x80);
    CHECK_EQUAL(check_of(line.to_peer), 0);
    reply.assign(line.to_peer.begin() + 4, line.to_peer.end() - 2);
    /* The server learns that it has left. */
    server.provision(line, granted);
    return reply;
}

/* A whole run; the status of its first frame that is not done, else 0. */
template <class Server>
static uint8_t give(Server &server, Line &line, bool granted, const char *id, uint8_t key)
{
    uint8_t sequence = 7;
    const std::string rights("\xff\xff\xff\xff", 4);
    const struct {
        uint8_t kind;
        std::string body;
    } run[] = {
        {BEGIN, ""},
        {IDENTITY, id},
        {SECRET, std::string(32, 's')},
        {KEY, std::string(1, '\0') + rights + std::string(32, (char)key)},
        {PROVE, std::string(16, 'n') + std::string(1, '\0')},
        {COMMIT, ""},
    };

    CHECK_EQUAL(ask(server, line, granted, sequence, HELLO, "\x01").size(), 14u);
    for (const auto &step : run) {
        std::string reply = ask(server, line, granted, sequence, step.kind, step.body);
        if (reply.empty())
            return 0xff;
        if (reply[0] != 0)
            return (uint8_t)reply[0];
    }
    return 0;
}

static void a_blank_device_is_provisioned_over_the_line_and_serves_on_it()
{
    Bench b(false);
    unsigned turns = 0;

    CHECK(b.server.provision(b.line, false)); /* waits for keys */
    CHECK_EQUAL(give(b.server, b.line, false, "at-the-line", OWNER), 0);
    CHECK(!b.server.provision(b.line, false));
    while (!b.server.isServing() && turns++ < 5000)
        b.pass(1);
    CHECK_EQUAL(b.exchange(), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(ran, 1u);
}

static void a_provisioned_device_refuses_new_keys_unless_they_are_granted()
{
    stub_ms = 0; /* the tool is told so in the first seconds */
    Bench b;

    CHECK(!b.server.provision(b.line, false));
    CHECK_EQUAL(give(b.server, b.line, false, "at-the-line", 0x77), 3);
    CHECK_EQUAL(b.exchange(), CSIGN_OUTCOME_DONE); /* nothing has changed */
    b.pass(600);
    CHECK(b.server.provision(b.line, true));
    CHECK_EQUAL(give(b.server, b.line, true, "at-the-line", 0x77), 0);
    b.pass(3000);
    CHECK(b.server.isServing());
    CHECK(b.exchange() != CSIGN_OUTCOME_DONE); /* the old key */
    Owner fresh(line_settings(), csign_sealed_client, "at-the-line", 0x77);
    fresh.open();
    fresh.request = "\x01";
    for (int i = 0; i < 5000 && !fresh.isDecided(); i++) {
        b.pass(1);
        fresh.turn(b.line.to_sketch, b.line.to_peer);
    }
    CHECK_EQUAL(fresh.outcome(), CSIGN_OUTCOME_DONE);
}

static void a_sketch_that_is_wrong_still_waits_for_keys()
{
    Bench b(false);

    CHECK(!b.server.on(0x77, on));
    CHECK(b.server.provision(b.line, false));
    CHECK_EQUAL(give(b.server, b.line, false, "at-the-line", OWNER), 0);
    b.pass(2000);
    CHECK(!b.server.isServing());
}

static void a_store_that_breaks_at_the_start_can_be_provisioned_again()
{
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignServerFor<OnLine> server;
    Line line;

    provision(cells, "at-the-line", {OWNER}, {ALL});
    CHECK(server.on(LINE_CODE_ON, on));
    CHECK(server.begin(store));
    server.poll(line); /* the start begins */
    cells.cells[100 + 48 + 20] ^= 4; /* in the first key */
    for (int i = 0; i < 500; i++)
        CHECK(server.provision(line, true));
    CHECK_EQUAL(store.state(), CSIGN_STORE_DAMAGED);
    CHECK_EQUAL(give(server, line, true, "at-the-line", OWNER), 0);
    for (int i = 0; i < 5000; i++, stub_ms++)
        server.poll(line);
    CHECK(server.isServing());
}

static void a_granted_run_leaves_a_commands_bytes_alone()
{
    Bench b;

    b.send("\x01");
    CHECK(b.server.provision(b.line, true));
    CHECK_EQUAL(b.line.to_sketch.size(), 1u);
}

static void what_follows_a_frame_waits_until_it_is_answered()
{
    Bench b(false);
    Bytes hello = {0xc5, 1, 0, HELLO, 1};
    uint16_t check = check_of(hello);

    hello.push_back((uint8_t)(check >> 8));
    hello.push_back((uint8_t)check);
    for (int i = 0; i < 2; i++)
        b.line.to_sketch.insert(b.line.to_sketch.end(), hello.begin(), hello.end());
    b.line.room = 0;
    for (int i = 0; i < 50; i++)
        b.server.provision(b.line, false);
    CHECK_EQUAL(b.line.to_sketch.size(), hello.size());
    CHECK(b.line.to_peer.empty());
    b.line.room = 64;
    for (int i = 0; i < 50; i++)
        b.server.provision(b.line, false);
    CHECK(b.line.to_sketch.empty());
    CHECK_EQUAL(b.line.to_peer.size(), 2u * (14 + 6));
}

static void provisioning_takes_no_byte_of_a_command()
{
    Bench b;

    b.owner.request = "\x01";
    b.owner.open();
    for (int i = 0; i < 5000 && !b.owner.isDecided(); i++) {
        b.server.provision(b.line, false);
        b.pass(1);
        b.owner.turn(b.line.to_sketch, b.line.to_peer);
    }
    CHECK_EQUAL(b.owner.outcome(), CSIGN_OUTCOME_DONE);
}

static void a_run_that_is_broken_off_leaves_a_device_that_serves_nobody()
{
    Bench b;
    uint8_t sequence = 0;

    CHECK_EQUAL(ask(b.server, b.line, true, sequence, HELLO, "\x01").size(), 14u);
    CHECK_EQUAL(ask(b.server, b.line, true, sequence, BEGIN, "")[0], 0);
    CHECK_EQUAL(ask(b.server, b.line, true, sequence, IDENTITY, "x")[0], 0);
    for (int i = 0; i < 11000; i++, stub_ms++)
        b.server.provision(b.line, false);
    CHECK_EQUAL(b.store.state(), CSIGN_STORE_BEGUN);
    CHECK(b.server.provision(b.line, false));
    b.pass(100);
    CHECK(!b.server.isServing());
    CHECK(b.exchange() != CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(ran, 0u);
}

static void after_its_first_seconds_a_line_is_the_commands_alone()
{
    stub_ms = 5000;
    Bench b;
    uint8_t sequence = 0;

    CHECK(ask(b.server, b.line, false, sequence, HELLO, "\x01").size() != 14u);
    CHECK_EQUAL(ask(b.server, b.line, true, sequence, HELLO, "\x01").size(), 14u);
}

/* A device on a network with a cable beside it. */
static void a_run_over_the_cable_ends_what_was_served_on_the_network()
{
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignServerFor<Sealed, 2> server;
    Chip chip(3);
    NetClient clients[2];
    Wire wire, later;
    Line cable;
    csign_settings settings;
    unsigned turns = 0;

    ran = 0;
    Sealed::settings(settings, NULL);
    Owner owner(settings, csign_sealed_client, "lamp", OWNER);
    provision(cells, "lamp", {OWNER}, {ALL});
    server.on(SEALED_CODE_ON, on);
    CHECK(server.begin(store));
    CHECK(chip.connect(&wire));
    owner.request = "\x01";
    owner.open();
    for (int i = 0; i < 9000 && !owner.isDecided(); i++, stub_ms++) {
        server.poll(chip, clients);
        owner.turn(wire.to_sketch, wire.to_peer);
    }
    CHECK_EQUAL(owner.outcome(), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(give(server, cable, false, "lamp", 0x77), 3);
    CHECK(!wire.sketch_ended);
    CHECK_EQUAL(give(server, cable, true, "lamp", 0x77), 0);
    while (!server.isServing() && turns++ < 5000)
        server.poll(chip, clients);
    CHECK(wire.sketch_ended);
    Owner fresh(settings, csign_sealed_client, "lamp", 0x77);
    fresh.request = "\x01";
    fresh.open();
    CHECK(chip.connect(&later));
    for (int i = 0; i < 9000 && !fresh.isDecided(); i++, stub_ms++) {
        server.poll(chip, clients);
        fresh.turn(later.to_sketch, later.to_peer);
    }
    CHECK_EQUAL(fresh.outcome(), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(ran, 2u);
}

/* The cable borrows the last place's memory while a frame is half here. */
static void a_half_frame_takes_nobodys_place_for_long()
{
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignServerFor<Sealed> server;
    Wire wire;
    NetClient client(&wire);
    Line cable;
    csign_settings settings;

    Sealed::settings(settings, NULL);
    Owner owner(settings, csign_sealed_client, "lamp", OWNER);
    provision(cells, "lamp", {OWNER}, {ALL});
    server.on(SEALED_CODE_ON, on);
    CHECK(server.begin(store));
    for (int i = 0; i < 3000 && !server.isServing(); i++)
        server.poll(client);
    client = NetClient();
    for (int i = 0; i < 10; i++)
        server.poll(client);
    CHECK_EQUAL(server.connected(), 0);
    wire = Wire();
    client = NetClient(&wire);
    cable.to_sketch.push_back(0xc5);
    server.provision(cable, false);
    server.poll(client);
    CHECK_EQUAL(server.connected(), 0);
    owner.request = "\x01";
    owner.open();
    for (int i = 0; i < 2000 && !owner.isDecided(); i++, stub_ms++) {
        server.provision(cable, false);
        server.poll(client);
        owner.turn(wire.to_sketch, wire.to_peer);
    }
    CHECK_EQUAL(owner.outcome(), CSIGN_OUTCOME_DONE);
}

int main()
{
    static const check::test tests[] = {
        TEST(a_line_is_commanded_again_and_again),
        TEST(a_line_that_takes_one_byte_at_a_time_will_do),
        TEST(a_line_that_does_not_tell_its_room_gets_a_byte_a_poll),
        TEST(half_a_wake_is_forgotten_after_silence),
        TEST(after_a_wrong_tag_the_line_discards_until_silence),
        TEST(a_line_file_serves_no_network_and_a_network_file_no_line),
        TEST(a_line_file_serves_no_crowd_on_a_network),
        TEST(a_line_that_has_less_than_it_says_does_no_harm),
        TEST(a_line_whose_store_is_emptied_is_left_in_the_middle),
        TEST(a_sketch_that_is_wrong_still_waits_for_keys),
        TEST(an_unprovisioned_line_is_silent),
        TEST(a_blank_device_is_provisioned_over_the_line_and_serves_on_it),
        TEST(a_provisioned_device_refuses_new_keys_unless_they_are_granted),
        TEST(a_store_that_breaks_at_the_start_can_be_provisioned_again),
        TEST(a_granted_run_leaves_a_commands_bytes_alone),
        TEST(what_follows_a_frame_waits_until_it_is_answered),
        TEST(provisioning_takes_no_byte_of_a_command),
        TEST(a_run_that_is_broken_off_leaves_a_device_that_serves_nobody),
        TEST(after_its_first_seconds_a_line_is_the_commands_alone),
        TEST(a_run_over_the_cable_ends_what_was_served_on_the_network),
        TEST(a_half_frame_takes_nobodys_place_for_long),
    };

    return check::run(tests);
}
