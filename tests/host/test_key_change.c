/* SPDX-License-Identifier: MIT */
/* test_key_change.c: `countersign key` against a device that offers set-key and drop-key,
 * broken off wherever it can be. */
#include "key_device.h"

#include "secret.h"

#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#define OWNER_HEX "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"
#define GUEST_HEX "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"

/* The connections of a whole rotation. */
enum { SET = 1, TRY_NEW = 2, DROP = 3, TRY_OLD = 4 };

struct scene {
    struct key_device device;
    struct process program;
    char directory[256], file[300], state[320];
    const char *out, *err;
};

static const char *in_scene(const struct scene *s, const char *name)
{
    static char paths[4][600];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", s->directory, name);
    return path;
}

static void write_file(const struct scene *s, const char *name, const char *text)
{
    FILE *to = fopen(in_scene(s, name), "w");

    assert_true(to != NULL && fputs(text, to) >= 0 && fclose(to) == 0);
    assert_true(chmod(in_scene(s, name), 0600) == 0);
}

/* The bytes of a key file that is there. */
static void read_key(const struct scene *s, const char *name, uint8_t key[32])
{
    struct secret secret;
    char error[512];

    assert_true(secret_read_file(&secret, in_scene(s, name), error, sizeof error));
    assert_int_equal(secret.len, 32);
    memcpy(key, secret.bytes, 32);
}

static bool exists(const struct scene *s, const char *name)
{
    return access(in_scene(s, name), F_OK) == 0;
}

/* The owner's key in slot 1 of a device, and in owner.key. */
static void scene_begin_with(struct scene *s, const char *more)
{
    static unsigned scenes;
    char name[32], text[1024];
    uint8_t key[32];

    memset(s, 0, sizeof *s);
    key_device_start(&s->device);
    snprintf(name, sizeof name, "scene-%u", ++scenes);
    snprintf(s->directory, sizeof s->directory, "%s", test_path(name));
    assert_true(mkdir(s->directory, 0700) == 0);
    snprintf(text, sizeof text,
             "[device]\nid = lamp-1\naddress = tcp://127.0.0.1:%d\nkey = file:owner.key\n"
             "payload = 64\n[commands]\non = 01\noff = 02\nstatus = 03\n%s",
             s->device.port, more);
    write_file(s, "lamp.ini", text);
    write_file(s, "owner.key", "hex:" OWNER_HEX "\n");
    write_file(s, "guest.key", "hex:" GUEST_HEX "\n");
    snprintf(s->file, sizeof s->file, "%s", in_scene(s, "lamp.ini"));
    snprintf(s->state, sizeof s->state, "XDG_STATE_HOME=%s", in_scene(s, "state"));
    read_key(s, "owner.key", key);
    assert_int_equal(
        csign_device_set_key(&s->device.device, 1, CSIGN_RIGHTS_EVERY, key, 32),
        CSIGN_OK);
}

static void scene_begin(struct scene *s)
{
    scene_begin_with(s, "");
}

static void scene_end(struct scene *s)
{
    process_end(&s->program);
    key_device_stop(&s->device);
}

static void start(struct scene *s, const char *const *words)
{
    const char *argv[24] = {COUNTERSIGN_PROGRAM, "key"};
    const char *environment[] = {s->state, NULL};
    struct process_options options = {.environment = environment};

    for (size_t i = 0; words[i] != NULL; i++)
        argv[i + 2] = strcmp(words[i], "FILE") == 0    ? s->file
                      : strcmp(words[i], "GUEST") == 0 ? in_scene(s, "guest.key")
                                                       : words[i];
    process_end(&s->program);
    process_start(&s->program, argv, &options);
    process_close_in(&s->program);
}

static int run(struct scene *s, const char *const *words)
{
    int status;

    s->device.connections = 0;
    start(s, words);
    status = process_wait(&s->program);
    s->out = process_rest(&s->program);
    s->err = process_error_rest(&s->program);
    return status;
}

#define WORDS(...)      ((const char *const[]){__VA_ARGS__, NULL})
#define RUN_KEY(s, ...) run((s), WORDS(__VA_ARGS__))
#define ROTATE(s)       RUN_KEY((s), "rotate", "FILE", "--from", "1", "--to", "2")
#define SET_GUEST(s)                                                                     \
    RUN_KEY((s), "set", "FILE", "--slot", "0", "--rights", "on,status", "--key", "GUEST")

static bool has(const char *text, const char *part)
{
    bool good = strstr(text, part) != NULL;

    if (!good)
        printf("# '%s' is not in: %s\n", part, text);
    return good;
}

/* Whether the device holds this key in the slot. */
static bool holds(const struct scene *s, uint8_t slot, const uint8_t key[32])
{
    csign_any_work work;
    csign_sha256_keyed keyed;
    csign_settings settings = s->device.settings;

    settings.hasher.work = &work.head;
    csign_sealed_key(&settings, &keyed, key, 32);
    return s->device.slots[slot].is_held &&
           memcmp((const uint8_t *)s->device.keyed + slot * sizeof keyed, &keyed,
                  sizeof keyed) == 0;
}

static bool holds_file(const struct scene *s, uint8_t slot, const char *name)
{
    uint8_t key[32];

    read_key(s, name, key);
    return holds(s, slot, key);
}

/* The key file's key works, whatever has happened. */
static bool key_works(const struct scene *s)
{
    return holds_file(s, 1, "owner.key") || holds_file(s, 2, "owner.key");
}

/* All is as after an undisturbed rotation from slot 1 to 2. */
static bool is_rotated(const struct scene *s)
{
    uint8_t old[32];

    for (int i = 0; i < 32; i++)
        old[i] = (uint8_t)(0x40 + i);
    return holds_file(s, 2, "owner.key") && !s->device.slots[1].is_held &&
           !holds(s, 2, old) && s->device.slots[2].rights == CSIGN_RIGHTS_EVERY &&
           !exists(s, "owner.key.new") && !exists(s, "owner.key.old");
}

static bool is_untouched(const struct scene *s)
{
    return holds_file(s, 1, "owner.key") && !s->device.slots[2].is_held &&
           !exists(s, "owner.key.new") && !exists(s, "owner.key.old");
}

TEST(set_puts_a_key_with_its_rights_into_a_slot)
{
    struct scene s;

    scene_begin(&s);
    CHECK_EQUAL(SET_GUEST(&s), 0);
    CHECK(holds_file(&s, 0, "guest.key"));
    CHECK_EQUAL(s.device.slots[0].rights, 5);
    CHECK(has(s.out, "set-key: done\n") && has(s.out, "slot 0: fingerprint "));
    CHECK(strcmp(s.err, "") == 0);
    scene_end(&s);
}

TEST(set_tells_what_the_device_refused)
{
    struct scene s;

    scene_begin(&s);
    CHECK_EQUAL(SET_GUEST(&s), 0);
    CHECK_EQUAL(SET_GUEST(&s), 1);
    CHECK(has(s.out, "set-key: failed"));
    CHECK_EQUAL(
        RUN_KEY(&s, "set", "FILE", "--slot", "3", "--rights=all", "--key", "GUEST"), 1);
    CHECK_EQUAL(
        RUN_KEY(&s, "set", "FILE", "--slot", "4", "--rights=all", "--key", "GUEST"), 1);
    CHECK(has(s.out, "bad-arguments"));
    s.device.store_fails = true;
    CHECK_EQUAL(RUN_KEY(&s, "drop", "FILE", "--slot=0"), 1);
    CHECK(s.device.slots[0].is_held);
    scene_end(&s);
}

TEST(drop_empties_a_slot_but_not_the_last_administrators)
{
    struct scene s;

    scene_begin(&s);
    CHECK_EQUAL(SET_GUEST(&s), 0);
    CHECK_EQUAL(RUN_KEY(&s, "drop", "FILE", "--slot", "0"), 0);
    CHECK(!s.device.slots[0].is_held);
    CHECK_EQUAL(RUN_KEY(&s, "drop", "FILE", "--slot", "0"), 1);
    CHECK_EQUAL(RUN_KEY(&s, "drop", "FILE", "--slot", "1"), 1);
    CHECK(s.device.slots[1].is_held);
    scene_end(&s);
}

TEST(a_change_without_a_reply_is_unknown_and_last_settles_it)
{
    struct scene s;
    const char *argv[] = {COUNTERSIGN_PROGRAM, "send", NULL, "last", NULL};
    const char *environment[] = {NULL, NULL};
    struct process_options options = {.environment = environment};

    scene_begin(&s);
    s.device.settings.deadline_ms = 1000;
    s.device.breach = NOT_ANSWERED;
    CHECK_EQUAL(SET_GUEST(&s), 4);
    CHECK(has(s.err, "send") && has(s.err, "last"));
    CHECK(s.device.slots[0].is_held);
    s.device.breach = NOT_ACCEPTED;
    CHECK_EQUAL(RUN_KEY(&s, "drop", "FILE", "--slot", "0"), 3);
    s.device.breach = NO_BREACH;
    argv[2] = s.file;
    environment[0] = s.state;
    process_end(&s.program);
    CHECK_EQUAL(process_run(&s.program, argv, &options, ""), 0);
    CHECK(has(process_rest(&s.program), "ran"));
    scene_end(&s);
}

TEST(json_tells_of_each_exchange)
{
    static const char *const commands[] = {"set-key", "last", "drop-key"};
    struct scene s;
    char *line, *rest;
    char text[2048];

    scene_begin(&s);
    CHECK_EQUAL(RUN_KEY(&s, "rotate", "FILE", "--json", "--from=1", "--to=2"), 0);
    snprintf(text, sizeof text, "%s", s.out);
    line = strtok_r(text, "\n", &rest);
    for (size_t i = 0; i < 3; i++) {
        json_t *object = json_loads(line == NULL ? "" : line, 0, NULL);

        CHECK(object != NULL);
        CHECK(strcmp(json_string_value(json_object_get(object, "command")),
                     commands[i]) == 0);
        CHECK(strcmp(json_string_value(json_object_get(object, "outcome")), "done") == 0);
        json_decref(object);
        line = strtok_r(NULL, "\n", &rest);
    }
    CHECK(line == NULL);
    scene_end(&s);
}

TEST(rotate_replaces_the_key_in_device_and_file)
{
    struct scene s;
    struct stat status;

    scene_begin(&s);
    CHECK_EQUAL(ROTATE(&s), 0);
    CHECK(is_rotated(&s));
    CHECK_EQUAL(s.device.connections, 4);
    CHECK_EQUAL(stat(in_scene(&s, "owner.key"), &status), 0);
    CHECK_EQUAL(status.st_mode & 07777, 0600);
    CHECK(has(s.out, "slot 2: new key, fingerprint "));
    CHECK(strstr(s.out, "csk1") == NULL && strcmp(s.err, "") == 0);
    CHECK_EQUAL(RUN_KEY(&s, "rotate", "FILE", "--from=2", "--to=1"), 0);
    CHECK(holds_file(&s, 1, "owner.key") && !s.device.slots[2].is_held);
    scene_end(&s);
}

TEST(a_rotation_that_the_device_breaks_off_leaves_a_key_that_works_and_goes_on)
{
    for (unsigned connection = SET; connection <= TRY_OLD; connection++) {
        for (enum breach breach = NOT_ACCEPTED; breach <= NOT_ANSWERED; breach++) {
            struct scene s;
            int status;

            printf("# connection %u, breach %d\n", connection, (int)breach);
            scene_begin(&s);
            s.device.breach = breach;
            s.device.connection = connection;
            status = ROTATE(&s);
            CHECK(key_works(&s));
            if (connection == SET && breach == NOT_ACCEPTED)
                CHECK(status == 3 && is_untouched(&s));
            else if (connection != TRY_OLD)
                CHECK(status == (breach == NOT_ACCEPTED ? 3 : 4));
            s.device.breach = NO_BREACH;
            CHECK_EQUAL(status == 0 ? 0 : ROTATE(&s), 0);
            CHECK(is_rotated(&s));
            scene_end(&s);
        }
    }
}

TEST(a_rotation_whose_client_is_killed_leaves_a_key_that_works_and_goes_on)
{
    for (unsigned connection = SET; connection <= DROP; connection++) {
        for (enum breach breach = STOP_BEFORE; breach <= STOP_AFTER; breach++) {
            struct scene s;

            printf("# connection %u, breach %d\n", connection, (int)breach);
            scene_begin(&s);
            s.device.breach = breach;
            s.device.connection = connection;
            start(&s, WORDS("rotate", "FILE", "--from=1", "--to=2"));
            sem_wait(&s.device.arrived);
            process_signal(&s.program, SIGKILL);
            (void)process_wait(&s.program);
            s.device.breach = NO_BREACH;
            sem_post(&s.device.go_on);
            CHECK(key_works(&s));
            CHECK_EQUAL(ROTATE(&s), 0);
            CHECK(is_rotated(&s));
            scene_end(&s);
        }
    }
}

TEST(a_crash_between_the_two_steps_of_the_switch_is_gone_on_from)
{
    struct scene s;

    scene_begin(&s);
    write_file(&s, "owner.key.new", "hex:" GUEST_HEX "\n");
    CHECK_EQUAL(link(in_scene(&s, "owner.key"), in_scene(&s, "owner.key.old")), 0);
    CHECK_EQUAL(ROTATE(&s), 0);
    CHECK(is_rotated(&s));
    CHECK(holds_file(&s, 2, "guest.key"));
    scene_end(&s);
}

TEST(a_key_file_behind_a_symbolic_link_is_replaced_there)
{
    struct scene s;
    struct stat status;

    scene_begin(&s);
    CHECK_EQUAL(rename(in_scene(&s, "owner.key"), in_scene(&s, "true.key")), 0);
    CHECK_EQUAL(symlink("true.key", in_scene(&s, "owner.key")), 0);
    CHECK_EQUAL(ROTATE(&s), 0);
    CHECK(holds_file(&s, 2, "true.key"));
    CHECK_EQUAL(lstat(in_scene(&s, "owner.key"), &status), 0);
    CHECK(S_ISLNK(status.st_mode));
    scene_end(&s);
}

TEST(a_rotation_into_a_taken_slot_changes_nothing)
{
    struct scene s;

    scene_begin(&s);
    CHECK_EQUAL(RUN_KEY(&s, "set", "FILE", "--slot=2", "--rights=on", "--key", "GUEST"),
                0);
    CHECK_EQUAL(ROTATE(&s), 1);
    CHECK(has(s.err, "the old key is the key"));
    CHECK(holds_file(&s, 1, "owner.key") && holds_file(&s, 2, "guest.key"));
    CHECK(!exists(&s, "owner.key.new") && !exists(&s, "owner.key.old"));
    scene_end(&s);
}

TEST(a_rotation_from_the_wrong_slot_says_that_the_old_key_still_works)
{
    struct scene s;

    scene_begin(&s);
    CHECK_EQUAL(SET_GUEST(&s), 0);
    CHECK_EQUAL(RUN_KEY(&s, "rotate", "FILE", "--from=3", "--to=2"), 1);
    CHECK(has(s.err, "still takes the old one"));
    CHECK(exists(&s, "owner.key.old") && holds_file(&s, 2, "owner.key"));
    CHECK(s.device.slots[0].is_held);
    CHECK_EQUAL(ROTATE(&s), 0);
    CHECK(is_rotated(&s));
    scene_end(&s);
}

TEST(the_new_key_has_the_rights_that_the_device_file_gives_the_old)
{
    struct scene s;

    scene_begin_with(&s, "[keys]\nguest = file:guest.key : on\n"
                         "owner = file:owner.key : off, admin\n");
    CHECK_EQUAL(ROTATE(&s), 0);
    CHECK_EQUAL(s.device.slots[2].rights, CSIGN_RIGHT_ADMIN | 2);
    scene_end(&s);
    scene_begin_with(&s, "[keys]\nguest = file:guest.key : on\n");
    CHECK_EQUAL(ROTATE(&s), 2);
    CHECK(has(s.err, "--rights"));
    CHECK_EQUAL(RUN_KEY(&s, "rotate", "FILE", "--from=1", "--to=2", "--rights=all"), 2);
    CHECK(has(s.err, "admin"));
    CHECK(is_untouched(&s));
    CHECK_EQUAL(RUN_KEY(&s, "rotate", "FILE", "--from=1", "--to=2", "--rights=on,admin"),
                0);
    CHECK_EQUAL(s.device.slots[2].rights, CSIGN_RIGHT_ADMIN | 1);
    scene_end(&s);
}

TEST(wrong_usage_sends_nothing)
{
    struct scene s;

    scene_begin(&s);
    CHECK_EQUAL(RUN_KEY(&s, "set", "FILE", "--slot=0", "--rights=on"), 2);
    CHECK_EQUAL(
        RUN_KEY(&s, "set", "FILE", "--slot=0", "--rights=dance", "--key", "GUEST"), 2);
    CHECK_EQUAL(RUN_KEY(&s, "set", "FILE", "--slot=254", "--rights=on", "--key", "GUEST"),
                2);
    CHECK_EQUAL(RUN_KEY(&s, "set", "FILE", "--slot=0", "--rights=on,", "--key", "GUEST"),
                2);
    CHECK_EQUAL(
        RUN_KEY(&s, "set", "FILE", "--slot=0", "--rights=on", "--key", "/nowhere"), 2);
    CHECK_EQUAL(RUN_KEY(&s, "drop", "FILE"), 2);
    CHECK_EQUAL(RUN_KEY(&s, "drop", "FILE", "--slot=0", "--to=1"), 2);
    CHECK_EQUAL(RUN_KEY(&s, "rotate", "FILE", "--from=1", "--to=1"), 2);
    CHECK_EQUAL(RUN_KEY(&s, "rotate", "FILE", "--to=1"), 2);
    CHECK_EQUAL(RUN_KEY(&s, "turn", "FILE"), 2);
    CHECK_EQUAL(RUN_KEY(&s, "FILE"), 2);
    CHECK_EQUAL(s.device.connections, 0);
    scene_end(&s);
}

TEST(a_key_that_is_no_file_cannot_be_rotated)
{
    struct scene s;
    char text[512];

    scene_begin(&s);
    snprintf(text, sizeof text,
             "[device]\nid = lamp-1\naddress = tcp://127.0.0.1:%d\nkey = hex:" OWNER_HEX
             "\n"
             "payload = 64\n[commands]\non = 01\n",
             s.device.port);
    write_file(&s, "lamp.ini", text);
    CHECK_EQUAL(ROTATE(&s), 2);
    CHECK(has(s.err, "file"));
    CHECK_EQUAL(s.device.connections, 0);
    scene_end(&s);
}

TEST(help_says_whom_a_rotation_does_not_shut_out)
{
    struct scene s;

    scene_begin(&s);
    CHECK_EQUAL(RUN_KEY(&s, "--help"), 0);
    CHECK(has(s.out, "does not shut out who already"));
    CHECK_EQUAL(RUN_KEY(&s, "rotate", "--help"), 0);
    scene_end(&s);
}

TESTS(RUN(set_puts_a_key_with_its_rights_into_a_slot),
      RUN(set_tells_what_the_device_refused),
      RUN(drop_empties_a_slot_but_not_the_last_administrators),
      RUN(a_change_without_a_reply_is_unknown_and_last_settles_it),
      RUN(json_tells_of_each_exchange), RUN(rotate_replaces_the_key_in_device_and_file),
      RUN(a_rotation_that_the_device_breaks_off_leaves_a_key_that_works_and_goes_on),
      RUN(a_rotation_whose_client_is_killed_leaves_a_key_that_works_and_goes_on),
      RUN(a_crash_between_the_two_steps_of_the_switch_is_gone_on_from),
      RUN(a_key_file_behind_a_symbolic_link_is_replaced_there),
      RUN(a_rotation_into_a_taken_slot_changes_nothing),
      RUN(a_rotation_from_the_wrong_slot_says_that_the_old_key_still_works),
      RUN(the_new_key_has_the_rights_that_the_device_file_gives_the_old),
      RUN(wrong_usage_sends_nothing), RUN(a_key_that_is_no_file_cannot_be_rotated),
      RUN(help_says_whom_a_rotation_does_not_shut_out))
