/* SPDX-License-Identifier: MIT
 * classic_device.pml: the device's half of a classic connection, and its restarts.
 *
 * A tag is HMAC(K, R || code) or HMAC(K, R || answer): no label, no length, no second
 * part.
 */

/* Two codes, and two answers that either command may have. */
#define CODE(i)  (1 + (i))
#ifdef NO_OVERLAP
#define ANSWER(i)  (3 + (i))
#else
#define ANSWER(i)  (1 + (i))
#endif

#define SET_CLASSIC(challenge, b)     SET_TERM(0, 1, challenge, 0, 0, b)
#define IS_CLASSIC(t, challenge, b)   IS_TAG(t, 0, 1, challenge, 0, 0, b)

#ifdef ONE_CLIENT
#define CLIENT_OF(s)  0
#else
#define CLIENT_OF(s)  ((s) == SESSIONS - 1)
#endif

typedef Session {
    byte challenge;
    byte asked;   /* the tag of its request */
    bool waits;   /* for the reply */
    bool is_done;
    bool is_over  /* it takes no reply any more */
};
Session session[SESSIONS];

typedef Conn {
    bool open;
    byte challenge;
    byte asking;  /* noted: the sessions, bit s, that its request was out for */
    byte askers;  /* noted: the sessions that ever sent this request */
    byte reply;   /* the tag; 0: nothing ran yet */
    bool said     /* a client took it for its own, rightly */
};
Conn conn[CONNECTIONS];
byte opened;
byte restarts;
byte upper;         /* of the challenge counter: it outlives a restart */
byte lower;         /* it does not */
bool ran[TAGS + 1]; /* noted: a handler ran for this very tag */

inline give_challenge(c, v)
{
    v = upper * CONNECTIONS + lower;
    MUST(!issued[v], challenge_came_again);
    issued[v] = true;
    conn[c].open = true;
    conn[c].challenge = CHALLENGE(v);
    printf("connection %d: challenge %d\n", c, conn[c].challenge);
    lower++;
    opened++
}

/* The request with tag t is one that the device knows; its handler gives answer a. */
inline serve(c, t, a, x)
{
    x = 0;
    do
    :: x < SESSIONS ->
        if
        :: session[x].asked == t ->
            conn[c].askers = conn[c].askers | 1 << x;
            conn[c].asking = conn[c].asking | (session[x].waits -> 1 << x : 0)
        :: else
        fi;
        x++
    :: else -> break
    od;
    printf("connection %d: runs request %d, answer %d\n", c, t, a);
    MUST(conn[c].askers != 0, ran_unasked);
    MUST(!ran[t], ran_twice);
    ran[t] = true;
    if
    :: conn[c].reply == 0 ->
        SET_CLASSIC(conn[c].challenge, a);
        make_tag(ROW_REPLY(c));
        conn[c].reply = made;
        made = 0
    :: else  /* only with a challenge that is accepted twice: the answer stays */
    fi;
#ifndef FAULT_CHALLENGE_ACCEPTED_TWICE
    conn[c].open = false
#endif
}

proctype Connection(byte c)
{
    byte t, a, v;

end_is_connected:
    do
    :: atomic {
        /* In the order of their numbers: which is which makes no difference. */
        opened == c;
        d_step { give_challenge(c, v); v = 0 }
    }
    :: atomic {
        conn[c].open -> intruder_picks_tag(t);
        if
        :: a = ANSWER(0)
        :: a = ANSWER(1)
        fi;
        d_step {
            if
            :: t > 0 && (IS_CLASSIC(t, conn[c].challenge, CODE(0)) ||
                   IS_CLASSIC(t, conn[c].challenge, CODE(1))) -> serve(c, t, a, v)
            :: else
            fi;
            t = 0; a = 0; v = 0
        }
    }
    od
}

proctype Restarts()
{
    byte c;

end_nothing_happens:
    do
    :: restarts < RESTARTS -> d_step {
        printf("restart\n");
        do
        :: c < CONNECTIONS -> conn[c].open = false; c++
        :: else -> break
        od;
        c = 0;
        restarts++;
#ifndef FAULT_COUNTER_GOES_BACK
        upper++;
#endif
        lower = 0
    }
    od
}
