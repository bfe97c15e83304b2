/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "state_file.h"

#include "moment.h"
#include "state.h"
#include "state_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_STEP_MS 20

static const char *home(void)
{
    const char *home = getenv("HOME");
    const struct passwd *user;

    if (home != NULL && home[0] == '/')
        return home;
    user = getpwuid(geteuid());
    return user != NULL && user->pw_dir[0] == '/' ? user->pw_dir : NULL;
}

bool state_directory_path(char *path, size_t size, char *error, size_t error_size)
{
    const char *state_home = getenv("XDG_STATE_HOME");
    const char *start = home();
    int len;

    /* The base directory specification ignores a relative path. */
    if (state_home != NULL && state_home[0] == '/') {
        len = snprintf(path, size, "%s/countersign", state_home);
    } else if (start != NULL) {
        len = snprintf(path, size, "%s/.local/state/countersign", start);
    } else {
        snprintf(error, error_size,
                 "no place for the state file; set XDG_STATE_HOME to a directory, or "
                 "send with --no-state");
        return false;
    }
    if (len > 0 && (size_t)len < size)
        return true;
    snprintf(
        error, error_size,
        "the path of the state file is too long; set XDG_STATE_HOME to a shorter one, "
        "or send with --no-state");
    return false;
}

/* A directory's new entry is on the disk only once the directory is. */
static bool sync_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good;

    if (fd < 0)
        return false;
    good = fsync(fd) == 0;
    close(fd);
    return good;
}

static bool make_one(char *path)
{
    char *slash = strrchr(path, '/');
    bool good;

    if (mkdir(path, 0700) != 0)
        return errno == EEXIST;
    if (slash == path)
        return sync_directory("/");
    *slash = '\0';
    good = sync_directory(path);
    *slash = '/';
    return good;
}

static bool make_directories(char *path)
{
    for (char *at = path + 1; *at != '\0'; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        bool good = make_one(path);
        *at = '/';
        if (!good)
            return false;
    }
    return make_one(path);
}

int state_directory_open(char *path, bool may_make)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT && may_make && make_directories(path))
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (fstat(fd, &status) == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return fd;
    close(fd);
    errno = EPERM;
    return -1;
}

static bool write_empty(int fd)
{
    uint8_t bytes[CHALLENGE_RING_AT] = {0};
    struct state_record record;

    memset(&record, 0, sizeof record);
    record.sequence = 1;
    memcpy(bytes, STATE_FILE_TITLE, sizeof STATE_FILE_TITLE - 1);
    state_record_encode(&record, bytes + STATE_RECORD_A);
    return state_write(fd, bytes, sizeof bytes, 0) && fsync(fd) == 0;
}

/* The name leads to a whole file or to none, whenever power is cut and whoever makes it
 * at the same time. */
static bool make_file(int directory, const char *name)
{
    char other[64];
    bool good;
    int fd, failure;

    snprintf(other, sizeof other, ".%s.%ld", name, (long)getpid());
    unlinkat(directory, other, 0);
    fd = openat(directory, other, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    good = write_empty(fd) &&
           (linkat(directory, other, directory, name, 0) == 0 || errno == EEXIST);
    failure = errno;
    close(fd);
    unlinkat(directory, other, 0);
    errno = failure;
    return good && fsync(directory) == 0;
}

int state_file_open(int directory, const char *name, bool may_make)
{
    const int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    int fd = openat(directory, name, O_RDWR | flags);

    if (fd < 0 && errno == ENOENT && may_make && make_file(directory, name))
        fd = openat(directory, name, O_RDWR | flags);
    if (fd < 0 && !may_make && errno != ENOENT)
        fd = openat(directory, name, O_RDONLY | flags);
    return fd;
}

bool state_file_lock(int fd, uint32_t patience_ms)
{
    static const struct timespec step = {0, LOCK_STEP_MS * 1000000L};
    uint64_t began = moment_ms();

    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return false;
        if (moment_ms() - began >= patience_ms) {
            errno = EWOULDBLOCK;
            return false;
        }
        nanosleep(&step, NULL);
    }
    return true;
}

bool state_file_is_named(int fd, int directory, const char *name)
{
    struct stat opened, named;

    return fstat(fd, &opened) == 0 &&
           fstatat(directory, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}
