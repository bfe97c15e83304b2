/* SPDX-License-Identifier: MIT */
/* test_assembly.c: the compression functions in assembly held against those in C, on the
 * target itself: on random blocks at any address, with interrupts in between, and against
 * the clock. */
#include <avr/interrupt.h>
#include <avr/io.h>

#include "check.h"
#include "csign/hash_impl.h"

enum { HASHES = 2, BLOCKS = 10000, ADDRESSES = 300, TIMED = 300, LENGTHS = 200 };

typedef void compress_function(csign_work *work);

void twin_csign_sha256_compress(csign_work *work);
void twin_csign_blake2s_compress(csign_work *work);

static compress_function *const assembly[HASHES] = {csign_sha256_compress,
                                                    csign_blake2s_compress};
static compress_function *const twins[HASHES] = {twin_csign_sha256_compress,
                                                 twin_csign_blake2s_compress};

/* Both hashes have the same work: head, 32 bytes of chaining value, 64 of block. */
enum { WORK = sizeof(csign_sha256_work), KEPT = sizeof(csign_work) + 32 };

extern const csign_hash twin_csign_sha256, twin_csign_blake2s;

static csign_sha256_work expected;
static uint8_t arena[WORK + 2 + 256]; /* the work in it, anywhere, between two marks */

static uint32_t random_state = 1;

/* Marsaglia's xorshift32. */
static uint8_t random_byte(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return (uint8_t)(random_state >> 24);
}

/* One work for both, random but for `last`, which is 0 or 1. */
static csign_work *random_work(uint8_t offset)
{
    uint8_t *at = arena + 1 + offset;

    for (uint8_t i = 0; i < WORK; i++)
        at[i] = random_byte();
    ((csign_work *)(void *)at)->last &= 1;
    at[-1] = 0xa5;
    at[WORK] = 0x5a;
    memcpy(&expected, at, WORK);
    return (csign_work *)(void *)at;
}

/* Whether the assembly does to a random work what the C does, and nothing beside it. */
static bool agrees(uint8_t h, uint8_t offset)
{
    csign_work *head = random_work(offset);
    const uint8_t *at = (const uint8_t *)head;

    assembly[h](head);
    twins[h](&expected.head);
    return memcmp(at, &expected, KEPT) == 0 && at[-1] == 0xa5 && at[WORK] == 0x5a;
}

TEST(assembly_and_c_agree_on_random_blocks)
{
    for (uint8_t h = 0; h < HASHES; h++)
        for (uint16_t i = 0; i < BLOCKS; i++)
            CHECK(agrees(h, 0));
}

TEST(they_agree_at_any_address)
{
    for (uint8_t h = 0; h < HASHES; h++)
        for (uint16_t i = 0; i < ADDRESSES; i++)
            CHECK(agrees(h, (uint8_t)i));
}

/* Takes the message in pieces of 1, 3, 5, ... bytes. */
static void hash_in_pieces(const csign_hash *hash, const uint8_t *from, uint8_t len,
                           uint8_t *digest)
{
    csign_hasher hasher = {hash, &expected.head};
    uint8_t piece = 1;

    csign_hash_begin(&hasher);
    for (; len > piece; piece = (uint8_t)(piece + 2)) {
        csign_hash_add(&hasher, from, piece);
        from += piece;
        len = (uint8_t)(len - piece);
    }
    csign_hash_add(&hasher, from, len);
    csign_hash_end(&hasher, digest);
}

TEST(digests_agree_whatever_the_length_the_pieces_and_the_address)
{
    static const csign_hash *const pairs[HASHES][2] = {
        {&csign_sha256, &twin_csign_sha256}, {&csign_blake2s, &twin_csign_blake2s}};
    uint8_t digests[2][32];

    for (uint8_t h = 0; h < HASHES; h++)
        for (uint8_t len = 0; len <= LENGTHS; len++) {
            uint8_t *message = arena + len % 7;

            for (uint8_t i = 0; i < len; i++)
                message[i] = random_byte();
            for (uint8_t i = 0; i < 2; i++)
                hash_in_pieces(pairs[h][i], message, len, digests[i]);
            CHECK_BYTES(digests[0], digests[1], 32);
        }
}

static volatile uint16_t interrupts;

/* Leaves the stack that it used in disorder; comes at another instruction each time. */
ISR(TIMER0_COMPA_vect)
{
    volatile uint8_t disorder[16];

    for (uint8_t i = 0; i < sizeof disorder; i++)
        disorder[i] = (uint8_t)(0xc3 ^ i);
    interrupts++;
    OCR0A = (uint8_t)((OCR0A * 5 + 37) | 0xc0);
}

TEST(they_agree_when_interrupts_fire_in_between)
{
    TCCR0A = _BV(WGM01);
    TCCR0B = _BV(CS01);
    OCR0A = 0xc0;
    TIMSK0 = _BV(OCIE0A);
    for (uint8_t h = 0; h < HASHES; h++) {
        interrupts = 0;
        sei();
        for (uint16_t i = 0; i < ADDRESSES; i++)
            CHECK(agrees(h, (uint8_t)i));
        cli();
        CHECK(interrupts > 4 * ADDRESSES);
    }
    TIMSK0 = 0;
}

/* The cycles of a call, by the timer that counts them. */
static uint16_t cycles_of(compress_function *compress, csign_work *work)
{
    TCCR1A = 0;
    TCCR1B = _BV(CS10);
    TCNT1 = 0;
    compress(work);
    return TCNT1;
}

TEST(their_time_does_not_depend_on_the_data)
{
    for (uint8_t h = 0; h < HASHES; h++) {
        uint16_t once = cycles_of(assembly[h], random_work(0));

        CHECK(once > 8000);
        for (uint16_t i = 0; i < TIMED; i++)
            CHECK_EQUAL(cycles_of(assembly[h], random_work((uint8_t)i)), once);
        for (uint16_t i = 0; i < 256; i += 255) {
            memset(arena, (uint8_t)i, sizeof arena);
            CHECK_EQUAL(cycles_of(assembly[h], (csign_work *)(void *)arena), once);
        }
    }
}

TESTS(RUN(assembly_and_c_agree_on_random_blocks), RUN(they_agree_at_any_address),
      RUN(digests_agree_whatever_the_length_the_pieces_and_the_address),
      RUN(they_agree_when_interrupts_fire_in_between),
      RUN(their_time_does_not_depend_on_the_data))
