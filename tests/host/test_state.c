/* SPDX-License-Identifier: MIT */
/* What a client keeps of a device, and what it does when it can't. */
#include "check.h"
#include "process.h"
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "0123456789abcdef"

static char error[8192];
static char state_path[512];

/* An empty place for state files of its own. */
static void begin(void)
{
    static unsigned places;
    char name[32];

    snprintf(name, sizeof name, "home-%u", ++places);
    assert_int_equal(setenv("XDG_STATE_HOME", test_path(name), 1), 0);
    snprintf(state_path, sizeof state_path, "%s/countersign/" NAME,
             getenv("XDG_STATE_HOME"));
    error[0] = '\0';
}

static enum state_answer open_for(struct state *state, enum state_purpose purpose)
{
    enum state_answer answer = state_open(state, NAME, purpose, 50, error, sizeof error);

    if (answer == STATE_REFUSED && (error[0] == '\0' || strchr(error, '\n') != NULL))
        fail_msg("not one line: %s", error);
    return answer;
}

/* Overwrites bytes of the state file. */
static void spoil(off_t offset, const void *bytes, size_t len)
{
    int fd = open(state_path, O_WRONLY);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, len, offset), len);
    close(fd);
}

static void flip(off_t offset)
{
    int fd = open(state_path, O_RDWR);
    uint8_t byte;

    assert_int_equal(pread(fd, &byte, 1, offset), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
    close(fd);
}

TEST(the_file_is_named_by_key_and_id)
{
    char name[STATE_NAME_LEN + 1];

    /* printf %s 'countersign/1 state''lamp-1' |
     * openssl dgst -sha256 -hmac 'the key of the lamp' */
    state_name((const uint8_t *)"the key of the lamp", 19, "lamp-1", name);
    CHECK(strcmp(name, "8fed01580fd24d1a") == 0);
}

TEST(the_directory_and_the_file_are_its_owners_alone)
{
    struct state state;
    struct stat status;

    begin();
    CHECK_EQUAL(open_for(&state, STATE_TO_ASK), STATE_ABSENT);
    CHECK(access(getenv("XDG_STATE_HOME"), F_OK) != 0);
    CHECK_EQUAL(open_for(&state, STATE_TO_SEND), STATE_OPEN);
    CHECK(strcmp(state.path, state_path) == 0);
    CHECK(stat(state_path, &status) == 0 && (status.st_mode & 07777) == 0600);
    CHECK_EQUAL(status.st_size, 4096);
    *strrchr(state_path, '/') = '\0';
    CHECK(stat(state_path, &status) == 0 && (status.st_mode & 07777) == 0700);
    CHECK_EQUAL(status.st_nlink, 2);
    state_close(&state);
}

TEST(what_is_stored_is_there_the_next_time)
{
    struct state state;

    begin();
    for (unsigned i = 0; i < 5; i++) {
        CHECK_EQUAL(open_for(&state, STATE_TO_SEND), STATE_OPEN);
        CHECK_EQUAL(state.record.limit_ms, i);
        state.record.limit_ms = i + 1;
        CHECK(state_store(&state, error, sizeof error));
        state_close(&state);
    }
    CHECK_EQUAL(open_for(&state, STATE_TO_ASK), STATE_OPEN);
    CHECK_EQUAL(state.record.limit_ms, 5);
    state_close(&state);
}

static struct state_record full_record(void)
{
    struct state_record record = {0};
    struct moment start = {0x0102030405060708, 0x1112131415161718, {9, 8, 7}};
    char command[80];

    memset(command, 'c', sizeof command);
    command[79] = '\0';
    record.sequence = 5;
    state_record_ask(&record, "before", (const uint8_t *)"ABCDEFGH", true, &start, 100);
    state_record_prove(&record);
    state_record_ask(&record, command, (const uint8_t *)"12345678", false, &start, 5000);
    return record;
}

/* The write under way, cut after each of its bytes. */
TEST(a_record_is_never_written_over_the_one_before)
{
    uint8_t before[2][STATE_RECORD_LEN], after[STATE_RECORD_LEN];
    const off_t places[2] = {STATE_RECORD_A, STATE_RECORD_B};
    struct state state;

    begin();
    CHECK_EQUAL(open_for(&state, STATE_TO_SEND), STATE_OPEN);
    for (int i = 0; i < 4; i++) {
        int newest = state.record.sequence % 2 == 1 ? 0 : 1;

        CHECK_EQUAL(pread(state.fd, before[newest], STATE_RECORD_LEN, places[newest]),
                    STATE_RECORD_LEN);
        CHECK(state_store(&state, error, sizeof error));
        CHECK_EQUAL(pread(state.fd, after, STATE_RECORD_LEN, places[newest]),
                    STATE_RECORD_LEN);
        CHECK_BYTES(after, before[newest], STATE_RECORD_LEN);
    }
    state_close(&state);
}

TEST(a_cut_write_leaves_the_record_before)
{
    uint8_t bytes[STATE_RECORD_LEN], zeros[STATE_RECORD_LEN] = {0};
    struct state_record next;
    struct state state;

    begin();
    CHECK_EQUAL(open_for(&state, STATE_TO_SEND), STATE_OPEN);
    next = full_record(); /* the file's is number 1 in A: the next goes to B */
    next.sequence = 2;
    state_record_encode(&next, bytes);
    state_close(&state);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        spoil(STATE_RECORD_B, zeros, sizeof zeros);
        spoil(STATE_RECORD_B, bytes, len);
        CHECK_EQUAL(open_for(&state, STATE_TO_SEND), STATE_OPEN);
        CHECK_EQUAL(state.record.sequence, len == sizeof bytes ? 2 : 1);
        state_close(&state);
    }
}

TEST(a_damaged_file_and_a_foreign_one_are_refused_with_the_cure)
{
    struct state state;

    begin();
    CHECK_EQUAL(open_for(&state, STATE_TO_SEND), STATE_OPEN);
    state_close(&state);
    flip(STATE_RECORD_A);
    CHECK_EQUAL(open_for(&state, STATE_TO_SEND), STATE_REFUSED);
    CHECK(strstr(error, "damaged; move it away") != NULL && strstr(error, state_path));
    CHECK_EQUAL(open_for(&state, STATE_TO_ASK), STATE_REFUSED);
    flip(STATE_RECORD_A);
    CHECK_EQUAL(open_for(&state, STATE_TO_SEND), STATE_OPEN);
    state_close(&state);
    flip(0);
    CHECK_EQUAL(open_for(&state, STATE_TO_SEND), STATE_REFUSED);
    CHECK(strstr(error, "another program or version; move it away") != NULL);
    assert_int_equal(truncate(state_path, 0), 0);
    CHECK_EQUAL(open_for(&state, STATE_TO_SEND), STATE_REFUSED);
    assert_int_equal(unlink(state_path), 0);
    assert_int_equal(mkdir(state_path, 0700), 0);
    CHECK_EQUAL(open_for(&state, STATE_TO_SEND), STATE_REFUSED);
    assert_int_equal(rmdir(state_path), 0);
    assert_int_equal(symlink("/etc/passwd", state_path), 0);
    CHECK_EQUAL(open_for(&state, STATE_TO_SEND), STATE_REFUSED);
}

TEST(a_directory_where_others_may_write_is_refused)
{
    struct state state;
    char directory[512];

    begin();
    CHECK_EQUAL(open_for(&state, STATE_TO_SEND), STATE_OPEN);
    state_close(&state);
    snprintf(directory, sizeof directory, "%s/countersign", getenv("XDG_STATE_HOME"));
    assert_int_equal(chmod(directory, 0770), 0);
    CHECK_EQUAL(open_for(&state, STATE_TO_SEND), STATE_REFUSED);
    CHECK(strstr(error, "chmod go-w") != NULL);
}

/* Runs in a child, so that what it gives up is not lost to the others. */
static int in_child(int (*body)(void))
{
    pid_t child;
    int status;

    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(body());
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

#define NOBODY 65534

static int body_without_rights(void)
{
    struct state state;

    /* Root writes wherever it likes. */
    if (geteuid() == 0 && (chown(getenv("XDG_STATE_HOME"), NOBODY, NOBODY) != 0 ||
                           setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
        return 10;
    if (chmod(getenv("XDG_STATE_HOME"), 0500) != 0)
        return 11;
    if (open_for(&state, STATE_TO_SEND) != STATE_REFUSED)
        return 12;
    return strstr(error, "Permission denied; make that possible, name another place in "
                         "XDG_STATE_HOME, or send with --no-state") == NULL;
}

TEST(a_place_that_cannot_be_written_is_refused_with_the_cure)
{
    begin();
    assert_int_equal(chmod(test_directory(), 0755), 0);
    assert_int_equal(mkdir(getenv("XDG_STATE_HOME"), 0700), 0);
    CHECK_EQUAL(in_child(body_without_rights), 0);
}

static int limit_files(rlim_t size)
{
    struct rlimit limit = {size, size};

    signal(SIGXFSZ, SIG_IGN);
    return setrlimit(RLIMIT_FSIZE, &limit);
}

static int body_without_room(void)
{
    struct state state;

    if (limit_files(2048) != 0)
        return 10;
    if (open_for(&state, STATE_TO_SEND) != STATE_REFUSED)
        return 11;
    if (access(state_path, F_OK) == 0)
        return 12; /* a half made file has no name */
    return strstr(error, "cannot be written") == NULL;
}

static int body_without_further_room(void)
{
    struct state state;

    if (open_for(&state, STATE_TO_SEND) != STATE_OPEN ||
        limit_files(STATE_RECORD_B + 3) != 0)
        return 10;
    state.record.limit_ms = 77;
    if (state_store(&state, error, sizeof error) || state.record.sequence != 1)
        return 11;
    if (strstr(error, "make room for it, or send with --no-state") == NULL)
        return 12;
    state_close(&state);
    if (open_for(&state, STATE_TO_ASK) != STATE_OPEN)
        return 13;
    return state.record.limit_ms == 77;
}

TEST(a_full_disk_is_told_and_spoils_nothing)
{
    begin();
    CHECK_EQUAL(in_child(body_without_room), 0);
    CHECK_EQUAL(in_child(body_without_further_room), 0);
}

static int body_waits_for_the_lock(void)
{
    struct state state;

    if (open_for(&state, STATE_TO_SEND) != STATE_REFUSED)
        return 10;
    if (strstr(error, "another send talks to this device") == NULL)
        return 11;
    return state_open(&state, NAME, STATE_TO_ASK, 50, error, sizeof error) !=
           STATE_REFUSED;
}

TEST(one_client_at_a_time_holds_the_state)
{
    struct state state;

    begin();
    CHECK_EQUAL(open_for(&state, STATE_TO_SEND), STATE_OPEN);
    CHECK_EQUAL(in_child(body_waits_for_the_lock), 0);
    state_close(&state);
    CHECK_EQUAL(open_for(&state, STATE_TO_SEND), STATE_OPEN);
    state_close(&state);
}

TESTS(RUN(the_file_is_named_by_key_and_id),
      RUN(the_directory_and_the_file_are_its_owners_alone),
      RUN(what_is_stored_is_there_the_next_time),
      RUN(a_record_is_never_written_over_the_one_before),
      RUN(a_cut_write_leaves_the_record_before),
      RUN(a_damaged_file_and_a_foreign_one_are_refused_with_the_cure),
      RUN(a_directory_where_others_may_write_is_refused),
      RUN(a_place_that_cannot_be_written_is_refused_with_the_cure),
      RUN(a_full_disk_is_told_and_spoils_nothing),
      RUN(one_client_at_a_time_holds_the_state))
