/* SPDX-License-Identifier: MIT
 * intruder.pml: the network, which is the intruder.
 *
 * There is no channel between client and device. What one of them sends, the intruder
 * has; what one of them receives, the intruder picks: anything that he has, or can
 * make. So he sees everything; a message that he never picks is dropped, one that he
 * picks late is delayed, one that he picks twice is replayed, one that he picks for
 * somebody else is spliced or reflected, and one that he made is injected.
 *
 * He has every tag in the table (nobody makes one without sending it) and every nonce
 * that was sent. He can make nonces, as many as are told apart, and tags with the keys
 * that he holds; the one that could be accepted is made where it is
 * (sealed_device.pml).
 *
 * Whoever is given something wrong goes on waiting. A real client and a real device
 * close, so that here he has more tries and more time than there.
 */

bool started[SESSIONS];   /* the session's wake was sent */
bool issued[CHALLENGES];  /* the challenge was sent */

#define KNOWN(v) ((v) <= FOREIGNS || \
    ((v) >= WAKE(0) && (v) < CHALLENGE(0) && started[(v) - WAKE(0)]) || \
    ((v) >= CHALLENGE(0) && issued[(v) - CHALLENGE(0)]))

inline intruder_picks_nonce(v)
{
    v = 1;
    do
    :: KNOWN(v) -> break
    :: v < NONCES -> v++
    :: v == NONCES && !KNOWN(v) -> v = 1; break
    od
}

/* t is 0 where he sends no tag that anybody made: that matches nothing. */
inline intruder_picks_tag(t)
{
    t = 1;
    do
    :: MADE(t) -> break
    :: t < TAGS -> t++
    :: t == TAGS && !MADE(t) -> t = 0; break
    od
}
