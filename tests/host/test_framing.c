/* SPDX-License-Identifier: MIT */
/* How far `serve` reads: to the end of each message and never over it. */
#include "check.h"
#include "framing.h"

static csign_any_work work;
static csign_settings settings = {
    .hasher = {&csign_sha256, &work.head}, .wake = 16, .challenge = 16, .tag = 16};

/* Feeds a whole message in pieces of at most `piece` bytes, never more than there is room
 * for, and says how many bytes that were. */
static size_t feed(struct framing *framing, bool is_sealed, uint8_t first, size_t piece)
{
    size_t sum = 0;

    do {
        uint8_t bytes[FRAMING_MAX] = {first};
        size_t room = framing_room(framing), len = room < piece ? room : piece;

        CHECK(room >= 1 && room <= FRAMING_MAX);
        framing_take(framing, &settings, is_sealed, bytes, len);
        sum += len;
    } while (framing->have > 0);
    return sum;
}

TEST(a_wake_comes_first_and_then_only_requests)
{
    struct framing framing;

    for (unsigned wake = 1; wake <= 255; wake++) {
        settings.wake = (uint8_t)wake;
        framing_begin(&framing, &settings, true);
        CHECK_EQUAL(feed(&framing, true, 200, 1 + wake % 7), wake);
        CHECK_EQUAL(feed(&framing, true, 1, 400), 18);
        CHECK_EQUAL(feed(&framing, true, 1, 400), 18);
    }
    settings.wake = 16;
}

TEST(without_a_wake_a_request_is_awaited_at_once)
{
    struct framing framing;

    settings.wake = 0;
    framing_begin(&framing, &settings, false);
    CHECK_EQUAL(feed(&framing, false, 200, 400), 32);
    settings.wake = 16;
}

TEST(a_sealed_request_is_as_long_as_its_first_byte_says)
{
    struct framing framing;

    framing_begin(&framing, &settings, true);
    feed(&framing, true, 0, 400);
    for (unsigned tag = 16; tag <= 32; tag += 16) {
        settings.tag = (uint8_t)tag;
        feed(&framing, true, 255, 400); /* the room before was of another tag */
        for (unsigned n = 1; n <= 255; n++) {
            for (size_t piece = 1; piece <= 33; piece += 8)
                CHECK_EQUAL(feed(&framing, true, (uint8_t)n, piece), 1 + n + tag);
        }
    }
    settings.tag = 16;
}

TEST(a_classic_request_is_as_long_as_the_hash)
{
    static const csign_hash *const hashes[] = {&csign_sha256, &csign_sha1, &csign_sha512};
    struct framing framing;

    for (size_t i = 0; i < 3; i++) {
        settings.hasher.hash = hashes[i];
        framing_begin(&framing, &settings, false);
        CHECK_EQUAL(feed(&framing, false, 255, 400), 16);
        CHECK_EQUAL(feed(&framing, false, 255, 9), hashes[i]->digest_size);
    }
    settings.hasher.hash = &csign_sha256;
}

TESTS(RUN(a_wake_comes_first_and_then_only_requests),
      RUN(without_a_wake_a_request_is_awaited_at_once),
      RUN(a_sealed_request_is_as_long_as_its_first_byte_says),
      RUN(a_classic_request_is_as_long_as_the_hash))
