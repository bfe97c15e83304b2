/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "cmd_provision.h"

#include "connect.h"
#include "core_dump.h"
#include "device_values.h"
#include "fingerprint.h"
#include "message.h"
#include "provision_run.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SEE_HELP        "; see countersign provision --help"
#define ERROR_MAX       8192 /* bytes */
#define PATIENCE_MS     15000
#define PATIENCE_MAX_MS 86400000UL /* a day */
#define SLOT_MAX        253

enum { DONE = 0, FAILED = 1, USAGE = 2, NOT_REACHED = 3, UNKNOWN = 4 };
enum { PORT = 256, SLOT, FOREIGN, TIMEOUT, HELP };

struct options {
    const char *file, *port; /* port NULL: not given */
    int slot;                /* -1: not given */
    uint32_t patience_ms;
    bool may_replace, help;
};

static const char help_text[] =
    "usage: countersign provision FILE [--port PORT] [--slot N] [OPTION]...\n"
    "\n"
    "Gives the device at the serial line PORT what FILE says of it: its id, a\n"
    "secret for its challenges, drawn here, and its keys. The device has to run a\n"
    "sketch that can be provisioned. It proves each key that it has stored.\n"
    "\n"
    "[keys] in FILE defines the key slots, the first line slot 0, with their\n"
    "rights. A key file that a line names is used where it exists and made where it\n"
    "does not (mode 600, never overwritten). Without [keys] the one key of FILE\n"
    "goes into slot N, 0 unless given, with every right. Where [device] has no\n"
    "`key`, it gets one: the key file of the first administrator in [keys], or a\n"
    "new one, FILE with the ending .key. All else in FILE stays as it is. To give a\n"
    "device new keys, move the key files away first.\n"
    "\n"
    "A device that is provisioned already refuses, unless its sketch allows it to\n"
    "who has it in hand: a jumper, or a button held while it starts.\n"
    "\n"
    "  --port PORT   serial:/dev/ttyUSB0?baud=115200&boot=2000, the ms to wait\n"
    "                after opening, which resets an Arduino; FILE's address unless\n"
    "                given\n"
    "  --slot N      the slot of the only key\n"
    "  --foreign     overwrite data of another program in the device's memory\n"
    "  --timeout MS  how long to look for the device; 15000 unless given\n"
    "  --help        show this text\n"
    "\n"
    "What travels over the cable is not encrypted. Keys are never printed;\n"
    "fingerprints are.\n"
    "\n"
    "exit status: 0 done, 1 refused or failed: the device has none of the keys, 2\n"
    "wrong usage, device file or key file, 3 no device reached, nothing changed, 4\n"
    "unknown: the last reply is missing; the key files are kept\n";

static bool refuse(const char *what)
{
    complain("provision: %s" SEE_HELP, what);
    return false;
}

static bool take_number(uint32_t *number, const char *text, uint32_t least, uint32_t most,
                        const char *what)
{
    return (value_number(number, text) && *number >= least && *number <= most) ||
           refuse(what);
}

static bool take_option(struct options *options, int option)
{
    uint32_t number;

    switch (option) {
    case PORT:
        options->port = optarg;
        return true;
    case SLOT:
        if (!take_number(&number, optarg, 0, SLOT_MAX,
                         "a slot is a number from 0 to 253"))
            return false;
        options->slot = (int)number;
        return true;
    case FOREIGN:
        options->may_replace = true;
        return true;
    case TIMEOUT:
        return take_number(&options->patience_ms, optarg, 1, PATIENCE_MAX_MS,
                           "--timeout takes 1 to 86400000 milliseconds");
    case HELP:
        options->help = true;
        return true;
    default:
        return refuse(option == ':' ? "an option lacks its value" : "unknown option");
    }
}

static bool parse_options(int argc, char **argv, struct options *options)
{
    static const struct option known[] = {{"port", required_argument, NULL, PORT},
                                          {"slot", required_argument, NULL, SLOT},
                                          {"foreign", no_argument, NULL, FOREIGN},
                                          {"timeout", required_argument, NULL, TIMEOUT},
                                          {"help", no_argument, NULL, HELP},
                                          {NULL, 0, NULL, 0}};
    int option;

    optind = 0; /* glibc: forget an earlier scan */
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":", known, NULL)) != -1) {
        if (!take_option(options, option))
            return false;
    }
    options->file = argv[optind];
    return options->help || argc - optind == 1 || refuse("takes one device file");
}

/* Where the cable is. */
static bool find_port(const struct options *options, const struct provision_plan *plan,
                      struct address *address)
{
    char error[256];

    *address = plan->file.address;
    if (options->port != NULL &&
        !address_parse(address, options->port, ".", error, sizeof error))
        return refuse(error);
    return address->kind == ADDRESS_SERIAL ||
           refuse(options->port == NULL
                      ? "needs --port, such as serial:/dev/ttyUSB0?baud=115200"
                      : "the port is a serial line, such as serial:/dev/ttyUSB0");
}

static void tell_keys(const struct provision_plan *plan)
{
    char text[FINGERPRINT_LEN + 1];

    for (size_t i = 0; i < plan->count; i++) {
        const struct provision_key *key = &plan->keys[i];

        fingerprint(key->key, KEY_TEXT_KEY, text);
        printf("slot %u: %s, fingerprint %s", key->slot, key->name, text);
        if (key->path != NULL)
            printf(", %s %s", key->is_new ? "new in" : "from", key->path);
        putchar('\n');
    }
}

/* The device has it all, or may have it. */
static int keep(struct provision_plan *plan)
{
    char error[ERROR_MAX];

    if (!provision_plan_keep(plan, error, sizeof error)) {
        complain("provision: %s; write key = %s into [device] yourself", error,
                 plan->reference);
        return FAILED;
    }
    tell_keys(plan);
    if (plan->reference != NULL)
        printf("%s: key = %s added\n", plan->file.path, plan->reference);
    if (fflush(stdout) == 0)
        return DONE;
    complain("provision: cannot write to standard output: %s", strerror(errno));
    return FAILED;
}

static void warn(const struct provision_plan *plan)
{
    uint32_t rights = 0;

    for (size_t i = 0; i < plan->count; i++)
        rights |= plan->keys[i].rights;
    if (!(rights & CSIGN_RIGHT_ADMIN))
        complain(
            "provision: no key is an administrator's, so keys can be changed only by "
            "provisioning again");
}

static int conclude(struct provision_plan *plan, enum provision_end end,
                    const char *error)
{
    int status;

    switch (end) {
    case PROVISION_STORED:
        status = keep(plan);
        warn(plan);
        return status;
    case PROVISION_IN_DOUBT:
        (void)keep(plan);
        complain(
            "provision: unknown: %s; the device has these keys or none: look with the "
            "same command, which refuses when it has them",
            error);
        return UNKNOWN;
    case PROVISION_UNTOUCHED:
        provision_plan_undo(plan);
        complain("provision: %s; nothing was changed", error);
        return FAILED;
    default:
        provision_plan_undo(plan);
        complain("provision: %s; the device is left unprovisioned, provision it again",
                 error);
        return FAILED;
    }
}

static int give(struct provision_line *line, const struct options *options,
                struct provision_plan *plan)
{
    struct provision_hello hello;
    char error[ERROR_MAX];

    if (!provision_meet(line, options->patience_ms, &hello, error, sizeof error)) {
        complain("provision: %s", error);
        return NOT_REACHED;
    }
    if (!provision_fits(&hello, plan, options->may_replace, error, sizeof error) ||
        !provision_plan_write(plan, error, sizeof error)) {
        complain("provision: %s", error);
        return FAILED;
    }
    return conclude(plan, provision_give(line, plan, error, sizeof error), error);
}

static int give_over(const struct address *address, const struct options *options,
                     struct provision_plan *plan)
{
    struct provision_line line;
    char error[ERROR_MAX];
    int status;

    memset(&line, 0, sizeof line);
    line.fd = connect_device(address, options->patience_ms, error, sizeof error);
    if (line.fd < 0) {
        complain("provision: %s", error);
        return NOT_REACHED;
    }
    provision_line_wait(&line, address->boot < PROVISION_QUIET_MS ? PROVISION_QUIET_MS
                                                                  : address->boot);
    status = give(&line, options, plan);
    provision_line_wipe(&line);
    close(line.fd);
    return status;
}

static int run(const struct options *options)
{
    struct provision_plan plan;
    struct address address;
    char error[ERROR_MAX];
    int status = USAGE;

    if (!provision_plan_make(&plan, options->file, options->slot, error, sizeof error))
        complain("%s", error);
    else if (find_port(options, &plan, &address))
        status = give_over(&address, options, &plan);
    provision_plan_free(&plan);
    return status;
}

int cmd_provision(int argc, char **argv)
{
    struct options options = {.slot = -1, .patience_ms = PATIENCE_MS};

    core_dump_forbid();
    /* Both become errors of the write that would raise them. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    if (!parse_options(argc, argv, &options))
        return USAGE;
    if (options.help)
        return fputs(help_text, stdout) < 0 || fflush(stdout) != 0 ? FAILED : DONE;
    return run(&options);
}
