/* SPDX-License-Identifier: MIT
 * sealed_formulas.pml: what the tags of the sealed profile cover (docs/protocol.md, 4.3).
 *
 * Encryption is left out: the intruder reads every body. That only helps him; whether he
 * could read it in truth is not a question to this model.
 */

/* Bodies, the same values for commands and for statuses, as on the wire: `00` is a
 * command and says done, `01 x` is a command with an argument, `01` what is left of that
 * when it is cut. */
#define BODY_00   1
#define BODY_01X  2
#define BODY_01   3
#define BODY_03   4
#define DONE         BODY_00
#define NOT_ALLOWED  BODY_03

#define LENGTH(b)       (1 + ((b) == BODY_01X))
#define READ(b, n)      ((b) == BODY_01X && (n) == 1 -> BODY_01 : (b))

inline pick_body(b)
{
    if
    :: b = BODY_00
    :: b = BODY_01X
    fi
}

/* The key that tags are made with is derived from K and the id of the device. */
#ifdef FAULT_ID_LEFT_OUT
#define DERIVED(k, device)  (k)
#else
#define DERIVED(k, device)  ((k) + 2 * (device))
#endif

#ifdef FAULT_LABELS_DROPPED
#define LABEL_FIRST  0
#define LABEL_REPLY  0
#define LABEL_NEXT   0
#else
#define LABEL_FIRST  1
#define LABEL_REPLY  2
#define LABEL_NEXT   3
#endif

/* What a request is bound to: T_0 to N and R, T_i to the tag of the reply before. */
#ifdef FAULT_NONCE_LEFT_OUT
#define OF_WAKE(v)  0
#else
#define OF_WAKE(v)  (v)
#endif
#ifdef FAULT_CHALLENGE_LEFT_OUT
#define OF_CHALLENGE(v)  0
#else
#define OF_CHALLENGE(v)  (v)
#endif
#define LABEL_ASK(i)  ((i) == 0 -> LABEL_FIRST : LABEL_NEXT)
#ifdef FAULT_CHAIN_NOT_CHAINED
#define FIRST_ASK(i, wake, before)       OF_WAKE(wake)
#define SECOND_ASK(i, challenge)         OF_CHALLENGE(challenge)
#else
#define FIRST_ASK(i, wake, before)       ((i) == 0 -> OF_WAKE(wake) : (before))
#define SECOND_ASK(i, challenge)         ((i) == 0 -> OF_CHALLENGE(challenge) : 0)
#endif

/* What a reply is bound to: the request's tag, whole. */
#if defined(FAULT_REPLY_BOUND_TO_CHALLENGE)
/* As in classic. */
#define FIRST_REPLY(t)        0
#define SECOND_REPLY(t, challenge)  (challenge)
#elif defined(FAULT_REPLY_BOUND_LIKE_REQUEST)
/* To the same as the request, and so not to what was asked. */
#define FIRST_REPLY(t)        tag[t].first
#define SECOND_REPLY(t, challenge)  tag[t].second
#else
#define FIRST_REPLY(t)        (t)
#define SECOND_REPLY(t, challenge)  0
#endif

/* How a body stands in a tag, and which bodies and lengths on the wire a tag fits. */
#ifdef FAULT_LENGTH_NOT_COVERED
/* The whole buffer under the tag, but not how much of it counts. */
#define COVERED(b)     0
#define FITS(t, n)     true
#else
#define COVERED(b)     LENGTH(b)
#define FITS(t, n)     ((n) == tag[t].n)
#endif
