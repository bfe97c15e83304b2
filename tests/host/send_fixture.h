/* SPDX-License-Identifier: MIT */
/* send_fixture.h: `countersign send` run against a false device. */
#ifndef SEND_FIXTURE_H
#define SEND_FIXTURE_H

#include "false_device.h"

#include <jansson.h>
#include <stdlib.h>

/* A device, the file that describes it, a state directory, and the program run last. */
struct scene {
    struct false_device device;
    char file[512];
    char address[64];
    char state_home[512];
    struct process program;
    bool is_started;
    const char *out, *err; /* what it wrote */
};

/* Writes the device file anew, with these further lines in [device]. */
static inline void scene_write_file(struct scene *s, const char *address,
                                    const char *more)
{
    bool is_sealed = s->device.device.profile->is_sealed;
    char text[2048];

    snprintf(text, sizeof text,
             "[device]\nid = lamp-1\naddress = %s\nprofile = %s\n"
             "key = hex:" FALSE_DEVICE_KEY_HEX "\n%s"
             "[commands]\non = 01\noff = 02\necho = 03\nhot = 04\nodd = 05\n%s",
             address, is_sealed ? "sealed" : "classic", more,
             s->device.device.answers.count == 0
                 ? ""
                 : "[answers]\ndone = a0\nfailed = a1\nodd = a2\n");
    snprintf(s->file, sizeof s->file, "%s", test_file("lamp.ini", text, 0600));
}

static inline void scene_name_state(struct scene *s)
{
    static unsigned scenes;
    char name[32];

    snprintf(name, sizeof name, "state-%u", ++scenes);
    snprintf(s->state_home, sizeof s->state_home, "%s", test_path(name));
}

static inline const char *scene_address(struct scene *s)
{
    snprintf(s->address, sizeof s->address, "tcp://127.0.0.1:%d", s->device.port);
    return s->address;
}

/* Needs scene_end(). */
static inline void scene_begin(struct scene *s, bool is_sealed, const char *more)
{
    memset(s, 0, sizeof *s);
    s->out = s->err = "";
    false_device_start(&s->device, is_sealed);
    scene_write_file(s, scene_address(s), more);
    scene_name_state(s);
}

static inline void scene_end_program(struct scene *s)
{
    if (s->is_started)
        process_end(&s->program);
    s->is_started = false;
}

static inline void scene_end(struct scene *s)
{
    scene_end_program(s);
    false_device_stop(&s->device);
}

/* Starts `countersign send` with up to 24 words; the word "FILE" becomes the device
 * file. */
static inline void scene_start(struct scene *s, struct process *p,
                               const char *const *words)
{
    static char state[600];
    const char *argv[32] = {COUNTERSIGN_PROGRAM, "send"};
    const char *environment[] = {state, NULL};
    struct process_options options = {.environment = environment};

    for (size_t i = 0; words[i] != NULL; i++)
        argv[i + 2] = strcmp(words[i], "FILE") == 0 ? s->file : words[i];
    snprintf(state, sizeof state, "XDG_STATE_HOME=%s", s->state_home);
    process_start(p, argv, &options);
}

/* Runs it to its end; input is its standard input. */
static inline int scene_send_with(struct scene *s, const char *input,
                                  const char *const *words)
{
    int status;

    scene_end_program(s);
    scene_start(s, &s->program, words);
    s->is_started = true;
    process_write(&s->program, input, strlen(input));
    process_close_in(&s->program);
    status = process_wait(&s->program);
    s->out = process_rest(&s->program);
    s->err = process_error_rest(&s->program);
    return status;
}

#define WORDS(...)        ((const char *const[]){__VA_ARGS__, NULL})
#define SEND(s, ...)      scene_send_with((s), "", WORDS(__VA_ARGS__))
#define SEND_JSON(s, ...) scene_send_with((s), "", WORDS("--json", "FILE", __VA_ARGS__))

/* The object in this line of what was printed, from 0; the caller's to json_decref(). */
static inline json_t *scene_json(const struct scene *s, unsigned number)
{
    const char *at = s->out;
    json_error_t error;
    json_t *object;

    for (unsigned i = 0; i < number && at != NULL; i++) {
        at = strchr(at, '\n');
        at = at == NULL ? NULL : at + 1;
    }
    object = at == NULL ? NULL : json_loads(at, JSON_DISABLE_EOF_CHECK, &error);
    if (object == NULL)
        fail_msg("no JSON object in line %u of what was printed", number);
    return object;
}

static inline unsigned scene_lines(const struct scene *s)
{
    unsigned lines = 0;

    for (const char *at = s->out; *at != '\0'; at++)
        lines += *at == '\n';
    return lines;
}

/* Whether line is {"command":..,"outcome":..,"status":..,"answer":..,"data":..,"ms":..},
 * its "ms" any number; status -1 and answer NULL are null. */
static inline bool scene_told(const struct scene *s, unsigned line, const char *command,
                              const char *outcome, int status, const char *answer,
                              const char *data)
{
    json_t *object = scene_json(s, line);
    json_t *number = json_object_get(object, "status");
    json_t *name = json_object_get(object, "answer");
    bool good =
        json_object_size(object) == 6 && json_is_integer(json_object_get(object, "ms")) &&
        strcmp(json_string_value(json_object_get(object, "command")), command) == 0 &&
        strcmp(json_string_value(json_object_get(object, "outcome")), outcome) == 0 &&
        strcmp(json_string_value(json_object_get(object, "data")), data) == 0 &&
        (status < 0 ? json_is_null(number) : json_integer_value(number) == status) &&
        (answer == NULL
             ? json_is_null(name)
             : json_is_string(name) && strcmp(json_string_value(name), answer) == 0);

    if (!good)
        printf("# not as expected: %s# standard error: %s\n", s->out, s->err);
    json_decref(object);
    return good;
}

static inline bool has(const char *text, const char *part)
{
    bool good = strstr(text, part) != NULL;

    if (!good)
        printf("# '%s' is not in: %s\n", part, text);
    return good;
}

#endif
