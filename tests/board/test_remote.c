/* SPDX-License-Identifier: MIT */
/* RemoteButton: a client on the microcontroller that commands `countersign serve`. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "board_fixture.h"

enum { TURNS = 2000 };

static struct device button;
static struct process lamp;
static char lamp_file[400], port[16];

static void keygen(const char *name)
{
    char path[400];
    const char *argv[] = {COUNTERSIGN_PROGRAM, "keygen", "-o", path, NULL};
    struct process program;

    snprintf(path, sizeof path, "%s/%s", button.directory, name);
    if (access(path, R_OK) == 0)
        return;
    CHECK_EQUAL(process_run(&program, argv, NULL, NULL), 0);
    process_end(&program);
}

/* The device file that the lamp's sketch has, and what its commands do on this machine. */
static void write_lamp_file(void)
{
    char path[400];
    static char text[4096];
    size_t len;
    FILE *file = fopen(COUNTERSIGN_ROOT "/examples/RemoteButton/EthernetLamp.ini", "r");

    CHECK(file != NULL);
    len = fread(text, 1, sizeof text - 1, file);
    text[len] = '\0';
    fclose(file);
    snprintf(lamp_file, sizeof lamp_file, "%s/EthernetLamp.ini", button.directory);
    file = fopen(lamp_file, "w");
    CHECK(file != NULL);
    snprintf(path, sizeof path, "%s/was", button.directory);
    fprintf(file,
            "%s\n[run]\non = /bin/touch %s-on\noff = /bin/touch %s-off\n"
            "status = /bin/true\n",
            text, path, path);
    fclose(file);
}

static void start_lamp(void)
{
    const char *argv[] = {COUNTERSIGN_PROGRAM,   "serve",   "--listen",
                          "tcp://127.0.0.1:0", lamp_file, NULL};
    const char *line;

    process_start(&lamp, argv, NULL);
    line = process_line(&lamp);
    if (line == NULL || strncmp(line, "listening on ", 13) != 0)
        fail_msg("serve: %s %s", line == NULL ? "" : line, process_error_rest(&lamp));
    snprintf(port, sizeof port, "%s", strrchr(line, ':') + 1);
}

static bool has_run(const char *command)
{
    char path[400];

    snprintf(path, sizeof path, "%s/was-%s", button.directory, command);
    return unlink(path) == 0;
}

static void start(void)
{
    char route[64];

    device_prepare(&button, "RemoteButton");
    keygen("button.key");
    keygen("owner.key");
    write_lamp_file();
    start_lamp();
    snprintf(route, sizeof route, "192.168.1.60:7531=127.0.0.1:%s", port);
    device_start_blank(&button, "RemoteButton", "--route", route);
    CHECK_EQUAL(device_provision(&button, NULL), 0);
    device_restart(&button);
}

static void stop(void)
{
    device_stop(&button);
    process_end(&lamp);
}

/* Presses a button and waits for the LED, or for what the sketch says. */
static bool press(const char *pin)
{
    bool is_lit = false;

    bench_do(&button.board, "uart take");
    bench_do(&button.board, "press %s", pin);
    bench_do(&button.board, "run 60ms");
    bench_do(&button.board, "release %s", pin);
    for (int i = 0; i < TURNS && !is_lit; i++) {
        usleep(1000); /* the lamp's turn */
        bench_do(&button.board, "run 5ms");
        is_lit = device_level(&button, "D7") == 1;
        if (strstr(bench_do(&button.board, "uart take"), "the lamp") != NULL)
            return false;
    }
    return is_lit;
}

TEST(a_button_switches_the_lamp_and_shows_that_it_obeyed)
{
    start();
    CHECK_EQUAL(device_level(&button, "D7"), 0);
    CHECK(press("D5"));
    CHECK(has_run("on"));
    CHECK(!has_run("off"));
    bench_do(&button.board, "run 100ms");
    CHECK(press("D6"));
    CHECK(has_run("off"));
    CHECK(!has_run("on"));
    stop();
}

TEST(a_lamp_that_is_away_leaves_the_leds_dark)
{
    start();
    process_signal(&lamp, SIGTERM);
    CHECK_EQUAL(process_wait(&lamp), 0);
    CHECK(!press("D5"));
    CHECK_EQUAL(device_level(&button, "D7"), 0);
    CHECK(!has_run("on"));
    stop();
}

TESTS(RUN(a_button_switches_the_lamp_and_shows_that_it_obeyed),
      RUN(a_lamp_that_is_away_leaves_the_leds_dark))
