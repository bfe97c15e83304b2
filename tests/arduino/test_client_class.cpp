/* SPDX-License-Identifier: MIT */
/* test_client_class.cpp: CountersignClient, most of the time against a CountersignServer.
 */
#include "world.hpp"

#include "devices/classic.h"
#include "devices/line.h"
#include "devices/sealed.h"
#include "devices/silent.h"

using namespace world;

COUNTERSIGN_DEVICE(Sealed, SEALED);
COUNTERSIGN_DEVICE(OnLine, LINE);
COUNTERSIGN_DEVICE(Classic, CLASSIC);
COUNTERSIGN_DEVICE(Silent, SILENT);

static const uint8_t KEY = 0x11;
static const uint32_t ALL = CSIGN_RIGHTS_EVERY;

static unsigned ran;

static uint8_t on(CountersignCall &)
{
    ran++;
    return CSIGN_STATUS_DONE;
}

static uint8_t echo(CountersignCall &call)
{
    call.reply(call.arguments(), call.length());
    return CSIGN_STATUS_DONE;
}

static uint8_t busy(CountersignCall &)
{
    return 0x85;
}

/* The device's end of a wire, as a client of its sketch. */
static void cross(Wire &from, Wire &to)
{
    while (!from.to_peer.empty()) {
        to.to_sketch.push_back(from.to_peer.front());
        from.to_peer.pop_front();
    }
    to.peer_ended = to.peer_ended || from.sketch_ended;
}

/* A sealed client, its device, and two ends of a connection between them. */
struct Bench {
    Cells client_cells, device_cells;
    CountersignStore client_store, device_store;
    CountersignClientFor<Sealed> remote;
    CountersignServerFor<Sealed> device;
    Wire ends[2];
    NetClient client, accepted;

    explicit Bench(uint8_t key = KEY)
        : client_cells(), device_cells(), client_store(client_cells.memory),
          device_store(device_cells.memory), remote(), device(), ends(), client(),
          accepted()
    {
        ran = 0;
        /* The client's store has an id of its own; the device is meant by its file's. */
        provision(client_cells, "button", {key}, {0});
        provision(device_cells, SEALED_ID, {KEY}, {ALL});
        device.on(SEALED_CODE_ON, on);
        device.on(SEALED_CODE_ECHO, echo);
        device.on(SEALED_CODE_BUSY, busy);
        CHECK(device.begin(device_store));
        CHECK(remote.begin(client_store));
        for (int i = 0; i < 5000 && !(remote.isReady() && device.isServing()); i++)
            turn();
        CHECK(remote.isReady() && device.isServing());
    }

    void connect()
    {
        for (Wire &end : ends)
            end = Wire();
        client = NetClient(&ends[0]);
        accepted = NetClient(&ends[1]);
    }

    void turn()
    {
        remote.poll(client);
        device.poll(accepted);
        cross(ends[0], ends[1]);
        cross(ends[1], ends[0]);
    }

    void decide(unsigned most = 20000)
    {
        while (remote.isBusy() && most-- > 0) {
            turn();
            stub_ms++;
        }
    }
};

static void a_command_is_done_with_its_data()
{
    Bench b;
    size_t len;
    const uint8_t *data;

    b.connect();
    CHECK_EQUAL(b.remote.send(SEALED_CODE_ECHO, "hello", 5), CSIGN_OK);
    CHECK(b.remote.isBusy());
    CHECK_EQUAL(b.remote.outcome(), CSIGN_OUTCOME_NONE);
    b.decide();
    CHECK_EQUAL(b.remote.outcome(), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(b.remote.status(), CSIGN_STATUS_DONE);
    data = b.remote.data(len);
    CHECK(len == 5 && memcmp(data, "hello", 5) == 0);
}

static void a_status_other_than_done_is_a_failure_with_its_number()
{
    Bench b;

    b.connect();
    CHECK_EQUAL(b.remote.send(SEALED_CODE_BUSY), CSIGN_OK);
    b.decide();
    CHECK_EQUAL(b.remote.outcome(), CSIGN_OUTCOME_FAILED);
    CHECK_EQUAL(b.remote.status(), 0x85);
}

static void the_connection_is_hung_up_after_one_request()
{
    Bench b;

    b.connect();
    b.remote.send(SEALED_CODE_ON);
    b.decide();
    for (int i = 0; i < 10; i++)
        b.turn();
    CHECK(b.ends[0].sketch_ended);
    CHECK_EQUAL(b.remote.outcome(), CSIGN_OUTCOME_DONE);
    b.connect();
    CHECK_EQUAL(b.remote.send(SEALED_CODE_ON), CSIGN_OK);
    b.decide();
    CHECK_EQUAL(b.remote.outcome(), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(ran, 2u);
}

static void a_connection_that_is_kept_open_takes_further_requests()
{
    Bench b;

    b.remote.keepOpen(true);
    b.connect();
    for (int i = 0; i < 3; i++) {
        CHECK_EQUAL(b.remote.send(SEALED_CODE_ON), CSIGN_OK);
        b.decide();
        CHECK_EQUAL(b.remote.outcome(), CSIGN_OUTCOME_DONE);
        CHECK(!b.ends[0].sketch_ended);
    }
    CHECK_EQUAL(ran, 3u);
    CHECK_EQUAL(b.ends[0].writes, 4u); /* one wake, three requests */
}

static void a_command_on_a_kept_connection_that_has_ended_is_not_sent()
{
    Bench b;

    b.remote.keepOpen(true);
    b.connect();
    b.remote.send(SEALED_CODE_ON);
    b.decide();
    b.ends[0].peer_ended = true;
    b.remote.send(SEALED_CODE_ON);
    b.decide();
    CHECK_EQUAL(b.remote.outcome(), CSIGN_OUTCOME_NOT_SENT);
    CHECK_EQUAL(ran, 1u);
    for (int i = 0; i < 5; i++)
        b.turn();
    CHECK_EQUAL(b.device.connected(), 0);
    b.connect();
    b.remote.send(SEALED_CODE_ON);
    b.decide();
    CHECK_EQUAL(b.remote.outcome(), CSIGN_OUTCOME_DONE);
}

static void without_a_connection_nothing_is_sent()
{
    Bench b;

    CHECK_EQUAL(b.remote.send(SEALED_CODE_ON), CSIGN_OK);
    b.decide(10);
    CHECK_EQUAL(b.remote.outcome(), CSIGN_OUTCOME_NOT_SENT);
    CHECK_EQUAL(b.remote.lastReason(), CSIGN_E_SEND);
}

static void a_device_without_a_challenge_gets_no_request()
{
    Bench b;

    b.connect();
    b.accepted = NetClient();
    b.remote.send(SEALED_CODE_ON);
    b.decide();
    CHECK_EQUAL(b.remote.outcome(), CSIGN_OUTCOME_NOT_SENT);
    CHECK_EQUAL(b.remote.lastReason(), CSIGN_P_LATE);
    CHECK(b.ends[0].sketch_ended);
}

static void under_a_wrong_key_the_outcome_is_unknown()
{
    Bench b(0x77);

    b.connect();
    b.remote.send(SEALED_CODE_ON);
    b.decide();
    CHECK_EQUAL(b.remote.outcome(), CSIGN_OUTCOME_UNKNOWN);
    CHECK_EQUAL(b.device.lastReason(), CSIGN_P_TAG);
    CHECK_EQUAL(ran, 0u);
}

static void a_lost_reply_leaves_the_outcome_unknown_though_it_ran()
{
    Bench b;

    b.connect();
    b.remote.send(SEALED_CODE_ON);
    while (ran == 0) {
        b.turn();
        stub_ms++;
    }
    b.ends[0].peer_ended = true;
    b.ends[0].to_sketch.clear();
    b.ends[1].to_peer.clear();
    b.accepted = NetClient();
    b.decide();
    CHECK_EQUAL(b.remote.outcome(), CSIGN_OUTCOME_UNKNOWN);
}

static void one_command_at_a_time_and_none_too_long()
{
    Bench b;
    uint8_t long_arguments[SEALED_REQUEST_MAX] = {0};

    b.connect();
    CHECK_EQUAL(b.remote.send(SEALED_CODE_ECHO, long_arguments, SEALED_REQUEST_MAX),
                CSIGN_E_LENGTH);
    CHECK(!b.remote.isBusy());
    CHECK_EQUAL(b.remote.send(SEALED_CODE_ECHO, long_arguments, SEALED_REQUEST_MAX - 1),
                CSIGN_OK);
    CHECK_EQUAL(b.remote.send(SEALED_CODE_ON), CSIGN_E_BUSY);
    b.decide();
    CHECK_EQUAL(b.remote.outcome(), CSIGN_OUTCOME_DONE);
}

static void without_a_key_nothing_can_be_sent()
{
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignClientFor<Sealed> remote;
    Wire wire;
    NetClient client(&wire);

    CHECK_EQUAL(remote.send(SEALED_CODE_ON), CSIGN_E_ORDER);
    CHECK(remote.begin(store));
    for (int i = 0; i < 100; i++)
        remote.poll(client);
    CHECK(!remote.isReady());
    CHECK_EQUAL(remote.send(SEALED_CODE_ON), CSIGN_E_ORDER);
    CHECK_EQUAL(wire.writes, 0u);
    CHECK_EQUAL(remote.status(), CSIGN_STATUS_NOTHING);
}

static void a_store_without_a_key_in_slot_0_is_told_of()
{
    Cells cells;
    CountersignStore store(cells.memory);
    CountersignClientFor<Sealed> remote;
    NetClient client;

    provision(cells, "button", {0, KEY}, {0, 0});
    CHECK(remote.begin(store));
    for (int i = 0; i < 5000; i++)
        remote.poll(client);
    CHECK(!remote.isReady());
    CHECK_EQUAL(remote.lastReason(), CSIGN_E_SLOT_EMPTY);
}

static void no_nonce_is_repeated_over_restarts()
{
    Cells cells;
    std::vector<Bytes> seen;

    provision(cells, "button", {KEY}, {0});
    for (int start = 0; start < 10; start++) {
        CountersignStore store(cells.memory);
        CountersignClientFor<Sealed> remote;

        stub_ms = 0; /* no entropy at all */
        CHECK(remote.begin(store));
        for (int connection = 0; connection < 3; connection++) {
            Wire wire;
            NetClient client(&wire);

            for (int i = 0; i < 5000 && !remote.isReady(); i++)
                remote.poll(client);
            CHECK_EQUAL(remote.send(SEALED_CODE_ON), CSIGN_OK);
            for (int i = 0; i < 100 && wire.to_peer.size() < SEALED_WAKE; i++)
                remote.poll(client);
            for (const Bytes &other : seen)
                CHECK(other != wire.to_peer);
            seen.push_back(wire.to_peer);
            wire.peer_ended = true;
            for (int i = 0; i < 5; i++)
                remote.poll(client);
            CHECK_EQUAL(remote.outcome(), CSIGN_OUTCOME_NOT_SENT);
        }
    }
    CHECK_EQUAL(seen.size(), 30u);
}

/* A classic device of the class and a classic client, until the client knows. */
template <class Device>
static csign_outcome classic_exchange(CountersignServer &server,
                                      CountersignClientFor<Device> &remote,
                                      const uint8_t *code, uint8_t len)
{
    Wire ends[2];
    NetClient client(&ends[0]), accepted(&ends[1]);

    for (int i = 0; i < 5000 && !remote.isReady(); i++) {
        remote.poll(client);
        server.poll(accepted);
    }
    CHECK_EQUAL(remote.sendCode(code, (uint8_t)(len + 1)), CSIGN_E_LENGTH);
    CHECK_EQUAL(remote.sendCode(code, len), CSIGN_OK);
    for (int i = 0; i < 20000 && remote.isBusy(); i++, stub_ms++) {
        remote.poll(client);
        server.poll(accepted);
        cross(ends[0], ends[1]);
        cross(ends[1], ends[0]);
    }
    return remote.outcome();
}

static uint8_t answer_failed(CountersignCall &)
{
    return CLASSIC_ANSWER_ROW_FAILED;
}

static void a_classic_answer_is_told_by_its_row()
{
    static const uint8_t code[] = CLASSIC_CODE_OFF;
    Cells client_cells, device_cells;
    CountersignStore client_store(client_cells.memory), device_store(device_cells.memory);
    CountersignServerFor<Classic> server;
    CountersignClientFor<Classic> remote;

    provision(client_cells, "", {KEY}, {0});
    provision(device_cells, "", {KEY}, {ALL});
    server.onRow(CLASSIC_ROW_OFF, answer_failed);
    CHECK(server.begin(device_store));
    CHECK(remote.begin(client_store));
    CHECK_EQUAL(classic_exchange(server, remote, code, 2), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(remote.answer(), (size_t)CLASSIC_ANSWER_ROW_FAILED);
}

static void a_classic_command_without_answers_is_sent()
{
    static const uint8_t code[] = {SILENT_CODE_ON, 0};
    Cells client_cells, device_cells;
    CountersignStore client_store(client_cells.memory), device_store(device_cells.memory);
    CountersignServerFor<Silent> server;
    CountersignClientFor<Silent> remote;

    ran = 0;
    provision(client_cells, "", {KEY}, {0});
    provision(device_cells, "", {KEY}, {ALL});
    server.on(SILENT_CODE_ON, on);
    CHECK(server.begin(device_store));
    CHECK(remote.begin(client_store));
    CHECK_EQUAL(classic_exchange(server, remote, code, 1), CSIGN_OUTCOME_SENT);
    CHECK_EQUAL(ran, 1u);
}

static void a_line_carries_commands_one_after_the_other()
{
    Cells client_cells, device_cells;
    CountersignStore client_store(client_cells.memory), device_store(device_cells.memory);
    CountersignServerFor<OnLine> server;
    CountersignClientFor<OnLine> remote;
    Line near, far;
    unsigned sent = 0;

    ran = 0;
    provision(client_cells, "button", {KEY}, {0});
    provision(device_cells, LINE_ID, {KEY}, {ALL});
    server.on(LINE_CODE_ON, on);
    CHECK(server.begin(device_store));
    CHECK(remote.begin(client_store));
    remote.keepOpen(true); /* the second comes too late for the first's conversation */
    for (int i = 0; i < 30000 && ran < 3; i++, stub_ms++) {
        if (remote.isReady() && !remote.isBusy() && i % 2000 == 0) {
            CHECK_EQUAL(remote.send(LINE_CODE_ON), CSIGN_OK);
            sent++;
        }
        remote.poll(near);
        server.poll(far);
        std::swap(near.to_peer, far.to_sketch);
        if (!far.to_peer.empty())
            std::swap(far.to_peer, near.to_sketch);
    }
    for (int i = 0; i < 100; i++, stub_ms++) {
        remote.poll(near);
        server.poll(far);
        if (!far.to_peer.empty())
            std::swap(far.to_peer, near.to_sketch);
    }
    CHECK_EQUAL(ran, 3u);
    CHECK_EQUAL(sent, 3u);
    CHECK_EQUAL(remote.outcome(), CSIGN_OUTCOME_DONE);
}

int main()
{
    static const check::test tests[] = {
        TEST(a_command_is_done_with_its_data),
        TEST(a_status_other_than_done_is_a_failure_with_its_number),
        TEST(the_connection_is_hung_up_after_one_request),
        TEST(a_connection_that_is_kept_open_takes_further_requests),
        TEST(a_command_on_a_kept_connection_that_has_ended_is_not_sent),
        TEST(without_a_connection_nothing_is_sent),
        TEST(a_device_without_a_challenge_gets_no_request),
        TEST(under_a_wrong_key_the_outcome_is_unknown),
        TEST(a_lost_reply_leaves_the_outcome_unknown_though_it_ran),
        TEST(one_command_at_a_time_and_none_too_long),
        TEST(without_a_key_nothing_can_be_sent),
        TEST(a_store_without_a_key_in_slot_0_is_told_of),
        TEST(no_nonce_is_repeated_over_restarts),
        TEST(a_classic_answer_is_told_by_its_row),
        TEST(a_classic_command_without_answers_is_sent),
        TEST(a_line_carries_commands_one_after_the_other),
    };

    return check::run(tests);
}
