/* SPDX-License-Identifier: MIT */
#ifndef STUB_SERVER_H
#define STUB_SERVER_H

#include "Print.h"

class Server : public Print
{
  public:
    virtual void begin() = 0;
};

#endif
