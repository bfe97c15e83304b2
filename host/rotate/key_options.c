/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "key_options.h"

#include "device_values.h"

#include <csign/settings.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define SLOT_MAX       253
#define TIMEOUT_MAX_MS 86400000UL /* a day */

enum { JSON = 256, NO_STATE, TIMEOUT, SLOT, FROM, TO, KEY, RIGHTS, HELP };

static const struct option known[] = {{"json", no_argument, NULL, JSON},
                                      {"no-state", no_argument, NULL, NO_STATE},
                                      {"timeout", required_argument, NULL, TIMEOUT},
                                      {"slot", required_argument, NULL, SLOT},
                                      {"from", required_argument, NULL, FROM},
                                      {"to", required_argument, NULL, TO},
                                      {"key", required_argument, NULL, KEY},
                                      {"rights", required_argument, NULL, RIGHTS},
                                      {"help", no_argument, NULL, HELP},
                                      {NULL, 0, NULL, 0}};

static const struct {
    const char *name;
    const char *misuse;
} verbs[] = {
    [KEY_SET] = {"set", "set takes --slot N, --rights RIGHTS and --key KEYFILE"},
    [KEY_DROP] = {"drop", "drop takes --slot N"},
    [KEY_ROTATE] = {"rotate",
                    "rotate takes --from N and --to N, perhaps --rights RIGHTS"},
};

struct parse {
    struct key_options *options;
    char *error;
    size_t error_size;
};

static bool refuse(const struct parse *p, const char *what)
{
    snprintf(p->error, p->error_size, "%s", what);
    return false;
}

static bool take_slot(const struct parse *p, int *slot, const char *text)
{
    uint32_t number;

    if (!value_number(&number, text) || number > SLOT_MAX)
        return refuse(p, "a slot is a number from 0 to 253");
    *slot = (int)number;
    return true;
}

static bool take_timeout(const struct parse *p, const char *text)
{
    uint32_t ms;

    if (!value_number(&ms, text) || ms < 1 || ms > TIMEOUT_MAX_MS)
        return refuse(p, "--timeout takes 1 to 86400000 milliseconds");
    p->options->timeout_ms = ms;
    return true;
}

static bool take_option(const struct parse *p, int option)
{
    struct key_options *options = p->options;

    switch (option) {
    case JSON:
        options->is_json = true;
        return true;
    case NO_STATE:
        options->has_no_state = true;
        return true;
    case TIMEOUT:
        return take_timeout(p, optarg);
    case SLOT:
        return take_slot(p, &options->slot, optarg);
    case FROM:
        return take_slot(p, &options->from, optarg);
    case TO:
        return take_slot(p, &options->to, optarg);
    case KEY:
        options->key = optarg;
        return true;
    case RIGHTS:
        options->rights = optarg;
        return true;
    case HELP:
        options->help = true;
        return true;
    default:
        return refuse(p, option == ':' ? "an option lacks its value" : "unknown option");
    }
}

static bool take_verb(const struct parse *p, const char *word)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(word, verbs[i].name) == 0) {
            p->options->verb = (enum key_verb)i;
            return true;
        }
    }
    return refuse(p, "after key stands set, drop or rotate");
}

/* Each verb has its own options, and needs all of them but the rights of a rotation. */
static bool check(const struct parse *p)
{
    const struct key_options *o = p->options;
    bool has_slot = o->slot >= 0, has_both = o->from >= 0 && o->to >= 0;
    bool has_either = o->from >= 0 || o->to >= 0;
    bool good;

    if (o->verb == KEY_SET)
        good = has_slot && o->rights != NULL && o->key != NULL && !has_either;
    else if (o->verb == KEY_DROP)
        good = has_slot && o->rights == NULL && o->key == NULL && !has_either;
    else
        good = !has_slot && o->key == NULL && has_both;
    if (!good)
        return refuse(p, verbs[o->verb].misuse);
    return o->verb != KEY_ROTATE || o->from != o->to ||
           refuse(p, "--from and --to are two slots: the new key goes into an empty one");
}

bool key_options_parse(struct key_options *options, int argc, char **argv, char *error,
                       size_t error_size)
{
    struct parse p = {options, error, error_size};
    int option;

    memset(options, 0, sizeof *options);
    options->timeout_ms = CSIGN_REPLY_MS;
    options->slot = options->from = options->to = -1;
    optind = 0; /* glibc: forget an earlier scan */
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":", known, NULL)) != -1) {
        if (!take_option(&p, option))
            return false;
    }
    if (options->help)
        return true;
    if (optind == argc)
        return refuse(&p, "after key stands set, drop or rotate");
    if (!take_verb(&p, argv[optind]))
        return false;
    if (argc - optind != 2)
        return refuse(&p, "takes one device file");
    options->file = argv[optind + 1];
    return check(&p);
}
