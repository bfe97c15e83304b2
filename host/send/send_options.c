/* SPDX-License-Identifier: MIT */
#include "send_options.h"

#include "Countersign.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MAX_MS 86400000UL /* a day */

struct parse {
    struct send_options *options;
    char **next;  /* what is left; ends with NULL */
    bool is_over; /* a "--" was there: no more options */
    bool is_open; /* a command may still get its argument */
    bool needs_command;
    char *error;
    size_t error_size;
};

static bool refuse(const struct parse *p, const char *what)
{
    snprintf(p->error, p->error_size, "%s", what);
    return false;
}

static bool take_timeout(struct parse *p, const char *text)
{
    unsigned long ms;
    char *end;

    if (text == NULL)
        return refuse(p, "--timeout needs a number of milliseconds");
    errno = 0;
    ms = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || ms < 1 ||
        ms > TIMEOUT_MAX_MS)
        return refuse(p, "--timeout takes 1 to 86400000 milliseconds");
    p->options->timeout_ms = (uint32_t)ms;
    return true;
}

static bool take_option(struct parse *p, const char *word)
{
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        p->options->help = true;
    else if (strcmp(word, "--json") == 0)
        p->options->is_json = true;
    else if (strcmp(word, "--no-state") == 0)
        p->options->has_no_state = true;
    else if (strncmp(word, "--timeout=", 10) == 0)
        return take_timeout(p, word + 10);
    else if (strcmp(word, "--timeout") == 0)
        return take_timeout(p, *p->next == NULL ? NULL : *p->next++);
    else
        return refuse(p, "unknown option; put -- before an argument that begins so");
    return true;
}

static bool take_word(struct parse *p, const char *word)
{
    struct send_options *options = p->options;

    if (options->file == NULL) {
        options->file = word;
        p->needs_command = true;
    } else if (p->needs_command && strcmp(word, "+") != 0) {
        options->words[options->count++].command = word;
        p->needs_command = false;
        p->is_open = true;
    } else if (strcmp(word, "+") == 0) {
        if (p->needs_command)
            return refuse(p, "a + stands between two commands");
        p->needs_command = true;
        p->is_open = false;
    } else if (p->is_open) {
        options->words[options->count - 1].argument = word;
        p->is_open = false;
    } else {
        return refuse(p, "a command takes one argument; quote it, or put a + before the "
                         "next command");
    }
    return true;
}

static bool is_option(const struct parse *p, const char *word)
{
    if (p->is_over)
        return false;
    /* Only before FILE can nothing else be meant by a single dash. */
    return strncmp(word, "--", 2) == 0 || strcmp(word, "-h") == 0 ||
           (p->options->file == NULL && word[0] == '-');
}

static bool take_all(struct parse *p)
{
    while (*p->next != NULL && !p->options->help) {
        const char *word = *p->next++;

        if (!p->is_over && strcmp(word, "--") == 0)
            p->is_over = true;
        else if (!(is_option(p, word) ? take_option(p, word) : take_word(p, word)))
            return false;
    }
    return true;
}

bool send_options_parse(struct send_options *options, int argc, char **argv, char *error,
                        size_t error_size)
{
    struct parse p = {options, argv + 1, false, false, false, error, error_size};

    memset(options, 0, sizeof *options);
    options->timeout_ms = CSIGN_REPLY_MS;
    options->words = calloc((size_t)argc + 1, sizeof *options->words);
    if (options->words == NULL)
        return refuse(&p, "out of memory");
    if (!take_all(&p))
        return false;
    if (options->help)
        return true;
    if (options->file == NULL)
        return refuse(&p, "needs a device file and a command");
    if (options->count == 0)
        return refuse(&p, "needs a command after the device file");
    if (p.needs_command)
        return refuse(&p, "a + stands between two commands");
    return true;
}

void send_options_free(struct send_options *options)
{
    free(options->words);
    options->words = NULL;
}
