/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "cmd_header.h"

#include "header_names.h"
#include "header_text.h"
#include "message.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SEE_HELP "; see countersign header --help"

enum { DONE = 0, FAILED = 1, USAGE = 2 };

struct options {
    const char *file, *output, *prefix;
    bool help;
};

static const char help_text[] =
    "usage: countersign header FILE [-o OUT] [--prefix NAME]\n"
    "\n"
    "Writes the settings of a device file as a C header for a sketch or firmware, device "
    "or\n"
    "client: profile, hash, lengths, the tables of codes, a constant for each command, "
    "and\n"
    "initialisers. No key is in it, and FILE need not name one.\n"
    "\n"
    "  -o, --output OUT   write to OUT instead of standard output\n"
    "      --prefix NAME  what all names begin with (csign_device); for a sketch that\n"
    "                     includes the headers of two devices\n"
    "      --help         show this text\n"
    "\n"
    "exit status: 0 done, 1 not written, 2 wrong usage or device file\n";

static bool parse_options(int argc, char **argv, struct options *options)
{
    enum { PREFIX = 256, HELP };
    static const struct option known[] = {{"output", required_argument, NULL, 'o'},
                                          {"prefix", required_argument, NULL, PREFIX},
                                          {"help", no_argument, NULL, HELP},
                                          {NULL, 0, NULL, 0}};
    int option;

    optind = 0; /* glibc: forget an earlier scan */
    opterr = 0;
    while ((option = getopt_long(argc, argv, "o:", known, NULL)) != -1) {
        if (option == 'o')
            options->output = optarg;
        else if (option == PREFIX)
            options->prefix = optarg;
        else if (option == HELP)
            options->help = true;
        else
            return false;
    }
    options->file = argv[optind];
    return options->help ||
           (argc - optind == 1 && header_prefix_is_good(options->prefix));
}

/* The whole text, so that a file is opened only when there is something for it. */
static char *make_text(const struct device_file *file, const char *prefix, size_t *len)
{
    char *text = NULL;
    FILE *to = open_memstream(&text, len);
    bool is_whole;

    if (to == NULL)
        return NULL;
    header_text(to, file, prefix);
    is_whole = ferror(to) == 0;
    if (fclose(to) == 0 && is_whole)
        return text;
    free(text);
    return NULL;
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat left, right;

    return stat(a, &left) == 0 && stat(b, &right) == 0 && left.st_dev == right.st_dev &&
           left.st_ino == right.st_ino;
}

static int write_text(const struct options *options, const char *text, size_t len)
{
    const char *name = options->output == NULL ? "standard output" : options->output;
    FILE *to = stdout;
    bool is_written;

    if (options->output != NULL)
        to = fopen(options->output, "we");
    is_written = to != NULL && fwrite(text, 1, len, to) == len && fflush(to) == 0;
    if (to != NULL && to != stdout)
        is_written = fclose(to) == 0 && is_written;
    if (is_written)
        return DONE;
    complain("header: cannot write to %s: %s", name, strerror(errno));
    return FAILED;
}

static int make_header(const struct options *options, const struct device_file *file)
{
    char error[1024] = "";
    struct file_error where = {file->path, error, sizeof error};
    size_t len = 0;
    char *text;
    int status;

    if (!header_names_are_unique(&file->commands, &where) ||
        !header_names_are_unique(&file->answers, &where)) {
        complain("%s", error);
        return USAGE;
    }
    text = make_text(file, options->prefix, &len);
    if (text == NULL) {
        complain("header: not enough memory");
        return FAILED;
    }
    status = write_text(options, text, len);
    free(text);
    return status;
}

static int run(const struct options *options)
{
    struct device_file file;
    char error[4096];
    int status = USAGE;

    if (options->output != NULL && is_same_file(options->file, options->output)) {
        complain("header: %s is the device file itself; name another after -o",
                 options->output);
        return USAGE;
    }
    if (device_file_read(&file, options->file, DEVICE_FILE_FOR_HEADER, error,
                         sizeof error))
        status = make_header(options, &file);
    else
        complain("%s", error);
    device_file_free(&file);
    return status;
}

int cmd_header(int argc, char **argv)
{
    struct options options = {.prefix = "csign_device"};

    if (!parse_options(argc, argv, &options)) {
        complain("header: takes one device file, and a prefix is 1 to 32 letters, digits "
                 "and _, the first a letter" SEE_HELP);
        return USAGE;
    }
    if (options.help)
        return fputs(help_text, stdout) < 0 || fflush(stdout) != 0 ? FAILED : DONE;
    return run(&options);
}
