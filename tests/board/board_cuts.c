/* SPDX-License-Identifier: MIT */
#include "board_cuts.h"

#include <stdio.h>
#include <unistd.h>

#include "secret.h"

const char *const cuts_leftovers[] = {"old", "new", "torn"};
struct device cuts_lamp;
struct talk cuts_owner, cuts_fresh;
uint8_t cuts_fresh_key[32];
unsigned cuts_made;

static void read_key(const char *name, uint8_t key[32])
{
    struct secret secret;
    char path[400], error[256];

    snprintf(path, sizeof path, "%s/%s", cuts_lamp.directory, name);
    CHECK(secret_read_file(&secret, path, error, sizeof error));
    CHECK_EQUAL(secret.len, 32);
    memcpy(key, secret.bytes, 32);
    secret_wipe(&secret);
}

void cuts_begin(void)
{
    char path[400];

    device_start(&cuts_lamp, "EthernetLamp");
    snprintf(path, sizeof path, "%s/fresh.key", cuts_lamp.directory);
    if (access(path, R_OK) != 0)
        CHECK_EQUAL(device_run(&cuts_lamp, "keygen", "-o", path, NULL), 0);
    talk_begin(&cuts_owner, &cuts_lamp, "owner.key");
    talk_begin(&cuts_fresh, &cuts_lamp, "fresh.key");
    read_key("fresh.key", cuts_fresh_key);
    bench_do(&cuts_lamp.board, "adc freeze");
    cuts_made = 0;
}

void cuts_end(void)
{
    CHECK(cuts_made > 0);
    CHECK_NOTE("%u cuts\n", cuts_made);
    talk_end(&cuts_fresh);
    talk_end(&cuts_owner);
    device_stop(&cuts_lamp);
}

void cuts_power_off(void)
{
    talk_close(&cuts_owner);
    talk_close(&cuts_fresh);
    bench_ask(&cuts_lamp.board, "cut off");
    bench_ask(&cuts_lamp.board, "power off");
}

/* From the same memory each time. */
void cuts_start_over(void)
{
    cuts_power_off();
    talk_forget_challenges();
    bench_do(&cuts_lamp.board, "eeprom restore %s", cuts_lamp.image);
    bench_do(&cuts_lamp.board, "power on");
}

void cuts_order(unsigned write, const char *leftover)
{
    bench_do(&cuts_lamp.board, "cut write %u %s", write, leftover);
}

void cuts_collect(void)
{
    uint8_t challenge[TALK_CHALLENGE];

    CHECK(talk_take_challenge(&cuts_lamp, challenge));
    talk_keep_challenge(challenge);
    bench_do(&cuts_lamp.board, "run 20ms");
}

/* What has come of an exchange, and a challenge more to compare. */
bool cuts_obeys(struct talk *as)
{
    csign_outcome outcome;

    CHECK(talk_open(as));
    talk_keep_challenge(as->challenge);
    outcome = talk_command(as, "on");
    talk_close(as);
    bench_do(&cuts_lamp.board, "run 20ms");
    return outcome == CSIGN_OUTCOME_DONE;
}

void cuts_boot(void)
{
    cuts_power_off();
    bench_do(&cuts_lamp.board, "power on");
    device_boot(&cuts_lamp);
}

/* Runs until it is ready; false when the power was cut before. */
bool cuts_boots(void)
{
    const char *answer = bench_ask(&cuts_lamp.board, "run-until within 3s uart ready\\n");

    if (strncmp(answer, "error reason=cut", 16) == 0)
        return false;
    CHECK(strncmp(answer, "ok", 2) == 0);
    bench_do(&cuts_lamp.board, "run 5ms");
    return true;
}

void cuts_sweep(bool (*survive)(unsigned write, const char *leftover), unsigned step)
{
    bool is_more = true;

    cuts_begin();
    for (unsigned k = 1; is_more && k < CUTS_WRITES_MAX; k += step)
        for (size_t i = 0; i < 3; i++)
            is_more = survive(k, cuts_leftovers[i]) && is_more;
    cuts_end();
}
