/* SPDX-License-Identifier: MIT
 * terms.pml: what goes over the wire, as finite terms.
 *
 * A nonce is a number. A tag, HMAC(key, label || first || second || n || body), is a
 * row of a table that holds exactly these parts, and its number is the row's. Two tags
 * are equal only if they were made of equal parts: make_tag() gives a term that the
 * table has already its old number. So HMAC is a free constructor: nobody can find
 * another input for a tag, cut it, change it, or compute it without the key.
 *
 * The table's rows are numbered by who makes the term and when, so that the same set of
 * terms is the same state in whatever order they were made.
 */

/* Nonces: first the intruder's own, of which one stands for all where nobody tells them
 * apart; then one for each session of a client; then the devices' challenges. 0: none. */
#ifndef FOREIGNS
#define FOREIGNS      1
#endif
#define WAKE(s)       (1 + FOREIGNS + (s))
#define CHALLENGE(r)  (1 + FOREIGNS + SESSIONS + (r))
#define NONCES        (FOREIGNS + SESSIONS + CHALLENGES)

typedef Tag {
    byte label;
    byte key;
    byte first;   /* a nonce, or the number of the tag before */
    byte second;  /* a nonce, or 0 */
    byte n;       /* the length, as far as the tag covers it */
    byte body
};

Tag tag[TAGS + 1];  /* row 0 is never used */

#define MADE(t)  (tag[t].body != 0)
#define IS_TAG(t, l, k, f, s, length, b) (tag[t].label == (l) && tag[t].key == (k) && \
    tag[t].first == (f) && tag[t].second == (s) && tag[t].n == (length) && \
    tag[t].body == (b))

/* The term to make, and the number that it got; 0 between two steps. */
Tag term;
byte made;

#define IS_TERM(t)  (tag[t].label == term.label && tag[t].key == term.key && \
    tag[t].first == term.first && tag[t].second == term.second && \
    tag[t].n == term.n && tag[t].body == term.body)

#define SET_TERM(l, k, f, s, length, b) \
    term.label = (l); term.key = (k); term.first = (f); term.second = (s); \
    term.n = (length); term.body = (b)

#define COPY_TERM(to, from) \
    to.label = from.label; to.key = from.key; to.first = from.first; \
    to.second = from.second; to.n = from.n; to.body = from.body

/* An old number if the term is in the table, else row. Row 0 is empty for good. */
inline make_tag(row)
{
    made = 1;
    do
    :: made <= TAGS && !IS_TERM(made) -> made++
    :: else -> break
    od;
    if
    :: made > TAGS ->
        made = row;
        assert(!MADE(made));  /* else the numbering of the rows is wrong */
        COPY_TERM(tag[made], term)
    :: else
    fi;
    COPY_TERM(term, tag[0])
}

