/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "cmd_fingerprint.h"

#include "fingerprint.h"
#include "key_text.h"
#include "message.h"
#include "secret.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SEE_HELP "; see countersign fingerprint --help"

enum { DONE = 0, FAILED = 1, USAGE = 2 };

static const char help_text[] =
    "usage: countersign fingerprint FILE\n"
    "\n"
    "Prints the fingerprint of the key in FILE, such as 1a2b-3c4d: equal keys have "
    "equal\n"
    "ones. FILE holds one line, csk1..., hex:.. or text:.., and only its owner may have\n"
    "access to it.\n"
    "\n"
    "  --help  show this text\n"
    "\n"
    "exit status: 0 done, 1 could not print, 2 wrong usage or key file\n";

static bool is_key(const char *argument)
{
    return strncmp(argument, "hex:", 4) == 0 || strncmp(argument, "text:", 5) == 0 ||
           (strncasecmp(argument, "csk1", 4) == 0 &&
            strlen(argument) + 1 >= KEY_TEXT_LEN);
}

static int print_fingerprint(const char *path)
{
    struct secret secret;
    char text[FINGERPRINT_LEN + 1];
    char error[4096];

    if (!secret_read_file(&secret, path, error, sizeof error)) {
        complain("%s", error);
        return USAGE;
    }
    fingerprint(secret.bytes, secret.len, text);
    secret_wipe(&secret);
    if (puts(text) >= 0 && fflush(stdout) == 0)
        return DONE;
    complain("fingerprint: cannot write to standard output: %s", strerror(errno));
    return FAILED;
}

int cmd_fingerprint(int argc, char **argv)
{
    static const struct option known[] = {{"help", no_argument, NULL, 'H'},
                                          {NULL, 0, NULL, 0}};
    int option;

    optind = 0; /* glibc: forget an earlier scan */
    opterr = 0;
    option = getopt_long(argc, argv, "", known, NULL);
    if (option == 'H')
        return fputs(help_text, stdout) < 0 || fflush(stdout) != 0 ? FAILED : DONE;
    if (option != -1 || argc - optind != 1) {
        complain("fingerprint: takes the name of one key file" SEE_HELP);
        return USAGE;
    }
    if (is_key(argv[optind])) {
        complain("fingerprint: others can see a key on a command line; give a file that "
                 "holds it" SEE_HELP);
        return USAGE;
    }
    return print_fingerprint(argv[optind]);
}
