/* SPDX-License-Identifier: MIT */
/* uart_report.c: where check_target.h's report goes on an ATmega328P: its UART, 2 Mbaud.
 */
#include <avr/io.h>

void check_put(uint8_t byte);

void check_put(uint8_t byte)
{
    if (!(UCSR0B & _BV(TXEN0))) {
        UCSR0A = _BV(U2X0);
        UBRR0 = 0;
        UCSR0B = _BV(TXEN0);
    }
    while (!(UCSR0A & _BV(UDRE0)))
        ;
    UDR0 = byte;
}
