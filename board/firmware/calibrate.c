/* SPDX-License-Identifier: MIT */
/* Known work between pairs of labels, for the simulator to time against the
 * data sheet. Each block is TIMED(name, instructions): labels t_name and
 * t_name_end, ten times the instructions between them. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

#define TIMED(name, code)                                                                \
    __asm__ volatile(".global t_" name "\nt_" name ":\n\t"                               \
                     ".rept 10\n\t" code "\n\t.endr\n\t"                                 \
                     ".global t_" name "_end\nt_" name "_end:\n\t" ::                    \
                         : "r16", "r17", "r18", "r24", "r25", "r26", "r27", "r30",       \
                           "r31", "memory")

static volatile uint8_t cell;

void __attribute__((noinline, used)) callee(void)
{
    __asm__ volatile("nop");
}

static void time_arithmetic(void)
{
    TIMED("nop", "nop");
    TIMED("add", "add r16, r17");
    TIMED("adiw", "adiw r24, 1");
    TIMED("movw", "movw r24, r16");
    __asm__ volatile("push r0\n\tpush r1");
    TIMED("mul", "mul r16, r17");
    __asm__ volatile("pop r1\n\tpop r0");
    TIMED("ror", "ror r16");
    TIMED("swap", "swap r16");
    TIMED("cpi", "cpi r16, 1");
    TIMED("ldi", "ldi r16, 1");
    TIMED("in", "in r16, 0x3f");
    TIMED("out", "out 0x1e, r16"); /* GPIOR0 */
    TIMED("sbi", "sbi 0x1e, 0");
    TIMED("cbi", "cbi 0x1e, 0");
}

static void time_memory(void)
{
    TIMED("lds", "lds r16, 0x0200");
    TIMED("sts", "sts 0x08f0, r16");
    __asm__ volatile("ldi r26, 0xf0\n\tldi r27, 8\n\tmovw r30, r26" ::
                         : "r26", "r27", "r30", "r31");
    TIMED("ld", "ld r16, X");
    TIMED("ldinc", "ld r16, X+");
    __asm__ volatile("ldi r26, 0xf0\n\tldi r27, 8" ::: "r26", "r27");
    TIMED("lddec", "ld r16, -X");
    TIMED("st", "st X, r16");
    TIMED("stinc", "st X+, r16");
    TIMED("ldd", "ldd r16, Z+3");
    TIMED("std", "std Z+3, r16");
    TIMED("lpm", "lpm r16, Z");
    TIMED("lpminc", "lpm r16, Z+");
    TIMED("push", "push r16\n\tpop r16");
}

static void time_jumps(void)
{
    TIMED("rjmp", "rjmp 1f\n1:");
    TIMED("jmp", "jmp 1f\n1:");
    __asm__ volatile("ldi r16, 1\n\tclz" ::: "r16");
    TIMED("taken", "clz\n\tbrne 1f\n1:");
    TIMED("untaken", "sez\n\tbrne 1f\n1:");
    TIMED("skip1", "sbrs r16, 0\n\tnop");
    TIMED("noskip", "sbrc r16, 0\n\tnop");
    TIMED("skip2", "sbrs r16, 0\n\tjmp 1f\n1:");
    TIMED("cpse", "cpse r16, r16\n\tnop");
    TIMED("call", "call callee");   /* 4 + nop 1 + ret 4 */
    TIMED("rcall", "rcall callee"); /* 3 + 1 + 4 */
    __asm__ volatile("ldi r30, lo8(gs(callee))\n\tldi r31, hi8(gs(callee))" ::
                         : "r30", "r31");
    TIMED("icall", "icall"); /* 3 + 1 + 4 */
}

static void time_spi(void)
{
    static const uint8_t spr[4] = {0, 1, 2, 3};

    DDRB |= _BV(PB2) | _BV(PB3) | _BV(PB5);
    PORTB |= _BV(PB2);
    for (uint8_t i = 0; i < 4; i++)
        for (uint8_t twice = 0; twice < 2; twice++) {
            SPCR = _BV(SPE) | _BV(MSTR) | spr[i];
            SPSR = twice ? 0 : _BV(SPI2X);
            SPDR = 0xa5;
            while (!(SPSR & _BV(SPIF)))
                ;
            (void)SPDR;
        }
}

/* One byte at fosc/2, seen as tightly as a program can see it. */
static void time_spi_byte(void)
{
    SPCR = _BV(SPE) | _BV(MSTR);
    SPSR = _BV(SPI2X);
    __asm__ volatile(
        ".global t_spi_byte\nt_spi_byte:\n\t"
        "out %0, r16\n"
        "1: in r17, %1\n\t"
        "sbrs r17, 7\n\t"
        "rjmp 1b\n\t"
        "in r17, %0\n\t"
        ".global t_spi_byte_end\nt_spi_byte_end:\n\t" ::"I"(_SFR_IO_ADDR(SPDR)),
        "I"(_SFR_IO_ADDR(SPSR))
        : "r16", "r17");
}

/* Bytes 18 cycles apart need no look at SPIF; 17 is the least there is. */
static void time_spi_blind(void)
{
    __asm__ volatile("out %0, r16\n\t"
                     ".rept 16\n\tnop\n\t.endr\n\t"
                     "out %0, r16\n\t"
                     "in r18, %1\n\t"
                     "sts cell_17, r18\n\t"
                     ".rept 20\n\tnop\n\t.endr\n\t"
                     "in r17, %1\n\tin r17, %0\n\t"
                     "out %0, r16\n\t"
                     ".rept 12\n\tnop\n\t.endr\n\t"
                     "out %0, r16\n\t"
                     "in r18, %1\n\t"
                     "sts cell_13, r18\n\t"
                     ".rept 20\n\tnop\n\t.endr\n\t" ::"I"(_SFR_IO_ADDR(SPDR)),
                     "I"(_SFR_IO_ADDR(SPSR))
                     : "r16", "r17", "r18");
}

uint8_t cell_17, cell_13;

static void time_eeprom(void)
{
    EEAR = 5;
    EEDR = 0x5a;
    __asm__ volatile("sbi %0, 2\n\t"
                     ".global t_ee_start\nt_ee_start:\n\t"
                     "sbi %0, 1\n\t"
                     ".global t_ee_started\nt_ee_started:\n"
                     "1: sbic %0, 1\n\t"
                     "rjmp 1b\n\t"
                     ".global t_ee_done\nt_ee_done:\n\t"
                     "sbi %0, 0\n\t"
                     ".global t_ee_read\nt_ee_read:\n\t" ::"I"(_SFR_IO_ADDR(EECR)));
}

static void time_uart(void)
{
    UBRR0 = 8; /* 115 200 baud at 16 MHz: (8 + 1) * 16 * 10 cycles a byte */
    UCSR0B = _BV(TXEN0) | _BV(RXEN0);
    UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
    UCSR0A = _BV(TXC0);
    __asm__ volatile(".global t_uart\nt_uart:\n" ::);
    UDR0 = 'U';
    while (!(UCSR0A & _BV(TXC0)))
        ;
    __asm__ volatile(".global t_uart_end\nt_uart_end:\n" ::);
}

static void time_adc(void)
{
    ADMUX = _BV(REFS0);
    ADCSRA = _BV(ADEN) | _BV(ADSC) | 7;
    while (ADCSRA & _BV(ADSC))
        ;
    __asm__ volatile(".global t_adc\nt_adc:\n" ::);
    ADCSRA |= _BV(ADSC);
    while (ADCSRA & _BV(ADSC))
        ;
    __asm__ volatile(".global t_adc_end\nt_adc_end:\n" ::);
}

ISR(TIMER1_COMPA_vect)
{
    cell++;
}

/* Timer 1 counts cycles: every 1000 of them an interrupt. */
static void time_interrupts(void)
{
    OCR1A = 999;
    TCCR1A = 0;
    TIMSK1 = _BV(OCIE1A);
    TCCR1B = _BV(WGM12) | _BV(CS10);
    sei();
    while (cell < 20)
        ;
    set_sleep_mode(SLEEP_MODE_IDLE);
    while (cell < 40)
        sleep_mode();
    cli();
}

/* The interrupt itself. t_sei to t_vector: SEI, the one instruction it lets
 * pass, 4 cycles of entry, the vector's JMP. */
ISR(PCINT2_vect, ISR_NAKED)
{
    __asm__ volatile(".global t_vector\nt_vector:\n\treti");
}

static void time_entry(void)
{
    DDRD |= _BV(PD2);
    PCMSK2 = _BV(PCINT18);
    PCICR = _BV(PCIE2);
    PIND = _BV(PD2); /* toggles it: the interrupt is due, but not yet let in */
    __asm__ volatile("nop\n\tnop\n\t"
                     ".global t_sei\nt_sei:\n\tsei\n\tnop\n\tnop\n\tnop\n\tcli\n\t"
                     ".global t_after\nt_after:\n\tnop");
}

void __attribute__((noinline, used)) all_done(void)
{
    __asm__ volatile("nop");
}

int main(void)
{
    time_arithmetic();
    time_memory();
    time_jumps();
    time_spi();
    time_spi_byte();
    time_spi_blind();
    time_eeprom();
    time_uart();
    time_adc();
    time_interrupts();
    time_entry();
    all_done();
    for (;;)
        ;
}
