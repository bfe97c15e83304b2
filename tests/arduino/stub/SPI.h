/* SPDX-License-Identifier: MIT */
#ifndef STUB_SPI_H
#define STUB_SPI_H

#endif
