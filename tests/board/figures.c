/* SPDX-License-Identifier: MIT */
/* figures.c: what sketches cost at run time, counted by the virtual board: each is
 * provisioned, started again and given its first command.
 *
 *     figures SKETCH...
 *
 * A line each: peak stack in bytes, cycles for a challenge, cycles from a request's last
 * byte until its reply is with the network chip or the line.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "board_talk.h"

static struct device d;
static FILE *table;

static void measure(void)
{
    bench_do(&d.board, "measure csign_store_secret csign_server_sent");
    bench_do(&d.board, "measure received csign_server_sent");
}

static unsigned long long cycles(const char *from)
{
    return bench_number(bench_do(&d.board, "cycles %s csign_server_sent", from), "last");
}

static unsigned long long stack(void)
{
    return bench_number(bench_do(&d.board, "stack"), "peak");
}

/* The first command of the device file, and where it takes one its least argument. */
static void command_over_network(void)
{
    struct talk owner;
    uint8_t command[2] = {0, 5};
    struct device_file file;
    char error[512];

    if (!device_file_read(&file, d.file, DEVICE_FILE_FOR_CLIENT, error, sizeof error))
        fail_msg("%s", error);
    talk_begin(&owner, &d, strchr(file.key, ':') + 1);
    command[0] = owner.file.commands.codes[0];
    if (!talk_open(&owner) ||
        talk_bytes(&owner, command, strcmp(d.sketch, "PinServer") == 0 ? 2 : 1) !=
            CSIGN_OUTCOME_DONE)
        fail_msg("%s does not obey", d.sketch);
    talk_end(&owner);
    device_file_free(&file);
}

static void command_over_line(void)
{
    if (device_send(&d, strcmp(d.sketch, "Provision") == 0 ? "ping" : "on") != 0)
        fail_msg("%s: %s", d.sketch, d.out);
}

static void tell_server(const char *name)
{
    device_start(&d, name);
    if (strcmp(d.sketch, "GarageDoor") == 0)
        bench_do(&d.board, "press D7"); /* stands open already */
    measure();
    if (d.is_line)
        command_over_line();
    else
        command_over_network();
    fprintf(table, "%s %llu %llu %llu\n", name, stack(), cycles("csign_store_secret"),
            cycles("received"));
    device_stop(&d);
}

int main(int argc, char **argv)
{
    /* What the board prints of itself is not for the table. */
    int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);

    table = fdopen(out, "w");
    if (table == NULL || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        return 1;
    for (int i = 1; i < argc; i++)
        tell_server(argv[i]);
    return fclose(table) == 0 ? 0 : 1;
}
