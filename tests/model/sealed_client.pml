/* SPDX-License-Identifier: MIT
 * sealed_client.pml: a client's session (docs/protocol.md, 4.6, 4.7, 5.2).
 */

#define LAST_ASKED(s)  session[s].asked[session[s].step]

#define IS_REPLY(s, t, what) \
    (IS_TAG(t, LABEL_REPLY, DERIVED(KEY_OF(s), session[s].device), \
        FIRST_REPLY(LAST_ASKED(s)), SECOND_REPLY(LAST_ASKED(s), session[s].challenge), \
    COVERED(what), what))

/* In connection c the device did what this session is about to say, while it waited. */
#define DID(c, s, i, what) \
    ((conn[c].asking[i] >> (s) & 1) && conn[c].status[i] == (what))

/* Claims the device's act, so that a second session cannot live on it too. */
inline judge_outcome(s, i, what, c)
{
    c = 0;
    do
    :: c < CONNECTIONS && !(DID(c, s, i, what) && !conn[c].said[i]) -> c++
    :: else -> break
    od;
    if
    :: c < CONNECTIONS -> conn[c].said[i] = true
    :: else ->
        c = 0;
        do
        :: c < CONNECTIONS && !DID(c, s, i, what) -> c++
        :: else -> break
        od;
        MUST(c == CONNECTIONS, said_twice_of_one_run);
        MUST(c < CONNECTIONS, said_without_a_run)
    fi;
    witness(s, i, what, c)
}

inline witness(s, i, what, c)
{
    REACHED(what == DONE && i == 0, a_first_exchange_is_done);
    REACHED(what == DONE && i == STEPS - 1, a_chain_is_done);
    REACHED(what == NOT_ALLOWED, a_right_is_refused);
    REACHED(i == STEPS - 1 && session[0].step + session[1].step == 2 * STEPS - 1,
        two_sessions_are_done);
    REACHED(what == DONE && c < CONNECTIONS &&
        conn[c].challenge >= CHALLENGE(CONNECTIONS), done_after_a_restart);
    REACHED(what == DONE && session[s].device == 1, a_second_device_is_used)
}

inline ask(s, b)
{
    session[s].body[session[s].step] = b;
    session[s].waits = true;
    SET_TERM(LABEL_ASK(session[s].step), DERIVED(KEY_OF(s), session[s].device),
        FIRST_ASK(session[s].step, WAKE_OF(s), session[s].before),
        SECOND_ASK(session[s].step, session[s].challenge), COVERED(b), b);
    make_tag(ROW_ASKED(s, session[s].step));
    LAST_ASKED(s) = made;
    made = 0;
    printf("session %d: wake %d, challenge %d; asks body %d in request %d\n", s,
        WAKE_OF(s), session[s].challenge, b, LAST_ASKED(s))
}

/* The reply with tag t says `what`; it is the challenge of a further request. */
inline take_reply(s, t, what, c)
{
    printf("session %d: takes reply %d, which says %d\n", s, t, what);
    judge_outcome(s, session[s].step, what, c);
    session[s].before = t;
    session[s].waits = false;
    session[s].step++
}

proctype Client(byte s)
{
    byte t, b, v;

    atomic {
        if
        :: v = 0
        :: DEVICES > 1 -> v = 1
        fi;
        d_step { session[s].device = v; started[WAKE_OF(s) - WAKE(0)] = true; v = 0 }
    }
    atomic {
        intruder_picks_nonce(v);
        pick_body(b);
        d_step { session[s].challenge = v; ask(s, b); v = 0; b = 0 }
    }
end_waits_for_a_reply:
    do
    :: atomic {
        session[s].waits -> intruder_picks_tag(t);
        d_step {
            if
            :: t > 0 && IS_REPLY(s, t, DONE) -> take_reply(s, t, DONE, v)
            :: t > 0 && IS_REPLY(s, t, NOT_ALLOWED) -> take_reply(s, t, NOT_ALLOWED, v)
            :: else
            fi;
            t = 0; v = 0
        }
    }
    :: atomic {
        !session[s].waits && session[s].step < STEPS -> pick_body(b);
        d_step { ask(s, b); b = 0 }
    }
    od
}
