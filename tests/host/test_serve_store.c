/* SPDX-License-Identifier: MIT */
/* `countersign serve` with a store: keys are changed over the network and stay so. */
#include "serve_fixture.h"

#include <linux/sockios.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define STORE "store = lamp.store\n"
#define ON    "[commands]\non = 01\noff = 02\n"
#define KEYS                                                                             \
    "[keys]\nowner = text:" OWNER_KEY " : all, admin\nguest = text:" GUEST_KEY " : on\n"
#define STORED_LAMP LAMP STORE ON KEYS

#define NEW_KEY "a new key, which has 32 bytes..."
#define EVERY   0xffffffffU

static struct client_kind owner, guest, fresh, classic;

static int setup(void **state)
{
    (void)state;
    client_kind_init(&owner, true, OWNER_KEY);
    client_kind_init(&guest, true, GUEST_KEY);
    client_kind_init(&fresh, true, NEW_KEY);
    client_kind_init(&classic, false, OWNER_KEY);
    return 0;
}

static const char *store_path(void)
{
    return test_path("lamp.store");
}

/* A device whose store is made now. */
static void begin_anew(struct lamp *lamp, const char *text)
{
    unlink(store_path());
    lamp_begin(lamp, text);
}

static void restart(struct lamp *lamp, const char *text)
{
    lamp_end(lamp);
    lamp_begin(lamp, text);
}

static void rewrite(const struct lamp *lamp, const char *text)
{
    test_file("lamp.ini", text, 0600);
    process_signal(&lamp->process, SIGHUP);
}

static csign_outcome set_key(struct client *c, uint8_t slot, uint32_t rights,
                             const char *key)
{
    uint8_t order[37] = {slot, (uint8_t)(rights >> 24), (uint8_t)(rights >> 16),
                         (uint8_t)(rights >> 8), (uint8_t)rights};

    memcpy(order + 5, key, CSIGN_NEW_KEY_LEN);
    return client_ask_with(c, CSIGN_CODE_SET_KEY, order, sizeof order);
}

static csign_outcome drop_key(struct client *c, uint8_t slot)
{
    return client_ask_with(c, CSIGN_CODE_DROP_KEY, &slot, 1);
}

/* The status of a key change on a connection of its own; 0xee when there is none. */
static uint8_t set_once(const struct client_kind *kind, const struct lamp *lamp,
                        uint8_t slot, uint32_t rights, const char *key)
{
    struct client c;

    assert_true(client_connect(&c, kind, lamp));
    set_key(&c, slot, rights, key);
    client_close(&c);
    return c.status;
}

static uint8_t drop_once(const struct client_kind *kind, const struct lamp *lamp,
                         uint8_t slot)
{
    struct client c;

    assert_true(client_connect(&c, kind, lamp));
    drop_key(&c, slot);
    client_close(&c);
    return c.status;
}

static bool is_let_in(const struct client_kind *kind, const struct lamp *lamp)
{
    struct client c;
    csign_outcome outcome = ask_once(&c, kind, lamp, 1);

    assert_true(outcome == CSIGN_OUTCOME_DONE || outcome == CSIGN_OUTCOME_UNKNOWN);
    return outcome == CSIGN_OUTCOME_DONE;
}

TEST(a_key_that_is_set_works_at_once_and_after_a_restart)
{
    struct lamp lamp;
    struct client c;

    begin_anew(&lamp, STORED_LAMP);
    process_error_line_with(&lamp.process, "store-filled");
    CHECK(is_let_in(&owner, &lamp) && is_let_in(&guest, &lamp));
    CHECK(!is_let_in(&fresh, &lamp));
    CHECK_EQUAL(set_once(&owner, &lamp, 5, 1, NEW_KEY), CSIGN_STATUS_DONE);
    process_error_line_with(&lamp.process,
                            "key=owner command=set-key answer=done status=0 slot=5");
    CHECK(is_let_in(&fresh, &lamp));
    process_error_line_with(&lamp.process, "key=slot-5 command=on");
    restart(&lamp, STORED_LAMP);
    CHECK(is_let_in(&fresh, &lamp) && is_let_in(&owner, &lamp) &&
          is_let_in(&guest, &lamp));
    ask_once(&c, &fresh, &lamp, 2);
    CHECK_EQUAL(c.status, CSIGN_STATUS_NOT_ALLOWED);
    lamp_end(&lamp);
}

TEST(a_dropped_key_stays_out_although_the_file_names_it)
{
    struct lamp lamp;

    begin_anew(&lamp, STORED_LAMP);
    CHECK_EQUAL(drop_once(&owner, &lamp, 1), CSIGN_STATUS_DONE);
    process_error_line_with(&lamp.process,
                            "command=drop-key answer=done status=0 slot=1");
    CHECK(!is_let_in(&guest, &lamp));
    restart(&lamp, STORED_LAMP);
    CHECK(!is_let_in(&guest, &lamp) && is_let_in(&owner, &lamp));
    /* Nor does the file add one. */
    restart(&lamp, STORED_LAMP "new = text:" NEW_KEY " : all\n");
    CHECK(!is_let_in(&fresh, &lamp) && !is_let_in(&guest, &lamp));
    CHECK_EQUAL(set_once(&owner, &lamp, 1, 1, GUEST_KEY), CSIGN_STATUS_DONE);
    CHECK(is_let_in(&guest, &lamp));
    process_error_line_with(&lamp.process, "key=guest command=on");
    lamp_end(&lamp);
    /* Without the file it begins again. */
    begin_anew(&lamp, STORED_LAMP);
    CHECK(is_let_in(&guest, &lamp));
    lamp_end(&lamp);
}

/* Whether the device closes it long before the 30 s that an idle one may last. */
static bool is_closed_soon(const struct client *c)
{
    struct pollfd fd = {.fd = c->fd, .events = POLLIN};
    char byte;

    return poll(&fd, 1, 20000) == 1 && read(c->fd, &byte, 1) <= 0;
}

TEST(a_dropped_key_loses_its_connections)
{
    struct lamp lamp;
    struct client admin, idle[8], greeted;

    begin_anew(&lamp, STORED_LAMP);
    for (int i = 0; i < 8; i++) {
        CHECK(client_connect(&idle[i], &guest, &lamp));
        CHECK_EQUAL(client_ask(&idle[i], 1), CSIGN_OUTCOME_DONE);
    }
    CHECK(client_connect(&greeted, &guest, &lamp) && client_greet(&greeted));
    CHECK(client_connect(&admin, &owner, &lamp));
    CHECK_EQUAL(drop_key(&admin, 1), CSIGN_OUTCOME_DONE);
    /* Nobody sends them anything: the device closes by itself, and soon. */
    for (int i = 0; i < 8; i++) {
        CHECK(is_closed_soon(&idle[i]));
        client_close(&idle[i]);
    }
    process_error_line_with(&lamp.process, "reason=dropped");
    CHECK(client_request(&greeted, 1, NULL, 0));
    CHECK_EQUAL(client_await(&greeted), CSIGN_OUTCOME_UNKNOWN);
    CHECK_EQUAL(greeted.came, 16);
    client_close(&greeted);
    CHECK_EQUAL(client_ask(&admin, 1), CSIGN_OUTCOME_DONE);
    client_close(&admin);
    lamp_end(&lamp);
}

TEST(who_drops_the_own_key_is_answered_and_then_out)
{
    struct lamp lamp;
    struct client c, other;

    begin_anew(&lamp, STORED_LAMP);
    CHECK_EQUAL(set_once(&owner, &lamp, 2, EVERY, NEW_KEY), CSIGN_STATUS_DONE);
    CHECK(client_connect(&other, &owner, &lamp));
    CHECK_EQUAL(client_ask(&other, 1), CSIGN_OUTCOME_DONE);
    CHECK(client_connect(&c, &owner, &lamp));
    CHECK_EQUAL(drop_key(&c, 0), CSIGN_OUTCOME_DONE);
    CHECK(client_is_dropped(&c) && is_closed_soon(&other));
    client_close(&c);
    client_close(&other);
    CHECK(!is_let_in(&owner, &lamp) && is_let_in(&fresh, &lamp));
    lamp_end(&lamp);
}

TEST(changes_that_may_not_be_are_refused_and_logged)
{
    struct lamp lamp;
    struct client c;
    uint8_t one = 1;

    begin_anew(&lamp, STORED_LAMP);
    CHECK_EQUAL(set_once(&guest, &lamp, 2, 1, NEW_KEY), CSIGN_STATUS_NOT_ALLOWED);
    process_error_line_with(&lamp.process, "key=guest command=key-change answer=refused");
    CHECK_EQUAL(drop_once(&owner, &lamp, 0), CSIGN_STATUS_FAILED); /* the last one */
    CHECK_EQUAL(drop_once(&owner, &lamp, 2), CSIGN_STATUS_FAILED); /* empty */
    CHECK_EQUAL(drop_once(&owner, &lamp, 16), CSIGN_STATUS_BAD_ARGUMENTS);
    CHECK_EQUAL(set_once(&owner, &lamp, 1, 1, NEW_KEY), CSIGN_STATUS_FAILED);
    CHECK_EQUAL(set_once(&owner, &lamp, 2, 1, GUEST_KEY), CSIGN_STATUS_FAILED);
    CHECK(client_connect(&c, &owner, &lamp));
    client_ask_with(&c, CSIGN_CODE_SET_KEY, &one, 1);
    CHECK_EQUAL(c.status, CSIGN_STATUS_BAD_ARGUMENTS);
    client_close(&c);
    CHECK_EQUAL(set_once(&owner, &lamp, 15, 1, NEW_KEY), CSIGN_STATUS_DONE);
    lamp_end(&lamp);
}

TEST(a_payload_that_holds_no_key_change_offers_none)
{
    struct lamp lamp;
    struct client c;
    uint8_t slot = 1;

    begin_anew(&lamp, LAMP STORE "payload = 37\n" ON KEYS);
    CHECK(client_connect(&c, &owner, &lamp));
    client_ask_with(&c, CSIGN_CODE_DROP_KEY, &slot, 1);
    CHECK_EQUAL(c.status, CSIGN_STATUS_NO_COMMAND);
    client_close(&c);
    lamp_end(&lamp);
}

TEST(the_only_key_fills_a_store_with_every_right)
{
    struct lamp lamp;

    begin_anew(&lamp, SEALED_LAMP STORE ON);
    CHECK_EQUAL(set_once(&owner, &lamp, 1, EVERY, NEW_KEY), CSIGN_STATUS_DONE);
    CHECK_EQUAL(drop_once(&fresh, &lamp, 0), CSIGN_STATUS_DONE);
    /* The file's key is needed no more, not even readable. */
    restart(&lamp, LAMP STORE "key = file:nowhere.key\n" ON);
    CHECK(is_let_in(&fresh, &lamp) && !is_let_in(&owner, &lamp));
    lamp_end(&lamp);
}

TEST(a_short_key_is_the_same_in_a_store)
{
    struct lamp lamp;
    struct client_kind brief;

    client_kind_init(&brief, true, "only 20 bytes of it.");
    begin_anew(&lamp, LAMP STORE "key = text:only 20 bytes of it.\n" ON);
    CHECK(is_let_in(&brief, &lamp));
    process_error_line_with(&lamp.process, "key=key command=on");
    restart(&lamp, LAMP STORE "key = text:only 20 bytes of it.\n" ON);
    CHECK(is_let_in(&brief, &lamp));
    process_error_line_with(&lamp.process, "key=key command=on");
    lamp_end(&lamp);
}

TEST(programs_learn_the_name_of_a_key_or_its_slot)
{
    struct lamp lamp;
    struct client c;
    const char *text =
        LAMP STORE "[commands]\non = 01\n" KEYS
                   "[run]\non = /bin/sh -c \"printf %s $COUNTERSIGN_KEY_NAME\"\n";

    begin_anew(&lamp, text);
    CHECK_EQUAL(set_once(&owner, &lamp, 12, 1, NEW_KEY), CSIGN_STATUS_DONE);
    CHECK_EQUAL(ask_once(&c, &fresh, &lamp, 1), CSIGN_OUTCOME_DONE);
    CHECK(strcmp((char *)c.data, "slot-12") == 0);
    CHECK_EQUAL(ask_once(&c, &guest, &lamp, 1), CSIGN_OUTCOME_DONE);
    CHECK(strcmp((char *)c.data, "guest") == 0);
    CHECK_EQUAL(drop_once(&owner, &lamp, 1), CSIGN_STATUS_DONE);
    CHECK_EQUAL(drop_once(&owner, &lamp, 12), CSIGN_STATUS_DONE);
    CHECK_EQUAL(set_once(&owner, &lamp, 1, 1, NEW_KEY), CSIGN_STATUS_DONE);
    CHECK_EQUAL(ask_once(&c, &fresh, &lamp, 1), CSIGN_OUTCOME_DONE);
    CHECK(strcmp((char *)c.data, "slot-1") == 0);
    lamp_end(&lamp);
}

TEST(a_classic_device_keeps_its_keys_in_a_store_too)
{
    struct lamp lamp;
    struct client c;
    const char *text = CLASSIC_LAMP STORE "[answers]\ndone = a0\n" ON;

    begin_anew(&lamp, text);
    for (int i = 0; i < 3; i++) {
        CHECK_EQUAL(ask_once(&c, &classic, &lamp, 1), CSIGN_OUTCOME_DONE);
        restart(&lamp, text);
    }
    lamp_end(&lamp);
}

TEST(f1_counts_for_last)
{
    struct lamp lamp;
    struct client c;
    uint8_t tag[CSIGN_LAST_LEN], slot = 1;

    begin_anew(&lamp, STORED_LAMP);
    CHECK(client_connect(&c, &owner, &lamp) && client_greet(&c));
    CHECK(client_request(&c, CSIGN_CODE_DROP_KEY, &slot, 1));
    memcpy(tag, csign_client_request_tag(&c.machine), sizeof tag);
    CHECK_EQUAL(client_await(&c), CSIGN_OUTCOME_DONE);
    client_close(&c);
    CHECK_EQUAL(ask_once(&c, &owner, &lamp, CSIGN_CODE_LAST), CSIGN_OUTCOME_DONE);
    CHECK_BYTES(c.data, tag, sizeof tag);
    lamp_end(&lamp);
}

TEST(many_change_keys_at_once_and_each_is_answered_truly)
{
    struct lamp lamp;
    struct client clients[10];
    char key[33];
    int done = 0;

    begin_anew(&lamp, STORED_LAMP);
    for (int i = 0; i < 10; i++)
        CHECK(client_connect(&clients[i], &owner, &lamp) && client_greet(&clients[i]));
    for (int i = 0; i < 10; i++) {
        uint8_t order[37] = {(uint8_t)(i + 2), 0, 0, 0, 1};

        snprintf(key, sizeof key, "%032d", i);
        memcpy(order + 5, key, 32);
        CHECK(client_request(&clients[i], CSIGN_CODE_SET_KEY, order, sizeof order));
    }
    for (int i = 0; i < 10; i++) {
        struct client_kind kind;

        client_await(&clients[i]);
        client_close(&clients[i]);
        snprintf(key, sizeof key, "%032d", i);
        client_kind_init(&kind, true, key);
        CHECK_EQUAL(is_let_in(&kind, &lamp), clients[i].status == CSIGN_STATUS_DONE);
        CHECK(clients[i].status == CSIGN_STATUS_DONE ||
              clients[i].status == CSIGN_STATUS_FAILED);
        done += clients[i].status == CSIGN_STATUS_DONE;
    }
    CHECK(done >= 1);
    lamp_end(&lamp);
}

/* -- reloads -- */

TEST(a_reload_leaves_the_stores_keys)
{
    struct lamp lamp;
    struct client c;

    begin_anew(&lamp, STORED_LAMP);
    CHECK_EQUAL(set_once(&owner, &lamp, 9, 1, NEW_KEY), CSIGN_STATUS_DONE);
    CHECK_EQUAL(drop_once(&owner, &lamp, 1), CSIGN_STATUS_DONE);
    rewrite(&lamp, LAMP STORE ON "new = 03\n" KEYS "third = text:" NEW_KEY " : all\n");
    process_error_line_with(&lamp.process, "reloaded keys=2 commands=3");
    CHECK(is_let_in(&fresh, &lamp) && is_let_in(&owner, &lamp) &&
          !is_let_in(&guest, &lamp));
    process_error_line_with(&lamp.process, "key=third command=on");
    CHECK_EQUAL(ask_once(&c, &owner, &lamp, 3), CSIGN_OUTCOME_DONE);
    ask_once(&c, &fresh, &lamp, 2);
    CHECK_EQUAL(c.status, CSIGN_STATUS_NOT_ALLOWED);
    CHECK_EQUAL(drop_once(&owner, &lamp, 9), CSIGN_STATUS_DONE);
    lamp_end(&lamp);
}

TEST(a_reload_refuses_another_store_or_none)
{
    struct lamp lamp;

    begin_anew(&lamp, STORED_LAMP);
    rewrite(&lamp, LAMP "store = other.store\n" ON KEYS);
    process_error_line_with(&lamp.process, "another store takes a restart");
    rewrite(&lamp, LAMP ON KEYS);
    process_error_line_with(&lamp.process, "another store takes a restart");
    rewrite(&lamp, LAMP STORE "[commands]\noff = 02\non = 01\n" KEYS);
    process_error_line_with(&lamp.process, "its rights belong to 2 commands");
    CHECK(access(test_path("other.store"), F_OK) != 0);
    CHECK(is_let_in(&owner, &lamp) && is_let_in(&guest, &lamp));
    CHECK_EQUAL(drop_once(&owner, &lamp, 1), CSIGN_STATUS_DONE);
    lamp_end(&lamp);
}

TEST(a_change_from_before_a_reload_holds_after_it)
{
    struct lamp lamp;
    struct client setting, dropping, held;
    uint8_t tag[CSIGN_LAST_LEN], slot = 1;

    begin_anew(&lamp, STORED_LAMP);
    CHECK(client_connect(&setting, &owner, &lamp) && client_greet(&setting));
    CHECK(client_connect(&dropping, &owner, &lamp) && client_greet(&dropping));
    rewrite(&lamp, STORED_LAMP);
    process_error_line_with(&lamp.process, "reloaded keys=2");
    CHECK(client_connect(&held, &guest, &lamp));
    CHECK_EQUAL(client_ask(&held, 1), CSIGN_OUTCOME_DONE);
    CHECK_EQUAL(set_key(&setting, 4, 1, NEW_KEY), CSIGN_OUTCOME_DONE);
    CHECK(client_is_dropped(&setting));
    client_close(&setting);
    CHECK(is_let_in(&fresh, &lamp));
    CHECK(client_request(&dropping, CSIGN_CODE_DROP_KEY, &slot, 1));
    memcpy(tag, csign_client_request_tag(&dropping.machine), sizeof tag);
    CHECK_EQUAL(client_await(&dropping), CSIGN_OUTCOME_DONE);
    client_close(&dropping);
    CHECK(is_closed_soon(&held));
    client_close(&held);
    CHECK(!is_let_in(&guest, &lamp));
    CHECK_EQUAL(ask_once(&held, &owner, &lamp, CSIGN_CODE_LAST), CSIGN_OUTCOME_DONE);
    CHECK_BYTES(held.data, tag, sizeof tag);
    restart(&lamp, STORED_LAMP);
    CHECK(is_let_in(&fresh, &lamp) && !is_let_in(&guest, &lamp));
    lamp_end(&lamp);
}

TEST(a_change_after_a_reload_reaches_connections_from_before)
{
    struct lamp lamp;
    struct client greeted, fresh_greeted;

    begin_anew(&lamp, STORED_LAMP);
    CHECK(client_connect(&greeted, &guest, &lamp) && client_greet(&greeted));
    CHECK(client_connect(&fresh_greeted, &fresh, &lamp) && client_greet(&fresh_greeted));
    rewrite(&lamp, STORED_LAMP);
    process_error_line_with(&lamp.process, "reloaded");
    CHECK_EQUAL(drop_once(&owner, &lamp, 1), CSIGN_STATUS_DONE);
    CHECK_EQUAL(set_once(&owner, &lamp, 1, 1, NEW_KEY), CSIGN_STATUS_DONE);
    CHECK(client_request(&greeted, 1, NULL, 0));
    CHECK_EQUAL(client_await(&greeted), CSIGN_OUTCOME_UNKNOWN);
    CHECK(client_request(&fresh_greeted, 1, NULL, 0));
    CHECK_EQUAL(client_await(&fresh_greeted), CSIGN_OUTCOME_DONE);
    client_close(&greeted);
    client_close(&fresh_greeted);
    lamp_end(&lamp);
}

/* -- what goes wrong with the file -- */

/* Whether a device does not even begin, for this reason. */
static bool is_refused(const char *text, const char *says)
{
    const char *argv[] = {COUNTERSIGN_PROGRAM, "serve", NULL, NULL};
    struct process process;
    int status;
    bool is_said;

    argv[2] = test_file("other.ini", text, 0600);
    status = process_run(&process, argv, NULL, NULL);
    is_said = strstr(process_error_rest(&process), says) != NULL;
    if (status != 2 || !is_said)
        print_error("# status %d, no \"%s\" in %s\n", status, says,
                    process_error_rest(&process));
    process_end(&process);
    return status == 2 && is_said;
}

TEST(two_devices_never_share_a_store)
{
    struct lamp lamp;

    begin_anew(&lamp, STORED_LAMP);
    CHECK(is_refused(STORED_LAMP, "another countersign serve uses it; "));
    CHECK(is_let_in(&owner, &lamp));
    lamp_end(&lamp);
    CHECK(is_refused("[device]\naddress = tcp://127.0.0.1:0\nid = lamp-2\n" STORE ON KEYS,
                     "belongs to a device of another id; "));
    lamp_begin(&lamp, STORED_LAMP);
    lamp_end(&lamp);
}

TEST(a_store_that_cannot_be_trusted_is_not_served)
{
    struct lamp lamp;

    begin_anew(&lamp, STORED_LAMP);
    lamp_end(&lamp);
    CHECK_EQUAL(chmod(store_path(), 0640), 0);
    CHECK(is_refused(STORED_LAMP, "others have access to it; chmod 600 "));
    CHECK_EQUAL(chmod(store_path(), 0600), 0);
    CHECK_EQUAL(truncate(store_path(), 100), 0);
    CHECK(is_refused(STORED_LAMP, "its 100 bytes are no whole store; "));
    test_file("lamp.store", "[device]\n", 0600);
    CHECK(is_refused(STORED_LAMP, "no whole store; "));
    unlink(store_path());
    CHECK(
        is_refused(LAMP STORE ON "[keys]\na = file:nowhere.key : all\n", "nowhere.key"));
    test_file("long.key", "text:" OWNER_KEY "!\n", 0600);
    CHECK(is_refused(LAMP STORE ON "[keys]\na = file:long.key : all\n",
                     "the key a has over 32 bytes, more than a store holds; "));
    CHECK(is_refused(LAMP STORE ON "[keys]\na = text:" OWNER_KEY
                                   " : all\nb = text:" OWNER_KEY " : on\n",
                     "the key b equals one before it"));
    /* None of these filled it. */
    lamp_begin(&lamp, STORED_LAMP);
    CHECK(is_let_in(&owner, &lamp));
    lamp_end(&lamp);
}

static void limit_files(const struct lamp *lamp, rlim_t size)
{
    struct rlimit limit;

    assert_int_equal(prlimit(lamp->process.pid, RLIMIT_FSIZE, NULL, &limit), 0);
    limit.rlim_cur = size;
    assert_int_equal(prlimit(lamp->process.pid, RLIMIT_FSIZE, &limit, NULL), 0);
}

TEST(a_full_disk_fails_the_change_and_nothing_else)
{
    struct lamp lamp;

    begin_anew(&lamp, STORED_LAMP);
    limit_files(&lamp, 0);
    CHECK_EQUAL(set_once(&owner, &lamp, 2, 1, NEW_KEY), CSIGN_STATUS_FAILED);
    process_error_line_with(&lamp.process, "status=4 slot=2");
    CHECK_EQUAL(drop_once(&owner, &lamp, 1), CSIGN_STATUS_FAILED);
    process_error_line_with(&lamp.process, "error=\"File too large\"");
    CHECK(!is_let_in(&fresh, &lamp) && is_let_in(&guest, &lamp));
    limit_files(&lamp, RLIM_INFINITY);
    CHECK_EQUAL(set_once(&owner, &lamp, 2, 1, NEW_KEY), CSIGN_STATUS_DONE);
    CHECK_EQUAL(drop_once(&owner, &lamp, 1), CSIGN_STATUS_DONE);
    CHECK(is_let_in(&fresh, &lamp) && !is_let_in(&guest, &lamp));
    restart(&lamp, STORED_LAMP);
    CHECK(is_let_in(&fresh, &lamp) && !is_let_in(&guest, &lamp));
    lamp_end(&lamp);
}

TEST(nothing_is_stored_into_a_file_that_nobody_will_read)
{
    struct lamp lamp;

    begin_anew(&lamp, STORED_LAMP);
    unlink(store_path());
    CHECK_EQUAL(set_once(&owner, &lamp, 2, 1, NEW_KEY), CSIGN_STATUS_FAILED);
    process_error_line_with(&lamp.process, "the store's file was changed or replaced");
    CHECK(is_let_in(&owner, &lamp) && !is_let_in(&fresh, &lamp));
    lamp_end(&lamp);
}

/* -- being killed -- */

#define KILLS 64

struct load {
    const struct lamp *lamp;
    bool is_over;
};

/* A guest who has commands run, one connection each, all the time. */
static void *keep_busy(void *argument)
{
    struct load *load = argument;
    struct client_kind kind;
    struct client c;

    client_kind_init(&kind, true, GUEST_KEY);
    while (!__atomic_load_n(&load->is_over, __ATOMIC_RELAXED)) {
        if (ask_once(&c, &kind, load->lamp, 1) == CSIGN_OUTCOME_NOT_SENT)
            break;
    }
    return NULL;
}

/* How long two changes take here, in ms: kills come within that time. */
static uint32_t changes_take = 1;

static void *kill_soon(void *argument)
{
    const struct lamp *lamp = argument;
    uint32_t random;

    assert_int_equal(getrandom(&random, sizeof random, 0), sizeof random);
    usleep(random % (1000 * changes_take));
    kill(lamp->process.pid, SIGKILL);
    return NULL;
}

static void try_changes(const struct lamp *lamp)
{
    uint32_t start = test_clock();

    CHECK_EQUAL(set_once(&owner, lamp, 3, 1, NEW_KEY), CSIGN_STATUS_DONE);
    CHECK_EQUAL(drop_once(&owner, lamp, 3), CSIGN_STATUS_DONE);
    changes_take = 10 + test_clock() - start;
}

/* What is known of slot 3. */
struct slot_3 {
    bool was_held, is_held;      /* before and after the change under way */
    char key[33];                /* that is or would be in it */
    unsigned changes, cut, kept; /* done; cut with the old state left, with the new one */
};

static void name_key(struct slot_3 *slot)
{
    snprintf(slot->key, sizeof slot->key, "%032u", slot->changes);
}

/* One change after another until the device is gone. */
static void change_until_killed(struct slot_3 *slot, const struct lamp *lamp)
{
    struct client c;
    csign_outcome outcome = CSIGN_OUTCOME_DONE;

    if (!client_connect(&c, &owner, lamp))
        return;
    while (outcome == CSIGN_OUTCOME_DONE) {
        slot->was_held = slot->is_held;
        slot->is_held = !slot->is_held;
        if (slot->is_held)
            name_key(slot);
        outcome = slot->is_held ? set_key(&c, 3, 1, slot->key) : drop_key(&c, 3);
        slot->changes += outcome == CSIGN_OUTCOME_DONE;
    }
    CHECK(outcome != CSIGN_OUTCOME_FAILED);
    client_close(&c);
}

static void look_after_restart(struct slot_3 *slot, const struct lamp *lamp)
{
    struct client_kind kind;
    bool is_held;

    client_kind_init(&kind, true, slot->key);
    is_held = is_let_in(&kind, lamp);
    slot->cut += is_held == slot->was_held;
    slot->kept += is_held == slot->is_held && slot->was_held != slot->is_held;
    slot->is_held = slot->was_held = is_held;
    CHECK(is_let_in(&owner, lamp) && is_let_in(&guest, lamp));
    /* The slot is free, or has just that key. */
    CHECK_EQUAL(set_once(&owner, lamp, 3, 1, NEW_KEY),
                is_held ? CSIGN_STATUS_FAILED : CSIGN_STATUS_DONE);
    if (!is_held)
        CHECK_EQUAL(drop_once(&owner, lamp, 3), CSIGN_STATUS_DONE);
}

TEST(killed_at_any_time_it_has_the_old_keys_or_the_new_ones)
{
    struct slot_3 slot = {.key = NEW_KEY};
    struct lamp lamp;
    pthread_t busy, killer;

    begin_anew(&lamp, STORED_LAMP);
    try_changes(&lamp);
    for (int i = 0; i < KILLS; i++) {
        struct load load = {&lamp, false};

        assert_int_equal(pthread_create(&busy, NULL, keep_busy, &load), 0);
        assert_int_equal(pthread_create(&killer, NULL, kill_soon, &lamp), 0);
        change_until_killed(&slot, &lamp);
        __atomic_store_n(&load.is_over, true, __ATOMIC_RELAXED);
        pthread_join(killer, NULL);
        pthread_join(busy, NULL);
        CHECK_EQUAL(process_wait(&lamp.process), 128 + SIGKILL);
        process_end(&lamp.process);
        lamp_begin(&lamp, STORED_LAMP);
        look_after_restart(&slot, &lamp);
    }
    lamp_end(&lamp);
    CHECK_NOTE("# %u changes done; %u cut ones left the old state, %u the new one\n",
               slot.changes, slot.cut, slot.kept);
    CHECK(slot.changes > 0 && slot.cut > 0 && slot.kept > 0);
}

#define LINE_LAMP "[device]\nid = lamp-1\naddress = serial:tty\n" STORE ON KEYS

/* Sets a key over a line; the client waits for nothing yet. */
static void ask_on_line(struct client *c, const struct client_kind *kind, int line,
                        uint8_t slot, const char *key)
{
    uint8_t order[37] = {slot, 0, 0, 0, 1};

    memcpy(order + 5, key, CSIGN_NEW_KEY_LEN);
    client_open(c, kind, line);
    CHECK(client_greet_on_line(c));
    CHECK(client_request(c, CSIGN_CODE_SET_KEY, order, sizeof order));
}

TEST(a_change_comes_over_a_line_and_none_is_half_done_when_that_is_lost)
{
    struct client_kind kind;
    struct lamp lamp;
    struct client c;

    client_kind_init(&kind, true, OWNER_KEY);
    kind.settings.is_link = 1;
    unlink(store_path());
    for (int i = 0; i < 4; i++) {
        int line = line_open(test_path("tty"));
        bool is_set;

        lamp_begin(&lamp, LINE_LAMP);
        ask_on_line(&c, &kind, line, 3, NEW_KEY);
        if (i == 0)
            CHECK_EQUAL(client_await(&c), CSIGN_OUTCOME_DONE);
        else
            usleep((useconds_t)i * 500 * changes_take / 4);
        client_close(&c);
        process_error_line_with(&lamp.process, "line-lost");
        line = line_open(test_path("tty"));
        process_error_line_with(&lamp.process, "line-back");
        ask_on_line(&c, &kind, line, 4, "another one, and not the other's");
        CHECK_EQUAL(client_await(&c), CSIGN_OUTCOME_DONE);
        client_close(&c);
        process_error_line_with(&lamp.process, "line-lost");
        restart(&lamp, STORED_LAMP);
        is_set = is_let_in(&fresh, &lamp);
        CHECK(is_let_in(&owner, &lamp) && (is_set || i > 0));
        CHECK_EQUAL(drop_once(&owner, &lamp, 3),
                    is_set ? CSIGN_STATUS_DONE : CSIGN_STATUS_FAILED);
        CHECK_EQUAL(drop_once(&owner, &lamp, 4), CSIGN_STATUS_DONE);
        lamp_end(&lamp);
    }
}

/* Whether it waits for something to happen, with all its connections in the wait. */
static bool sleeps(const struct lamp *lamp)
{
    char path[64], text[256] = "";
    const char *state;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%ld/stat", (long)lamp->process.pid);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    fclose(file);
    state = strrchr(text, ')');
    return state != NULL && state[2] == 'S';
}

/* It then finds what comes now all at once, in the order in which it came: a connection
 * that it had yet to wait for would come behind a signal. */
static void halt(const struct lamp *lamp)
{
    static const struct timespec step = {0, 1000000L};
    siginfo_t info;

    while (!sleeps(lamp))
        nanosleep(&step, NULL);
    process_signal(&lamp->process, SIGSTOP);
    assert_int_equal(waitid(P_PID, (id_t)lamp->process.pid, &info, WSTOPPED), 0);
}

/* Until all that was sent lies at the device: a busy kernel may deliver it later than a
 * signal. */
static void await_delivery(const struct client *c)
{
    static const struct timespec step = {0, 1000000L};
    int left = 1;

    while (ioctl(c->fd, SIOCOUTQ, &left) == 0 && left > 0)
        nanosleep(&step, NULL);
    assert_int_equal(left, 0);
}

TEST(sigterm_finishes_a_change)
{
    struct lamp lamp;
    struct client c;
    uint8_t order[37] = {6, 0, 0, 0, 1};

    begin_anew(&lamp, STORED_LAMP);
    memcpy(order + 5, NEW_KEY, 32);
    CHECK(client_connect(&c, &owner, &lamp) && client_greet(&c));
    halt(&lamp);
    CHECK(client_request(&c, CSIGN_CODE_SET_KEY, order, sizeof order));
    await_delivery(&c);
    process_signal(&lamp.process, SIGTERM);
    process_signal(&lamp.process, SIGCONT);
    CHECK_EQUAL(client_await(&c), CSIGN_OUTCOME_DONE);
    CHECK(client_is_dropped(&c));
    client_close(&c);
    CHECK_EQUAL(process_wait(&lamp.process), 0);
    process_end(&lamp.process);
    lamp_begin(&lamp, STORED_LAMP);
    CHECK(is_let_in(&fresh, &lamp));
    lamp_end(&lamp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(a_key_that_is_set_works_at_once_and_after_a_restart),
        RUN(a_dropped_key_stays_out_although_the_file_names_it),
        RUN(a_dropped_key_loses_its_connections),
        RUN(who_drops_the_own_key_is_answered_and_then_out),
        RUN(changes_that_may_not_be_are_refused_and_logged),
        RUN(a_payload_that_holds_no_key_change_offers_none),
        RUN(the_only_key_fills_a_store_with_every_right),
        RUN(a_short_key_is_the_same_in_a_store),
        RUN(programs_learn_the_name_of_a_key_or_its_slot),
        RUN(a_classic_device_keeps_its_keys_in_a_store_too),
        RUN(f1_counts_for_last),
        RUN(many_change_keys_at_once_and_each_is_answered_truly),
        RUN(a_reload_leaves_the_stores_keys),
        RUN(a_reload_refuses_another_store_or_none),
        RUN(a_change_from_before_a_reload_holds_after_it),
        RUN(a_change_after_a_reload_reaches_connections_from_before),
        RUN(two_devices_never_share_a_store),
        RUN(a_store_that_cannot_be_trusted_is_not_served),
        RUN(a_full_disk_fails_the_change_and_nothing_else),
        RUN(nothing_is_stored_into_a_file_that_nobody_will_read),
        RUN(killed_at_any_time_it_has_the_old_keys_or_the_new_ones),
        RUN(a_change_comes_over_a_line_and_none_is_half_done_when_that_is_lost),
        RUN(sigterm_finishes_a_change),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
