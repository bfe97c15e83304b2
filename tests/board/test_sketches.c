/* SPDX-License-Identifier: MIT */
/* Every other sketch, unmodified. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "board_talk.h"

static struct device d;

static void obey_all_in_classic(const char *name)
{
    device_start(&d, name);
    CHECK_EQUAL(device_send(&d, "on"), 0);
    CHECK(device_said(&d, "is-on"));
    CHECK_EQUAL(device_level(&d, "D5"), 1);
    CHECK_EQUAL(device_send(&d, "status"), 0);
    CHECK(device_said(&d, "is-on"));
    CHECK_EQUAL(device_send(&d, "off"), 0);
    CHECK(device_said(&d, "is-off"));
    CHECK_EQUAL(device_level(&d, "D5"), 0);
    CHECK_EQUAL(device_send(&d, "status"), 0);
    CHECK(device_said(&d, "is-off"));
    device_stop(&d);
}

TEST(a_classic_lamp_obeys_every_command_with_sha256)
{
    obey_all_in_classic("ClassicLamp");
}

TEST(a_classic_lamp_obeys_every_command_with_blake2s)
{
    obey_all_in_classic("ClassicLamp-blake2s");
}

TEST(a_classic_lamp_gives_a_wrong_key_and_a_replay_not_one_byte)
{
    struct talk owner, stranger;
    uint8_t back[TALK_BYTES];
    char path[400];
    bool is_over;
    int fd;

    device_start(&d, "ClassicLamp");
    snprintf(path, sizeof path, "%s/stranger.key", d.directory);
    CHECK_EQUAL(device_run(&d, "keygen", "-o", path, NULL), 0);
    talk_begin(&owner, &d, "classic-owner.key");
    talk_begin(&stranger, &d, "stranger.key");
    CHECK_EQUAL(talk_once(&owner, "on"), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(device_send(&d, "off"), 0);
    CHECK_EQUAL(talk_once(&stranger, "on"), CSIGN_OUTCOME_UNKNOWN);
    CHECK_EQUAL(stranger.received, stranger.settings.challenge);
    fd = device_connect(&d);
    CHECK(fd >= 0);
    CHECK_EQUAL(talk_raw(&d, fd, owner.sent, owner.settings.wake, "100ms", back, &is_over),
                owner.settings.challenge);
    CHECK_EQUAL(talk_raw(&d, fd, owner.sent + owner.settings.wake,
                         owner.sent_len - owner.settings.wake, "200ms", back, &is_over),
                0);
    CHECK(is_over);
    close(fd);
    CHECK_EQUAL(device_level(&d, "D5"), 0);
    talk_end(&stranger);
    talk_end(&owner);
    device_stop(&d);
}

static void stand(const char *closed, const char *open)
{
    bench_do(&d.board, "%s D6", closed);
    bench_do(&d.board, "%s D7", open);
}

static double milliseconds(uint64_t cycles)
{
    return (double)cycles / 16000;
}

/* How long the relay is on, from now. */
static double pulse(const char *until)
{
    uint64_t from, to;
    const char *answer;

    answer = bench_do(&d.board, "run-until within 1s pin D5=high");
    from = bench_number(answer, "cycle");
    if (until != NULL)
        bench_do(&d.board, "%s", until);
    answer = bench_do(&d.board, "run-until within 1s pin D5=low");
    to = bench_number(answer, "cycle");
    return milliseconds(to - from);
}

static void no_edge_yet(void)
{
    CHECK_EQUAL(device_edges(&d, "D5"), 0);
    CHECK_EQUAL(device_level(&d, "D5"), -1);
}

TEST(a_garage_doors_pin_has_no_edge_before_the_first_proven_command)
{
    static const char *const resets[] = {"reset", "brown-out", "power off"};
    struct talk stranger;
    char path[400];

    device_start(&d, "GarageDoor");
    stand("press", "release");
    no_edge_yet();
    snprintf(path, sizeof path, "%s/stranger.key", d.directory);
    CHECK_EQUAL(device_run(&d, "keygen", "-o", path, NULL), 0);
    talk_begin(&stranger, &d, "stranger.key");
    CHECK_EQUAL(talk_once(&stranger, "open"), CSIGN_OUTCOME_UNKNOWN);
    no_edge_yet();
    for (size_t i = 0; i < 3; i++) {
        bench_do(&d.board, "%s", resets[i]);
        if (i == 2)
            bench_do(&d.board, "power on");
        device_boot(&d);
        no_edge_yet();
    }
    /* To ask is no reason to touch the door. */
    CHECK_EQUAL(device_send(&d, "status"), 0);
    CHECK(device_said(&d, "hex:0000"));
    no_edge_yet();
    CHECK_EQUAL(device_send(&d, "close"), 0);
    no_edge_yet();
    talk_end(&stranger);
    device_stop(&d);
}

TEST(a_garage_door_gets_one_pulse_a_command_and_never_toggles)
{
    struct talk owner;
    double ms;

    device_start(&d, "GarageDoor");
    stand("press", "release");
    bench_do(&d.board, "run 5ms");
    talk_begin(&owner, &d, "garage-owner.key");
    CHECK_EQUAL(talk_once(&owner, "open"), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(device_level(&d, "D5"), 1);
    bench_do(&d.board, "run 400ms");
    CHECK_EQUAL(device_level(&d, "D5"), 0);
    CHECK_EQUAL(talk_once(&owner, "open"), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(device_level(&d, "D5"), 0); /* on its way: no second pulse */
    CHECK_EQUAL(talk_once(&owner, "close"), CSIGN_OUTCOME_FAILED);
    stand("release", "press");
    bench_do(&d.board, "run 21s");
    CHECK_EQUAL(talk_once(&owner, "open"), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(device_level(&d, "D5"), 0); /* is open */
    CHECK(talk_open(&owner));
    CHECK_EQUAL(talk_command(&owner, "close"), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(device_level(&d, "D5"), 1);
    ms = milliseconds(bench_number(bench_do(&d.board, "run-until within 1s pin D5=low"),
                                   "cycle") -
                      bench_number(bench_do(&d.board, "pin D5"), "changed"));
    CHECK(ms < 1); /* both tell the same edge */
    CHECK_EQUAL(device_edges(&d, "D5"), 5); /* an output, and two pulses */
    stand("release", "release");
    bench_do(&d.board, "run 21s");
    CHECK_EQUAL(talk_once(&owner, "open"), CSIGN_OUTCOME_FAILED); /* half open */
    CHECK_EQUAL(device_edges(&d, "D5"), 5);
    talk_end(&owner);
    device_stop(&d);
}

/* The command's own bytes on the wire, and the board stopped at the edge. */
static void open_by_hand(struct talk *owner)
{
    uint8_t code = 1;
    size_t len;
    const uint8_t *out;

    CHECK(talk_open(owner));
    CHECK_EQUAL(csign_client_request(&owner->client, &code, 1, 0), CSIGN_OK);
    out = csign_client_out(&owner->client, &len);
    CHECK(write(owner->fd, out, len) == (ssize_t)len);
}

TEST(a_garage_doors_pulse_is_bounded_also_when_the_cable_is_pulled_meanwhile)
{
    struct talk owner;
    double ms;

    device_start(&d, "GarageDoor");
    stand("press", "release");
    talk_begin(&owner, &d, "garage-owner.key");
    open_by_hand(&owner);
    ms = pulse("cable pull");
    CHECK(ms > 250 && ms < 350);
    bench_do(&d.board, "cable plug");
    talk_close(&owner);
    device_restart(&d);
    open_by_hand(&owner);
    ms = pulse("sendok all hold");
    CHECK(ms > 250 && ms < 350);
    talk_end(&owner);
    device_stop(&d);
}

TEST(a_reset_ends_a_garage_doors_pulse)
{
    struct talk owner;

    device_start(&d, "GarageDoor");
    stand("press", "release");
    talk_begin(&owner, &d, "garage-owner.key");
    open_by_hand(&owner);
    bench_do(&d.board, "run-until within 1s pin D5=high");
    bench_do(&d.board, "reset");
    CHECK_EQUAL(device_level(&d, "D5"), -1);
    device_boot(&d);
    CHECK_EQUAL(device_level(&d, "D5"), -1);
    talk_end(&owner);
    device_stop(&d);
}

TEST(pins_are_set_by_the_owner_and_read_by_the_guest_too)
{
    device_start(&d, "PinServer");
    CHECK_EQUAL(device_send(&d, "set hex:0501"), 0);
    CHECK_EQUAL(device_level(&d, "D5"), 1);
    CHECK_EQUAL(device_send_as(&d, "pins-guest.key", "read hex:05"), 0);
    CHECK(device_said(&d, "hex:01"));
    CHECK_EQUAL(device_send_as(&d, "pins-guest.key", "set hex:0500"), 1);
    CHECK_EQUAL(device_level(&d, "D5"), 1);
    CHECK_EQUAL(device_send(&d, "set hex:0500"), 0);
    CHECK_EQUAL(device_level(&d, "D5"), 0);
    CHECK_EQUAL(device_send(&d, "set hex:0501 + read hex:05 + set hex:0500"), 0);
    CHECK(device_said(&d, "read: done: hex:01"));
    device_stop(&d);
}

TEST(pins_that_are_not_offered_and_bad_levels_are_refused)
{
    device_start(&d, "PinServer");
    CHECK_EQUAL(device_send(&d, "set hex:0d01"), 1);
    CHECK_EQUAL(device_send(&d, "set hex:0502"), 1);
    CHECK_EQUAL(device_send(&d, "set hex:05"), 1);
    CHECK_EQUAL(device_send(&d, "set"), 1);
    CHECK_EQUAL(device_send(&d, "read hex:0a"), 1);
    CHECK_EQUAL(device_level(&d, "D5"), -1);
    device_stop(&d);
}

TEST(a_lamp_on_a_serial_line_obeys_every_command)
{
    device_start(&d, "SerialLamp");
    CHECK_EQUAL(device_send(&d, "on"), 0);
    CHECK_EQUAL(device_level(&d, "D5"), 1);
    /* Each opening of the line resets an Arduino, and so switches this lamp off. */
    CHECK_EQUAL(device_send(&d, "on + status + off + status"), 0);
    CHECK(device_said(&d, "status: done: hex:01"));
    CHECK(device_said(&d, "status: done: hex:00"));
    CHECK_EQUAL(device_level(&d, "D5"), 0);
    device_stop(&d);
}

TEST(a_lamp_on_a_serial_line_refuses_a_stranger)
{
    char path[400];

    device_start(&d, "SerialLamp");
    snprintf(path, sizeof path, "%s/stranger.key", d.directory);
    CHECK_EQUAL(device_run(&d, "keygen", "-o", path, NULL), 0);
    CHECK(device_send_as(&d, "stranger.key", "on") != 0);
    CHECK_EQUAL(device_level(&d, "D5"), 0);
    CHECK_EQUAL(device_send(&d, "on"), 0);
    device_stop(&d);
}

TEST(the_smallest_sketch_answers_once_it_is_provisioned)
{
    device_start(&d, "Provision");
    CHECK_EQUAL(device_send(&d, "ping"), 0);
    CHECK(device_said(&d, "ping: done"));
    CHECK_EQUAL(device_provision(&d, NULL), 1);
    device_stop(&d);
}

TESTS(RUN(a_classic_lamp_obeys_every_command_with_sha256),
      RUN(a_classic_lamp_obeys_every_command_with_blake2s),
      RUN(a_classic_lamp_gives_a_wrong_key_and_a_replay_not_one_byte),
      RUN(a_garage_doors_pin_has_no_edge_before_the_first_proven_command),
      RUN(a_garage_door_gets_one_pulse_a_command_and_never_toggles),
      RUN(a_garage_doors_pulse_is_bounded_also_when_the_cable_is_pulled_meanwhile),
      RUN(a_reset_ends_a_garage_doors_pulse),
      RUN(pins_are_set_by_the_owner_and_read_by_the_guest_too),
      RUN(pins_that_are_not_offered_and_bad_levels_are_refused),
      RUN(a_lamp_on_a_serial_line_obeys_every_command),
      RUN(a_lamp_on_a_serial_line_refuses_a_stranger),
      RUN(the_smallest_sketch_answers_once_it_is_provisioned))
