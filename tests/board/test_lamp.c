/* SPDX-License-Identifier: MIT */
/* EthernetLamp, in both hashes: the sealed profile on the very firmware. */
#include <stdio.h>
#include <unistd.h>

#include "board_talk.h"

static struct device lamp;
static struct talk owner;

static void start(void)
{
    device_start(&lamp, "EthernetLamp");
    talk_begin(&owner, &lamp, "owner.key");
}

static void stop(void)
{
    talk_end(&owner);
    device_stop(&lamp);
}

static void obey_all(const char *name)
{
    device_start(&lamp, name);
    CHECK_EQUAL(device_send(&lamp, "on"), 0);
    CHECK(device_said(&lamp, "on: done"));
    CHECK_EQUAL(device_level(&lamp, "D5"), 1);
    CHECK_EQUAL(device_send(&lamp, "status + off + status"), 0);
    CHECK(device_said(&lamp, "status: done: hex:01"));
    CHECK(device_said(&lamp, "status: done: hex:00"));
    CHECK_EQUAL(device_level(&lamp, "D5"), 0);
    device_stop(&lamp);
}

TEST(every_command_is_obeyed_with_sha256)
{
    obey_all("EthernetLamp");
}

TEST(every_command_is_obeyed_with_blake2s)
{
    obey_all("EthernetLamp-blake2s");
}

TEST(a_key_runs_what_it_has_a_right_to_and_no_more)
{
    device_start(&lamp, "EthernetLamp");
    CHECK_EQUAL(device_send_as(&lamp, "button.key", "on"), 0);
    CHECK_EQUAL(device_level(&lamp, "D5"), 1);
    CHECK_EQUAL(device_send_as(&lamp, "button.key", "status"), 1);
    CHECK_EQUAL(device_run(&lamp, "key", "drop", "FILE", "--slot", "1", NULL), 0);
    CHECK(device_send_as(&lamp, "button.key", "off") != 0);
    CHECK_EQUAL(device_level(&lamp, "D5"), 1);
    device_stop(&lamp);
}

TEST(keys_are_rotated_over_the_network_and_survive_a_restart)
{
    device_start(&lamp, "EthernetLamp");
    CHECK_EQUAL(
        device_run(&lamp, "key", "rotate", "FILE", "--from", "0", "--to", "2", NULL), 0);
    CHECK_EQUAL(device_send(&lamp, "on"), 0);
    device_restart(&lamp);
    CHECK_EQUAL(device_send(&lamp, "on"), 0);
    CHECK_EQUAL(device_level(&lamp, "D5"), 1);
    device_stop(&lamp);
    /* The key file is another now: provision anew for the tests after this one. */
    CHECK_EQUAL(unlink(lamp.image), 0);
}

TEST(an_unprovisioned_board_refuses_everything)
{
    uint8_t back[TALK_BYTES], wake[64] = {0};
    bool is_over = false;
    int fd;

    device_start_blank(&lamp, "EthernetLamp", NULL);
    bench_do(&lamp.board, "run 500ms");
    fd = device_connect(&lamp);
    if (fd >= 0) {
        CHECK_EQUAL(talk_raw(&lamp, fd, wake, sizeof wake, "100ms", back, &is_over), 0);
        close(fd);
    }
    CHECK(device_edges(&lamp, "D5") <= 1); /* becomes an output, low */
    CHECK_EQUAL(device_level(&lamp, "D5"), 0);
    device_stop(&lamp);
}

TEST(a_provisioned_board_refuses_new_keys_without_the_jumper)
{
    start();
    CHECK_EQUAL(device_provision(&lamp, NULL), 1);
    CHECK(device_said(&lamp, "provisioned already"));
    device_restart(&lamp);
    CHECK_EQUAL(talk_once(&owner, "on"), CSIGN_OUTCOME_DONE);
    stop();
}

TEST(a_provisioned_board_takes_new_keys_with_the_jumper_set_at_the_start)
{
    static const uint8_t admin_only[] = {CSIGN_CODE_DROP_KEY, 1};
    char old[600], now[600];

    start();
    /* The tool draws a new secret and keys where the old files were moved away. */
    snprintf(old, sizeof old, "%s/owner.key", lamp.directory);
    snprintf(now, sizeof now, "%s/owner.old", lamp.directory);
    CHECK_EQUAL(rename(old, now), 0);
    bench_do(&lamp.board, "press D2");
    CHECK_EQUAL(device_provision(&lamp, NULL), 0);
    bench_do(&lamp.board, "release D2");
    device_restart(&lamp);
    CHECK_EQUAL(talk_once(&owner, "on"), CSIGN_OUTCOME_UNKNOWN);
    talk_end(&owner);
    talk_begin(&owner, &lamp, "owner.key");
    CHECK_EQUAL(talk_once(&owner, "on"), CSIGN_OUTCOME_DONE);
    CHECK(talk_open(&owner));
    CHECK_EQUAL(talk_bytes(&owner, admin_only, sizeof admin_only), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(unlink(lamp.image), 0);
    stop();
}

TEST(a_wrong_key_gets_not_one_byte_behind_the_challenge)
{
    struct talk stranger;
    char path[400];

    start();
    snprintf(path, sizeof path, "%s/stranger.key", lamp.directory);
    CHECK_EQUAL(device_run(&lamp, "keygen", "-o", path, NULL), 0);
    talk_begin(&stranger, &lamp, "stranger.key");
    CHECK_EQUAL(talk_once(&stranger, "on"), CSIGN_OUTCOME_UNKNOWN);
    CHECK_EQUAL(stranger.received, TALK_CHALLENGE);
    CHECK_EQUAL(device_level(&lamp, "D5"), 0);
    talk_end(&stranger);
    CHECK_EQUAL(talk_once(&owner, "on"), CSIGN_OUTCOME_DONE);
    stop();
}

TEST(a_replay_gets_not_one_byte_behind_the_challenge)
{
    uint8_t back[TALK_BYTES];
    bool is_over;
    int fd;

    start();
    CHECK_EQUAL(talk_once(&owner, "off"), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(talk_once(&owner, "on"), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(device_send(&lamp, "off"), 0);
    /* What switched it on, again, byte by byte as it was. */
    fd = device_connect(&lamp);
    CHECK(fd >= 0);
    CHECK_EQUAL(
        talk_raw(&lamp, fd, owner.sent, owner.settings.wake, "100ms", back, &is_over),
        TALK_CHALLENGE);
    CHECK(!is_over);
    CHECK_EQUAL(talk_raw(&lamp, fd, owner.sent + owner.settings.wake,
                         owner.sent_len - owner.settings.wake, "100ms", back, &is_over),
                0);
    CHECK(is_over);
    close(fd);
    CHECK_EQUAL(device_level(&lamp, "D5"), 0);
    stop();
}

TEST(garbage_of_any_length_gets_not_one_byte_behind_the_challenge)
{
    uint8_t back[TALK_BYTES], garbage[300];
    bool is_over;

    start();
    for (size_t len = 1; len <= sizeof garbage; len += 23) {
        int fd = device_connect(&lamp);

        CHECK(fd >= 0);
        for (size_t i = 0; i < len; i++)
            garbage[i] = (uint8_t)(i * 37 + len);
        CHECK(talk_raw(&lamp, fd, garbage, len, "100ms", back, &is_over) <=
              TALK_CHALLENGE);
        close(fd);
        bench_do(&lamp.board, "run 50ms");
    }
    CHECK_EQUAL(device_level(&lamp, "D5"), 0);
    CHECK_EQUAL(talk_once(&owner, "on"), CSIGN_OUTCOME_DONE);
    stop();
}

TESTS(RUN(every_command_is_obeyed_with_sha256), RUN(every_command_is_obeyed_with_blake2s),
      RUN(a_key_runs_what_it_has_a_right_to_and_no_more),
      RUN(keys_are_rotated_over_the_network_and_survive_a_restart),
      RUN(an_unprovisioned_board_refuses_everything),
      RUN(a_provisioned_board_refuses_new_keys_without_the_jumper),
      RUN(a_provisioned_board_takes_new_keys_with_the_jumper_set_at_the_start),
      RUN(a_wrong_key_gets_not_one_byte_behind_the_challenge),
      RUN(a_replay_gets_not_one_byte_behind_the_challenge),
      RUN(garbage_of_any_length_gets_not_one_byte_behind_the_challenge))
