/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "cmd_doctor.h"

#include "core_dump.h"
#include "device_values.h"
#include "doctor.h"
#include "message.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define TIMEOUT_MAX_MS 86400000UL /* a day */
#define SEE_HELP       "; see countersign doctor --help"

enum { HEALTHY = 0, FOUND = 1, USAGE = 2 };

static const char help_text[] =
    "usage: countersign doctor [OPTION]... FILE\n"
    "       countersign doctor [OPTION]... --run COMMAND FILE [ARGUMENT]\n"
    "\n"
    "Finds out why a command to the device that FILE describes does not work: goes the\n"
    "way of a byte, from the file to the device's answer, and says what it finds, with "
    "a\n"
    "number and a cure. docs/troubleshooting.md tells more by that number.\n"
    "\n"
    "It runs no command and changes nothing: the device is asked for challenges and, in\n"
    "sealed, what it ran last; where it refuses, random bytes find out what it is set "
    "to.\n"
    "Classic has no question that does nothing: whether the key and the codes agree "
    "there\n"
    "only a command can show, which --run names.\n"
    "\n"
    "  --run COMMAND  at the end, have the device run this command, once, as\n"
    "                 send --no-state does; settle before what is in doubt\n"
    "  --timeout MS   longest wait to connect and for each answer; 10000 unless given\n"
    "  --help         show this text\n"
    "\n"
    "exit status: 0 nothing found, 1 a cause was found, 2 wrong usage\n";

static void examine(struct doctor *d)
{
    if (!doctor_files(d) || !doctor_challenge(d))
        return;
    if (!doctor_proof(d))
        return;
    doctor_payload(d);
    doctor_deadline(d);
    if (d->options->run != NULL)
        doctor_run(d);
}

static int diagnose(const struct doctor_options *options)
{
    struct doctor d;

    memset(&d, 0, sizeof d);
    d.options = options;
    examine(&d);
    session_close(&d.session);
    if (d.found == 0)
        puts("nothing found");
    else
        printf("%u cause%s found; docs/troubleshooting.md tells more by number\n",
               d.found, d.found == 1 ? "" : "s");
    if (ferror(stdout) != 0 || fflush(stdout) != 0) {
        complain("doctor: cannot write to standard output: %s", strerror(errno));
        return FOUND;
    }
    return d.found == 0 ? HEALTHY : FOUND;
}

static bool take_timeout(struct doctor_options *options, const char *text)
{
    return value_number(&options->timeout_ms, text) && options->timeout_ms >= 1 &&
           options->timeout_ms <= TIMEOUT_MAX_MS;
}

static int refuse(const char *what)
{
    complain("doctor: %s" SEE_HELP, what);
    return USAGE;
}

static int take_words(struct doctor_options *options, int count, char **words)
{
    if (count < 1)
        return refuse("takes the name of one device file");
    if (count > (options->run == NULL ? 1 : 2))
        return refuse(options->run == NULL
                          ? "takes one device file; a command goes behind --run"
                          : "takes one device file and one argument");
    options->file = words[0];
    options->argument = count > 1 ? words[1] : NULL;
    return diagnose(options);
}

int cmd_doctor(int argc, char **argv)
{
    static const struct option known[] = {{"help", no_argument, NULL, 'H'},
                                          {"run", required_argument, NULL, 'r'},
                                          {"timeout", required_argument, NULL, 't'},
                                          {NULL, 0, NULL, 0}};
    struct doctor_options options = {.timeout_ms = CSIGN_REPLY_MS};
    int option;

    core_dump_forbid();
    signal(SIGPIPE, SIG_IGN);
    optind = 0; /* glibc: forget an earlier scan */
    opterr = 0;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (option == 'H')
            return fputs(help_text, stdout) < 0 || fflush(stdout) != 0 ? FOUND : HEALTHY;
        if (option == 'r')
            options.run = optarg;
        else if (option != 't')
            return refuse("unknown option, or one without its value");
        else if (!take_timeout(&options, optarg))
            return refuse("--timeout takes 1 to 86400000 milliseconds");
    }
    return take_words(&options, argc - optind, argv + optind);
}
