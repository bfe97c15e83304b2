/* SPDX-License-Identifier: MIT */
/* microbit.c: starts a program on QEMU's microbit (Cortex-M0), sends check_target.h's
 * report over the UART and ends QEMU with the program's exit status. */
#include <stdint.h>

int main(void);
void check_put(uint8_t byte);
void reset(void) __attribute__((noreturn));

extern uint32_t data_start[], data_end[], data_image[], bss_start[], bss_end[],
    stack_top[];

/* nRF51 Series Reference Manual, chapter 29: UART. */
#define UART(offset) (*(volatile uint32_t *)(0x40002000u + (offset)))
enum { STARTTX = 0x008, TXDRDY = 0x11c, ENABLE = 0x500, ENABLED = 4, TXD = 0x51c };

#define PAINT 0x5ca1ab1eu

void check_put(uint8_t byte)
{
    UART(TXDRDY) = 0;
    UART(TXD) = byte;
    while (UART(TXDRDY) == 0)
        ;
}

static void say(const char *text)
{
    while (*text != '\0')
        check_put((uint8_t)*text++);
}

static void say_number(uint32_t number)
{
    if (number >= 10)
        say_number(number / 10);
    check_put((uint8_t)('0' + number % 10));
}

/* Arm's semihosting: SYS_EXIT, with "the application ended" or any other reason. */
static void __attribute__((noreturn)) leave(uint32_t is_well)
{
    register uint32_t operation __asm__("r0") = 0x18;
    register uint32_t reason __asm__("r1") = is_well ? 0x20026u : 0x20023u;

    for (;;)
        __asm__ volatile("bkpt 0xab" : : "r"(operation), "r"(reason) : "memory");
}

/* Bytes between static memory and the deepest the stack has been. */
static uint32_t stack_left(void)
{
    const uint32_t *at = bss_end;

    while (at < stack_top && *at == PAINT)
        at++;
    return (uint32_t)((const uint8_t *)at - (const uint8_t *)bss_end);
}

static void fault(void)
{
    say("# fault\n");
    leave(0);
}

static void prepare_memory(void)
{
    const uint32_t *from = data_image;
    uint32_t *here = __builtin_frame_address(0);

    for (uint32_t *to = data_start; to < data_end; to++)
        *to = *from++;
    for (uint32_t *to = bss_start; to < bss_end; to++)
        *to = 0;
    for (uint32_t *to = bss_end; to < here - 16; to++)
        *to = PAINT;
}

void reset(void)
{
    int status;

    prepare_memory();
    UART(ENABLE) = ENABLED;
    UART(STARTTX) = 1;
    status = main();
    say("# stack left ");
    say_number(stack_left());
    say("\n");
    leave(status == 0 && stack_left() > 0);
}

/* Armv6-M Architecture Reference Manual, B1.5.2: the exceptions from the stack's top on.
 */
static const void *const vectors[16] __attribute__((section(".vectors"), used)) = {
    stack_top, (const void *)reset, (const void *)fault, (const void *)fault};
