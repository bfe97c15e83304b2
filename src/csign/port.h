/* SPDX-License-Identifier: MIT */
/* port.h: the one place that knows the target's compiler and memory.
 *
 * Constant tables that the library or its user marks CSIGN_FLASH lie in program
 * memory on an AVR, where a plain pointer read would fetch from RAM instead, so
 * they are read through the functions below everywhere.
 */
#ifndef CSIGN_PORT_H
#define CSIGN_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
#define CSIGN_BEGIN_DECLS extern "C" {
#define CSIGN_END_DECLS   }
#else
#define CSIGN_BEGIN_DECLS
#define CSIGN_END_DECLS
#endif

#if defined(__AVR__)

#include <avr/pgmspace.h>
#define CSIGN_FLASH PROGMEM

static inline uint8_t csign_flash_u8(const uint8_t *at)
{
    return pgm_read_byte(at);
}

static inline uint32_t csign_flash_u32(const uint32_t *at)
{
    return pgm_read_dword(at);
}

static inline uint64_t csign_flash_u64(const uint64_t *at)
{
    uint64_t value;

    memcpy_P(&value, at, sizeof(value));
    return value;
}

#else

#define CSIGN_FLASH

static inline uint8_t csign_flash_u8(const uint8_t *at)
{
    return *at;
}

static inline uint32_t csign_flash_u32(const uint32_t *at)
{
    return *at;
}

static inline uint64_t csign_flash_u64(const uint64_t *at)
{
    return *at;
}

#endif

/* 1: short loops and cheap rotations, for 8-bit machines; 0: unrolled, for machines that
 * keep a whole chaining value in registers. Either is right everywhere, so that a host
 * can test what an AVR runs. */
#ifndef CSIGN_SMALL
#if defined(__AVR__)
#define CSIGN_SMALL 1
#else
#define CSIGN_SMALL 0
#endif
#endif

/* Inlines also where a compiler asked for small code would not: with the constants of its
 * call such a function is a few instructions, without them a loop. CSIGN_APART is the
 * opposite: a stack frame of its own. */
#if defined(__GNUC__)
#define CSIGN_INLINE inline __attribute__((always_inline))
#define CSIGN_APART  __attribute__((noinline))
#else
#define CSIGN_INLINE inline
#define CSIGN_APART
#endif

/* Keeps avr-gcc from holding p in the one pointer register that has no displacements,
 * when p[..] is read at many places: once in a loop. */
#if defined(__AVR__)
#define CSIGN_NEAR(p) __asm__("" : "+b"(p))
#else
#define CSIGN_NEAR(p) (void)(p)
#endif

/* Returns value, and hides from the optimiser what it knows about it: a mask whose only
 * values it knows to be 0x00 and 0xff it may turn into a branch. */
static inline uint8_t csign_opaque(uint8_t value)
{
#if defined(__GNUC__)
    __asm__("" : "+r"(value));
    return value;
#else
    volatile uint8_t hidden = value;

    return hidden;
#endif
}

/* A value that the protocol makes public although it follows from a secret: a branch may
 * depend on it. tests/consttime follows secrets through the library and lets go of them
 * here; anything else that reaches a branch or an address is a fault. */
#ifndef CSIGN_PUBLIC
#define CSIGN_PUBLIC(value) (value)
#endif

/* An enum in one byte, where an AVR's int would take two in every argument and result. */
#if defined(__AVR__)
#define CSIGN_NARROW __attribute__((packed))
#else
#define CSIGN_NARROW
#endif

/* Fails to compile where condition is false. */
#define CSIGN_STATIC_ASSERT(name, condition) typedef char name[(condition) ? 1 : -1]

#define CSIGN_LARGER(a, b) ((a) > (b) ? (a) : (b))

/* Marks functions whose result must not be dropped. */
#if defined(__GNUC__)
#define CSIGN_MUST_CHECK __attribute__((warn_unused_result))
#else
#define CSIGN_MUST_CHECK
#endif

#endif
