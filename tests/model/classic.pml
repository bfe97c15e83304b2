/* SPDX-License-Identifier: MIT
 * classic.pml: the classic profile (docs/protocol.md, section 3).
 *
 * Bounds: SESSIONS of clients and CONNECTIONS to the device, one exchange each, all of
 * them at once if the intruder likes, RESTARTS of the device. Settings, all of them off
 * in a bare implementation:
 *   ONE_CLIENT   all sessions are of one client; else the last one is another client's
 *   ONE_BY_ONE   a client has one session at a time
 *   MEMORY       a client refuses a challenge that it was given before
 *   REFUSES_OWN  a client takes no reply that is equal to its own request
 *   NO_OVERLAP   no answer equals a code
 * Faults of the device: FAULT_CHALLENGE_ACCEPTED_TWICE, FAULT_COUNTER_GOES_BACK.
 */
#ifndef SESSIONS
#define SESSIONS 3
#endif
#ifndef CONNECTIONS
#define CONNECTIONS 2
#endif
#ifndef RESTARTS
#define RESTARTS 0
#endif

#define CHALLENGES ((RESTARTS + 1) * CONNECTIONS)
/* A client with a memory tells the intruder's challenges apart: one for each session. */
#define FOREIGNS   SESSIONS

#define ROW_ASKED(s)  (1 + (s))
#define ROW_REPLY(c)  (1 + SESSIONS + (c))
#define TAGS          (SESSIONS + CONNECTIONS)

/* Violated if the device ... */
bool ran_unasked;           /* ran what no client asked with this challenge */
bool ran_twice;             /* ran one request twice */
bool challenge_came_again;  /* gave a challenge twice */
/* ... or if a client took as its command's answer ... */
bool took_an_old_answer;      /* the one to another request of its own */
bool took_anothers_answer;    /* the one to another client's request */
bool took_its_own_request;    /* its request */
bool took_anothers_request;   /* another session's request */

/* Never reached? Then the search is worth nothing. */
bool an_exchange_is_done;
bool two_sessions_are_done;
bool done_after_a_restart;

#include "judge.pml"
#include "terms.pml"
#include "intruder.pml"
#include "classic_device.pml"
#include "classic_client.pml"

init {
    atomic {
        byte i = 0;
        do
        :: i < SESSIONS -> run Client(i); i++
        :: else -> break
        od;
        i = 0;
        do
        :: i < CONNECTIONS -> run Connection(i); i++
        :: else -> break
        od;
        i = 0;
        run Restarts()
    }
}
