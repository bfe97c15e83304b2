/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "device_layout.h"

#include "ini_lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEVICE, COMMANDS, ANSWERS, KEYS, RUN, SECTIONS };

static const char *const sections[SECTIONS] = {"device", "commands", "answers", "keys",
                                               "run"};

static bool take_entry(void *user, unsigned section, const char *name, const char *value,
                       unsigned line)
{
    struct device_layout *layout = user;

    (void)value;
    if (section == DEVICE) {
        layout->has_key = layout->has_key || strcmp(name, "key") == 0;
        layout->behind = line;
    }
    return true;
}

bool device_layout_read(struct device_layout *layout, const char *path, char *error,
                        size_t error_size)
{
    struct file_error report = {path, error, error_size};
    struct ini_lines lines = {.sections = sections,
                              .section_count = SECTIONS,
                              .entry = take_entry,
                              .user = layout,
                              .error = &report};
    FILE *stream = fopen(path, "re");
    bool is_good;

    memset(layout, 0, sizeof *layout);
    error[0] = '\0';
    if (stream == NULL)
        return file_error_set(&report, 0, "%s; give a file that can be read",
                              strerror(errno));
    is_good = ini_lines_read(&lines, stream);
    fclose(stream);
    layout->has_keys_section = lines.headings[KEYS] != 0;
    if (is_good && lines.headings[DEVICE] == 0)
        is_good =
            file_error_set(&report, 1, "there is no [device]; write it with an address");
    if (layout->behind == 0)
        layout->behind = lines.headings[DEVICE];
    return is_good;
}

static bool fail(const char *path, char *error, size_t error_size)
{
    snprintf(error, error_size, "%s: %s", path, strerror(errno));
    return false;
}

/* Line by line, and behind the line `behind` one more that ends as that one does. */
static bool write_copy(FILE *from, FILE *to, unsigned behind, const char *name,
                       const char *value)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t len;

    for (unsigned number = 1; (len = getline(&line, &room, from)) > 0; number++) {
        bool ends = line[len - 1] == '\n';
        bool has_return = len > 1 && line[len - 2] == '\r';

        (void)fwrite(line, 1, (size_t)len, to); /* ferror() tells below */
        if (number == behind)
            fprintf(to, "%s%s = %s%s", ends ? "" : "\n", name, value,
                    has_return ? "\r\n" : "\n");
    }
    if (line != NULL)
        explicit_bzero(line, room); /* keys may stand in a device file */
    free(line);
    return ferror(from) == 0 && fflush(to) == 0 && ferror(to) == 0;
}

static bool fill_copy(const struct device_copy *copy, int fd, unsigned behind,
                      const char *name, const char *value)
{
    FILE *from = fopen(copy->path, "re");
    FILE *to = fdopen(fd, "w");
    struct stat status;
    bool is_good = from != NULL && to != NULL && fstat(fileno(from), &status) == 0 &&
                   fchmod(fd, status.st_mode & 07777) == 0 &&
                   write_copy(from, to, behind, name, value) && fsync(fd) == 0;
    int why = errno;

    /* Root's copy of somebody's file stays theirs. */
    if (is_good && geteuid() == 0)
        is_good = fchown(fd, status.st_uid, status.st_gid) == 0;
    if (from != NULL)
        fclose(from);
    if (to != NULL)
        is_good = fclose(to) == 0 && is_good;
    else
        close(fd);
    errno = why;
    return is_good;
}

bool device_copy_make(struct device_copy *copy, const char *path,
                      const struct device_layout *layout, const char *name,
                      const char *value, char *error, size_t error_size)
{
    int len, fd;

    copy->copy[0] = '\0';
    if (realpath(path, copy->path) == NULL)
        return fail(path, error, error_size);
    len = snprintf(copy->copy, sizeof copy->copy, "%s.XXXXXX", copy->path);
    if (len < 0 || (size_t)len >= sizeof copy->copy) {
        copy->copy[0] = '\0';
        errno = ENAMETOOLONG;
        return fail(path, error, error_size);
    }
    fd = mkstemp(copy->copy);
    if (fd < 0) {
        copy->copy[0] = '\0';
        return fail(path, error, error_size);
    }
    if (fill_copy(copy, fd, layout->behind, name, value))
        return true;
    fail(path, error, error_size);
    device_copy_drop(copy);
    return false;
}

bool device_copy_install(struct device_copy *copy, char *error, size_t error_size)
{
    if (copy->copy[0] == '\0')
        return true;
    if (rename(copy->copy, copy->path) != 0) {
        fail(copy->path, error, error_size);
        device_copy_drop(copy);
        return false;
    }
    copy->copy[0] = '\0';
    return true;
}

void device_copy_drop(struct device_copy *copy)
{
    if (copy->copy[0] != '\0')
        unlink(copy->copy);
    copy->copy[0] = '\0';
}
