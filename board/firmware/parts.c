/* SPDX-License-Identifier: MIT */
/* A firmware that does one thing for each letter on the serial line, so that
 * tests can look at the board's parts one by one. 115 200 baud at 16 MHz. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/wdt.h>
#include <util/delay.h>

uint8_t reset_cause __attribute__((section(".noinit")));
uint8_t survivor[4] __attribute__((section(".noinit")));
volatile uint8_t edges;
volatile uint8_t ready_count;
static volatile uint8_t pending;

/* Before main(), for a watchdog reset leaves the watchdog running. */
void __attribute__((naked, used, section(".init3"))) note_reset(void)
{
    reset_cause = MCUSR;
    MCUSR = 0;
    wdt_disable();
}

ISR(INT0_vect)
{
    edges++;
}

/* Writes cells 0x30, 0x31, 0x32, each as soon as the one before is done. */
ISR(EE_READY_vect)
{
    if (ready_count == 3) {
        EECR &= (uint8_t)~_BV(EERIE);
        pending = 0;
        return;
    }
    EEAR = 0x30 + ready_count;
    EEDR = 0xc0 + ready_count++;
    EECR |= _BV(EEMPE);
    EECR |= _BV(EEPE);
}

static void say(char c)
{
    while (!(UCSR0A & _BV(UDRE0)))
        ;
    UDR0 = (uint8_t)c;
}

static void say_text(const char *text)
{
    while (*text != '\0')
        say(*text++);
}

static void say_hex(uint8_t value)
{
    static const char digits[] = "0123456789abcdef";

    say(digits[value >> 4]);
    say(digits[value & 15]);
}

static void say_number(uint16_t value)
{
    if (value >= 10)
        say_number(value / 10);
    say((char)('0' + value % 10));
}

static void ee_wait(void)
{
    while (EECR & _BV(EEPE))
        ;
}

static void ee_start(uint16_t address, uint8_t value)
{
    ee_wait();
    EEAR = address;
    EEDR = value;
    EECR |= _BV(EEMPE);
    EECR |= _BV(EEPE);
}

static uint8_t ee_read(uint16_t address)
{
    ee_wait();
    EEAR = address;
    EECR |= _BV(EERE);
    return EEDR;
}

static void four_writes(void)
{
    for (uint8_t i = 0; i < 4; i++)
        ee_start(0x10 + i, 0xa0 + i);
    ee_wait();
    say_text("written\n");
}

/* Everything that must be refused while a write is under way. */
static void meddle(void)
{
    ee_start(0x20, 0x55);
    EEAR = 0x21;
    EEDR = 0xaa;
    EECR |= _BV(EEMPE);
    EECR |= _BV(EEPE);
    EECR |= _BV(EERE);
    say_text("busy eear=");
    say_hex((uint8_t)EEAR);
    say_text(" eedr=");
    say_hex(EEDR);
    ee_wait();
    say_text(" cells=");
    say_hex(ee_read(0x20));
    say_hex(ee_read(0x21));
    say('\n');
}

static void write_too_late(void)
{
    EEAR = 0x22;
    EEDR = 0x11;
    __asm__ volatile("sbi %0, 2\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tsbi %0, 1" ::"I"(
        _SFR_IO_ADDR(EECR)));
    ee_wait();
    say_text("late cell=");
    say_hex(ee_read(0x22));
    say('\n');
}

static void write_by_interrupt(void)
{
    ready_count = 0;
    pending = 1;
    EECR |= _BV(EERIE);
    while (pending)
        ;
    say_text("by interrupt\n");
}

/* Erases and writes in two steps: ff, then only bits that fall. */
static void split_write(void)
{
    EECR = _BV(EEPM0);
    ee_start(0x23, 0);
    ee_wait();
    say_hex(ee_read(0x23));
    EECR = _BV(EEPM1);
    ee_start(0x23, 0x0f);
    ee_wait();
    EECR = _BV(EEPM1);
    ee_start(0x23, 0xf5);
    ee_wait();
    EECR = 0;
    say_hex(ee_read(0x23));
    say('\n');
}

/* Ten milliseconds without a look at the receiver, then what it kept. */
static void hold(void)
{
    uint8_t overrun = 0;

    say_text("holding\n");
    _delay_ms(10);
    say_text("kept ");
    for (uint8_t status; (status = UCSR0A) & _BV(RXC0);) {
        overrun |= status & _BV(DOR0);
        say((char)UDR0);
    }
    say_text(overrun ? " overrun\n" : " whole\n");
}

static void convert(void)
{
    ADMUX = _BV(REFS0);
    ADCSRA = _BV(ADEN) | _BV(ADSC) | 7;
    while (ADCSRA & _BV(ADSC))
        ;
    say_text("adc ");
    say_number(ADC);
    say('\n');
}

static uint8_t spi(uint8_t byte)
{
    SPDR = byte;
    while (!(SPSR & _BV(SPIF)))
        ;
    return SPDR;
}

/* The chip's version, with the pins set as mode says in SPCR's bits. */
static void ask_version(uint8_t mode)
{
    DDRB |= _BV(PB2) | _BV(PB3) | _BV(PB5);
    SPCR = _BV(SPE) | _BV(MSTR) | mode;
    SPSR = _BV(SPI2X);
    PORTB &= (uint8_t)~_BV(PB2);
    spi(0);
    spi(0x39);
    spi(0);
    say_text("version ");
    say_hex(spi(0));
    PORTB |= _BV(PB2);
    say('\n');
}

static void remember(void)
{
    for (uint8_t i = 0; i < 4; i++)
        survivor[i] = 0xd0 + i;
    say_text("remembered\n");
}

static void obey(char c)
{
    switch (c) {
    case 'w':
        four_writes();
        break;
    case 'm':
        meddle();
        break;
    case 'l':
        write_too_late();
        break;
    case 'i':
        write_by_interrupt();
        break;
    case 'b':
        split_write();
        break;
    case 'h':
        hold();
        break;
    case 'a':
        convert();
        break;
    case 'v':
        ask_version(0);
        break;
    case 'V':
        ask_version(_BV(CPHA));
        break;
    case 'r':
        remember();
        break;
    case 'j':
        ((void (*)(void))0x7ff0)();
        break; /* past the flash's end */
    case 'd':
        wdt_enable(WDTO_15MS);
        for (;;)
            ;
    default:
        say(c);
    }
}

int main(void)
{
    UBRR0 = 8;
    UCSR0B = _BV(TXEN0) | _BV(RXEN0);
    PORTD |= _BV(PD2);  /* the button's pull-up */
    DDRD |= _BV(PD5);   /* the lamp */
    EICRA = _BV(ISC01); /* falling edges */
    EIMSK = _BV(INT0);
    sei();
    say_text("parts ready ");
    say_hex(reset_cause);
    say('\n');
    for (;;) {
        if (PIND & _BV(PD2))
            PORTD &= (uint8_t)~_BV(PD5);
        else
            PORTD |= _BV(PD5);
        if (UCSR0A & _BV(RXC0))
            obey((char)UDR0);
    }
}
