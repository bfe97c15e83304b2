/* SPDX-License-Identifier: MIT
 * sealed.pml: the sealed profile, whole (docs/protocol.md, section 4).
 *
 * Bounds: SESSIONS of clients with up to STEPS exchanges each, CONNECTIONS to the device,
 * all of them at once if the intruder likes, RESTARTS of it.
 * Settings:
 *   INSIDER    the intruder is the holder of key 2; else session 1 has key 2
 *   DROPPING   key 2 is dropped at some instant
 *   DEVICES=2  two devices with the same keys, told apart by their id
 * Faults, to see that the search would find them: FAULT_*, see sealed_formulas.pml,
 * sealed_device.pml and sealed_client.pml.
 */
#ifndef SESSIONS
#define SESSIONS 2
#endif
#ifndef STEPS
#define STEPS 2
#endif
#ifndef CONNECTIONS
#define CONNECTIONS 2
#endif
#ifndef RESTARTS
#define RESTARTS 0
#endif
#ifndef DEVICES
#define DEVICES 1
#endif

#define CHALLENGES ((RESTARTS + 1) * CONNECTIONS)

/* Rows of the table of tags: requests of clients, replies, requests of the insider. */
#define ROW_ASKED(s, i)     (1 + (s) * STEPS + (i))
#define ROW_REPLY(c, i)     (1 + (SESSIONS + (c)) * STEPS + (i))
#define ROW_INSIDER(c, i)   (1 + (SESSIONS + CONNECTIONS + (c)) * STEPS + (i))
#ifdef INSIDER
#define TAGS ((SESSIONS + 2 * CONNECTIONS) * STEPS)
#else
#define TAGS ((SESSIONS + CONNECTIONS) * STEPS)
#endif

/* Violated if ... */
bool ran_unasked;              /* a handler ran for what no holder of the key asked */
bool ran_for_another_nonce;    /* ... or with another nonce than that holder's */
bool ran_twice;                /* one request ran twice */
bool said_without_a_run;       /* a client said done, or failed, of what was not so */
bool said_twice_of_one_run;    /* two requests of clients live on one run */
bool chain_changed_its_key;    /* a connection went on under another key */
bool ran_without_the_right;    /* a handler ran for a key that may not have it run */
bool ran_under_a_dropped_key;  /* a handler ran for a key that was dropped before */
bool challenge_came_again;     /* a device gave a challenge twice */

/* Never reached? Then the search is worth nothing. */
bool a_first_exchange_is_done;
bool a_chain_is_done;
bool two_sessions_are_done;
bool a_right_is_refused;
bool done_after_a_restart;
bool the_insider_is_served;
bool a_key_in_use_is_dropped;
bool a_second_device_is_used;

#include "judge.pml"
#include "terms.pml"
#include "intruder.pml"
#include "sealed_formulas.pml"
#include "sealed_parties.pml"
#include "sealed_client.pml"
#include "sealed_device.pml"
#include "sealed_events.pml"

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
        run Events()
    }
}
