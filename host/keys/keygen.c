/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "keygen.h"

#include <csign/bytes.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct keygen_cost keygen_cost = {65536, 8, 1};

bool keygen_random(uint8_t key[KEY_TEXT_KEY])
{
    return getentropy(key, KEY_TEXT_KEY) == 0;
}

bool keygen_scrypt(uint8_t key[KEY_TEXT_KEY], const char *passphrase, const char *salt,
                   const struct keygen_cost *cost)
{
    /* OpenSSL allows itself 32 MiB unless told what RFC 7914 needs: p blocks, n blocks
     * and two to work in, 128 r bytes each. */
    uint64_t memory = 128 * cost->r * (cost->n + cost->p + 2);

    return EVP_PBE_scrypt(passphrase, strlen(passphrase), (const unsigned char *)salt,
                          strlen(salt), cost->n, cost->r, cost->p, memory, key,
                          KEY_TEXT_KEY) == 1;
}

/* Writes why to error; always false, so that a caller can return it. */
static bool refuse(char *error, size_t error_size, const char *why)
{
    snprintf(error, error_size, "%s", why);
    return false;
}

/* One byte a read: what follows the line stays for whoever reads standard input next, and
 * no buffer of stdio keeps a copy. */
static bool read_line(char *line, char *error, size_t error_size)
{
    size_t len = 0;
    char next;
    ssize_t got;

    while ((got = read(STDIN_FILENO, &next, 1)) != 0 && !(got == 1 && next == '\n')) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return refuse(error, error_size, "cannot read the passphrase");
        if (next == '\0')
            return refuse(error, error_size, "the passphrase holds a NUL byte");
        if (len == KEYGEN_PASSPHRASE_MAX)
            return refuse(error, error_size, "the passphrase is over 1023 bytes long");
        line[len++] = next;
    }
    if (got == 1 && len > 0 && line[len - 1] == '\r')
        len--;
    line[len] = '\0';
    if (len == 0)
        return refuse(error, error_size, "the passphrase is empty");
    return true;
}

bool keygen_read_passphrase(char passphrase[KEYGEN_PASSPHRASE_MAX + 1], char *error,
                            size_t error_size)
{
    if (!isatty(STDIN_FILENO))
        return read_line(passphrase, error, error_size);
    /* OpenSSL's prompt restores the echo also when a signal ends it. */
    if (EVP_read_pw_string_min(passphrase, 1, KEYGEN_PASSPHRASE_MAX, "Passphrase: ", 1) !=
        0)
        return refuse(error, error_size, "no passphrase was typed twice alike");
    return true;
}

bool keygen_print(int fd, const uint8_t key[KEY_TEXT_KEY])
{
    char line[KEY_TEXT_LEN + 1];
    size_t done = 0;

    key_text_encode(key, line);
    line[KEY_TEXT_LEN] = '\n';
    while (done < sizeof line) {
        ssize_t wrote = write(fd, line + done, sizeof line - done);

        if (wrote < 0 && errno != EINTR)
            break;
        if (wrote > 0)
            done += (size_t)wrote;
    }
    csign_wipe(line, sizeof line);
    return done == sizeof line;
}

/* The umask can only take rights away: it may leave the owner without theirs. */
static bool complete_file(int fd, const uint8_t key[KEY_TEXT_KEY])
{
    return fchmod(fd, S_IRUSR | S_IWUSR) == 0 && keygen_print(fd, key) && fsync(fd) == 0;
}

bool keygen_write_file(const char *path, const uint8_t key[KEY_TEXT_KEY], char *error,
                       size_t error_size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    int why = 0;

    if (fd < 0 && errno == EEXIST) {
        snprintf(error, error_size, "%s exists already; name a new file", path);
        return false;
    }
    if (fd < 0) {
        snprintf(error, error_size, "cannot make %s: %s", path, strerror(errno));
        return false;
    }
    if (!complete_file(fd, key))
        why = errno;
    if (close(fd) != 0 && why == 0)
        why = errno;
    if (why == 0)
        return true;
    unlink(path);
    snprintf(error, error_size, "cannot write %s: %s", path, strerror(why));
    return false;
}
