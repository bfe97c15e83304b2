/* SPDX-License-Identifier: MIT */
/* The memory of a classic client for challenges. */
#include "challenge_ring.h"
#include "check.h"
#include "process.h"
#include "state_bytes.h"

#include <csign/hash.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT ((uint32_t)CHALLENGE_RING_COUNT)

/* A state file with an empty ring. */
static int make_file(void)
{
    static unsigned files;
    char name[32];
    int fd;

    snprintf(name, sizeof name, "ring-%u", ++files);
    fd = open(test_path(name), O_RDWR | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, CHALLENGE_RING_AT), 0);
    return fd;
}

static enum challenge_ring_answer note(int fd, uint32_t number)
{
    uint8_t challenge[16] = {0};

    state_put(challenge + 8, number, 4);
    return challenge_ring_note(fd, challenge, sizeof challenge);
}

static off_t size_of(int fd)
{
    struct stat status;

    assert_int_equal(fstat(fd, &status), 0);
    return status.st_size;
}

/* The record of challenge s, made by this test's own hand from the header's words. */
static void make_record(uint8_t record[CHALLENGE_RING_LEN], uint32_t s)
{
    csign_sha256_work work;
    csign_hasher hasher = {&csign_sha256, &work.head};
    uint8_t challenge[16] = {0}, digest[32];
    uint64_t check = 0xcbf29ce484222325;

    state_put(challenge + 8, s, 4);
    csign_hash_begin(&hasher);
    csign_hash_add(&hasher, challenge, sizeof challenge);
    csign_hash_end(&hasher, digest);
    memcpy(record, digest, 8);
    state_put(record + 8, s, 4);
    for (size_t i = 0; i < 12; i++)
        check = (check ^ record[i]) * 0x100000001b3;
    state_put(record + 12, check >> 32, 4);
}

/* A ring to which the challenges 1 to last were given, the last COUNT of them kept. */
static void fill(int fd, uint32_t last)
{
    size_t size = (size_t)COUNT * CHALLENGE_RING_LEN;
    uint8_t *records = calloc(1, size);
    uint32_t first = last > COUNT ? last - COUNT + 1 : 1;

    assert_non_null(records);
    for (uint32_t s = first; s <= last; s++)
        make_record(records + (s - 1) % COUNT * CHALLENGE_RING_LEN, s);
    if (last < COUNT)
        size = (size_t)last * CHALLENGE_RING_LEN;
    assert_int_equal(pwrite(fd, records, size, CHALLENGE_RING_AT), size);
    free(records);
}

TEST(a_challenge_is_fresh_once)
{
    int fd = make_file();

    for (uint32_t i = 1; i <= 50; i++) {
        CHECK_EQUAL(note(fd, i), CHALLENGE_RING_FRESH);
        CHECK_EQUAL(note(fd, i), CHALLENGE_RING_KNOWN);
        CHECK_EQUAL(note(fd, 1), CHALLENGE_RING_KNOWN);
    }
    CHECK_EQUAL(size_of(fd), CHALLENGE_RING_AT + 50 * CHALLENGE_RING_LEN);
    close(fd);
}

TEST(records_are_as_the_header_says)
{
    uint8_t record[CHALLENGE_RING_LEN], expected[CHALLENGE_RING_LEN];
    int fd = make_file();

    CHECK_EQUAL(note(fd, 1), CHALLENGE_RING_FRESH);
    CHECK_EQUAL(note(fd, 2), CHALLENGE_RING_FRESH);
    make_record(expected, 2);
    CHECK_EQUAL(pread(fd, record, sizeof record, CHALLENGE_RING_AT + 16), 16);
    CHECK_BYTES(record, expected, sizeof record);
    close(fd);
}

TEST(a_challenge_and_its_beginning_are_two)
{
    static const uint8_t challenge[16] = {1};
    int fd = make_file();

    CHECK_EQUAL(challenge_ring_note(fd, challenge, 16), CHALLENGE_RING_FRESH);
    CHECK_EQUAL(challenge_ring_note(fd, challenge, 8), CHALLENGE_RING_FRESH);
    CHECK_EQUAL(challenge_ring_note(fd, challenge, 8), CHALLENGE_RING_KNOWN);
    close(fd);
}

TEST(the_last_100000_are_kept_and_the_file_stops_growing)
{
    int fd = make_file();
    off_t full = CHALLENGE_RING_AT + (off_t)COUNT * CHALLENGE_RING_LEN;

    fill(fd, COUNT - 1);
    CHECK_EQUAL(note(fd, 1), CHALLENGE_RING_KNOWN);
    CHECK_EQUAL(note(fd, COUNT), CHALLENGE_RING_FRESH);
    CHECK_EQUAL(size_of(fd), full);
    CHECK_EQUAL(note(fd, 1), CHALLENGE_RING_KNOWN);
    CHECK_EQUAL(note(fd, COUNT + 1), CHALLENGE_RING_FRESH); /* takes the place of 1 */
    CHECK_EQUAL(note(fd, 2), CHALLENGE_RING_KNOWN);
    CHECK_EQUAL(note(fd, COUNT), CHALLENGE_RING_KNOWN);
    CHECK_EQUAL(note(fd, 1), CHALLENGE_RING_FRESH); /* takes the place of 2 */
    CHECK_EQUAL(size_of(fd), full);
    close(fd);
}

TEST(the_ring_goes_round_and_round)
{
    int fd = make_file();

    fill(fd, 3 * COUNT + 7);
    CHECK_EQUAL(note(fd, 2 * COUNT + 8), CHALLENGE_RING_KNOWN);
    CHECK_EQUAL(note(fd, 3 * COUNT + 7), CHALLENGE_RING_KNOWN);
    CHECK_EQUAL(note(fd, 3 * COUNT + 8), CHALLENGE_RING_FRESH);
    CHECK_EQUAL(note(fd, 3 * COUNT + 8), CHALLENGE_RING_KNOWN);
    close(fd);
}

/* The write under way, cut after each of its bytes, at the end of the file and over the
 * oldest record. */
TEST(a_cut_write_spoils_no_other_record)
{
    static const uint32_t lasts[] = {0, 5, COUNT + 5};
    uint8_t record[CHALLENGE_RING_LEN];

    for (size_t i = 0; i < sizeof lasts / sizeof *lasts; i++) {
        make_record(record, lasts[i] + 1);
        for (size_t len = 1; len < sizeof record; len++) {
            int fd = make_file();
            off_t place = (off_t)(lasts[i] % COUNT) * CHALLENGE_RING_LEN;

            fill(fd, lasts[i]);
            CHECK_EQUAL(pwrite(fd, record, len, CHALLENGE_RING_AT + place), len);
            if (lasts[i] > 0)
                CHECK_EQUAL(note(fd, lasts[i]), CHALLENGE_RING_KNOWN);
            CHECK_EQUAL(note(fd, lasts[i] + 1), CHALLENGE_RING_FRESH);
            CHECK_EQUAL(note(fd, lasts[i] + 1), CHALLENGE_RING_KNOWN);
            close(fd);
        }
    }
}

TEST(a_damaged_ring_is_noticed)
{
    int fd = make_file();

    fill(fd, 20);
    for (off_t place = 0; place < 20; place++) {
        off_t offset = CHALLENGE_RING_AT + place * CHALLENGE_RING_LEN + place % 16;
        uint8_t byte;

        CHECK_EQUAL(pread(fd, &byte, 1, offset), 1);
        byte ^= 1;
        CHECK_EQUAL(pwrite(fd, &byte, 1, offset), 1);
        /* That of the newest looks like a write that was cut. */
        if (place < 19)
            CHECK_EQUAL(note(fd, 21), CHALLENGE_RING_DAMAGED);
        byte ^= 1;
        CHECK_EQUAL(pwrite(fd, &byte, 1, offset), 1);
    }
    CHECK_EQUAL(ftruncate(fd, CHALLENGE_RING_AT + (off_t)(COUNT + 1) * 16), 0);
    CHECK_EQUAL(note(fd, 21), CHALLENGE_RING_DAMAGED);
    CHECK_EQUAL(ftruncate(fd, CHALLENGE_RING_AT - 1), 0);
    CHECK_EQUAL(note(fd, 21), CHALLENGE_RING_DAMAGED);
    close(fd);
}

TEST(a_ring_that_cannot_be_written_says_so_and_stays_whole)
{
    int fd = make_file(), reader;
    char path[64];

    fill(fd, 3);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    reader = open(path, O_RDONLY);
    CHECK_EQUAL(note(reader, 4), CHALLENGE_RING_FAILED);
    CHECK_EQUAL(note(reader, 3), CHALLENGE_RING_KNOWN);
    CHECK_EQUAL(note(fd, 4), CHALLENGE_RING_FRESH);
    close(reader);
    close(fd);
}

TESTS(RUN(a_challenge_is_fresh_once), RUN(records_are_as_the_header_says),
      RUN(a_challenge_and_its_beginning_are_two),
      RUN(the_last_100000_are_kept_and_the_file_stops_growing),
      RUN(the_ring_goes_round_and_round), RUN(a_cut_write_spoils_no_other_record),
      RUN(a_damaged_ring_is_noticed),
      RUN(a_ring_that_cannot_be_written_says_so_and_stays_whole))
