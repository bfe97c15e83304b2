/* SPDX-License-Identifier: MIT */
/* EEPROM.h: as on an ESP: a copy in RAM that commit() makes permanent. */
#ifndef STUB_EEPROM_H
#define STUB_EEPROM_H

#include <stddef.h>
#include <stdint.h>

class EEPROMClass
{
  public:
    EEPROMClass();
    void begin(size_t size);
    uint8_t read(int address);
    void write(int address, uint8_t value);
    bool commit();

    /* The test's. */
    enum { SIZE = 1024 };
    uint8_t copy[SIZE];
    uint8_t cells[SIZE];
    size_t begun; /* the size that begin() was given */
    unsigned commits;
};

extern EEPROMClass EEPROM;

#endif
