/* SPDX-License-Identifier: MIT
 * judge.pml: how a model says what must hold and what must be reached.
 *
 * Each assertion ends in a variable that is false for good; its name is in pan's message,
 * where run.sh reads it.
 */
#define MUST(holds, name)  assert((holds) || name)

/* States that must be reached, or the rest shows nothing: in a search of their own they
 * are asserted never to come, and run.sh wants to see each of these assertions fail. */
#ifdef REACH
#define REACHED(comes, name)  assert(!(comes) || name)
#else
#define REACHED(comes, name)  skip
#endif
