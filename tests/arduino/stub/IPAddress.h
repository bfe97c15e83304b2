/* SPDX-License-Identifier: MIT */
#ifndef STUB_IPADDRESS_H
#define STUB_IPADDRESS_H

#include <stdint.h>

class IPAddress
{
  public:
    IPAddress(uint8_t a, uint8_t b, uint8_t c, uint8_t d) : bytes{a, b, c, d}
    {
    }
    uint8_t operator[](int i) const
    {
        return bytes[i];
    }

  private:
    uint8_t bytes[4];
};

#endif
