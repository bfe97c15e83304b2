/* SPDX-License-Identifier: MIT */
/* send_state_fixture.h: what `countersign send` has left in its state file. */
#ifndef SEND_STATE_FIXTURE_H
#define SEND_STATE_FIXTURE_H

#include "send_fixture.h"

#include <dirent.h>
#include <fcntl.h>

/* The path of the scene's only state file. */
static inline const char *state_file(const struct scene *s)
{
    static char path[1024];
    char directory[600];
    struct dirent *entry;
    DIR *dir;

    snprintf(directory, sizeof directory, "%s/countersign", s->state_home);
    dir = opendir(directory);
    assert_non_null(dir);
    path[0] = '\0';
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        assert_true(path[0] == '\0');
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
    }
    closedir(dir);
    assert_true(path[0] != '\0');
    return path;
}

/* All of it, into bytes. */
static inline size_t read_state(const struct scene *s, uint8_t *bytes, size_t size)
{
    int fd = open(state_file(s), O_RDONLY);
    ssize_t len = read(fd, bytes, size);

    assert_true(len > 0);
    close(fd);
    return (size_t)len;
}

static inline void write_state(const struct scene *s, const void *bytes, size_t len,
                               off_t offset)
{
    int fd = open(state_file(s), O_WRONLY);

    assert_int_equal(pwrite(fd, bytes, len, offset), len);
    close(fd);
}

static inline void play(struct scene *s, enum trick trick, unsigned message)
{
    s->device.trick = trick;
    s->device.message = message;
}

/* Whether `last` says so, to people and as JSON, with this exit status, and leaves the
 * state as it was. */
static inline bool last_says(struct scene *s, int status, const char *text,
                             const char *word)
{
    static uint8_t before[8192], after[8192];
    size_t len = read_state(s, before, sizeof before);
    char line[64];
    json_t *object;
    bool good;

    snprintf(line, sizeof line, "%s\n", text);
    good = SEND(s, "FILE", "last") == status && strcmp(s->out, line) == 0;
    if (!good)
        printf("# last: %s# %s", s->out, s->err);
    good = good && SEND_JSON(s, "last") == status;
    object = scene_json(s, 0);
    good = good && json_object_size(object) == 7 &&
           strcmp(json_string_value(json_object_get(object, "last")), word) == 0;
    json_decref(object);
    return good && read_state(s, after, sizeof after) == len &&
           memcmp(before, after, len) == 0;
}

#endif
