/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "key_files.h"

#include "device_values.h"
#include "keygen.h"
#include "message.h"

#include <csign/bytes.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool refuse(const char *path, const char *what, char *error, size_t error_size)
{
    snprintf(error, error_size, "%s: %s", path, what);
    return false;
}

/* Whether the two are one file: PATH.old is linked to PATH just before the switch. */
static bool is_same(const char *a, const char *b)
{
    struct stat left, right;

    return stat(a, &left) == 0 && stat(b, &right) == 0 && left.st_dev == right.st_dev &&
           left.st_ino == right.st_ino;
}

/* The directory's own change, that is a name in it, is on the disk after this. */
static void sync_directory(const char *path)
{
    char directory[PATH_MAX];
    char *slash;
    int fd;

    snprintf(directory, sizeof directory, "%s", path);
    slash = strrchr(directory, '/');
    if (slash == NULL)
        return;
    slash[slash == directory ? 1 : 0] = '\0';
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

static bool find_path(struct key_files *files, const struct device_file *file,
                      char *error, size_t error_size)
{
    char *path;
    bool is_found;

    if (file->key == NULL || strncmp(file->key, "file:", 5) != 0)
        return refuse(file->path,
                      "key is no file:PATH, so that no new key can take its place; put "
                      "the key into a file",
                      error, error_size);
    path = value_path(file->directory, file->key + 5);
    /* A symbolic link stays one: what it points to is what gets replaced. */
    is_found = path != NULL && realpath(path, files->path) != NULL;
    free(path);
    return is_found || refuse(file->key + 5, strerror(errno), error, error_size);
}

bool key_files_find(struct key_files *files, const struct device_file *file, char *error,
                    size_t error_size)
{
    bool has_new, has_old;

    if (!find_path(files, file, error, error_size))
        return false;
    snprintf(files->new_path, sizeof files->new_path, "%s.new", files->path);
    snprintf(files->old_path, sizeof files->old_path, "%s.old", files->path);
    has_new = access(files->new_path, F_OK) == 0;
    has_old =
        access(files->old_path, F_OK) == 0 && !is_same(files->path, files->old_path);
    files->stage = has_old   ? KEY_FILES_SWITCHED
                   : has_new ? KEY_FILES_MADE
                             : KEY_FILES_FRESH;
    if (has_old && has_new)
        return refuse(files->old_path,
                      "both it and a .new are there, which no rotation leaves; move one "
                      "of them away",
                      error, error_size);
    return true;
}

bool key_files_make(struct key_files *files, char *error, size_t error_size)
{
    uint8_t key[KEY_TEXT_KEY];
    bool is_made;

    if (!keygen_random(key))
        return refuse("no random bytes from the system", strerror(errno), error,
                      error_size);
    is_made = keygen_write_file(files->new_path, key, error, error_size);
    csign_wipe(key, sizeof key);
    if (!is_made)
        return false;
    sync_directory(files->path);
    files->stage = KEY_FILES_MADE;
    return true;
}

void key_files_unmake(struct key_files *files)
{
    if (unlink(files->new_path) != 0)
        complain("key: cannot remove %s: %s; remove it", files->new_path,
                 strerror(errno));
    files->stage = KEY_FILES_FRESH;
}

bool key_files_switch(struct key_files *files, char *error, size_t error_size)
{
    bool is_kept = link(files->path, files->old_path) == 0 ||
                   (errno == EEXIST && is_same(files->path, files->old_path));

    if (!is_kept)
        return refuse(files->old_path, strerror(errno), error, error_size);
    sync_directory(files->path);
    if (rename(files->new_path, files->path) != 0)
        return refuse(files->path, strerror(errno), error, error_size);
    sync_directory(files->path);
    files->stage = KEY_FILES_SWITCHED;
    return true;
}

void key_files_finish(struct key_files *files)
{
    if (unlink(files->old_path) != 0)
        complain("key: cannot remove %s: %s; remove it, the key in it is of no more use",
                 files->old_path, strerror(errno));
    sync_directory(files->path);
    files->stage = KEY_FILES_FRESH;
}
