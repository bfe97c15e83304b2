/* SPDX-License-Identifier: MIT */
/* CountersignCable.h: private to the classes: provisioning (../provision.h) over a Stream
 * of the sketch's. */
#ifndef COUNTERSIGN_CABLE_H
#define COUNTERSIGN_CABLE_H

#include <Arduino.h>
#include <Stream.h>

#include "../provision.h"

namespace countersign
{

/* Zeroed: not open. */
class Cable
{
  public:
    /* Opens what is not open yet. frame: CSIGN_PROVISION_BYTES. */
    void open(csign_device *device, csign_store *store, uint8_t *frame);

    /* Does a bounded piece of what is due: takes up to 32 bytes, or makes one step, or
     * writes what fits. */
    void turn(Stream &stream, bool tells_room, bool granted);

    /* Whether a byte that waits in the line begins a frame, on a line that commands use.
     */
    bool isMeant(Stream &stream, bool granted);

    /* A frame is half here or being answered, or a run is open: frame and line are taken.
     */
    bool isBusy() const
    {
        return is_busy;
    }

  private:
    csign_provision line;
    bool is_busy;
    bool is_open;
    bool is_old; /* the window after the start is over */

    void take(Stream &stream, bool granted, uint32_t now);
};

} // namespace countersign

#endif
