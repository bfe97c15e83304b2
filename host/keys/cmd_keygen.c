/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "cmd_keygen.h"

#include "fingerprint.h"
#include "keygen.h"
#include "message.h"

#include <csign/bytes.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SEE_HELP "; see countersign keygen --help"

enum { DONE = 0, FAILED = 1, USAGE = 2 };

struct options {
    const char *output, *id; /* NULL: not given */
    bool passphrase, help;
};

static const char help_text[] =
    "usage: countersign keygen [-o FILE] [--passphrase --id ID]\n"
    "\n"
    "Makes a key of 32 bytes, as one line of text that begins with csk1, and tells its\n"
    "fingerprint.\n"
    "\n"
    "  -o, --output FILE  write the key to FILE (mode 600, never overwritten) and the\n"
    "                     fingerprint to standard output; otherwise the key goes to\n"
    "                     standard output and the fingerprint to standard error\n"
    "      --passphrase   make the key from a passphrase by scrypt, not at random; asks\n"
    "                     for it twice on a terminal, else reads one line of standard\n"
    "                     input\n"
    "      --id ID        the id of the device that the key is for, 1 to 64 bytes: the\n"
    "                     same passphrase and id give the same key\n"
    "      --help         show this text\n"
    "\n"
    "exit status: 0 done, 1 no key made or written, 2 wrong usage or passphrase\n";

/* Never repeats the argument: in --passphrase=VALUE it would be the passphrase. Always
 * false, so that a caller can return it. */
static bool refuse_option(int answer)
{
    complain("keygen: %s" SEE_HELP,
             answer == ':' ? "an option lacks its value"
                           : "unknown option, or a value to one that takes none");
    return false;
}

static bool parse_options(int argc, char **argv, struct options *options)
{
    enum { PASSPHRASE = 256, ID, HELP };
    static const struct option known[] = {{"output", required_argument, NULL, 'o'},
                                          {"passphrase", no_argument, NULL, PASSPHRASE},
                                          {"id", required_argument, NULL, ID},
                                          {"help", no_argument, NULL, HELP},
                                          {NULL, 0, NULL, 0}};
    int option;

    optind = 0; /* glibc: forget an earlier scan */
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":o:", known, NULL)) != -1) {
        if (option == 'o')
            options->output = optarg;
        else if (option == PASSPHRASE)
            options->passphrase = true;
        else if (option == ID)
            options->id = optarg;
        else if (option == HELP)
            options->help = true;
        else
            return refuse_option(option);
    }
    return true;
}

/* What is wrong with the options together; NULL: nothing. */
static const char *find_misuse(const struct options *options, int surplus)
{
    /* It is not repeated in the message: it might be a passphrase. */
    if (surplus > 0)
        return "takes options only, and a passphrase never on the command line";
    if (options->passphrase && options->id == NULL)
        return "--passphrase needs --id ID";
    if (!options->passphrase && options->id != NULL)
        return "--id goes with --passphrase only";
    if (options->id != NULL &&
        (*options->id == '\0' || strlen(options->id) > KEYGEN_ID_MAX))
        return "the id has 1 to 64 bytes";
    if (options->output != NULL && options->output[0] == '\0')
        return "-o needs the name of a file";
    return NULL;
}

static int key_from_passphrase(const char *id, uint8_t key[KEY_TEXT_KEY])
{
    char passphrase[KEYGEN_PASSPHRASE_MAX + 1];
    char error[128];
    int status = DONE;

    if (!keygen_read_passphrase(passphrase, error, sizeof error)) {
        complain("keygen: %s", error);
        status = USAGE;
    } else if (!keygen_scrypt(key, passphrase, id, &keygen_cost)) {
        complain("keygen: scrypt failed; it needs 64 MiB of memory");
        status = FAILED;
    }
    csign_wipe(passphrase, sizeof passphrase);
    return status;
}

static int make_key(const struct options *options, uint8_t key[KEY_TEXT_KEY])
{
    if (options->passphrase)
        return key_from_passphrase(options->id, key);
    if (keygen_random(key))
        return DONE;
    complain("keygen: no random bytes from the system: %s", strerror(errno));
    return FAILED;
}

static int put_key(const struct options *options, const uint8_t key[KEY_TEXT_KEY])
{
    char error[4096];

    if (options->output == NULL) {
        if (keygen_print(STDOUT_FILENO, key))
            return DONE;
        complain("keygen: cannot write to standard output: %s", strerror(errno));
        return FAILED;
    }
    if (keygen_write_file(options->output, key, error, sizeof error))
        return DONE;
    complain("keygen: %s", error);
    return FAILED;
}

static int put_fingerprint(const struct options *options, const uint8_t key[KEY_TEXT_KEY])
{
    char text[FINGERPRINT_LEN + 1];
    FILE *stream = options->output == NULL ? stderr : stdout;

    fingerprint(key, KEY_TEXT_KEY, text);
    if (fprintf(stream, "fingerprint %s\n", text) >= 0 && fflush(stream) == 0)
        return DONE;
    complain("keygen: cannot write the fingerprint: %s", strerror(errno));
    return FAILED;
}

static int run(const struct options *options)
{
    uint8_t key[KEY_TEXT_KEY];
    int status = make_key(options, key);

    if (status == DONE)
        status = put_key(options, key);
    if (status == DONE)
        status = put_fingerprint(options, key);
    csign_wipe(key, sizeof key);
    return status;
}

int cmd_keygen(int argc, char **argv)
{
    struct options options = {0};
    const char *misuse;

    if (!parse_options(argc, argv, &options))
        return USAGE;
    if (options.help)
        return fputs(help_text, stdout) < 0 || fflush(stdout) != 0 ? FAILED : DONE;
    misuse = find_misuse(&options, argc - optind);
    if (misuse != NULL) {
        complain("keygen: %s" SEE_HELP, misuse);
        return USAGE;
    }
    return run(&options);
}
