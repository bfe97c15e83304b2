/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "secret.h"

#include "key_text.h"
#include "utf8.h"

#include <csign/bytes.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* The longest: "hex:", the digits and \r\n. */
#define TEXT_MAX (4 + 2 * SECRET_MAX + 2)

#define PATH_SIZE 4096 /* with its terminating 0; the most that Linux opens */

/* Where an error goes, and what it is about. */
struct report {
    char *error;
    size_t size;
    const char *what, *name; /* such as "key file", "lamp.key" */
};

/* Always false, so that a caller can return it. */
static bool refuse(const struct report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(const struct report *report, const char *format, ...)
{
    int used = snprintf(report->error, report->size, "%s%s%s: ", report->what,
                        report->name[0] == '\0' ? "" : " ", report->name);
    va_list arguments;

    if (used < 0 || (size_t)used >= report->size)
        return false;
    va_start(arguments, format);
    vsnprintf(report->error + used, report->size - (size_t)used, format, arguments);
    va_end(arguments);
    return false;
}

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = c == '\0' ? NULL : strchr(digits, c);

    return found == NULL ? -1 : (int)(found - digits) & 15;
}

static bool take_hex(struct secret *secret, const char *digits,
                     const struct report *report)
{
    size_t count = strlen(digits);

    if (count == 0)
        return refuse(report, "no digits after hex:; write two for each byte");
    for (size_t i = 0; i < count; i++) {
        if (hex_value(digits[i]) < 0)
            return refuse(report, "character %zu after hex: is no hex digit", i + 1);
    }
    if (count % 2 != 0)
        return refuse(report, "an odd number of hex digits; write two for each byte");
    if (count / 2 > SECRET_MAX)
        return refuse(report, "over %d bytes long; use a shorter key", SECRET_MAX);
    for (size_t i = 0; i < count / 2; i++) {
        secret->bytes[i] =
            (uint8_t)(hex_value(digits[2 * i]) << 4 | hex_value(digits[2 * i + 1]));
    }
    secret->len = count / 2;
    return true;
}

static bool take_text(struct secret *secret, const char *text,
                      const struct report *report)
{
    size_t len = strlen(text);

    if (len == 0)
        return refuse(report, "nothing after text:; write the key behind it");
    if (len > SECRET_MAX)
        return refuse(report, "over %d bytes long; use a shorter key", SECRET_MAX);
    if (!utf8_valid((const uint8_t *)text, len))
        return refuse(report, "not UTF-8 after text:; save it as UTF-8 or use hex:");
    memcpy(secret->bytes, text, len);
    secret->len = len;
    return true;
}

static bool take_key_text(struct secret *secret, const char *text,
                          const struct report *report)
{
    struct key_text_fault fault;
    char clause[128];

    if (key_text_decode(text, secret->bytes, &fault)) {
        secret->len = KEY_TEXT_KEY;
        return true;
    }
    key_text_explain(&fault, clause, sizeof clause);
    return refuse(report, "%s; compare it with the original", clause);
}

/* Also a text whose very prefix is mistyped deserves to hear where. */
static bool is_like_key_text(const char *text)
{
    return strncasecmp(text, "csk", 3) == 0 ||
           (strlen(text) == KEY_TEXT_LEN && strchr(text, ':') == NULL);
}

/* Reads what a key is written as wherever it stands. */
static bool take_key(struct secret *secret, const char *text, const struct report *report)
{
    if (strncmp(text, "hex:", 4) == 0)
        return take_hex(secret, text + 4, report);
    if (strncmp(text, "text:", 5) == 0)
        return take_text(secret, text + 5, report);
    if (is_like_key_text(text))
        return take_key_text(secret, text, report);
    return refuse(report, "begins with none of csk1, hex: and text:; put one in front");
}

/* Reads the len bytes of a file or a variable; text has room for one more. */
static bool take_content(struct secret *secret, char *text, size_t len,
                         const struct report *report)
{
    if (len > TEXT_MAX)
        return refuse(report, "too long for a key; it may hold nothing else");
    if (memchr(text, '\0', len) != NULL)
        return refuse(report, "holds a NUL byte; write binary keys as hex:");
    if (len > 0 && text[len - 1] == '\n') {
        len--;
        if (len > 0 && text[len - 1] == '\r')
            len--;
    }
    text[len] = '\0';
    if (len == 0)
        return refuse(report, "empty; make a key with countersign keygen");
    if (strpbrk(text, "\r\n") != NULL)
        return refuse(report, "more than one line; leave only the key's");
    return take_key(secret, text, report);
}

/* systemd gives a service its credentials as root's files with an access list, whose mask
 * shows as the group's right to read. The directory is the service's alone. */
static bool is_credential(const char *path)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    size_t len = directory == NULL ? 0 : strlen(directory);

    return len > 1 && directory[0] == '/' && strncmp(path, directory, len) == 0 &&
           path[len] == '/' && strstr(path, "/../") == NULL;
}

bool secret_file_is_private(const struct stat *status, uid_t reader, const char *path,
                            char *error, size_t error_size)
{
    struct report report = {error, error_size, "key file", path};
    mode_t others = S_IRWXG | S_IRWXO;

    if (is_credential(path))
        others &= (mode_t)~S_IRGRP;
    if (!S_ISREG(status->st_mode))
        return refuse(&report, "not a regular file; copy the key into one of mode 600");
    if (status->st_uid != reader && status->st_uid != 0)
        return refuse(&report, "belongs to another user; chown %ju %s", (uintmax_t)reader,
                      path);
    if ((status->st_mode & others) != 0)
        return refuse(&report, "others have access to it; chmod 600 %s", path);
    return true;
}

/* Reads up to size bytes, less only at the end of the file. */
static ssize_t read_up_to(int fd, char *bytes, size_t size)
{
    size_t have = 0;

    while (have < size) {
        ssize_t got = read(fd, bytes + have, size - have);

        if (got == 0)
            break;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        have += (size_t)got;
    }
    return (ssize_t)have;
}

static bool take_open_file(struct secret *secret, int fd, const struct report *report)
{
    char text[TEXT_MAX + 2]; /* one to see that there is more, one for take_content() */
    struct stat status;
    ssize_t len;
    bool good;

    if (fstat(fd, &status) != 0)
        return refuse(report, "%s", strerror(errno));
    if (!secret_file_is_private(&status, geteuid(), report->name, report->error,
                                report->size))
        return false;
    len = read_up_to(fd, text, TEXT_MAX + 1);
    good = len >= 0 ? take_content(secret, text, (size_t)len, report)
                    : refuse(report, "%s", strerror(errno));
    csign_wipe(text, sizeof text);
    return good;
}

static bool take_file(struct secret *secret, const char *path,
                      const struct report *report)
{
    /* Without O_NONBLOCK opening a FIFO would wait for its writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    bool good;

    if (fd < 0)
        return refuse(report, "%s; name a file that countersign keygen -o made",
                      strerror(errno));
    good = take_open_file(secret, fd, report);
    close(fd);
    return good;
}

bool secret_read_file(struct secret *secret, const char *path, char *error,
                      size_t error_size)
{
    struct report report = {error, error_size, "key file", path};

    memset(secret, 0, sizeof *secret);
    if (take_file(secret, path, &report))
        return true;
    secret_wipe(secret);
    return false;
}

static bool take_referenced_file(struct secret *secret, const char *path,
                                 const char *directory, const struct report *report)
{
    char joined[PATH_SIZE];
    struct report file = {report->error, report->size, "key file", joined};
    int len = path[0] == '/' ? snprintf(joined, sizeof joined, "%s", path)
                             : snprintf(joined, sizeof joined, "%s/%s", directory, path);

    if (path[0] == '\0')
        return refuse(report, "no path after file:; write the key file's");
    if (len < 0 || (size_t)len >= sizeof joined)
        return refuse(report, "the path after file: is too long; use a shorter one");
    return take_file(secret, joined, &file);
}

static bool take_variable(struct secret *secret, const char *name,
                          const struct report *report)
{
    struct report variable = {report->error, report->size, "environment variable", name};
    char text[TEXT_MAX + 2];
    const char *value;
    bool good;

    if (name[0] == '\0')
        return refuse(report, "no name after env:; write the variable's");
    value = getenv(name);
    if (value == NULL)
        return refuse(&variable, "not set; put the key into it");
    /* Cut to what is too long anyway. */
    snprintf(text, sizeof text, "%s", value);
    good = take_content(secret, text, strlen(text), &variable);
    csign_wipe(text, sizeof text);
    return good;
}

static bool take_reference(struct secret *secret, const char *reference,
                           const char *directory, const struct report *report)
{
    if (strncmp(reference, "file:", 5) == 0)
        return take_referenced_file(secret, reference + 5, directory, report);
    if (strncmp(reference, "env:", 4) == 0)
        return take_variable(secret, reference + 4, report);
    secret->inline_in_file = true;
    return take_key(secret, reference, report);
}

bool secret_read(struct secret *secret, const char *reference, const char *directory,
                 char *error, size_t error_size)
{
    struct report report = {error, error_size, "key", ""};

    memset(secret, 0, sizeof *secret);
    if (take_reference(secret, reference, directory, &report))
        return true;
    secret_wipe(secret);
    return false;
}

void secret_wipe(struct secret *secret)
{
    csign_wipe(secret, sizeof *secret);
}
