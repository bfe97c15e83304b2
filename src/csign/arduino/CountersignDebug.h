/* SPDX-License-Identifier: MIT */
/* CountersignDebug.h: private to the classes: says in plain words, on a Print of the
 * sketch's, why something was refused. The words lie in flash and are linked only into a
 * sketch that asks for them. */
#ifndef COUNTERSIGN_DEBUG_H
#define COUNTERSIGN_DEBUG_H

#include <Arduino.h>

#include "../store.h"

namespace countersign
{

/* Zeroed: says nothing. */
class Debug
{
  public:
    void set(Print &print, bool tells_room);

    /* One sentence at a time: what comes while another is being written is left out, so
     * that nothing waits for a slow line. */
    void tell(csign_status reason);
    void tell(csign_store_state state);

    /* Writes some of the sentence: what fits now, or one letter to a Print that does not
     * tell its room. */
    void write();

  private:
    Print *to;
    const char *text; /* in flash, what is left of it; null: nothing to be said */
    const char *(*words)(uint8_t number);
    bool tells;

    void say(uint8_t number);
};

} // namespace countersign

#endif
