/* SPDX-License-Identifier: MIT */
#ifndef STUB_PRINT_H
#define STUB_PRINT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

class __FlashStringHelper;

class Print
{
  public:
    virtual ~Print()
    {
    }
    virtual size_t write(uint8_t value) = 0;
    virtual size_t write(const uint8_t *bytes, size_t len)
    {
        size_t count = 0;

        while (count < len && write(bytes[count]) == 1)
            count++;
        return count;
    }
    virtual int availableForWrite()
    {
        return 0;
    }
    virtual void flush()
    {
    }

    size_t print(const char *text)
    {
        return write(reinterpret_cast<const uint8_t *>(text), strlen(text));
    }
    size_t print(const __FlashStringHelper *text)
    {
        return print(reinterpret_cast<const char *>(text));
    }
    template <class T> size_t println(T text)
    {
        return print(text) + print("\r\n");
    }
};

#endif
