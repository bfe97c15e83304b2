/* SPDX-License-Identifier: MIT */
/* store_cuts.c: power fails in every write of everything a store does, and in every write
 * of what comes after it: all pairs.
 *
 *     faults_store_cuts [STRIDE]     of the second cuts every STRIDE-th only; fewer of
 *                                    them are left out where a job has few writes
 */
#include "report.h"
#include "store_life.h"

#include <stdlib.h>

/* What the byte of the cut write is: as before, as it should be, torn. */
enum { OLD = -1, NEW = 256 };
#define FEW                                                                              \
    {                                                                                    \
        OLD, NEW, 0x5a                                                                   \
    }
#define MANY                                                                             \
    {                                                                                    \
        OLD, NEW, 0x00, 0xff, 0x3c, 0xc3, 0x5a                                           \
    }

struct job {
    void (*first)(void); /* power is on */
    void (*later)(void); /* power was off: a start, and the job again */
    bool (*is_right_after)(void);
    const int *bytes;
    int byte_count;
};

static unsigned stride = 1;
static unsigned long tried, failures;
/* Of what a document names. */
static unsigned long closed, came_and_went, in_part;
static bool has_limit; /* docs/store.md: two cuts in one record, cells that differ */
static const char *first_failure;

static bool is_limit(void)
{
    closed += wrong == WAS_CLOSED;
    came_and_went += wrong == CAME_AND_WENT;
    in_part += wrong == IN_PART;
    return wrong == WAS_CLOSED || wrong == CAME_AND_WENT || wrong == IN_PART;
}

static void count(void)
{
    tried++;
    if (chip.is_misused)
        say_wrong("a cell was written in vain, or another's");
    if (wrong == NULL)
        return;
    if (has_limit && is_limit())
        return;
    failures++;
    if (first_failure == NULL)
        first_failure = wrong;
}

/* Three starts in a row say the same; then any slot of the counter may be lost. */
static bool goes_on(void)
{
    struct life after;

    no_cut();
    if (!begin_serving() || !begin_serving() || !begin_serving())
        return false;
    after = put_aside();
    for (uint16_t slot = 0; waver == STEADY && slot < COUNTERS; slot++) {
        go_back_to(&after);
        memset(chip.cells + AT_COUNTER + 8 * slot, 0xff, 8);
        if (!begin_serving())
            return false;
    }
    return true;
}

/* -- the jobs -- */

static void key_3c(void)
{
    bool is_held = (now.held & 0x4) != 0;

    now.next_held = now.held ^ 0x4;
    if (is_held ? drop_key(2) : set_key(now.owner, 2))
        now.held = now.next_held;
    else if (!chip.is_off)
        say_wrong("a key change failed although power was there");
}

static void start_and_key(void)
{
    if (begin_serving())
        key_3c();
}

static void one_start(void)
{
    (void)begin_serving();
}

static void two_starts(void)
{
    if (begin_serving())
        (void)begin_serving();
}

/* The lower part overflows, so a running device takes the next upper one. */
static void use_up(void)
{
    store.lower = UINT32_MAX;
    if (!draw())
        say_wrong("a challenge came again");
    if (store.state != CSIGN_STORE_READY || start())
        draw_two();
    else if (!chip.is_off)
        say_wrong("a start failed although power was there");
}

static void start_and_use_up(void)
{
    if (begin_serving())
        use_up();
}

static void provision_next(void)
{
    now.is_settled = false;
    now.next_owner = ++now.last_owner;
    now.next_held = 0x3;
    if (provision(now.next_owner)) {
        now.owner = now.next_owner;
        now.held = now.next_held;
    } else if (!chip.is_off) {
        say_wrong("a provisioning failed although power was there");
    }
}

/* As it was found before. A weak cell of the header may make it foreign or erased. */
static bool is_still_nobodys(csign_store_state state)
{
    if (state != CSIGN_STORE_ERASED && state != CSIGN_STORE_FOREIGN)
        return false;
    return state == now.found || (waver != STEADY && now.found < CSIGN_STORE_DAMAGED);
}

/* Either owner, or none: then it is as before or begun. */
static bool look_after_provisioning(void)
{
    csign_store_state state = power_up();

    if (state == CSIGN_STORE_READY) {
        now.is_settled = true;
        if (!start_and_look())
            return false;
    } else if (now.is_settled || state == CSIGN_STORE_DAMAGED) {
        say_wrong(WAS_CLOSED);
    } else if (state == CSIGN_STORE_BEGUN || is_still_nobodys(state)) {
        now.owner = 0;
        if (waver == STEADY)
            now.next_owner = 0; /* a weak mark may yet say that it was done */
    } else {
        say_wrong("a provisioning left neither the old state nor a begun or a new one");
    }
    now.found = state;
    return wrong == NULL;
}

static void look_and_provision(void)
{
    if (look_after_provisioning())
        provision_next();
}

static bool is_one_of_them(void)
{
    no_cut();
    return look_after_provisioning() && look_after_provisioning();
}

/* -- cuts -- */

static struct life branch[2];

static void cut_everywhere(const struct job *job, int level, int levels, unsigned path)
{
    uint16_t step = (uint16_t)(level == 0 ? 1 : stride);

    for (uint16_t k = (uint16_t)(1 + path % step);; k = (uint16_t)(k + step)) {
        for (int i = 0; i < job->byte_count; i++) {
            go_back_to(&branch[level]);
            luck = path * 7919u + k * 31u + (unsigned)i;
            cut_power_at(k, job->bytes[i]);
            (level == 0 ? job->first : job->later)();
            if (!chip.is_off || wrong != NULL || level + 1 == levels) {
                bool is_over = !chip.is_off;

                if (wrong == NULL)
                    (void)job->is_right_after();
                count();
                if (is_over)
                    return;
                continue;
            }
            branch[level + 1] = put_aside();
            cut_everywhere(job, level + 1, levels, path + k * 3u + (unsigned)i);
        }
    }
}

static void sweep(const struct job *job, const char *name, int levels)
{
    tried = failures = closed = came_and_went = in_part = 0;
    has_limit = levels == 2 && waver == WEAK_CELLS;
    first_failure = NULL;
    branch[0] = put_aside();
    cut_everywhere(job, 0, levels, 0);
    report(name, tried, "old or new, nothing repeated", failures, first_failure);
    if (closed > 0)
        report_limit("  of these, the store counts as damaged", tried, closed);
    if (came_and_went > 0)
        report_limit("  of these, the cut change comes and goes", tried, came_and_went);
    if (in_part > 0)
        report_limit("  of these, a cut provisioning counts as done", tried, in_part);
}

/* Once each cut, then all pairs; the same with cells that differ at each start. */
static void sweep_all(const struct job *job, void (*begin)(void), const char *name)
{
    char text[120];
    static const char *const cells[] = {"", ", weak cells"};

    for (int i = 0; i < 2; i++) {
        waver = i == 0 ? STEADY : WEAK_CELLS;
        for (int levels = 1; levels <= 2; levels++) {
            begin();
            snprintf(text, sizeof text, "%s: %s%s", name,
                     levels == 1 ? "a cut at every byte" : "two cuts in a row", cells[i]);
            sweep(job, text, levels);
        }
    }
}

/* -- where they begin -- */

static void with_three_keys(void)
{
    new_life();
    key_3c();
}

static void before_a_carry(void)
{
    new_life();
    put_before_a_carry();
    power_on();
    (void)begin_serving();
    no_cut();
}

static void before_a_start(void)
{
    new_life();
    power_on();
}

static void nobodys(const char *what)
{
    uint32_t seed = 7;

    new_life();
    fill(0xff);
    for (uint16_t i = 0; what[0] == 'f' && i < CELLS; i++)
        chip.cells[i] = noise(&seed);
    now.owner = now.next_owner = 0;
    forget_challenges();
    now.found = power_up();
}

static void erased(void)
{
    nobodys("erased");
}

static void foreign(void)
{
    nobodys("foreign");
}

int main(int argc, char **argv)
{
    static const int few[] = FEW, many[] = MANY;
    const struct job key = {key_3c, start_and_key, goes_on, many, 7};
    const struct job begins = {one_start, two_starts, goes_on, many, 7};
    const struct job uses = {use_up, start_and_use_up, goes_on, many, 7};
    const struct job provisions = {provision_next, look_and_provision, is_one_of_them,
                                   few, 3};

    unsigned most = argc > 1 ? (unsigned)atoi(argv[1]) : 1;

    stride = (most + 9) / 10;
    sweep_all(&begins, before_a_start, "start");
    sweep_all(&begins, before_a_carry, "start with a carry");
    sweep_all(&uses, new_life, "counter used up");
    sweep_all(&uses, before_a_carry, "counter used up, with a carry");
    stride = most;
    sweep_all(&key, new_life, "key set");
    sweep_all(&key, with_three_keys, "key dropped");
    stride = most > 1 ? 10 * most : 1;
    sweep_all(&provisions, erased, "first provisioning");
    sweep_all(&provisions, foreign, "provisioning over other data");
    sweep_all(&provisions, new_life, "provisioning anew");
    return all_as_expected ? 0 : 1;
}
