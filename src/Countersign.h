/* SPDX-License-Identifier: MIT */
/* Countersign.h: authenticated, replay-proof commands for microcontrollers.
 *
 * The library's one public header. Start at csign/server.h for a device, at csign/client.h
 * for a command sender; csign/device.h shows the memory that either takes. In a sketch start
 * at csign/arduino/CountersignServer.h.
 */
#ifndef COUNTERSIGN_H
#define COUNTERSIGN_H

#define COUNTERSIGN_VERSION "0.1.0"

#include "csign/bytes.h"
#include "csign/challenge.h"
#include "csign/client.h"
#include "csign/provision.h"
#include "csign/server.h"
#include "csign/store.h"

#if defined(ARDUINO) && defined(__cplusplus)
#include "csign/arduino/CountersignClient.h"
#include "csign/arduino/CountersignServer.h"
#endif

#endif
