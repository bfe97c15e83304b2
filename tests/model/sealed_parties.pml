/* SPDX-License-Identifier: MIT
 * sealed_parties.pml: what clients and devices have, and what is noted of them to judge.
 *
 * Nothing is forgotten when a connection or a session ends, so that it can be compared
 * with what the other side said later.
 */

#define KEYS 2

#ifdef FAULT_CLIENTS_NONCE_COMES_AGAIN
#define WAKE_OF(s)  WAKE(0)
#else
#define WAKE_OF(s)  WAKE(s)
#endif

/* Key 1 may have everything run, key 2 only `00`. Key 2's holder may be the intruder. */
#define MAY(k, b)   ((k) == 1 || (b) == BODY_00)
#ifdef INSIDER
#define IS_INTRUDERS(k)  ((k) == 2)
#define KEY_OF(s)        1
#else
#define IS_INTRUDERS(k)  false
#define KEY_OF(s)        (1 + ((s) == 1))
#endif

bool dropped;   /* key 2 is no longer on the device */
byte restarts;
byte upper;     /* of the challenge counter: it outlives a restart */
byte lower;     /* it does not */

typedef Conn {
    bool open;
    byte wake;
    byte challenge;
    byte key;            /* which the first accepted request fixed */
    byte step;
    byte before;         /* the tag of the reply before */
    byte asking[STEPS];  /* noted: the sessions, bit s, that this request was out for */
    byte status[STEPS];  /* and what was answered; DONE: its handler ran */
    bool said[STEPS]     /* a client said so */
};
Conn conn[CONNECTIONS];
byte opened;
bool ran[TAGS + 1];      /* noted: a handler ran for this very tag */
bool asked_here;         /* what note_askers() found; false between two steps */
bool same_nonce;

#define DEVICE_OF(c)  ((c) % DEVICES)

typedef Session {
    byte device;         /* which it means */
    byte challenge;      /* which it was given; 0: it waits for it */
    byte step;
    byte before;         /* the tag of the reply before */
    bool waits;          /* for the reply to its last request */
    byte asked[STEPS];   /* the tags of its requests */
    byte body[STEPS]
};
Session session[SESSIONS];
