/* SPDX-License-Identifier: MIT */
/* `serve` and `send` understand each other whichever way each computes. */
#include "serve_fixture.h"

static const char *const portable[] = {"COUNTERSIGN_PORTABLE=1", NULL};
static const char *const fastest[] = {"COUNTERSIGN_PORTABLE", NULL};

static const char *device_file(const char *name, const char *address, const char *rest)
{
    char text[1024];

    snprintf(text, sizeof text, "[device]\nid = lamp-1\naddress = %s\n" ONE_KEY "%s",
             address, rest);
    return test_file(name, text, 0600);
}

static void send_on(const char *file, const char *const *environment)
{
    const struct process_options options = {.environment = environment};
    const char *argv[] = {COUNTERSIGN_PROGRAM, "send", "--no-state", file, "on", NULL};
    struct process sender;

    if (process_run(&sender, argv, &options, NULL) != 0)
        fail_msg("send says: %s", process_error_rest(&sender));
    CHECK(strstr(process_rest(&sender), "on: done") != NULL);
    process_end(&sender);
}

static void exchange(const char *rest, const char *const *of_device,
                     const char *const *of_client)
{
    const char *argv[] = {COUNTERSIGN_PROGRAM, "serve",
                          device_file("device.ini", "tcp://127.0.0.1:0", rest), NULL};
    const struct process_options options = {.environment = of_device};
    struct lamp lamp;

    process_start(&lamp.process, argv, &options);
    lamp_find_address(&lamp);
    send_on(device_file("client.ini", lamp.address, rest), of_client);
    lamp_end(&lamp);
}

static void exchange_all_ways(const char *rest)
{
    exchange(rest, portable, fastest);
    exchange(rest, fastest, portable);
    exchange(rest, fastest, fastest);
}

TEST(sealed_exchanges_work_whichever_way_each_side_computes)
{
    exchange_all_ways("[commands]\non = 01\noff = 02\n");
}

TEST(classic_exchanges_work_whichever_way_each_side_computes)
{
    exchange_all_ways("profile = classic\n[commands]\na = 0001\non = 0002\noff = 0003\n"
                      "b = 0004\nc = 0005\n"
                      "[answers]\ndone = a0\nfailed = a1\n");
}

TESTS(RUN(sealed_exchanges_work_whichever_way_each_side_computes),
      RUN(classic_exchanges_work_whichever_way_each_side_computes))
