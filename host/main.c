/* SPDX-License-Identifier: MIT */
/* main.c: the program `countersign`: one verb a file. */
#include <stdio.h>
#include <string.h>

#include "Countersign.h"
#include "cmd_check.h"
#include "cmd_doctor.h"
#include "cmd_fingerprint.h"
#include "cmd_header.h"
#include "cmd_key.h"
#include "cmd_keygen.h"
#include "cmd_provision.h"
#include "cmd_send.h"
#include "cmd_serve.h"
#include "message.h"

struct verb {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *does;
};

static const struct verb verbs[] = {
    {"keygen", cmd_keygen, "make a key"},
    {"fingerprint", cmd_fingerprint, "tell keys apart without showing them"},
    {"check", cmd_check, "validate a device file and say what both sides will do"},
    {"doctor", cmd_doctor, "find out why a device's commands do not work"},
    {"serve", cmd_serve, "be a device"},
    {"send", cmd_send, "make a device run a command"},
    {"provision", cmd_provision, "give a device on a cable its id, secret and keys"},
    {"key", cmd_key, "set, drop or rotate a device's keys over the network"},
    {"header", cmd_header, "write a device file's settings as a C header"},
};

static void print_help(FILE *to)
{
    fputs("usage: countersign VERB [ARGUMENT]...\n\n", to);
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        fprintf(to, "  %-12s %s\n", verbs[i].name, verbs[i].does);
    fputs("\nEach verb has its own --help; man countersign tells the whole.\n", to);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("countersign " COUNTERSIGN_VERSION);
        return 0;
    }
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(argv[1], verbs[i].name) == 0)
            return verbs[i].run(argc - 1, argv + 1);
    }
    complain("there is no verb '%s'; countersign --help lists them", argv[1]);
    return 2;
}
