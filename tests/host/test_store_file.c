/* SPDX-License-Identifier: MIT */
/* A store over a file: what a killed process, a full disk and other people's files do. */
#include "Countersign.h"
#include "check.h"
#include "key_store.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define HEAD                                                                             \
    "[device]\naddress = tcp://127.0.0.1:7531\nkey = file:none.key\nstore = "            \
    "lamp.store\n"
#define LAMP HEAD "id = lamp-1\n[commands]\non = 01\noff = 02\n"
#define KEYS "[keys]\nowner = file:owner.key : all, admin\nguest = file:guest.key : on\n"
#define SIZE CSIGN_STORE_BYTES(16, CSIGN_STORE_COUNTERS)

static const uint8_t two_keys[2][CSIGN_NEW_KEY_LEN] = {"the owner's", "the guest's"};
static const uint8_t third_key[CSIGN_NEW_KEY_LEN] = "another one";

static struct key_store keys;
static struct device_file device;
static char reason[8192];
static const char *path;

/* A killed process loses nothing of what it wrote, on the disk or not. */
static bool is_quick;

static struct file_error *errors(void)
{
    static struct file_error error;

    error = (struct file_error){"lamp.ini", reason, sizeof reason};
    reason[0] = '\0';
    return &error;
}

static void read_device(const char *text)
{
    device_file_free(&device);
    assert_true(device_file_read(&device, test_file("lamp.ini", text, 0600),
                                 DEVICE_FILE_FOR_DEVICE, reason, sizeof reason));
    path = test_path("lamp.store");
}

static int setup(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    read_device(LAMP KEYS);
    unlink(path);
    key_store_init(&keys);
    is_quick = false;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    key_store_close(&keys);
    device_file_free(&device);
    return 0;
}

static bool open_store(void)
{
    bool is_open;

    key_store_close(&keys);
    key_store_init(&keys);
    is_open = key_store_open(&keys, &device, errors());
    keys.file.is_lazy = is_quick;
    return is_open;
}

static bool fill(void)
{
    return key_store_fill(&keys, &device, two_keys, errors());
}

static bool start(void)
{
    return key_store_start(&keys, &device, errors());
}

/* A store that serves, with owner and guest in slots 0 and 1. */
static void begin(void)
{
    CHECK(open_store() && key_store_is_empty(&keys) && fill() && start());
}

static bool has(uint8_t slot, const uint8_t key[CSIGN_NEW_KEY_LEN])
{
    uint8_t stored[CSIGN_NEW_KEY_LEN];
    uint32_t rights;

    return csign_store_key(&keys.store, slot, &rights, stored) == CSIGN_OK &&
           memcmp(stored, key, sizeof stored) == 0;
}

static bool is_free(uint8_t slot)
{
    uint8_t stored[CSIGN_NEW_KEY_LEN];
    uint32_t rights;

    return csign_store_key(&keys.store, slot, &rights, stored) == CSIGN_E_SLOT_EMPTY;
}

static bool change(bool is_set, uint8_t slot)
{
    csign_change order = {slot, is_set, 1, is_set ? third_key : NULL};

    return csign_store_change(&keys.store, &order) == CSIGN_OK &&
           key_store_finish(&keys) == CSIGN_STEP_DONE;
}

/* -- a process that dies before its k-th write -- */

static void (*real_write)(void *context, uint16_t address, uint8_t byte);
static unsigned writes, last_write;

static void write_or_die(void *context, uint16_t address, uint8_t byte)
{
    if (++writes < last_write) {
        real_write(context, address, byte);
        return;
    }
    _exit(77);
}

static void set_trap(unsigned k)
{
    real_write = keys.file.memory.write;
    writes = 0;
    last_write = k;
    keys.file.memory.write = write_or_die;
}

static bool fill_and_start(void)
{
    return (!key_store_is_empty(&keys) || fill()) && start();
}

static bool start_and_set(void)
{
    return start() && change(true, 2);
}

static bool start_set_and_drop(void)
{
    return start_and_set() && change(false, 1);
}

/* Does it in another process, which dies before its k-th write. False: it lived. */
static bool dies_at(unsigned k, bool (*do_it)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        if (!open_store())
            _exit(1);
        set_trap(k);
        _exit(do_it() ? 0 : 2);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) != 77)
        assert_int_equal(WEXITSTATUS(status), 0);
    return WEXITSTATUS(status) == 77;
}

/* Challenges without any entropy: all that keeps them apart is the store. */
static uint8_t drawn[1024][16];
static size_t drawn_count;

static bool draw(void)
{
    csign_sha256_work work;
    csign_hasher hasher = {&csign_sha256, &work.head};
    csign_sha256_keyed secret;

    if (csign_store_secret(&keys.store, &hasher, &secret) != CSIGN_OK ||
        csign_store_challenge(&keys.store, &hasher, &secret, NULL, 0, drawn[drawn_count],
                              16) != CSIGN_OK)
        return false;
    for (size_t i = 0; i < drawn_count; i++) {
        if (memcmp(drawn[i], drawn[drawn_count], 16) == 0)
            return false;
    }
    drawn_count++;
    return true;
}

static void put_back(const uint8_t content[SIZE])
{
    int fd;

    key_store_close(&keys);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(write(fd, content, SIZE), SIZE);
    close(fd);
}

TEST(a_kill_at_any_write_of_start_and_change_leaves_the_old_or_the_new_state)
{
    unsigned k = 1;
    size_t without = 0, with = 0;
    uint8_t new_store[SIZE];

    is_quick = true;
    begin();
    memcpy(new_store, keys.file.bytes, SIZE);
    for (bool has_died = true; has_died; k++) {
        put_back(new_store);
        has_died = dies_at(k, start_set_and_drop);
        CHECK(open_store() && !key_store_is_empty(&keys) && start());
        CHECK(has(0, two_keys[0]));
        CHECK((is_free(2) && has(1, two_keys[1])) || has(2, third_key));
        CHECK(is_free(1) || has(1, two_keys[1]));
        without += is_free(2);
        with += has(2, third_key);
    }
    /* A start, a key set and a key dropped: at least so many bytes. */
    CHECK(k > 80 && without > 20 && with > 20);
}

TEST(no_start_repeats_a_challenge_wherever_the_one_before_was_killed)
{
    is_quick = true;
    drawn_count = 0;
    begin();
    CHECK(draw());
    key_store_close(&keys);
    for (unsigned k = 1; dies_at(k, start_and_set); k++) {
        CHECK(open_store() && start() && draw() && draw());
        if (has(2, third_key))
            CHECK(change(false, 2));
        key_store_close(&keys);
    }
    CHECK(drawn_count > 60);
}

TEST(a_kill_while_the_store_is_filled_leaves_it_empty_or_full)
{
    unsigned k = 1;
    size_t full = 0;

    is_quick = true;
    for (bool has_died = true; has_died; k++) {
        unlink(path);
        has_died = dies_at(k, fill_and_start);
        CHECK(open_store());
        full += !key_store_is_empty(&keys);
        CHECK(fill_and_start());
        CHECK(has(0, two_keys[0]) && has(1, two_keys[1]) && is_free(2));
    }
    CHECK(k > 200 && full > 2);
}

/* -- a disk that takes no more -- */

static void limit_files(rlim_t size)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

TEST(a_change_that_the_disk_does_not_take_fails_and_leaves_what_there_was)
{
    uint8_t before[SIZE], after[SIZE];
    int fd;

    begin();
    fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK_EQUAL(pread(fd, before, SIZE, 0), SIZE);
    limit_files(0);
    CHECK(!change(true, 2) && !change(false, 1));
    CHECK_EQUAL(keys.file.failure, EFBIG);
    limit_files(RLIM_INFINITY);
    CHECK(has(0, two_keys[0]) && has(1, two_keys[1]) && is_free(2));
    CHECK_EQUAL(pread(fd, after, SIZE, 0), SIZE);
    CHECK_BYTES(after, before, SIZE);
    close(fd);
    CHECK(change(true, 2) && has(2, third_key));
    CHECK(open_store() && start() && has(2, third_key));
}

TEST(a_store_that_does_not_fit_on_the_disk_is_empty_afterwards)
{
    struct stat status;

    /* None of it, some of it. */
    for (rlim_t size = 0; size < 600; size += 300) {
        unlink(path);
        limit_files(size);
        CHECK(!open_store());
        limit_files(RLIM_INFINITY);
        CHECK(strstr(reason, "make room") != NULL);
        CHECK(stat(path, &status) == 0 && status.st_size == 0);
    }
    CHECK(open_store());
    limit_files(400);
    CHECK(!fill());
    limit_files(RLIM_INFINITY);
    CHECK(strstr(reason, "; make room for it") != NULL);
    CHECK(open_store() && fill() && start());
}

TEST(a_start_that_cannot_be_written_is_refused)
{
    begin();
    CHECK(open_store());
    limit_files(0);
    CHECK(!start());
    limit_files(RLIM_INFINITY);
    CHECK(strstr(reason, "it can't be written; ") != NULL);
    CHECK(open_store() && start() && has(0, two_keys[0]));
}

/* -- which files are stores -- */

TEST(an_absent_a_bare_and_an_erased_file_are_empty)
{
    static uint8_t bytes[SIZE];

    CHECK(open_store() && key_store_is_empty(&keys));
    CHECK_EQUAL(key_store_slots(&keys), 16);
    key_store_close(&keys);
    CHECK_EQUAL(truncate(path, 0), 0);
    CHECK(open_store() && key_store_is_empty(&keys) && fill() && start());
    for (int byte = 0; byte < 256; byte += 255) {
        int fd = open(path, O_WRONLY | O_CLOEXEC);

        memset(bytes, byte, sizeof bytes);
        CHECK_EQUAL(write(fd, bytes, sizeof bytes), SIZE);
        close(fd);
        CHECK(open_store() && key_store_is_empty(&keys) && fill() && start());
    }
}

TEST(a_new_store_is_private_whatever_the_umask)
{
    struct stat status;
    mode_t mask = umask(0);

    CHECK(open_store());
    umask(mask);
    CHECK(stat(path, &status) == 0 && (status.st_mode & 07777) == 0600);
}

/* Whether opening it fails for this reason, with a cure, and leaves the file alone. */
static bool is_refused(const char *says)
{
    static uint8_t before[16384], after[16384];
    struct stat was, is;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ssize_t len = pread(fd, before, sizeof before, 0);
    bool is_refused = fstat(fd, &was) == 0 && !open_store();
    bool is_same = pread(fd, after, sizeof after, 0) == len &&
                   (len <= 0 || memcmp(after, before, (size_t)len) == 0) &&
                   fstat(fd, &is) == 0 && was.st_mode == is.st_mode &&
                   was.st_mtim.tv_nsec == is.st_mtim.tv_nsec;

    close(fd);
    if (is_refused && is_same && strstr(reason, says) != NULL &&
        strncmp(reason, "lamp.ini:4: store ", 18) == 0 && strstr(reason, "; ") != NULL)
        return true;
    print_error("# %d %d %s\n", is_refused, is_same, reason);
    return false;
}

TEST(a_file_that_others_have_access_to_is_refused)
{
    static const mode_t modes[] = {0640, 0604, 0620, 0602, 0610, 0601};

    begin();
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        CHECK_EQUAL(chmod(path, modes[i]), 0);
        CHECK(is_refused("others have access to it; chmod 600 "));
    }
    CHECK_EQUAL(chmod(path, 0600), 0);
    CHECK(open_store());
}

TEST(a_file_of_another_user_is_refused)
{
    if (geteuid() != 0)
        skip();
    begin();
    CHECK_EQUAL(chown(path, 12345, 12345), 0);
    CHECK(is_refused("belongs to another user; chown 0 "));
}

TEST(what_is_no_file_is_refused)
{
    CHECK_EQUAL(mkfifo(path, 0600), 0);
    CHECK(is_refused("not a regular file; "));
    unlink(path);
    CHECK_EQUAL(mkdir(path, 0700), 0);
    CHECK(!open_store() && strstr(reason, "Is a directory; ") != NULL);
    CHECK_EQUAL(rmdir(path), 0);
    read_device("[device]\naddress = unix:s\nkey = file:none.key\nstore = no/where\n"
                "[commands]\non = 01\n");
    CHECK(!open_store() && strstr(reason, "No such file or directory; ") != NULL);
}

TEST(a_file_cut_short_or_drawn_out_is_refused)
{
    static const off_t sizes[] = {SIZE - 1, SIZE + 1, SIZE - 20, 1, 161, 160, 20000};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unlink(path);
        begin();
        key_store_close(&keys);
        CHECK_EQUAL(truncate(path, sizes[i]), 0);
        CHECK(is_refused("are no whole store; "));
    }
    /* A size that another number of slots would have. */
    unlink(path);
    begin();
    key_store_close(&keys);
    CHECK_EQUAL(truncate(path, SIZE - 40), 0);
    CHECK(is_refused("it is no store; "));
}

static void damage(off_t at)
{
    uint8_t byte;
    int fd = open(path, O_RDWR | O_CLOEXEC);

    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

TEST(damaged_and_foreign_content_is_refused)
{
    begin();
    key_store_close(&keys);
    damage(60); /* the owner's key */
    CHECK(is_refused("it is damaged; "));
    damage(60);
    damage(20); /* u */
    CHECK(is_refused("it is damaged; "));
    damage(20);
    damage(3);
    CHECK(is_refused("it is no store; "));
    damage(3);
    CHECK(open_store() && start() && has(0, two_keys[0]));
}

TEST(a_store_in_use_is_refused)
{
    struct store_file other;

    begin();
    CHECK(!store_file_open(&other, path, 16, reason, sizeof reason));
    CHECK(strstr(reason, "another countersign serve uses it; ") != NULL);
    store_file_close(&other);
    key_store_close(&keys);
    CHECK(store_file_open(&other, path, 16, reason, sizeof reason));
    store_file_close(&other);
}

TEST(a_file_that_was_changed_removed_or_replaced_meanwhile_is_noticed)
{
    char moved[4096];

    begin();
    CHECK(store_file_is_intact(&keys.file));
    damage(700);
    CHECK(!store_file_is_intact(&keys.file));
    damage(700);
    CHECK(store_file_is_intact(&keys.file));
    snprintf(moved, sizeof moved, "%s.moved", path);
    CHECK_EQUAL(rename(path, moved), 0);
    CHECK(!store_file_is_intact(&keys.file));
    CHECK_EQUAL(link(moved, path), 0);
    CHECK(store_file_is_intact(&keys.file));
    unlink(path);
    test_file("lamp.store", "", 0600);
    CHECK(!store_file_is_intact(&keys.file));
    unlink(moved);
}

/* -- whose store it is -- */

static bool is_not_ours(const char *text, const char *says)
{
    read_device(text);
    return open_store() && !start() && strstr(reason, says) != NULL;
}

TEST(a_store_of_another_id_is_refused)
{
    begin();
    CHECK(is_not_ours(HEAD "id = lamp-2\n[commands]\non = 01\noff = 02\n" KEYS,
                      "another id; "));
    CHECK(is_not_ours(HEAD "[commands]\non = 01\noff = 02\n" KEYS, "another id; "));
    read_device(LAMP KEYS);
    CHECK(open_store() && start());
}

TEST(commands_that_would_move_a_right_are_refused)
{
    static const char says[] = "its rights belong to 2 commands that ";

    begin();
    CHECK(is_not_ours(HEAD "id = lamp-1\n[commands]\noff = 02\non = 01\n", says));
    CHECK(is_not_ours(HEAD "id = lamp-1\n[commands]\non = 01\n", says));
    CHECK(
        is_not_ours(HEAD "id = lamp-1\n[commands]\nnew = 03\non = 01\noff = 02\n", says));
    read_device(HEAD "id = lamp-1\n[commands]\nlight = 01\ndark = 02\nnew = 03\n");
    CHECK(open_store() && start());
}

TEST(keys_get_their_rights_and_there_is_room_for_more)
{
    uint8_t key[CSIGN_NEW_KEY_LEN], many[14][CSIGN_NEW_KEY_LEN] = {{0}};
    char text[2048];
    size_t len;
    uint32_t rights;

    begin();
    CHECK_EQUAL(csign_store_key(&keys.store, 0, &rights, key), CSIGN_OK);
    CHECK_EQUAL(rights, CSIGN_RIGHTS_EVERY);
    CHECK_EQUAL(csign_store_key(&keys.store, 1, &rights, key), CSIGN_OK);
    CHECK_EQUAL(rights, 1);
    unlink(path);
    len = (size_t)snprintf(text, sizeof text, LAMP "[keys]\n");
    for (int i = 0; i < 14; i++) {
        many[i][0] = (uint8_t)(i + 1);
        len += (size_t)snprintf(text + len, sizeof text - len, "k%d = file:k : all\n", i);
    }
    read_device(text);
    CHECK(open_store() &&
          key_store_fill(&keys, &device, (const uint8_t(*)[CSIGN_NEW_KEY_LEN])many,
                         errors()) &&
          start());
    CHECK_EQUAL(key_store_slots(&keys), 18);
    CHECK(has(13, many[13]) && is_free(14));
    CHECK(open_store() && key_store_slots(&keys) == 18 && start() && has(13, many[13]));
}

/* -- challenges -- */

static bool make(const void *secret, const csign_hasher *hasher,
                 struct challenges *random, uint8_t out[16])
{
    return key_store_challenge(&keys, hasher, secret, random, out, 16);
}

TEST(challenges_go_on_when_the_counter_has_run_over)
{
    static struct challenges random;
    csign_sha256_work work;
    csign_hasher hasher = {&csign_sha256, &work.head};
    csign_sha256_keyed secret;
    uint8_t a[16], b[16], c[16];
    uint32_t upper;

    begin();
    CHECK_EQUAL(csign_store_secret(&keys.store, &hasher, &secret), CSIGN_OK);
    upper = keys.store.upper;
    keys.store.lower = UINT32_MAX; /* after 2^32 - 1 challenges */
    CHECK(make(&secret, &hasher, &random, a) && !key_store_is_counting(&keys));
    CHECK(make(&secret, &hasher, &random, b) && key_store_is_counting(&keys));
    CHECK(make(&secret, &hasher, &random, c));
    CHECK(memcmp(a, b, 16) != 0 && memcmp(b, c, 16) != 0 && memcmp(a, c, 16) != 0);
    CHECK_EQUAL(keys.store.upper, upper + 1);
    CHECK(has(0, two_keys[0]));
}

#define IN_PLACE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(a_kill_at_any_write_of_start_and_change_leaves_the_old_or_the_new_state),
        IN_PLACE(no_start_repeats_a_challenge_wherever_the_one_before_was_killed),
        IN_PLACE(a_kill_while_the_store_is_filled_leaves_it_empty_or_full),
        IN_PLACE(a_change_that_the_disk_does_not_take_fails_and_leaves_what_there_was),
        IN_PLACE(a_store_that_does_not_fit_on_the_disk_is_empty_afterwards),
        IN_PLACE(a_start_that_cannot_be_written_is_refused),
        IN_PLACE(an_absent_a_bare_and_an_erased_file_are_empty),
        IN_PLACE(a_new_store_is_private_whatever_the_umask),
        IN_PLACE(a_file_that_others_have_access_to_is_refused),
        IN_PLACE(a_file_of_another_user_is_refused),
        IN_PLACE(what_is_no_file_is_refused),
        IN_PLACE(a_file_cut_short_or_drawn_out_is_refused),
        IN_PLACE(damaged_and_foreign_content_is_refused),
        IN_PLACE(a_store_in_use_is_refused),
        IN_PLACE(a_file_that_was_changed_removed_or_replaced_meanwhile_is_noticed),
        IN_PLACE(a_store_of_another_id_is_refused),
        IN_PLACE(commands_that_would_move_a_right_are_refused),
        IN_PLACE(keys_get_their_rights_and_there_is_room_for_more),
        IN_PLACE(challenges_go_on_when_the_counter_has_run_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
