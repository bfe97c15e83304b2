/* SPDX-License-Identifier: MIT */
/* test_provision_tool.c: `countersign provision` against a device at a pseudo-terminal.
 */
#include "provision_device.h"

#include "fingerprint.h"
#include "secret.h"

#include <sys/stat.h>

static const char plain_file[] = "; my lamp\n"
                                 "[device]\n"
                                 "id = lamp-1          ; over the door\n"
                                 "address = tcp://127.0.0.1:80\n"
                                 "payload = 64\n"
                                 "\n"
                                 "[commands]\n"
                                 "on = 01\noff = 02\nstatus = 03\n";

/* A device, and the program run last. */
struct scene {
    struct provision_device device;
    struct process program;
    char directory[256], file[512];
    const char *out, *err;
};

/* Each scene has a directory of its own, so that key files of one are not another's. */
static void scene_begin(struct scene *s, const char *text)
{
    static unsigned scenes;
    char name[32];

    memset(s, 0, sizeof *s);
    provision_device_make(&s->device);
    snprintf(name, sizeof name, "scene-%u", ++scenes);
    snprintf(s->directory, sizeof s->directory, "%s", test_path(name));
    assert_true(mkdir(s->directory, 0700) == 0);
    snprintf(name, sizeof name, "scene-%u/lamp.ini", scenes);
    snprintf(s->file, sizeof s->file, "%s", test_file(name, text, 0640));
}

static void scene_end(struct scene *s)
{
    process_end(&s->program);
}

/* Runs the program at the line of a device that is there; "FILE" becomes the device file.
 */
static int run_at(struct scene *s, const char *const *words)
{
    const char *argv[24] = {COUNTERSIGN_PROGRAM, "provision"};
    char port[128];
    size_t count = 2;
    int status;

    process_end(&s->program);
    for (; *words != NULL; words++)
        argv[count++] = strcmp(*words, "FILE") == 0 ? s->file : *words;
    snprintf(port, sizeof port, "--port=serial:%s?boot=0", s->device.path);
    argv[count] = port;
    status = process_run(&s->program, argv, NULL, "");
    s->out = process_rest(&s->program);
    s->err = process_error_rest(&s->program);
    return status;
}

static int run(struct scene *s, const char *const *words)
{
    int status;

    provision_device_start(&s->device);
    status = run_at(s, words);
    provision_device_stop(&s->device);
    return status;
}

#define WORDS(...)             ((const char *const[]){__VA_ARGS__, NULL})
#define PROVISION(s)           run((s), WORDS("FILE"))
#define PROVISION_WITH(s, ...) run((s), WORDS("FILE", __VA_ARGS__))

static bool has(const char *text, const char *part)
{
    bool good = strstr(text, part) != NULL;

    if (!good)
        printf("# '%s' is not in: %s\n", part, text);
    return good;
}

static const char *in_scene(const struct scene *s, const char *name)
{
    static char path[600];

    snprintf(path, sizeof path, "%s/%s", s->directory, name);
    return path;
}

static const char *content(const char *path)
{
    static char text[4096];
    FILE *from = fopen(path, "r");
    size_t len;

    assert_true(from != NULL);
    len = fread(text, 1, sizeof text - 1, from);
    fclose(from);
    text[len] = '\0';
    return text;
}

static unsigned files_in(const struct scene *s)
{
    char command[400];
    unsigned count = 0;
    FILE *list;

    snprintf(command, sizeof command, "ls -A '%s' | wc -l", s->directory);
    list = popen(command, "r");
    assert_true(list != NULL && fscanf(list, "%u", &count) == 1);
    pclose(list);
    return count;
}

/* Whether the key in the slot, and its rights, are those of the key file. */
static bool holds(struct scene *s, uint8_t slot, const char *name, uint32_t rights)
{
    struct secret secret;
    uint8_t key[32];
    uint32_t stored;
    char error[512], text[FINGERPRINT_LEN + 1];
    bool good = secret_read_file(&secret, in_scene(s, name), error, sizeof error) &&
                csign_store_key(&s->device.store, slot, &stored, key) == CSIGN_OK &&
                stored == rights && secret.len == 32 &&
                memcmp(key, secret.bytes, 32) == 0;

    if (!good)
        printf("# slot %u is not %s\n", slot, name);
    fingerprint(secret.bytes, secret.len, text);
    return good && has(s->out, text);
}

TEST(a_blank_device_gets_a_key_and_its_file_is_completed)
{
    struct scene s;
    struct stat status;
    csign_store_identity identity;
    static const char completed[] = "; my lamp\n"
                                    "[device]\n"
                                    "id = lamp-1          ; over the door\n"
                                    "address = tcp://127.0.0.1:80\n"
                                    "payload = 64\n"
                                    "key = file:lamp.key\n"
                                    "\n"
                                    "[commands]\n"
                                    "on = 01\noff = 02\nstatus = 03\n";

    scene_begin(&s, plain_file);
    CHECK_EQUAL(PROVISION(&s), 0);
    CHECK(strcmp(s.err, "") == 0);
    provision_device_serve(&s.device);
    CHECK(holds(&s, 0, "lamp.key", CSIGN_RIGHTS_EVERY));
    CHECK_EQUAL(csign_store_identify(&s.device.store, &identity), CSIGN_OK);
    CHECK_EQUAL(identity.id_len, 6);
    CHECK_BYTES(identity.id, "lamp-1", 6);
    CHECK(strcmp(content(s.file), completed) == 0);
    CHECK_EQUAL(stat(s.file, &status), 0);
    CHECK_EQUAL(status.st_mode & 07777, 0640);
    CHECK_EQUAL(stat(in_scene(&s, "lamp.key"), &status), 0);
    CHECK_EQUAL(status.st_mode & 07777, 0600);
    CHECK_EQUAL(files_in(&s), 2);
    CHECK(strstr(s.out, "csk1") == NULL);
    CHECK(has(s.out, "slot 0"));
    scene_end(&s);
}

/* What its secret u makes of the counter's first value. */
static void first_challenge(struct scene *s, uint8_t challenge[16])
{
    csign_any_keyed keyed;

    provision_device_serve(&s->device);
    assert_int_equal(
        csign_store_secret(&s->device.store, &s->device.settings.hasher, &keyed),
        CSIGN_OK);
    assert_int_equal(csign_store_challenge(&s->device.store, &s->device.settings.hasher,
                                           &keyed, NULL, 0, challenge, 16),
                     CSIGN_OK);
}

TEST(two_devices_get_different_keys_and_secrets)
{
    struct scene a, b;
    char first[128];
    uint8_t challenge[2][16];

    scene_begin(&a, plain_file);
    scene_begin(&b, plain_file);
    CHECK_EQUAL(PROVISION(&a), 0);
    CHECK_EQUAL(PROVISION(&b), 0);
    snprintf(first, sizeof first, "%.100s", content(in_scene(&a, "lamp.key")));
    CHECK(strcmp(first, content(in_scene(&b, "lamp.key"))) != 0);
    first_challenge(&a, challenge[0]);
    first_challenge(&b, challenge[1]);
    CHECK(memcmp(challenge[0], challenge[1], 16) != 0);
    scene_end(&a);
    scene_end(&b);
}

TEST(the_only_key_goes_into_the_slot_that_is_named)
{
    struct scene s;

    scene_begin(&s, plain_file);
    CHECK_EQUAL(PROVISION_WITH(&s, "--slot", "3"), 0);
    provision_device_serve(&s.device);
    CHECK(holds(&s, 3, "lamp.key", CSIGN_RIGHTS_EVERY));
    CHECK(!s.device.slots[0].is_held);
    scene_end(&s);
}

TEST(the_keys_section_defines_slots_and_rights_and_uses_the_files_that_are_there)
{
    static const char text[] = "[device]\r\naddress = tcp://127.0.0.1:80\r\n"
                               "[commands]\r\non = 01\r\noff = 02\r\nstatus = 03\r\n"
                               "[keys]\r\nguest = file:guest.key : on, status\r\n"
                               "owner = file:owner.key : all, admin\r\n"
                               "third = hex:000102030405060708090a0b0c0d0e0f : off\r\n";
    static const char key[] =
        "hex:404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f\n";
    struct scene s;
    char name[64];
    uint8_t third[32];
    uint32_t rights;

    scene_begin(&s, text);
    snprintf(name, sizeof name, "%s/guest.key", strrchr(s.directory, '/') + 1);
    test_file(name, key, 0600);
    CHECK_EQUAL(PROVISION(&s), 0);
    provision_device_serve(&s.device);
    CHECK(holds(&s, 0, "guest.key", 5));
    CHECK(holds(&s, 1, "owner.key", CSIGN_RIGHTS_EVERY));
    CHECK_EQUAL(csign_store_key(&s.device.store, 2, &rights, third), CSIGN_OK);
    CHECK_EQUAL(rights, 2);
    CHECK_BYTES(third, "\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\0\0\0\0\0\0\0\0", 24);
    CHECK(strcmp(content(in_scene(&s, "guest.key")), key) == 0);
    CHECK(has(content(s.file), "address = tcp://127.0.0.1:80\r\nkey = file:owner.key\r\n"
                               "[commands]"));
    CHECK_EQUAL(files_in(&s), 3);
    scene_end(&s);
}

TEST(a_file_that_names_its_key_is_left_as_it_is)
{
    static const char text[] = "[device]\naddress = tcp://127.0.0.1:80\n"
                               "key = file:other.key\n[commands]\non = 01";
    struct scene s;

    scene_begin(&s, text);
    CHECK_EQUAL(PROVISION(&s), 0);
    CHECK(strcmp(content(s.file), text) == 0);
    provision_device_serve(&s.device);
    CHECK(holds(&s, 0, "other.key", CSIGN_RIGHTS_EVERY));
    scene_end(&s);
}

TEST(a_device_that_boots_slowly_and_prints_is_waited_for)
{
    struct scene s;

    scene_begin(&s, plain_file);
    s.device.boot_ms = 1500;
    s.device.chatter = "boot: \xc5\x40\xc5 hello\r\n";
    CHECK_EQUAL(PROVISION(&s), 0);
    provision_device_serve(&s.device);
    CHECK(holds(&s, 0, "lamp.key", CSIGN_RIGHTS_EVERY));
    scene_end(&s);
}

TEST(a_lost_frame_either_way_is_made_up_for)
{
    static const struct {
        enum mishap mishap;
        uint8_t kind;
    } cases[] = {
        {LOSE_REPLY, 0x11}, {LOSE_REQUEST, 0x14}, {LOSE_REPLY, 0x15}, {LOSE_REPLY, 0x17}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene s;

        scene_begin(&s, plain_file);
        s.device.mishap = cases[i].mishap;
        s.device.kind = cases[i].kind;
        CHECK_EQUAL(PROVISION(&s), 0);
        CHECK_EQUAL(s.device.mishap, NO_MISHAP);
        provision_device_serve(&s.device);
        CHECK(holds(&s, 0, "lamp.key", CSIGN_RIGHTS_EVERY));
        scene_end(&s);
    }
}

TEST(a_cable_that_is_pulled_leaves_nothing_behind)
{
    for (uint8_t kind = 0x12; kind <= 0x17; kind++) {
        for (int after = 0; after < (kind == 0x17 ? 1 : 2); after++) {
            struct scene s;

            scene_begin(&s, plain_file);
            s.device.mishap = after ? UNPLUG_AFTER : UNPLUG_BEFORE;
            s.device.kind = kind;
            CHECK_EQUAL(PROVISION(&s), kind == 0x17 ? 4 : 1);
            CHECK(provision_device_state(&s.device) != CSIGN_STORE_READY);
            CHECK_EQUAL(files_in(&s), kind == 0x17 ? 2 : 1);
            CHECK(kind == 0x17 || strcmp(content(s.file), plain_file) == 0);
            s.device.mishap = NO_MISHAP;
            CHECK_EQUAL(PROVISION(&s), 0);
            provision_device_serve(&s.device);
            CHECK(holds(&s, 0, "lamp.key", CSIGN_RIGHTS_EVERY));
            scene_end(&s);
        }
    }
}

TEST(after_a_commit_without_a_reply_the_keys_are_kept)
{
    struct scene s;

    scene_begin(&s, plain_file);
    s.device.mishap = UNPLUG_AFTER;
    s.device.kind = 0x17;
    CHECK_EQUAL(PROVISION(&s), 4);
    CHECK(has(s.err, "unknown"));
    provision_device_serve(&s.device);
    CHECK(holds(&s, 0, "lamp.key", CSIGN_RIGHTS_EVERY));
    CHECK(has(content(s.file), "key = file:lamp.key\n"));
    scene_end(&s);
}

TEST(a_device_that_answers_no_commit_but_hello_is_believed)
{
    struct scene s;

    scene_begin(&s, plain_file);
    s.device.mishap = LOSE_REPLY;
    s.device.kind = 0x17;
    s.device.always = true;
    CHECK_EQUAL(PROVISION(&s), 0);
    provision_device_serve(&s.device);
    CHECK(holds(&s, 0, "lamp.key", CSIGN_RIGHTS_EVERY));
    scene_end(&s);
}

TEST(a_provisioned_device_is_left_alone_unless_it_grants)
{
    struct scene s;
    uint8_t cells[PROVISION_CELLS];
    char text[1024];

    scene_begin(&s, plain_file);
    CHECK_EQUAL(PROVISION(&s), 0);
    memcpy(cells, s.device.cells, sizeof cells);
    snprintf(text, sizeof text, "%s", content(s.file));
    CHECK_EQUAL(PROVISION(&s), 1);
    CHECK(has(s.err, "provisioned already"));
    CHECK_BYTES(s.device.cells, cells, sizeof cells);
    CHECK(strcmp(content(s.file), text) == 0);
    s.device.is_granted = true;
    CHECK_EQUAL(PROVISION(&s), 0);
    CHECK(memcmp(s.device.cells, cells, sizeof cells) != 0);
    provision_device_serve(&s.device);
    CHECK(holds(&s, 0, "lamp.key", CSIGN_RIGHTS_EVERY));
    scene_end(&s);
}

TEST(data_of_another_program_are_overwritten_only_on_demand)
{
    struct scene s;
    uint8_t cells[PROVISION_CELLS];

    scene_begin(&s, plain_file);
    memset(s.device.cells, 0x42, sizeof s.device.cells);
    memcpy(cells, s.device.cells, sizeof cells);
    CHECK_EQUAL(PROVISION(&s), 1);
    CHECK(has(s.err, "--foreign"));
    CHECK_BYTES(s.device.cells, cells, sizeof cells);
    CHECK_EQUAL(files_in(&s), 1);
    CHECK_EQUAL(PROVISION_WITH(&s, "--foreign"), 0);
    CHECK_EQUAL(provision_device_state(&s.device), CSIGN_STORE_READY);
    scene_end(&s);
}

TEST(a_device_that_was_built_otherwise_is_left_alone)
{
    static const char *const words[] = {
        "wake",    "challenge", "tag",
        "sha256",  "classic",   "4 key slots, counted from 0; the keys need one up to 4",
        "0 key slots, counted from 0"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct scene s;

        scene_begin(&s, plain_file);
        s.device.settings.wake = i == 0 ? 8 : 16;
        s.device.settings.challenge = i == 1 ? 8 : 16;
        s.device.settings.tag = i == 2 ? 20 : 16;
        if (i == 3)
            s.device.settings.hasher.hash = &csign_blake2s;
        if (i == 4)
            s.device.device.profile = &csign_classic_server;
        if (i == 6)
            s.device.device.slot_count = 0;
        CHECK_EQUAL(i == 5 ? PROVISION_WITH(&s, "--slot=4") : PROVISION(&s), 1);
        CHECK(has(s.err, words[i]));
        CHECK_EQUAL(provision_device_state(&s.device), CSIGN_STORE_ERASED);
        CHECK_EQUAL(s.device.requests, 1);
        CHECK_EQUAL(files_in(&s), 1);
        scene_end(&s);
    }
}

TEST(a_wrong_proof_ends_the_run)
{
    struct scene s;

    scene_begin(&s, plain_file);
    s.device.mishap = LIE;
    s.device.kind = 0x16;
    CHECK_EQUAL(PROVISION(&s), 1);
    CHECK(has(s.err, "proof"));
    CHECK_EQUAL(provision_device_state(&s.device), CSIGN_STORE_BEGUN);
    CHECK_EQUAL(files_in(&s), 1);
    scene_end(&s);
}

TEST(nobody_at_the_line_is_told_apart)
{
    struct scene s;

    scene_begin(&s, plain_file);
    s.device.boot_ms = 60000;
    provision_device_start(&s.device);
    CHECK_EQUAL(run_at(&s, WORDS("FILE", "--timeout=1500")), 3);
    CHECK(has(s.err, "no device answers"));
    s.device.boot_ms = 0;
    provision_device_stop(&s.device);
    CHECK_EQUAL(run_at(&s, WORDS("FILE")), 3);
    CHECK(has(s.err, "cannot reach"));
    CHECK_EQUAL(files_in(&s), 1);
    scene_end(&s);
}

TEST(a_key_file_that_is_there_and_not_named_is_not_taken)
{
    struct scene s;
    char name[64];

    scene_begin(&s, plain_file);
    snprintf(name, sizeof name, "%s/lamp.key", strrchr(s.directory, '/') + 1);
    test_file(name, "something\n", 0600);
    CHECK_EQUAL(PROVISION(&s), 2);
    CHECK(has(s.err, "lamp.key"));
    CHECK_EQUAL(s.device.requests, 0);
    CHECK(strcmp(content(in_scene(&s, "lamp.key")), "something\n") == 0);
    scene_end(&s);
}

TEST(wrong_usage_reaches_no_device)
{
    static const char same[] = "[device]\naddress = tcp://127.0.0.1:80\n"
                               "[commands]\non = 01\n"
                               "[keys]\na = file:a.key : on\nb = file:a.key : all\n";
    static const char keys[] = "[device]\naddress = tcp://127.0.0.1:80\n"
                               "[commands]\non = 01\n"
                               "[keys]\na = file:a.key : on\n";
    struct scene s;

    scene_begin(&s, plain_file);
    CHECK_EQUAL(run(&s, WORDS("--slot=254", "FILE")), 2);
    CHECK_EQUAL(run(&s, WORDS("FILE", "FILE")), 2);
    CHECK_EQUAL(run(&s, WORDS("FILE", "--what")), 2);
    CHECK_EQUAL(run(&s, WORDS("/nowhere.ini")), 2);
    CHECK_EQUAL(s.device.requests, 0);
    CHECK_EQUAL(files_in(&s), 1);
    scene_end(&s);
    scene_begin(&s, keys);
    CHECK_EQUAL(PROVISION_WITH(&s, "--slot=1"), 2);
    CHECK(has(s.err, "--slot"));
    scene_end(&s);
    scene_begin(&s, same);
    CHECK_EQUAL(PROVISION(&s), 2);
    CHECK_EQUAL(files_in(&s), 1);
    scene_end(&s);
}

TEST(help_names_what_it_does_not_protect)
{
    struct scene s;

    scene_begin(&s, plain_file);
    CHECK_EQUAL(run(&s, WORDS("--help")), 0);
    CHECK(has(s.out, "not encrypted"));
    CHECK(has(s.out, "exit status"));
    scene_end(&s);
}

TESTS(RUN(a_blank_device_gets_a_key_and_its_file_is_completed),
      RUN(two_devices_get_different_keys_and_secrets),
      RUN(the_only_key_goes_into_the_slot_that_is_named),
      RUN(the_keys_section_defines_slots_and_rights_and_uses_the_files_that_are_there),
      RUN(a_file_that_names_its_key_is_left_as_it_is),
      RUN(a_device_that_boots_slowly_and_prints_is_waited_for),
      RUN(a_lost_frame_either_way_is_made_up_for),
      RUN(a_cable_that_is_pulled_leaves_nothing_behind),
      RUN(after_a_commit_without_a_reply_the_keys_are_kept),
      RUN(a_device_that_answers_no_commit_but_hello_is_believed),
      RUN(a_provisioned_device_is_left_alone_unless_it_grants),
      RUN(data_of_another_program_are_overwritten_only_on_demand),
      RUN(a_device_that_was_built_otherwise_is_left_alone),
      RUN(a_wrong_proof_ends_the_run), RUN(nobody_at_the_line_is_told_apart),
      RUN(a_key_file_that_is_there_and_not_named_is_not_taken),
      RUN(wrong_usage_reaches_no_device), RUN(help_names_what_it_does_not_protect))
