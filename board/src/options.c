/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: countersign-board [options] FIRMWARE.elf|FIRMWARE.hex\n"
    "\n"
    "A Pro Mini (ATmega328P) with a W5500 Ethernet shield that runs FIRMWARE.\n"
    "\n"
    "  --pace real|fast|lockstep  how time passes (real)\n"
    "  --turns TIME               lock-step: time that passes after each event of a "
    "peer\n"
    "  --hz N                     clock (16000000)\n"
    "  --map PORT=127.0.0.1:PORT  a port of the board here; udp:PORT=... for UDP;\n"
    "                             port 0 chooses one and prints it\n"
    "  --route IP:PORT=127.0.0.1:PORT\n"
    "                             where the board's own connections lead; * for any\n"
    "  --uart stdio|pty|none      the serial line (none)\n"
    "  --uart-link PATH           symbolic link to the pseudo-terminal\n"
    "  --no-dtr                   opening the pseudo-terminal does not reset\n"
    "  --eeprom FILE              keep the EEPROM there\n"
    "  --control PATH             the control line, a Unix socket\n"
    "  --trace FILE               what happens, for people; - for stderr\n"
    "  --show-pins                print pins as they change\n"
    "  --name PIN=LABEL           a button's or lamp's name, D5=lamp\n"
    "  --seed N                   of everything random (1)\n"
    "  --for TIME                 end after so much simulated time, 2.5s or 300ms\n";

static bool complain(const char *what, const char *text)
{
    fprintf(stderr, "countersign-board: %s: %s\n", what, text);
    return false;
}

static bool read_seconds(const char *text, double *seconds)
{
    char *unit;

    *seconds = strtod(text, &unit);
    if (strcmp(unit, "ms") == 0)
        *seconds /= 1e3;
    else if (strcmp(unit, "us") == 0)
        *seconds /= 1e6;
    else if (strcmp(unit, "s") != 0)
        return complain("a time is like 2.5s, 300ms or 50us, not", text);
    return unit != text && *seconds >= 0;
}

static bool read_pace(struct board *board, const char *text)
{
    static const char *const names[] = {"real", "fast", "lockstep"};

    for (int i = 0; i < 3; i++)
        if (strcmp(text, names[i]) == 0) {
            board->pace = (enum board_pace)i;
            return true;
        }
    return complain("no such pace", text);
}

static bool read_uart(struct options *options, const char *text)
{
    if (strcmp(text, "stdio") == 0)
        options->uart = UART_STDIO;
    else if (strcmp(text, "pty") == 0)
        options->uart = UART_PTY;
    else if (strcmp(text, "none") != 0)
        return complain("no such serial line", text);
    return true;
}

static bool read_name(struct board *board, const char *text)
{
    char pin[8];
    const char *equals = strchr(text, '=');
    int i;

    if (equals == NULL || (size_t)(equals - text) >= sizeof pin ||
        strlen(equals + 1) >= PIN_LABEL_SIZE)
        return complain("a name is like D5=lamp, not", text);
    memcpy(pin, text, (size_t)(equals - text));
    pin[equals - text] = '\0';
    i = pins_find(board, pin);
    if (i < 0)
        return complain("no such pin", text);
    strcpy(board->pins.pin[i].label, equals + 1);
    return true;
}

static bool open_trace(struct board *board, const char *path)
{
    board->trace = strcmp(path, "-") == 0 ? stderr : fopen(path, "w");
    if (board->trace == NULL)
        return complain("cannot write", path);
    setvbuf(board->trace, NULL, _IOLBF, 0);
    return true;
}

enum {
    O_PACE = 1,
    O_TURNS,
    O_HZ,
    O_MAP,
    O_ROUTE,
    O_UART,
    O_UART_LINK,
    O_NO_DTR,
    O_EEPROM,
    O_CONTROL,
    O_TRACE,
    O_SHOW_PINS,
    O_NAME,
    O_SEED,
    O_FOR,
    O_HELP
};

static const struct option long_options[] = {
    {"pace", required_argument, NULL, O_PACE},
    {"turns", required_argument, NULL, O_TURNS},
    {"hz", required_argument, NULL, O_HZ},
    {"map", required_argument, NULL, O_MAP},
    {"route", required_argument, NULL, O_ROUTE},
    {"uart", required_argument, NULL, O_UART},
    {"uart-link", required_argument, NULL, O_UART_LINK},
    {"no-dtr", no_argument, NULL, O_NO_DTR},
    {"eeprom", required_argument, NULL, O_EEPROM},
    {"control", required_argument, NULL, O_CONTROL},
    {"trace", required_argument, NULL, O_TRACE},
    {"show-pins", no_argument, NULL, O_SHOW_PINS},
    {"name", required_argument, NULL, O_NAME},
    {"seed", required_argument, NULL, O_SEED},
    {"for", required_argument, NULL, O_FOR},
    {"help", no_argument, NULL, O_HELP},
    {NULL, 0, NULL, 0}};

static bool take_option(struct board *board, struct options *options, int option)
{
    switch (option) {
    case O_PACE:
        return read_pace(board, optarg);
    case O_TURNS:
        return read_seconds(optarg, &options->turns);
    case O_HZ:
        options->hz = (uint32_t)strtoul(optarg, NULL, 10);
        return true;
    case O_MAP:
        return lan_add_map(&board->lan, optarg);
    case O_ROUTE:
        return lan_add_route(&board->lan, optarg);
    case O_UART:
        return read_uart(options, optarg);
    case O_UART_LINK:
        options->uart_link = optarg;
        return true;
    case O_NO_DTR:
        options->no_dtr = true;
        return true;
    case O_EEPROM:
        options->eeprom = optarg;
        return true;
    case O_CONTROL:
        options->control = optarg;
        return true;
    case O_TRACE:
        return open_trace(board, optarg);
    case O_SHOW_PINS:
        board->show_pins = true;
        return true;
    case O_NAME:
        return read_name(board, optarg);
    case O_SEED:
        board->seed = (uint32_t)strtoul(optarg, NULL, 0);
        return true;
    case O_FOR:
        return read_seconds(optarg, &options->seconds);
    default:
        return false;
    }
}

bool options_read(struct board *board, struct options *options, int argc, char **argv)
{
    int option;

    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == O_HELP) {
            fputs(usage, stdout);
            exit(0);
        }
        if (!take_option(board, options, option))
            return false;
    }
    if (optind != argc - 1 || options->hz < 1000000 || options->hz > 20000000) {
        fputs(usage, stderr);
        return false;
    }
    options->firmware = argv[optind];
    return true;
}
