/* SPDX-License-Identifier: MIT */
/* What is on the disk when: a cut of power takes all that was not synced. The calls that
 * write are listed in their order, a letter each. */
#include "check.h"
#include "key_files.h"
#include "process.h"
#include "state.h"
#include "store_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static char calls[4096];
static size_t call_count;
static bool syncs_fail;
static int wrong_reads; /* so many bytes read back are others than were written */

static void note(char call)
{
    if (call_count + 1 < sizeof calls)
        calls[call_count++] = call;
}

static void listen(void)
{
    memset(calls, 0, sizeof calls);
    call_count = 0;
    syncs_fail = false;
    wrong_reads = 0;
}

/* The linker puts these between the program's code and the system. */
ssize_t __real_pwrite(int fd, const void *bytes, size_t len, off_t at);
ssize_t __real_pread(int fd, void *bytes, size_t len, off_t at);
int __real_fdatasync(int fd);
int __real_fsync(int fd);
int __real_link(const char *from, const char *to);
int __real_linkat(int from_fd, const char *from, int to_fd, const char *to, int flags);
int __real_rename(const char *from, const char *to);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t len, off_t at);
ssize_t __wrap_pread(int fd, void *bytes, size_t len, off_t at);
int __wrap_fdatasync(int fd);
int __wrap_fsync(int fd);
int __wrap_link(const char *from, const char *to);
int __wrap_linkat(int from_fd, const char *from, int to_fd, const char *to, int flags);
int __wrap_rename(const char *from, const char *to);

ssize_t __wrap_pwrite(int fd, const void *bytes, size_t len, off_t at)
{
    note('w');
    return __real_pwrite(fd, bytes, len, at);
}

ssize_t __wrap_pread(int fd, void *bytes, size_t len, off_t at)
{
    ssize_t got = __real_pread(fd, bytes, len, at);

    if (len == 1 && wrong_reads > 0) {
        wrong_reads--;
        *(uint8_t *)bytes ^= 1;
    }
    return got;
}

static int sync_or_fail(int result)
{
    note('s');
    if (!syncs_fail)
        return result;
    errno = EIO;
    return -1;
}

int __wrap_fdatasync(int fd)
{
    return sync_or_fail(__real_fdatasync(fd));
}

int __wrap_fsync(int fd)
{
    return sync_or_fail(__real_fsync(fd));
}

int __wrap_link(const char *from, const char *to)
{
    note('l');
    return __real_link(from, to);
}

int __wrap_linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
    note('l');
    return __real_linkat(from_fd, from, to_fd, to, flags);
}

int __wrap_rename(const char *from, const char *to)
{
    note('r');
    return __real_rename(from, to);
}

static char error[8192];

static void open_state(struct state *state)
{
    listen();
    setenv("XDG_STATE_HOME", test_path("state"), 1);
    CHECK_EQUAL(
        state_open(state, "0123456789abcdef", STATE_TO_SEND, 50, error, sizeof error),
        STATE_OPEN);
}

TEST(a_new_state_file_is_on_the_disk_before_it_has_its_name)
{
    struct state state;
    const char *written, *named;

    open_state(&state);
    state_close(&state);
    written = strrchr(calls, 'w');
    named = strchr(calls, 'l');
    CHECK(written != NULL && named != NULL && written < named);
    CHECK_EQUAL(named[-1], 's');
    CHECK(strcmp(named, "ls") == 0);
}

TEST(a_record_of_the_state_is_on_the_disk_when_it_is_stored)
{
    struct state state;

    open_state(&state);
    listen();
    CHECK(state_store(&state, error, sizeof error));
    CHECK(strcmp(calls, "ws") == 0);
    syncs_fail = true;
    CHECK(!state_store(&state, error, sizeof error));
    state_close(&state);
}

TEST(a_challenge_is_on_the_disk_when_it_is_noted)
{
    static const uint8_t challenge[16] = "a challenge";
    struct state state;
    bool is_repeated;

    open_state(&state);
    listen();
    CHECK(state_note_challenge(&state, challenge, sizeof challenge, &is_repeated, error,
                               sizeof error));
    CHECK(strcmp(calls, "ws") == 0);
    state_close(&state);
}

static struct store_file file;
static csign_store store;

static csign_step finish(void)
{
    csign_step step;

    do
        step = csign_store_step(&store);
    while (step == CSIGN_STEP_MORE);
    return step;
}

static void open_store(void)
{
    unlink(test_path("lamp.store"));
    CHECK(store_file_open(&file, test_path("lamp.store"), 4, error, sizeof error));
    CHECK_EQUAL(csign_store_open(&store, &file.memory), CSIGN_STORE_ERASED);
}

TEST(each_byte_of_a_store_is_on_the_disk_before_the_next_is_written)
{
    open_store();
    listen();
    CHECK_EQUAL(csign_store_begin(&store), CSIGN_OK);
    CHECK_EQUAL(finish(), CSIGN_STEP_DONE);
    CHECK(call_count > 50 && call_count % 2 == 0);
    for (size_t i = 0; i < call_count; i++)
        CHECK_EQUAL(calls[i], i % 2 == 0 ? 'w' : 's');
    store_file_close(&file);
}

TEST(a_byte_that_the_disk_does_not_give_back_is_not_stored)
{
    open_store();
    CHECK_EQUAL(csign_store_begin(&store), CSIGN_OK);
    listen();
    wrong_reads = 1;
    CHECK_EQUAL(finish(), CSIGN_STEP_FAILED);
    CHECK(file.failure != 0);
    store_file_close(&file);
}

TEST(each_step_of_a_key_files_switch_is_on_the_disk_before_the_next)
{
    static struct key_files files;

    snprintf(files.path, sizeof files.path, "%s", test_file("a.key", "old", 0600));
    snprintf(files.new_path, sizeof files.new_path, "%s", test_path("a.key.new"));
    snprintf(files.old_path, sizeof files.old_path, "%s", test_path("a.key.old"));
    listen();
    CHECK(key_files_make(&files, error, sizeof error));
    CHECK(strcmp(calls, "ss") == 0); /* the file and its name */
    listen();
    CHECK(key_files_switch(&files, error, sizeof error));
    CHECK(strcmp(calls, "lsrs") == 0);
    key_files_finish(&files);
}

TESTS(RUN(a_new_state_file_is_on_the_disk_before_it_has_its_name),
      RUN(a_record_of_the_state_is_on_the_disk_when_it_is_stored),
      RUN(a_challenge_is_on_the_disk_when_it_is_noted),
      RUN(each_byte_of_a_store_is_on_the_disk_before_the_next_is_written),
      RUN(a_byte_that_the_disk_does_not_give_back_is_not_stored),
      RUN(each_step_of_a_key_files_switch_is_on_the_disk_before_the_next))
