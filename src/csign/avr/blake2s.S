/* SPDX-License-Identifier: MIT */
/* blake2s.S: BLAKE2s's compression function for AVRs.
 *
 *     void csign_blake2s_compress(csign_work *work);
 *
 *     11 803 cycles whatever the data, flash 2 292 bytes, stack 70 bytes (ATmega328P)
 *
 * It does what blake2s.c does, whose tests it passes: RFC 7693, section 3.2. The work is
 * its head (length, 4 bytes; fill; last), the chaining value (8 words) and the block (16
 * words), low bytes first. The length is the counter, last marks the last block.
 *
 * The idea. A mix, RFC 7693's G, needs four of the sixteen words of the working vector;
 * six fit into registers. So of the four words that the first mix of diagonals needs,
 * three are still there from the columns, and one each for the second and the third; and
 * the same from diagonals to columns. That leaves 22 words a round, not 32, to be stored
 * and loaded. The eight mixes of a round are written out, because each finds its words
 * in other registers; v0 never leaves its own. A word that goes to memory takes any slot
 * that is free there.
 *
 * Rotations by 16 and 8 are renamings of bytes; 12 is 16 and four single bits back, 7 is
 * 8 and one back. So the words of the second and the fourth row leave a mix with their
 * bytes in other registers than they came in. `turn` says in which: byte i of a word is
 * in its register (i + turn) modulo 4. In memory bytes lie in order.
 *
 * The message words stay where they are. Their order is a table of the steps from each
 * to the next, 63 added so that none is negative.
 *
 * An interrupt may come anywhere: memory below the stack pointer is not used. No branch
 * and no address depends on data.
 */
#if defined(__AVR__) && defined(__AVR_HAVE_MUL__) && !defined(CSIGN_NO_ASM)

#define SPL  0x3d
#define SPH  0x3e
#define SREG 0x3f

/* Words in registers: the number of the lowest byte's register; the others follow. */
#define W0 2
#define W1 6
#define W2 10
#define W3 14
#define W4 18
#define W5 22
/* r0: one byte on its way. r1: zero. X: the message; Y: the frame; Z: the steps. */
#define ZERO 1

/* Words in the frame. */
#define FRAME  48
#define SLOT0  Y+1
#define SLOT1  Y+5
#define SLOT2  Y+9
#define SLOT3  Y+13
#define SLOT4  Y+17
#define SLOT5  Y+21
#define SLOT6  Y+25
#define SLOT7  Y+29
#define SLOT8  Y+33
#define SLOT9  Y+37
#define SLOT10 Y+41
#define SLOT11 Y+45

/* Offsets in the work. */
#define LENGTH 0
#define LAST   5
#define STATE  6
#define BLOCK  38

.macro load to, at, turn=0
    ldd \to+((0+\turn)&3), \at
    ldd \to+((1+\turn)&3), \at+1
    ldd \to+((2+\turn)&3), \at+2
    ldd \to+((3+\turn)&3), \at+3
.endm

.macro store at, of, turn=0
    std \at, \of+((0+\turn)&3)
    std \at+1, \of+((1+\turn)&3)
    std \at+2, \of+((2+\turn)&3)
    std \at+3, \of+((3+\turn)&3)
.endm

/* A register's word goes to one slot; that of another slot takes its place. */
.macro trade word, to, from, turn
    store \to, \word, \turn
    load \word, \from
.endm

.macro sum to, of, turn
    add \to, \of+((0+\turn)&3)
    adc \to+1, \of+((1+\turn)&3)
    adc \to+2, \of+((2+\turn)&3)
    adc \to+3, \of+((3+\turn)&3)
.endm

.macro xor to, turn, of
    eor \to+((0+\turn)&3), \of
    eor \to+((1+\turn)&3), \of+1
    eor \to+((2+\turn)&3), \of+2
    eor \to+((3+\turn)&3), \of+3
.endm

.macro turn_left of, turn
    lsl \of+((0+\turn)&3)
    rol \of+((1+\turn)&3)
    rol \of+((2+\turn)&3)
    rol \of+((3+\turn)&3)
    adc \of+((0+\turn)&3), ZERO
.endm

/* to += the next message word. X is left at that word's last byte. */
.macro sum_message to
    lpm r0, Z+
    sbiw r26, 63
    add r26, r0
    adc r27, ZERO
    ld r0, X+
    add \to, r0
    ld r0, X+
    adc \to+1, r0
    ld r0, X+
    adc \to+2, r0
    ld r0, X
    adc \to+3, r0
.endm

/* One mix. b and d come with these turns and leave with 3 more. */
.macro mix a, b, c, d, turn_b, turn_d
    sum \a, \b, \turn_b
    sum_message \a
    xor \d, \turn_d, \a                 /* R16 */
    sum \c, \d, \turn_d+2
    xor \b, \turn_b, \c                 /* R12 is R16 L4 */
    turn_left \b, \turn_b
    turn_left \b, \turn_b
    turn_left \b, \turn_b
    turn_left \b, \turn_b
    sum \a, \b, \turn_b+2
    sum_message \a
    xor \d, \turn_d+2, \a               /* R8 */
    sum \c, \d, \turn_d+3
    xor \b, \turn_b+2, \c               /* R7 is R8 L1 */
    turn_left \b, \turn_b+2
.endm

/* The steps to these message words, each from the last byte of the word before it. */
.macro steps words:vararg
    .irp word, \words
    .byte 4 * (\word - .Lword) - 3 + 63
    .Lword = \word
    .endr
.endm

    .section .progmem.data.csign_blake2s_steps, "a", @progbits
    .type blake2s_steps, @object
blake2s_steps:
    .Lword = 15                         /* where X begins */
    steps 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    steps 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3
    steps 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4
    steps 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8
    steps 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13
    steps 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9
    steps 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11
    steps 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10
    steps 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5
    steps 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0
blake2s_steps_end:
    .size blake2s_steps, . - blake2s_steps

.macro set to, value, turn=0
    ldi \to+((0+\turn)&3), lo8(\value)
    ldi \to+((1+\turn)&3), hi8(\value)
    ldi \to+((2+\turn)&3), hlo8(\value)
    ldi \to+((3+\turn)&3), hhi8(\value)
.endm

.macro set_slot at, value
    set W4, \value
    store \at, W4
.endm

/* A word of the chaining value goes to a slot. */
.macro fill_slot at, index
    load W4, Z+STATE+4*\index
    store \at, W4
.endm

.macro copy to, of
    movw \to, \of
    movw \to+2, \of+2
.endm

.macro copy_turned to, of, turn
    mov \to, \of+((0+\turn)&3)
    mov \to+1, \of+((1+\turn)&3)
    mov \to+2, \of+((2+\turn)&3)
    mov \to+3, \of+((3+\turn)&3)
.endm

.macro load_next to
    ld \to, Y+
    ld \to+1, Y+
    ld \to+2, Y+
    ld \to+3, Y+
.endm

    .section .text.csign_blake2s_compress, "ax", @progbits

/* The word at Z ^= W3 ^ the next word of the frame; or W3 alone. Y and Z move on. */
    .type blake2s_feed_forward, @function
blake2s_feed_forward:
    .irp i, 0, 1, 2, 3
    ld r0, Y+
    eor W3+\i, r0
    .endr
blake2s_feed_alone:
    .irp i, 0, 1, 2, 3
    ld r0, Z
    eor r0, W3+\i
    st Z+, r0
    .endr
    ret
    .size blake2s_feed_forward, . - blake2s_feed_forward

    .global csign_blake2s_compress
    .type csign_blake2s_compress, @function
csign_blake2s_compress:
    .irp i, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29
    push \i
    .endr
    in r28, SPL
    in r29, SPH
    sbiw r28, FRAME
    in r0, SREG
    cli
    out SPH, r29
    out SREG, r0                        /* takes effect after the next instruction */
    out SPL, r28
    /* The working vector */
    movw r30, r24
    movw r26, r24
    adiw r26, BLOCK
    adiw r26, 63
    load W0, Z+STATE                    /* 0 */
    fill_slot SLOT1, 1
    fill_slot SLOT2, 2
    load W2, Z+STATE+12                 /* 3 */
    load W1, Z+STATE+16, 3              /* 4 */
    fill_slot SLOT5, 5
    fill_slot SLOT7, 6
    fill_slot SLOT8, 7
    set_slot SLOT0, 0x6a09e667          /* 8 */
    set_slot SLOT3, 0x3c6ef372          /* 10 */
    set_slot SLOT4, 0xa54ff53a          /* 11 */
    load W3, Z+LENGTH, 3                /* 12 */
    set W4, 0x510e527f
    xor W3, 3, W4
    set_slot SLOT6, 0x9b05688c          /* 13 */
    set_slot SLOT9, 0x5be0cd19          /* 15 */
    set W4, 0xbb67ae85                  /* 9 */
    set W5, 0x1f83d9ab, 3               /* 14, inverted when last is not 0 */
    ldd r0, Z+LAST
    neg r0
    sbc r0, r0
    .irp i, 0, 1, 2, 3
    eor W5+\i, r0
    .endr
    ldi r30, lo8(blake2s_steps)
    ldi r31, hi8(blake2s_steps)
    clr ZERO
    /* Ten rounds. Between them words 0, 4, 3, 12, 9, 14 are in W0 .. W5, words 8, 1, 2,
     * 10, 11, 5, 13, 6, 7, 15 in the first ten slots, as the last lines want them. */
1:
    trade W2, SLOT10, SLOT0, 0          /* 3 out, 8 in */
    mix W0, W1, W2, W3, 3, 3            /* of 0, 4, 8, 12 */
    trade W1, SLOT11, SLOT1, 2          /* 4 out, 1 in */
    trade W3, SLOT1, SLOT5, 2           /* 12 out, 5 in */
    trade W2, SLOT0, SLOT6, 0           /* 8 out, 13 in */
    mix W1, W3, W4, W2, 0, 0            /* of 1, 5, 9, 13 */
    trade W4, SLOT6, SLOT3, 0           /* 9 out, 10 in */
    trade W1, SLOT3, SLOT2, 0           /* 1 out, 2 in */
    trade W2, SLOT2, SLOT7, 3           /* 13 out, 6 in */
    mix W1, W2, W4, W5, 0, 3            /* of 2, 6, 10, 14 */
    trade W1, SLOT7, SLOT10, 0          /* 2 out, 3 in */
    trade W4, SLOT5, SLOT4, 0           /* 10 out, 11 in */
    trade W2, SLOT4, SLOT8, 3           /* 6 out, 7 in */
    trade W5, SLOT8, SLOT9, 2           /* 14 out, 15 in */
    mix W1, W2, W4, W5, 0, 0            /* of 3, 7, 11, 15 */
    trade W1, SLOT10, SLOT5, 0          /* 3 out, 10 in */
    mix W0, W3, W1, W5, 3, 3            /* of 0, 5, 10, 15 */
    trade W3, SLOT5, SLOT1, 2           /* 5 out, 12 in */
    trade W5, SLOT9, SLOT3, 2           /* 15 out, 1 in */
    trade W1, SLOT3, SLOT4, 0           /* 10 out, 6 in */
    mix W5, W1, W4, W3, 0, 0            /* of 1, 6, 11, 12 */
    trade W4, SLOT4, SLOT7, 0           /* 11 out, 2 in */
    trade W5, SLOT1, SLOT0, 0           /* 1 out, 8 in */
    trade W1, SLOT7, SLOT2, 3           /* 6 out, 13 in */
    mix W4, W2, W5, W1, 3, 0            /* of 2, 7, 8, 13 */
    trade W4, SLOT2, SLOT6, 0           /* 2 out, 9 in */
    trade W5, SLOT0, SLOT8, 0           /* 8 out, 14 in */
    trade W2, SLOT8, SLOT10, 2          /* 7 out, 3 in */
    trade W1, SLOT6, SLOT11, 3          /* 13 out, 4 in */
    mix W2, W1, W4, W5, 0, 0            /* of 3, 4, 9, 14 */
    cpi r30, lo8(blake2s_steps_end)
    breq 2f
    rjmp 1b
2:
    /* The chaining value ^= the vector's upper half ^ its lower. The last message word
     * was the block's first. */
    movw r30, r26
    sbiw r30, BLOCK + 3 - STATE
    adiw r28, 1
    xor W1, 0, W3                       /* 4 ^ 12, both with turn 3 */
    copy W3, W0
    rcall blake2s_feed_forward          /* 0 ^ 8 */
    copy W3, W4
    rcall blake2s_feed_forward          /* 9 ^ 1 */
    load_next W3
    rcall blake2s_feed_forward          /* 2 ^ 10 */
    copy W3, W2
    rcall blake2s_feed_forward          /* 3 ^ 11 */
    copy_turned W3, W1, 3
    rcall blake2s_feed_alone
    load_next W3
    rcall blake2s_feed_forward          /* 5 ^ 13 */
    copy_turned W3, W5, 3
    rcall blake2s_feed_forward          /* 14 ^ 6 */
    load_next W3
    rcall blake2s_feed_forward          /* 7 ^ 15 */
    adiw r28, FRAME - 10 * 4 - 1
    in r0, SREG
    cli
    out SPH, r29
    out SREG, r0
    out SPL, r28
    .irp i, 29, 28, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2
    pop \i
    .endr
    ret
    .size csign_blake2s_compress, . - csign_blake2s_compress

#endif
