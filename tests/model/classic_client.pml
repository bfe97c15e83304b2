/* SPDX-License-Identifier: MIT
 * classic_client.pml: a client's session in classic, with the guards that change no byte.
 */

#ifdef MEMORY
typedef Memory {
    bool given[NONCES + 1]
};
Memory memory[2];
#define IS_REFUSED(s, v)  memory[CLIENT_OF(s)].given[v]
#define REMEMBER(s, v)    memory[CLIENT_OF(s)].given[v] = true
#else
#define IS_REFUSED(s, v)  false
#define REMEMBER(s, v)    skip
#endif

#ifdef REFUSES_OWN
#define IS_TAKEN(s, t)  ((t) != session[s].asked)
#else
#define IS_TAKEN(s, t)  true
#endif

/* With ONE_BY_ONE a client begins a session when the one before is over, and may give it
 * up. */
#ifdef ONE_BY_ONE
#define MAY_BEGIN(s) \
    ((s) == 0 || CLIENT_OF((s) - 1) != CLIENT_OF(s) || session[(s) - 1].is_over)
#else
#define MAY_BEGIN(s)  true
#endif

#define IS_REPLY(s, t) (IS_TAKEN(s, t) && \
    (IS_CLASSIC(t, session[s].challenge, ANSWER(0)) || \
     IS_CLASSIC(t, session[s].challenge, ANSWER(1))))

/* Connection c gave this reply to session s, which waited for it then. */
#define ANSWERED(c, s, t)  (conn[c].reply == (t) && (conn[c].asking >> (s) & 1))

#ifdef ONE_CLIENT
#define ANOTHERS(s)  0
#else
#define ANOTHERS(s)  ((s) == SESSIONS - 1 -> (1 << SESSIONS - 1) - 1 : 1 << SESSIONS - 1)
#endif

/* Whose is the tag t that session s takes for a reply, if no device gave it to s? */
inline judge_stranger(s, t, c)
{
    c = 0;
    do
    :: c < CONNECTIONS && conn[c].reply != t -> c++
    :: else -> break
    od;
    if
    :: c < CONNECTIONS ->
        MUST(conn[c].askers & ANOTHERS(s), took_an_old_answer);
        MUST(!(conn[c].askers & ANOTHERS(s)), took_anothers_answer)
    :: else ->
        MUST(t != session[s].asked, took_its_own_request);
        MUST(t == session[s].asked, took_anothers_request)
    fi
}

inline judge_reply(s, t, c)
{
    c = 0;
    do
    :: c < CONNECTIONS && !(ANSWERED(c, s, t) && !conn[c].said) -> c++
    :: else -> break
    od;
    if
    :: c < CONNECTIONS ->
        conn[c].said = true;
        REACHED(true, an_exchange_is_done);
        REACHED(conn[c].challenge >= CHALLENGE(CONNECTIONS), done_after_a_restart)
    :: else -> judge_stranger(s, t, c)
    fi
}

proctype Client(byte s)
{
    byte t, b, v;

end_waits_for_a_challenge:
    atomic {
        MAY_BEGIN(s) -> intruder_picks_nonce(v);
        if
        :: b = CODE(0)
        :: b = CODE(1)
        fi;
        d_step {
            if
            :: !IS_REFUSED(s, v) ->
                REMEMBER(s, v);
                session[s].challenge = v;
                SET_CLASSIC(v, b);
                make_tag(ROW_ASKED(s));
                session[s].asked = made;
                printf("session %d: challenge %d; asks code %d in request %d\n", s, v, b,
                    made);
                session[s].waits = true;
                made = 0
            :: else -> session[s].is_over = true
            fi;
            v = 0; b = 0
        }
    }
end_waits_for_a_reply:
    do
    :: atomic {
        session[s].waits -> intruder_picks_tag(t);
        d_step {
            if
            :: t > 0 && IS_REPLY(s, t) ->
                printf("session %d: takes %d for its reply\n", s, t);
                judge_reply(s, t, v);
                session[s].waits = false;
                session[s].is_done = true;
                session[s].is_over = true;
                REACHED(session[0].is_done && session[1].is_done, two_sessions_are_done)
            :: else
            fi;
            t = 0; v = 0
        }
    }
#ifdef ONE_BY_ONE
    :: atomic {
        session[s].waits;
        d_step {
            printf("session %d: gives up\n", s);
            session[s].waits = false;
            session[s].is_over = true
        }
    }
#endif
    od
}
