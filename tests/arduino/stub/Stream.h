/* SPDX-License-Identifier: MIT */
#ifndef STUB_STREAM_H
#define STUB_STREAM_H

#include "Print.h"

class Stream : public Print
{
  public:
    virtual int available() = 0;
    virtual int read() = 0;
    virtual int peek() = 0;
};

#endif
