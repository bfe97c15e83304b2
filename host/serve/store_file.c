/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "store_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define EMPTY 0xff /* as an erased EEPROM */

/* Where an error goes. */
struct report {
    const char *path;
    char *error;
    size_t size;
};

/* Always false, so that a caller can return it. */
static bool refuse(const struct report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(const struct report *report, const char *format, ...)
{
    int used = snprintf(report->error, report->size, "store %s: ", report->path);
    va_list arguments;

    if (used < 0 || (size_t)used >= report->size)
        return false;
    va_start(arguments, format);
    vsnprintf(report->error + used, report->size - (size_t)used, format, arguments);
    va_end(arguments);
    return false;
}

/* -- the memory of a store -- */

static uint8_t read_byte(void *context, uint16_t address)
{
    const struct store_file *file = context;

    return file->bytes[address];
}

static bool put_byte(const struct store_file *file, uint16_t address, uint8_t byte)
{
    uint8_t found = (uint8_t)~byte;

    errno = EIO;
    return pwrite(file->fd, &byte, 1, address) == 1 &&
           (file->is_lazy || fdatasync(file->fd) == 0) &&
           pread(file->fd, &found, 1, address) == 1 && found == byte;
}

/* What is not on the disk must not read as if it were: after a failed fdatasync() the
 * system's own copy of the file holds the byte all the same, so it is taken back there.
 */
static void write_byte(void *context, uint16_t address, uint8_t byte)
{
    struct store_file *file = context;

    if (put_byte(file, address, byte)) {
        file->bytes[address] = byte;
        return;
    }
    if (file->failure == 0)
        file->failure = errno;
    if (pwrite(file->fd, &file->bytes[address], 1, address) != 1)
        return; /* then it is as it was, or there is no saying */
}

/* -- the file -- */

static bool is_the_file_at(const struct store_file *file, const char *path)
{
    struct stat ours, there;

    return fstat(file->fd, &ours) == 0 && stat(path, &there) == 0 &&
           ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

/* A directory's new entry is on the disk only once the directory is. */
static bool sync_directory(const char *path)
{
    char *copy = strdup(path);
    char *slash = copy == NULL ? NULL : strrchr(copy, '/');
    int fd;
    bool is_good;

    if (copy == NULL)
        return false;
    if (slash != NULL)
        slash[slash == copy ? 1 : 0] = '\0';
    fd = open(slash == NULL ? "." : copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);
    if (fd < 0)
        return false;
    is_good = fsync(fd) == 0;
    close(fd);
    return is_good;
}

static bool open_or_make(struct store_file *file, const struct report *report)
{
    /* Without O_NONBLOCK opening some devices would wait. */
    const int flags = O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

    file->fd = open(report->path, flags);
    if (file->fd < 0 && errno == ENOENT) {
        file->fd = open(report->path, flags | O_CREAT | O_EXCL, 0600);
        if (file->fd >= 0 && !sync_directory(report->path))
            return refuse(report, "%s; put it where files can be kept", strerror(errno));
    }
    return file->fd >= 0 ||
           refuse(report,
                  "%s; name a file that can be read and written, in a directory "
                  "that is there",
                  strerror(errno));
}

/* The rule for key files (secret.h). */
static bool is_private(const struct stat *status, const struct report *report)
{
    if (!S_ISREG(status->st_mode))
        return refuse(report, "not a regular file; name another");
    if (status->st_uid != geteuid() && status->st_uid != 0)
        return refuse(report, "belongs to another user; chown %ju %s",
                      (uintmax_t)geteuid(), report->path);
    if ((status->st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return refuse(report, "others have access to it; chmod 600 %s", report->path);
    return true;
}

/* The lock goes with the open file: the programs of [run] don't inherit that. */
static bool lock(const struct store_file *file, const struct report *report)
{
    if (flock(file->fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK
                   ? refuse(report,
                            "another countersign serve uses it; end that, or give "
                            "each device a store of its own")
                   : refuse(report, "cannot be locked: %s; put it on a local disk",
                            strerror(errno));
    return is_the_file_at(file, report->path) ||
           refuse(report, "someone replaced it just now; start again");
}

static bool allocate(struct store_file *file, const struct report *report)
{
    file->bytes = malloc(file->len);
    return file->bytes != NULL || refuse(report, "%s; free some", strerror(ENOMEM));
}

static bool make_content(struct store_file *file, const struct report *report)
{
    ssize_t written;

    file->len = csign_store_bytes(&file->memory);
    if (!allocate(file, report))
        return false;
    memset(file->bytes, EMPTY, file->len);
    errno = ENOSPC;
    written = pwrite(file->fd, file->bytes, file->len, 0);
    if (written == (ssize_t)file->len && fsync(file->fd) == 0)
        return true;
    refuse(report, "%s; make room for it", strerror(errno));
    store_file_empty(file);
    return false;
}

static bool read_content(struct store_file *file, size_t len, const struct report *report)
{
    size_t fixed = CSIGN_STORE_BYTES(0, CSIGN_STORE_COUNTERS);
    size_t slot = CSIGN_STORE_BYTES(1, CSIGN_STORE_COUNTERS) - fixed;
    size_t slots = len < fixed ? 0 : (len - fixed) / slot;

    if (slots < 1 || slots > CSIGN_STORE_KEY_SLOTS_MAX || len != fixed + slots * slot)
        return refuse(report,
                      "its %zu bytes are no whole store; restore it, or remove it "
                      "to begin with [keys] again",
                      len);
    file->memory.key_slots = (uint8_t)slots;
    file->len = len;
    if (!allocate(file, report))
        return false;
    errno = EIO;
    return pread(file->fd, file->bytes, len, 0) == (ssize_t)len ||
           refuse(report, "%s; restore it", strerror(errno));
}

static bool take_file(struct store_file *file, const struct report *report)
{
    struct stat status;

    if (fstat(file->fd, &status) != 0)
        return refuse(report, "%s; name another", strerror(errno));
    if (!is_private(&status, report) || !lock(file, report))
        return false;
    /* Who had it before may have filled it since. */
    if (fstat(file->fd, &status) != 0)
        return refuse(report, "%s; name another", strerror(errno));
    return status.st_size == 0 ? make_content(file, report)
                               : read_content(file, (size_t)status.st_size, report);
}

bool store_file_open(struct store_file *file, const char *path, uint8_t key_slots,
                     char *error, size_t error_size)
{
    struct report report = {path, error, error_size};

    memset(file, 0, sizeof *file);
    file->fd = -1;
    file->memory = (csign_store_memory){.read = read_byte,
                                        .write = write_byte,
                                        .context = file,
                                        .key_slots = key_slots,
                                        .counters = CSIGN_STORE_COUNTERS};
    file->path = strdup(path);
    if (file->path == NULL)
        return refuse(&report, "%s; free some", strerror(ENOMEM));
    return open_or_make(file, &report) && take_file(file, &report);
}

bool store_file_sync(struct store_file *file)
{
    return fdatasync(file->fd) == 0;
}

bool store_file_is_intact(const struct store_file *file)
{
    uint8_t bytes[CSIGN_STORE_BYTES(CSIGN_STORE_KEY_SLOTS_MAX, CSIGN_STORE_COUNTERS) + 1];
    bool is_same = is_the_file_at(file, file->path) &&
                   pread(file->fd, bytes, sizeof bytes, 0) == (ssize_t)file->len &&
                   memcmp(bytes, file->bytes, file->len) == 0;

    csign_wipe(bytes, sizeof bytes);
    return is_same;
}

void store_file_empty(struct store_file *file)
{
    if (ftruncate(file->fd, 0) != 0 || fsync(file->fd) != 0)
        return; /* what is there is no provisioned store either way */
}

void store_file_close(struct store_file *file)
{
    if (file->bytes != NULL)
        csign_wipe(file->bytes, file->len);
    free(file->bytes);
    free(file->path);
    if (file->fd >= 0)
        close(file->fd);
    memset(file, 0, sizeof *file);
    file->fd = -1;
}
