/* SPDX-License-Identifier: MIT
 * sealed_events.pml: what happens to a device, but not over the wire.
 *
 * An administrator's set-key and drop-key are requests like any other; here only their
 * effect counts, so key 2 goes at an instant of its own. That a restart raises the upper
 * counter is what counter.pml is about.
 */
proctype Events()
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
#ifdef DROPPING
    :: !dropped -> d_step {
        printf("key 2 dropped\n");
        dropped = true;
        do
        :: c < CONNECTIONS ->
            REACHED(conn[c].open && conn[c].key == 2, a_key_in_use_is_dropped);
#ifndef FAULT_DROP_LEAVES_CONNECTIONS
            conn[c].open = conn[c].open && conn[c].key != 2;
#endif
            c++
        :: else -> break
        od;
        c = 0
    }
#endif
    od
}
