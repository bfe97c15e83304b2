/* SPDX-License-Identifier: MIT */
/* key_text.c: keys as people type them, and whatever else stands where a key should.
 *
 * What holds: a text that is taken is the text of the key it gave; one that is not leaves
 * the key alone and says what is wrong at a place that exists; each single mistake is
 * named for what it is; of a typed key no error holds a part.
 */
#include "key_text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "secret.h"

enum { TEXT_MAX = 5000, UNTOUCHED = 0xa5, TRACE = 12 };

static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static enum key_text_kind decode(const char *text)
{
    uint8_t key[KEY_TEXT_KEY], untouched[KEY_TEXT_KEY];
    char again[KEY_TEXT_LEN + 1], line[128];
    struct key_text_fault fault;
    bool is_capital = text[0] == 'C';

    memset(key, UNTOUCHED, sizeof key);
    memset(untouched, UNTOUCHED, sizeof untouched);
    if (key_text_decode(text, key, &fault)) {
        key_text_encode(key, again);
        for (size_t i = 0; is_capital && i < KEY_TEXT_LEN; i++)
            again[i] = (char)toupper((unsigned char)again[i]);
        FUZZ_CHECK(fault.kind == KEY_TEXT_GOOD && strcmp(text, again) == 0);
        return fault.kind;
    }
    FUZZ_CHECK(fault.kind != KEY_TEXT_GOOD);
    FUZZ_CHECK(memcmp(key, untouched, sizeof key) == 0);
    FUZZ_CHECK(fault.position <= strlen(text) + 1);
    key_text_explain(&fault, line, sizeof line);
    FUZZ_CHECK(line[0] != '\0' && strchr(line, '\n') == NULL);
    return fault.kind;
}

/* One mistake in a right text; which kind it has to be called. */
static enum key_text_kind make_mistake(struct choices *in, char text[KEY_TEXT_LEN + 2])
{
    size_t at = 4 + choose(in) % (KEY_TEXT_LEN - 5u);
    char other = alphabet[choose(in) % 32], here = text[at];

    switch (choose(in) % 5) {
    case 0:
        text[at] = other;
        return other == here ? KEY_TEXT_GOOD : KEY_TEXT_MISTYPED;
    case 1:
        text[at] = text[at + 1];
        text[at + 1] = here;
        return text[at] == here ? KEY_TEXT_GOOD : KEY_TEXT_SWAPPED;
    case 2:
        memmove(text + at, text + at + 1, KEY_TEXT_LEN - at);
        return KEY_TEXT_MISSING;
    case 3:
        memmove(text + at + 1, text + at, KEY_TEXT_LEN + 1 - at);
        text[at] = other;
        return KEY_TEXT_SURPLUS;
    default:
        for (at = 0; at < KEY_TEXT_LEN; at++)
            text[at] = (char)toupper((unsigned char)text[at]);
        return KEY_TEXT_GOOD;
    }
}

static void mistype(struct choices *in)
{
    static struct guard guard;
    uint8_t key[KEY_TEXT_KEY] = {0};
    char text[KEY_TEXT_LEN + 2] = "";
    size_t got;
    const uint8_t *bytes = choose_bytes(in, sizeof key, &got);
    enum key_text_kind kind;

    memcpy(key, bytes, got);
    key_text_encode(key, text);
    kind = make_mistake(in, text);
    FUZZ_CHECK(decode((const char *)guard_copy(&guard, text, strlen(text) + 1)) == kind);
}

/* Where the text stands: in the reference, in a variable, in a file. */
static void read_secret(const char *text, size_t len, uint8_t where)
{
    struct secret secret;
    char error[256] = "", path[64], trace[TRACE + 1] = "";
    const char *reference = text;
    int fd = -1;
    bool is_read;

    if (where % 3 == 1) {
        FUZZ_CHECK(setenv("FUZZED", text, 1) == 0);
        reference = "env:FUZZED";
    } else if (where % 3 == 2) {
        fd = memfd_create("key", MFD_CLOEXEC);
        FUZZ_CHECK(fd >= 0 && write(fd, text, len) == (ssize_t)len);
        FUZZ_CHECK(fchmod(fd, where & 0x80 ? 0640 : 0600) == 0);
        snprintf(path, sizeof path, "file:/proc/self/fd/%d", fd);
        reference = path;
    }
    if (strncmp(reference, "file:", 5) == 0 && fd < 0 && strchr(reference, '/') != NULL)
        return; /* no file of this machine */
    if (where & 0x10)
        FUZZ_CHECK(setenv("CREDENTIALS_DIRECTORY", "/proc", 1) == 0);
    else
        FUZZ_CHECK(unsetenv("CREDENTIALS_DIRECTORY") == 0);
    is_read = secret_read(&secret, reference, "/nowhere", error, sizeof error);
    if (is_read)
        FUZZ_CHECK(secret.len >= 1 && secret.len <= SECRET_MAX && error[0] == '\0');
    else
        FUZZ_CHECK(is_zero((uint8_t *)&secret, sizeof secret) && error[0] != '\0');
    if (reference != text && len > 4 + TRACE) {
        memcpy(trace, text + 4, TRACE);
        FUZZ_CHECK(strlen(trace) < TRACE || strstr(error, trace) == NULL);
    }
    if (fd >= 0)
        close(fd);
}

void fuzz(struct choices *in)
{
    static struct guard guard;
    static char text[TEXT_MAX + 1];
    uint8_t how = choose(in);
    size_t got;
    const uint8_t *bytes;
    const char *at;

    if (how < 0x40) {
        mistype(in);
        return;
    }
    bytes = choose_bytes(in, TEXT_MAX, &got);
    memcpy(text, bytes, got);
    for (; got > 0 && got < TEXT_MAX && (how & 8); got++)
        text[got] = text[got - 1]; /* a long one of a short input */
    text[got] = '\0';
    at = (const char *)guard_copy(&guard, text, got + 1);
    (void)decode(at);
    read_secret(at, got, how);
}
