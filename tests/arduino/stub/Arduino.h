/* SPDX-License-Identifier: MIT */
/* Arduino.h: a core for a PC, with what this library and its sketches use of one: so that
 * they compile where int has 32 bits, and the classes can be tried without a board. Time
 * and pins are the test's: see the end. */
#ifndef STUB_ARDUINO_H
#define STUB_ARDUINO_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PROGMEM
#define pgm_read_byte(at) (*reinterpret_cast<const uint8_t *>(at))

class __FlashStringHelper;
#define F(text) (reinterpret_cast<const __FlashStringHelper *>(text))

#define LOW          0
#define HIGH         1
#define INPUT        0
#define OUTPUT       1
#define INPUT_PULLUP 2

typedef uint8_t byte;

uint32_t millis();
uint32_t micros();
void delay(uint32_t ms);
void pinMode(uint8_t pin, uint8_t mode);
void digitalWrite(uint8_t pin, uint8_t level);
int digitalRead(uint8_t pin);

void setup();
void loop();

#include "Print.h"
#include "Stream.h"

/* Buffers without a limit, whose other end is the test's. */
class HardwareSerial : public Stream
{
  public:
    HardwareSerial();
    void begin(unsigned long baud);
    virtual int available();
    virtual int read();
    virtual int peek();
    virtual size_t write(uint8_t value);
    virtual int availableForWrite();
    using Print::write;
};

extern HardwareSerial Serial;

/* -- the test's -- */

enum { STUB_PINS = 70 };

struct stub_pin {
    uint8_t mode;
    uint8_t level;   /* what is written */
    uint8_t outside; /* what an input reads */
    unsigned edges;  /* of the output, and of becoming one */
};

extern uint32_t stub_ms;
extern stub_pin stub_pins[STUB_PINS];

#endif
