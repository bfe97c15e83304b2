/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE 1

#include "challenge_ring.h"

#include "Countersign.h"
#include "state_bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIGEST  8  /* bytes of a record's digest */
#define CHECKED 12 /* bytes before its check */

struct ring {
    uint8_t *records;
    size_t count;    /* whole records, the spoilt one too */
    uint32_t newest; /* the greatest number; 0: none */
};

static void digest_of(const uint8_t *challenge, size_t len, uint8_t digest[DIGEST])
{
    csign_sha256_work work;
    csign_hasher hasher = {&csign_sha256, &work.head};
    uint8_t whole[32];

    csign_hash_begin(&hasher);
    csign_hash_add(&hasher, challenge, len);
    csign_hash_end(&hasher, whole);
    memcpy(digest, whole, DIGEST);
}

static uint32_t check_of(const uint8_t *record)
{
    return (uint32_t)(state_check(record, CHECKED) >> 32);
}

/* The number of the record in this place; 0 when it is none. */
static uint32_t number_of(const struct ring *ring, size_t place)
{
    const uint8_t *record = ring->records + place * CHALLENGE_RING_LEN;
    uint32_t number = (uint32_t)state_get(record + DIGEST, 4);

    if (state_get(record + CHECKED, 4) != check_of(record))
        return 0;
    return number > 0 && (number - 1) % CHALLENGE_RING_COUNT == place ? number : 0;
}

static bool read_records(struct ring *ring, int fd)
{
    size_t size = ring->count * CHALLENGE_RING_LEN;
    size_t have = 0;

    while (have < size) {
        ssize_t got = pread(fd, ring->records + have, size - have,
                            (off_t)(CHALLENGE_RING_AT + have));

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            errno = got == 0 ? EIO : errno;
            return false;
        }
        have += (size_t)got;
    }
    return true;
}

/* Every record but the one after the newest has its place and follows the one before. */
static bool is_whole(struct ring *ring)
{
    size_t next;

    for (size_t place = 0; place < ring->count; place++) {
        uint32_t number = number_of(ring, place);

        ring->newest = number > ring->newest ? number : ring->newest;
    }
    if (ring->newest == UINT32_MAX)
        return false;
    next = ring->newest % CHALLENGE_RING_COUNT;
    for (size_t place = 0; place < ring->count; place++) {
        uint32_t number = number_of(ring, place);

        if (place != next &&
            (number == 0 || ring->newest - number >= CHALLENGE_RING_COUNT))
            return false;
    }
    return true;
}

static bool holds(const struct ring *ring, const uint8_t digest[DIGEST])
{
    for (size_t place = 0; place < ring->count; place++) {
        if (memcmp(ring->records + place * CHALLENGE_RING_LEN, digest, DIGEST) == 0 &&
            number_of(ring, place) != 0)
            return true;
    }
    return false;
}

static enum challenge_ring_answer append(const struct ring *ring, int fd,
                                         const uint8_t digest[DIGEST], off_t size)
{
    uint8_t record[CHALLENGE_RING_LEN];
    size_t place = ring->newest % CHALLENGE_RING_COUNT;
    int failure;

    memcpy(record, digest, DIGEST);
    state_put(record + DIGEST, ring->newest + 1, 4);
    state_put(record + CHECKED, check_of(record), 4);
    if (state_write(fd, record, sizeof record,
                    (off_t)(CHALLENGE_RING_AT + place * CHALLENGE_RING_LEN)))
        return CHALLENGE_RING_FRESH;
    failure = errno;
    if (ftruncate(fd, size) != 0) /* a part of the record is no harm either */
        errno = failure;
    errno = failure;
    return CHALLENGE_RING_FAILED;
}

static enum challenge_ring_answer note(struct ring *ring, int fd,
                                       const uint8_t digest[DIGEST], off_t size)
{
    if (!read_records(ring, fd))
        return CHALLENGE_RING_FAILED;
    if (!is_whole(ring))
        return CHALLENGE_RING_DAMAGED;
    if (holds(ring, digest))
        return CHALLENGE_RING_KNOWN;
    return append(ring, fd, digest, size);
}

enum challenge_ring_answer challenge_ring_note(int fd, const uint8_t *challenge,
                                               size_t len)
{
    struct ring ring = {NULL, 0, 0};
    struct stat status;
    uint8_t digest[DIGEST];
    enum challenge_ring_answer answer;

    if (fstat(fd, &status) != 0)
        return CHALLENGE_RING_FAILED;
    if (status.st_size < CHALLENGE_RING_AT)
        return CHALLENGE_RING_DAMAGED;
    ring.count = (size_t)(status.st_size - CHALLENGE_RING_AT) / CHALLENGE_RING_LEN;
    if (ring.count > CHALLENGE_RING_COUNT)
        return CHALLENGE_RING_DAMAGED;
    ring.records = malloc(ring.count * CHALLENGE_RING_LEN + 1);
    if (ring.records == NULL)
        return CHALLENGE_RING_FAILED;
    digest_of(challenge, len, digest);
    answer = note(&ring, fd, digest, status.st_size);
    free(ring.records);
    return answer;
}
