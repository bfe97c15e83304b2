/* SPDX-License-Identifier: MIT */
/* process.h: other programs for tests: started, listened to, and ended whatever happens.
 *
 *     struct process device;
 *     const char *argv[] = {COUNTERSIGN_PROGRAM, "serve", path, NULL};
 *
 *     process_start(&device, argv, NULL);
 *     CHECK(strcmp(process_line(&device), "listening on ...") == 0);
 *     process_signal(&device, SIGTERM);
 *     CHECK_EQUAL(process_wait(&device), 0);
 *     process_end(&device);
 *
 * What does not happen within PROCESS_PATIENCE_MS fails the test that waits for it: a
 * bound for liveness, no measurement. A process that a failed test left behind is killed
 * at the end of the test program, or by the kernel when that crashes.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifndef PROCESS_PATIENCE_MS
#define PROCESS_PATIENCE_MS 60000
#endif

/* What a process writes; bytes from `taken` on were not handed out yet. */
struct process_stream {
    int fd; /* -1 after its end */
    char *bytes;
    size_t len, taken, room;
};

struct process {
    pid_t pid; /* 0 after process_wait() and process_end() */
    int pidfd;
    int in; /* its standard input; -1 when closed */
    struct process_stream out, err;
};

struct process_options {
    const char *const
        *environment;       /* "NAME=value" sets, "NAME" removes; ends with NULL */
    const char *directory;  /* to run in; NULL: this program's */
    const char *error_file; /* where standard error goes; NULL: a pipe to here */
};

/* Starts argv[0] (a path) with pipes for its standard streams. options may be NULL. All
 * of it is read before the call returns. process_end() must follow. */
void process_start(struct process *p, const char *const *argv,
                   const struct process_options *options);

/* Writes to its standard input, all of it; process_close_in() ends that. */
void process_write(struct process *p, const void *bytes, size_t len);
void process_close_in(struct process *p);

/* The next line of its standard output or standard error without its newline, NULL at the
 * end; valid until the next call for the same stream. */
const char *process_line(struct process *p);
const char *process_error_line(struct process *p);

/* The next line of standard error that contains text; those before it are dropped. The
 * test fails when there is none. */
const char *process_error_line_with(struct process *p, const char *text);

/* All that is left until the end of the stream, as one text. */
const char *process_rest(struct process *p);
const char *process_error_rest(struct process *p);

void process_signal(const struct process *p, int signal);

/* Waits until it has ended, reading all that it writes meanwhile; process_line() and
 * others still hand that out. Its exit status, or 128 + the signal that killed it. */
int process_wait(struct process *p);

/* Kills it if it still runs and frees what it held. May be called again. */
void process_end(struct process *p);

/* Starts, closes standard input after writing input (NULL: nothing), waits. The texts of
 * both streams are process_rest() and process_error_rest(). */
int process_run(struct process *p, const char *const *argv,
                const struct process_options *options, const char *input);

/* A directory of this test program's own, removed with all that is in it at the end. */
const char *test_directory(void);

/* Writes text to a new file (or over an old one) of that name in test_directory(), with
 * this mode, and tells its path, valid until 16 further calls. */
const char *test_file(const char *name, const char *text, mode_t mode);

/* The path that a file of that name has there, the same way. */
const char *test_path(const char *name);

/* Milliseconds of a clock that never goes back. */
uint32_t test_clock(void);

#endif
