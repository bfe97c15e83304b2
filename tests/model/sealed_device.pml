/* SPDX-License-Identifier: MIT
 * sealed_device.pml: the device's half of a connection (docs/protocol.md, 4.5, 4.7, 5,
 * 8).
 */

/* Which keys a request is tried under. */
#define IS_HELD(k)  ((k) == 1 || !dropped)
#ifdef FAULT_CHAIN_NOT_PINNED
#define IS_TRIED(c, k)  IS_HELD(k)
#else
#define IS_TRIED(c, k)  (conn[c].step == 0 -> IS_HELD(k) : (k) == conn[c].key)
#endif
/* With the chain not pinned, the rights would stay those of the key that opened it. */
#define RIGHTS_OF(c, k)  (conn[c].step == 0 -> (k) : conn[c].key)

#define IS_REQUEST(c, t, k, n) (FITS(t, n) && \
    IS_TAG(t, LABEL_ASK(conn[c].step), DERIVED(k, DEVICE_OF(c)), \
        FIRST_ASK(conn[c].step, conn[c].wake, conn[c].before), \
        SECOND_ASK(conn[c].step, conn[c].challenge), COVERED(tag[t].body), tag[t].body))

/* Session x has sent this request, for this key and device, and meant what was read. */
#define HAS_ASKED(x, c, t, k, b) (session[x].asked[conn[c].step] == (t) && \
    KEY_OF(x) == (k) && session[x].device == DEVICE_OF(c) && \
    session[x].body[conn[c].step] == (b))
#define IS_ASKING(x, c)  (session[x].waits && session[x].step == conn[c].step)

/* Notes the sessions that this request was out for: only they may say what came of it. */
inline note_askers(c, t, k, b, x)
{
    x = 0;
    do
    :: x < SESSIONS ->
        if
        :: HAS_ASKED(x, c, t, k, b) ->
            asked_here = asked_here || session[x].challenge == conn[c].challenge;
            same_nonce = same_nonce || WAKE_OF(x) == conn[c].wake;
            conn[c].asking[conn[c].step] =
                conn[c].asking[conn[c].step] | (IS_ASKING(x, c) -> 1 << x : 0)
        :: else
        fi;
        x++
    :: else -> break
    od
}

inline judge_run(c, t, k, b)
{
    MUST(asked_here || IS_INTRUDERS(k), ran_unasked);
    MUST(same_nonce || IS_INTRUDERS(k), ran_for_another_nonce);
    MUST(!ran[t], ran_twice);
    MUST(MAY(k, b), ran_without_the_right);
    MUST(k == 1 || !dropped, ran_under_a_dropped_key);
    ran[t] = true;
    REACHED(IS_INTRUDERS(k), the_insider_is_served)
}

/* A request whose tag t matched under key k, with what was read of its body. */
inline serve(c, t, k, b, x)
{
    printf("connection %d: takes request %d, key %d, body %d\n", c, t, k, b);
    MUST(conn[c].step == 0 || conn[c].key == k, chain_changed_its_key);
    note_askers(c, t, k, b, x);
    if
    :: MAY(RIGHTS_OF(c, k), b) -> judge_run(c, t, k, b); x = DONE
    :: else -> x = NOT_ALLOWED
    fi;
    asked_here = false;
    same_nonce = false;
    if
    :: conn[c].step == 0 -> conn[c].key = k
    :: else
    fi;
    conn[c].status[conn[c].step] = x;
    SET_TERM(LABEL_REPLY, DERIVED(k, DEVICE_OF(c)), FIRST_REPLY(t),
        SECOND_REPLY(t, conn[c].challenge), COVERED(x), x);
    make_tag(ROW_REPLY(c, conn[c].step));
    conn[c].before = made;
    made = 0;
    printf("connection %d: gives reply %d, which says %d\n", c, conn[c].before, x);
#ifdef FAULT_CHALLENGE_ACCEPTED_TWICE
    conn[c].before = 0
#else
    conn[c].step++;
    conn[c].open = (conn[c].step < STEPS)
#endif
}

inline give_challenge(c, v)
{
    conn[c].open = true;
    conn[c].wake = v;
    v = upper * CONNECTIONS + lower;
    MUST(!issued[v], challenge_came_again);
    issued[v] = true;
    conn[c].challenge = CHALLENGE(v);
    printf("connection %d: wake %d, challenge %d\n", c, conn[c].wake, conn[c].challenge);
    lower++;
    opened++
}

proctype Connection(byte c)
{
    byte t, k, n, b, v;

end_is_connected:
    do
    :: atomic {
        /* In the order of their numbers: which is which makes no difference. */
        opened == c -> intruder_picks_nonce(v);
        d_step { give_challenge(c, v); v = 0 }
    }
    :: atomic {
        conn[c].open -> intruder_picks_tag(t);
        if
        :: n = 1
        :: n = 2
        fi;
        d_step {
            k = 1;
            do
            :: k <= KEYS && !(t > 0 && IS_TRIED(c, k) && IS_REQUEST(c, t, k, n)) -> k++
            :: else -> break
            od;
            if
            :: k <= KEYS -> b = READ(tag[t].body, n); serve(c, t, k, b, v)
            :: else
            fi;
            t = 0; k = 0; n = 0; b = 0; v = 0
        }
    }
#ifdef INSIDER
    :: atomic {
        /* The one request that the intruder can make himself and that would match. */
        conn[c].open && IS_TRIED(c, 2) -> pick_body(b);
        d_step {
            SET_TERM(LABEL_ASK(conn[c].step), DERIVED(2, DEVICE_OF(c)),
                FIRST_ASK(conn[c].step, conn[c].wake, conn[c].before),
                SECOND_ASK(conn[c].step, conn[c].challenge), COVERED(b), b);
            make_tag(ROW_INSIDER(c, conn[c].step));
            t = made;
            serve(c, t, 2, b, v);
            t = 0; b = 0; v = 0
        }
    }
#endif
    od
}
