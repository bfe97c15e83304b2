/* SPDX-License-Identifier: MIT */
#if defined(ARDUINO)

#include "CountersignCable.h"

#include "CountersignPeer.h"

namespace countersign
{

enum { BYTES_A_TURN = 32 };

void Cable::open(csign_device *device, csign_store *store, uint8_t *frame)
{
    if (is_open)
        return;
    csign_provision_open(&line, device, store, frame, millis());
    is_open = true;
}

/* One by one: what follows a frame stays in the line. */
void Cable::take(Stream &stream, bool granted, uint32_t now)
{
    uint8_t count = 0;

    while (count++ < BYTES_A_TURN && stream.available() > 0 &&
           csign_provision_wants(&line) == CSIGN_WANTS_BYTES) {
        uint8_t next = (uint8_t)stream.read();
        (void)csign_provision_take(&line, &next, 1, granted, now);
    }
}

void Cable::turn(Stream &stream, bool tells_room, bool granted)
{
    uint32_t now = millis();
    size_t len;
    const uint8_t *out;

    csign_provision_tick(&line, now);
    switch (csign_provision_wants(&line)) {
    case CSIGN_WANTS_BYTES:
        take(stream, granted, now);
        break;
    case CSIGN_WANTS_STORE:
        csign_provision_step(&line, now);
        break;
    default:
        out = csign_provision_out(&line, &len);
        len = Peer(stream, tells_room).write(out, len);
        if (len > 0)
            csign_provision_sent(&line, len, now);
        break;
    }
    is_busy = csign_provision_is_busy(&line);
}

bool Cable::isMeant(Stream &stream, bool granted)
{
    if (millis() >= CSIGN_PROVISION_WINDOW_MS)
        is_old = true; /* and still so when the clock has wrapped */
    return (granted || !is_old) && stream.available() > 0 &&
           stream.peek() == CSIGN_PROVISION_START;
}

} // namespace countersign

#endif
