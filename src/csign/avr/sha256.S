/* SPDX-License-Identifier: MIT */
/* sha256.S: SHA-256's compression function for AVRs that multiply.
 *
 *     void csign_sha256_compress(csign_work *work);
 *
 *     17 590 cycles whatever the data, flash 2 310 bytes, stack 54 bytes (ATmega328P)
 *
 * It does what sha256.c does, whose tests it passes: FIPS 180-4, section 6.2. The work
 * is its head (6 bytes), the chaining value (8 words, low bytes first) and the block (16
 * words, high bytes first). The message schedule grows in the block, in its byte order.
 *
 * The idea. A round needs a, b, c, e, f, g at once, more than there are registers. But
 *
 *     Maj(a, b, c) = ((a ^ b) & (b ^ c)) ^ b,  where b ^ c is the last round's a ^ b,
 *
 * so a, b, b ^ c, e and f stay in registers, with the sum that begins as h: six words in
 * 24 registers. Only what ages is in memory: c, d, g and h, in a frame of four words. A
 * round puts its b where its d was, its f where its h was, and the next round finds c
 * for d and g for h; so rounds go in pairs, an even one and an odd one, and no word in
 * memory moves. In registers a and h change places, and b and b ^ c; words move where a
 * copy is needed anyway: e turns in place while its copy becomes the next f, a likewise.
 *
 * A rotation is a renaming of bytes, what is left of it single bits, in the direction
 * that needs fewer, and shared between the terms of a sum. L and R rotate left and
 * right:
 *
 *     Sigma1(x) = R1(L8(x) ^ R8 R2(x)) ^ R8 L2(x)           R25 ^ R11 ^ R6
 *     Sigma0(x) = L2(L8(x) ^ R16 L1(x)) ^ R8 L6(x)          R22 ^ R13 ^ R2
 *     sigma1(x) = R16 (R1(x) ^ R3(x)) ^ (x >> 2) >> 8       R17 ^ R19 ^ >> 10
 *     sigma0(x) = R8 L1(x ^ R16 L5(x)) ^ x >> 3             R7 ^ R18 ^ >> 3
 *
 * The terms outside the parentheses of the Sigmas are multiplications by 4 and 64: the
 * product of a byte is what stays in its place and what goes to its neighbour's. So is
 * L5, by 32, and it holds x >> 3 too.
 *
 * The round constants are immediate operands of 64 calls, which is quicker than to read
 * them and frees the pointer. The schedule is computed 16 words at a time, W[t] over
 * W[t-16], four in a row so that they find words in registers: W[t-2] was just made,
 * W[t-16] is the last one's W[t-15].
 *
 * An interrupt may come anywhere: memory below the stack pointer is not used. No branch
 * and no address depends on data.
 */
#if defined(__AVR__) && defined(__AVR_HAVE_MUL__) && !defined(CSIGN_NO_ASM)

#define SPL 0x3d
#define SPH 0x3e

/* Words in registers: the number of the lowest byte's register; the others follow. */
#define E    2
#define F    6
#define B    10 /* in even rounds; in odd ones b ^ c */
#define BC   14 /* the other of these two */
#define EVEN 18 /* a in even rounds; in odd ones h, and the sum that grows from it */
#define ODD  22 /* the other of these two: above r15, for the immediate operands */
/* r0, r1: one byte on its way, products. Y: the frame. Z: the schedule's next word. */
#define FOUR      26
#define SIXTYFOUR 27

/* The frame's words, as even rounds find them. */
#define C Y+1
#define D Y+5
#define G Y+9
#define H Y+13

/* 32 bits: to += of, to ^= of, to &= of, to = of. */
.macro sum to, of
    add \to, \of
    adc \to+1, \of+1
    adc \to+2, \of+2
    adc \to+3, \of+3
.endm

.macro xor to, of
    eor \to, \of
    eor \to+1, \of+1
    eor \to+2, \of+2
    eor \to+3, \of+3
.endm

.macro mask to, of
    and \to, \of
    and \to+1, \of+1
    and \to+2, \of+2
    and \to+3, \of+3
.endm

.macro copy to, of
    movw \to, \of
    movw \to+2, \of+2
.endm

.macro load to, at
    ldd \to, \at
    ldd \to+1, \at+1
    ldd \to+2, \at+2
    ldd \to+3, \at+3
.endm

.macro store at, of
    std \at, \of
    std \at+1, \of+1
    std \at+2, \of+2
    std \at+3, \of+3
.endm

.macro load_high_first to, at
    ldd \to+3, Z+\at
    ldd \to+2, Z+\at+1
    ldd \to+1, Z+\at+2
    ldd \to, Z+\at+3
.endm

.macro store_high_first at, of
    std Z+\at+3, \of
    std Z+\at+2, \of+1
    std Z+\at+1, \of+2
    std Z+\at, \of+3
.endm

/* to += the word at pointer + at. */
.macro sum_high_first to, pointer, at
    ldd r0, \pointer+\at+3
    add \to, r0
    ldd r0, \pointer+\at+2
    adc \to+1, r0
    ldd r0, \pointer+\at+1
    adc \to+2, r0
    ldd r0, \pointer+\at
    adc \to+3, r0
.endm

/* Turns the word of these bytes right by one bit, once r0 is the byte whose bit goes
 * round; a second time without loading it again. */
.macro turn_right b3, b2, b1, b0
    lsr r0
    ror \b3
    ror \b2
    ror \b1
    ror \b0
.endm

/* Left, with r1 = 0. */
.macro turn_left b3, b2, b1, b0
    lsl \b0
    rol \b1
    rol \b2
    rol \b3
    adc \b0, r1
.endm

/* Shifts right; the bits that leave the word enter r1 from above. */
.macro shift_right of
    lsr \of+3
    ror \of+2
    ror \of+1
    ror \of
    ror r1
.endm

/* own ^= the product's low byte, next ^= its high byte. */
.macro xor_product own, next, byte, times
    mul \byte, \times
    eor \own, r0
    eor \next, r1
.endm

/* A byte of f becomes one of Ch = ((f ^ g) & e) ^ g. */
.macro choose byte, g
    ldd r0, \g+\byte
    eor F+\byte, r0
    and F+\byte, E+\byte
    eor F+\byte, r0
.endm

/* One round. w: where the schedule word is, from Z; d, g, h: where those are; a, b, bc:
 * those words, and the last two change places; t1: h and the round constant, which become
 * T1 and then the next a. */
.macro round w, d, g, h, a, b, bc, t1
    /* T1 = h + constant + schedule word + Ch */
    sum_high_first \t1, Z, \w
    store \h, F
    choose 0, \g
    choose 1, \g
    choose 2, \g
    choose 3, \g
    sum \t1, F
    /* T1 += Sigma1(e), computed over e; what was e is the next f. */
    copy F, E
    mov r0, E
    turn_right E+3, E+2, E+1, E
    turn_right E+3, E+2, E+1, E
    eor E, F+2                          /* byte i of the term is in E + i + 1 from here */
    eor E+1, F+3
    eor E+2, F
    eor E+3, F+1
    mov r0, E+1
    turn_right E, E+3, E+2, E+1
    xor_product E, E+1, F, FOUR
    xor_product E+1, E+2, F+1, FOUR
    xor_product E+2, E+3, F+2, FOUR
    xor_product E+3, E, F+3, FOUR
    add \t1, E+1
    adc \t1+1, E+2
    adc \t1+2, E+3
    adc \t1+3, E
    /* The next e = d + T1 */
    load E, \d
    sum E, \t1
    /* T1 + Maj; the next b ^ c, in place of b, and b, in place of b ^ c */
    store \d, \b
    xor \b, \a
    mask \bc, \b
    xor \bc, \b
    xor \bc, \a
    sum \t1, \bc
    copy \bc, \a
    /* + Sigma0(a), computed over a: the next a. */
    clr r1
    turn_left \a+3, \a+2, \a+1, \a
    eor \a, \bc+1                       /* byte i of the term is in a + i + 2 from here */
    eor \a+1, \bc+2
    eor \a+2, \bc+3
    eor \a+3, \bc
    turn_left \a+1, \a, \a+3, \a+2
    turn_left \a+1, \a, \a+3, \a+2
    xor_product \a+1, \a+2, \bc, SIXTYFOUR
    xor_product \a+2, \a+3, \bc+1, SIXTYFOUR
    xor_product \a+3, \a, \bc+2, SIXTYFOUR
    xor_product \a, \a+1, \bc+3, SIXTYFOUR
    add \t1, \a+2
    adc \t1+1, \a+3
    adc \t1+2, \a
    adc \t1+3, \a+1
    /* The next h */
    load \a, \g
.endm

    .section .text.csign_sha256_compress, "ax", @progbits

    .type sha256_even_round, @function
sha256_even_round:
    round 0, D, G, H, EVEN, B, BC, ODD
    ret
    .size sha256_even_round, . - sha256_even_round

    .type sha256_odd_round, @function
sha256_odd_round:
    round 4, C, H, G, ODD, BC, B, EVEN
    adiw r30, 8
    ret
    .size sha256_odd_round, . - sha256_odd_round

/* The schedule's registers. P, Q, R, S take turns at being W[t-16], W[t-15], W[t-2] and
 * W[t-1]. Z: where W[t] goes; Y: W[t-7]. r1: bits shifted out of a word. */
#define P 2
#define Q 6
#define R 10
#define S 14
#define SUM 18
#define U   22
#define FOURS 26 /* of words, to be made */
#define THIRTYTWO 27

/* W[t] = sigma1(W[t-2]) + W[t-7] + sigma0(W[t-15]) + W[t-16], in place of the last;
 * W[t-2] is used up. at: 4 * (t modulo 4). */
.macro extend at, w16, w15, w2
    clr r1
    shift_right \w2
    movw SUM, \w2+2                     /* R17 */
    movw SUM+2, \w2
    eor SUM+1, r1
    shift_right \w2
    eor SUM, \w2+1                      /* >> 10 */
    eor SUM+1, \w2+2
    eor SUM+2, \w2+3
    shift_right \w2
    eor SUM, \w2+2                      /* R19 */
    eor SUM+1, \w2+3
    eor SUM+1, r1
    eor SUM+2, \w2
    eor SUM+3, \w2+1
    sum \w16, SUM
    mul \w15, THIRTYTWO                 /* L5, but for what r1 has for its low byte */
    movw SUM, r0
    mul \w15+2, THIRTYTWO
    movw SUM+2, r0
    mul \w15+1, THIRTYTWO
    eor SUM+1, r0
    eor SUM+2, r1
    mul \w15+3, THIRTYTWO
    eor SUM+3, r0
    copy U, \w15
    eor U, SUM+2                        /* R8 R3 is R16 L5 */
    eor U+1, SUM+3
    eor U+2, SUM
    eor U+2, r1
    eor U+3, SUM+1
    clr SUM
    lsl U                               /* L1 */
    rol U+1
    rol U+2
    rol U+3
    adc U, SUM
    eor U+1, SUM+1                      /* R8 of that is R7 ^ R18; >> 3 is in L5 */
    eor U+2, SUM+2
    eor U+3, SUM+3
    eor U, r1
    add \w16, U+1
    adc \w16+1, U+2
    adc \w16+2, U+3
    adc \w16+3, U
    sum_high_first \w16, Y, \at
    store_high_first \at, \w16
.endm

/* Puts the next 16 words over the last, and sets up for 16 rounds with them. Z: the
 * block's end before, its beginning after. */
    .type sha256_extend, @function
sha256_extend:
    .irp i, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 18, 19, 20, 21
    push \i
    .endr
    subi r30, 64
    sbci r31, 0
    movw r28, r30
    adiw r28, 4 * 9                     /* W[t-7] is W[t+9] of the last 16 */
    load_high_first P, 0
    load_high_first R, 4 * 15
    load_high_first S, 4 * 14
    ldi FOURS, 4
    ldi THIRTYTWO, 32
1:
    load_high_first Q, 4
    extend 0, P, Q, S
    load_high_first S, 8
    extend 4, Q, S, R
    load_high_first R, 12
    extend 8, S, R, P
    cpi FOURS, 3                        /* W[7] is the first to need a new W[t-7] */
    brne 2f
    subi r28, 64
    sbci r29, 0
2:
    cpi FOURS, 1                        /* and W[15] to need a new W[t - 15] */
    breq 3f
    load_high_first P, 16
    rjmp 4f
3:
    sbiw r30, 4 * 12
    load_high_first P, 0
    adiw r30, 4 * 12
4:
    extend 12, R, P, Q
    adiw r28, 16
    adiw r30, 16
    dec FOURS
    breq 5f
    rjmp 1b
5:
    subi r30, 64
    sbci r31, 0
    .irp i, 21, 20, 19, 18, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2
    pop \i
    .endr
    in r28, SPL                         /* the frame is behind the return address */
    in r29, SPH
    adiw r28, 2
    load BC, C
    xor BC, B
    load ODD, H
sha256_set_factors:
    ldi FOUR, 4
    ldi SIXTYFOUR, 64
    ret
    .size sha256_extend, . - sha256_extend

/* Adds the word BC to that at Z, and moves on. */
    .type sha256_feed_forward, @function
sha256_feed_forward:
    ld r0, Z
    add BC, r0
    st Z+, BC
    ld r0, Z
    adc BC+1, r0
    st Z+, BC+1
    ld r0, Z
    adc BC+2, r0
    st Z+, BC+2
    ld r0, Z
    adc BC+3, r0
    st Z+, BC+3
    ret
    .size sha256_feed_forward, . - sha256_feed_forward

/* Loads the word that ends before Z. */
.macro load_down to
    ld \to+3, -Z
    ld \to+2, -Z
    ld \to+1, -Z
    ld \to, -Z
.endm

.macro push_word of
    push \of+3
    push \of+2
    push \of+1
    push \of
.endm

.macro pop_word to
    pop \to
    pop \to+1
    pop \to+2
    pop \to+3
.endm

.macro add_constant to, k
    subi \to, lo8(-(\k))
    sbci \to+1, hi8(-(\k))
    sbci \to+2, hlo8(-(\k))
    sbci \to+3, hhi8(-(\k))
.endm

/* Rounds with these constants. */
.macro two_rounds k_even, k_odd
    add_constant ODD, \k_even
    rcall sha256_even_round
    add_constant EVEN, \k_odd
    rcall sha256_odd_round
.endm

    .global csign_sha256_compress
    .type csign_sha256_compress, @function
csign_sha256_compress:
    .irp i, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29
    push \i
    .endr
    /* The chaining value, from its end: h, g, d, c make the frame. */
    movw r30, r24
    adiw r30, 6 + 32
    load_down ODD
    push_word ODD
    load_down BC
    push_word BC
    load_down F
    load_down E
    load_down BC
    push_word BC
    load_down BC
    push_word BC
    load_down B
    load_down EVEN
    xor BC, B
    in r28, SPL
    in r29, SPH
    adiw r30, 32                        /* to the block */
    rcall sha256_set_factors
    two_rounds 0x428a2f98, 0x71374491
    two_rounds 0xb5c0fbcf, 0xe9b5dba5
    two_rounds 0x3956c25b, 0x59f111f1
    two_rounds 0x923f82a4, 0xab1c5ed5
    two_rounds 0xd807aa98, 0x12835b01
    two_rounds 0x243185be, 0x550c7dc3
    two_rounds 0x72be5d74, 0x80deb1fe
    two_rounds 0x9bdc06a7, 0xc19bf174
    rcall sha256_extend
    two_rounds 0xe49b69c1, 0xefbe4786
    two_rounds 0x0fc19dc6, 0x240ca1cc
    two_rounds 0x2de92c6f, 0x4a7484aa
    two_rounds 0x5cb0a9dc, 0x76f988da
    two_rounds 0x983e5152, 0xa831c66d
    two_rounds 0xb00327c8, 0xbf597fc7
    two_rounds 0xc6e00bf3, 0xd5a79147
    two_rounds 0x06ca6351, 0x14292967
    rcall sha256_extend
    two_rounds 0x27b70a85, 0x2e1b2138
    two_rounds 0x4d2c6dfc, 0x53380d13
    two_rounds 0x650a7354, 0x766a0abb
    two_rounds 0x81c2c92e, 0x92722c85
    two_rounds 0xa2bfe8a1, 0xa81a664b
    two_rounds 0xc24b8b70, 0xc76c51a3
    two_rounds 0xd192e819, 0xd6990624
    two_rounds 0xf40e3585, 0x106aa070
    rcall sha256_extend
    two_rounds 0x19a4c116, 0x1e376c08
    two_rounds 0x2748774c, 0x34b0bcb5
    two_rounds 0x391c0cb3, 0x4ed8aa4a
    two_rounds 0x5b9cca4f, 0x682e6ff3
    two_rounds 0x748f82ee, 0x78a5636f
    two_rounds 0x84c87814, 0x8cc70208
    two_rounds 0x90befffa, 0xa4506ceb
    two_rounds 0xbef9a3f7, 0xc67178f2
    /* The sums of the new words and the old */
    subi r30, 32 + 64
    sbci r31, 0
    copy BC, EVEN
    rcall sha256_feed_forward
    copy BC, B
    rcall sha256_feed_forward
    pop_word BC                         /* c */
    rcall sha256_feed_forward
    pop_word BC                         /* d */
    rcall sha256_feed_forward
    copy BC, E
    rcall sha256_feed_forward
    copy BC, F
    rcall sha256_feed_forward
    pop_word BC                         /* g */
    rcall sha256_feed_forward
    pop_word BC                         /* h */
    rcall sha256_feed_forward
    clr r1
    .irp i, 29, 28, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2
    pop \i
    .endr
    ret
    .size csign_sha256_compress, . - csign_sha256_compress

#endif
