/* SPDX-License-Identifier: MIT */
/* A newer firmware on a board that keeps its store: its table has a command more, and its
 * on() calls stand in another order. */
#include <stdio.h>
#include <string.h>

#include "board_talk.h"

static struct device lamp;

/* The board that was provisioned with EthernetLamp runs the other firmware now. */
static void start_newer(struct talk *as, const char *key)
{
    struct device before;

    device_start(&before, "EthernetLamp");
    device_stop(&before);
    device_start_blank(&lamp, "EthernetLamp-more", NULL);
    bench_do(&lamp.board, "eeprom restore %s", before.image);
    memcpy(lamp.directory, before.directory, sizeof lamp.directory); /* its keys */
    device_boot(&lamp);
    talk_begin(as, &lamp, key);
}

static void stop(struct talk *as)
{
    talk_end(as);
    device_stop(&lamp);
}

TEST(a_key_keeps_its_rights_and_gets_no_new_one)
{
    struct talk button;

    start_newer(&button, "button.key");
    CHECK(talk_open(&button));
    CHECK_EQUAL(talk_command(&button, "on"), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(device_level(&lamp, "D5"), 1);
    CHECK_EQUAL(talk_command(&button, "off"), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(device_level(&lamp, "D5"), 0);
    CHECK_EQUAL(talk_command(&button, "status"), CSIGN_OUTCOME_FAILED);
    CHECK_EQUAL(csign_client_reply_status(&button.client), CSIGN_STATUS_NOT_ALLOWED);
    CHECK_EQUAL(talk_command(&button, "flash"), CSIGN_OUTCOME_FAILED);
    CHECK_EQUAL(csign_client_reply_status(&button.client), CSIGN_STATUS_NOT_ALLOWED);
    CHECK_EQUAL(device_level(&lamp, "D5"), 0);
    stop(&button);
}

TEST(a_key_for_every_command_runs_the_new_one_too)
{
    struct talk owner;
    size_t len;

    start_newer(&owner, "owner.key");
    CHECK(talk_open(&owner));
    CHECK_EQUAL(talk_command(&owner, "flash"), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(device_level(&lamp, "D5"), 1);
    CHECK_EQUAL(talk_command(&owner, "status"), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(*csign_client_reply_data(&owner.client, &len), 1);
    CHECK_EQUAL(len, 1);
    CHECK_EQUAL(talk_command(&owner, "off"), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(device_level(&lamp, "D5"), 0);
    stop(&owner);
}

TESTS(RUN(a_key_keeps_its_rights_and_gets_no_new_one),
      RUN(a_key_for_every_command_runs_the_new_one_too))
