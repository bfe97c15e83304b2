/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "cmd_check.h"

#include "check_keys.h"
#include "check_report.h"
#include "check_warnings.h"
#include "message.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#define SEE_HELP "; see countersign check --help"

enum { DONE = 0, FAILED = 1, USAGE = 2 };

static const char help_text[] =
    "usage: countersign check FILE\n"
    "\n"
    "Validates a device file, and prints what client and device will do by it: bytes,\n"
    "times, keys (their fingerprints only), rights, commands and programs. Warnings and\n"
    "errors go to standard error. A key that is not on this machine is a warning.\n"
    "\n"
    "  --help  show this text\n"
    "\n"
    "exit status: 0 the file is good, warnings or not; 1 could not print; 2 wrong "
    "usage,\n"
    "or something is wrong with the file\n";

static int finish_output(void)
{
    if (ferror(stdout) == 0 && fflush(stdout) == 0)
        return DONE;
    complain("check: cannot write to standard output: %s", strerror(errno));
    return FAILED;
}

static int check_parsed(const struct device_file *file)
{
    struct check check = {.file = file};
    struct checked_keys keys;
    bool is_checked = check_keys(&check, &keys) && check_warnings(&check);
    int status = USAGE;

    if (is_checked) {
        check_report(stdout, file, &keys);
        printf("\n%u error%s, %u warning%s\n", check.errors, check.errors == 1 ? "" : "s",
               check.warnings, check.warnings == 1 ? "" : "s");
        status = finish_output();
    } else {
        complain("check: not enough memory");
    }
    check_keys_free(&keys, file);
    return status == DONE && check.errors > 0 ? USAGE : status;
}

static int check_file(const char *path)
{
    struct device_file file;
    char error[4096];
    int status = USAGE;

    if (device_file_read(&file, path, DEVICE_FILE_FOR_BOTH, error, sizeof error))
        status = check_parsed(&file);
    else
        complain("%s", error);
    device_file_free(&file);
    return status;
}

int cmd_check(int argc, char **argv)
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
        complain("check: takes the name of one device file" SEE_HELP);
        return USAGE;
    }
    return check_file(argv[optind]);
}
