/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1

#include "process.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATHS      16
#define PROCESSES  64
#define PATH_BYTES 512

static pid_t running[PROCESSES]; /* 0: free */

static void kill_all(void)
{
    for (size_t i = 0; i < PROCESSES; i++) {
        if (running[i] > 0)
            kill(running[i], SIGKILL);
    }
}

static void remember(pid_t pid)
{
    static bool is_known;
    size_t i = 0;

    if (!is_known)
        atexit(kill_all);
    is_known = true;
    while (i < PROCESSES && running[i] > 0)
        i++;
    if (i == PROCESSES)
        fail_msg("more than %d processes", PROCESSES);
    running[i] = pid;
}

static void forget(pid_t pid)
{
    for (size_t i = 0; i < PROCESSES; i++) {
        if (running[i] == pid)
            running[i] = 0;
    }
}

uint32_t test_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
}

static void make_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) != 0)
        fail_msg("pipe: %s", strerror(errno));
}

static void set_environment(const char *const *environment)
{
    for (; *environment != NULL; environment++) {
        if (strchr(*environment, '=') == NULL)
            unsetenv(*environment);
        else
            putenv((char *)(uintptr_t)*environment);
    }
}

/* In the child. */
static void become(const char *const *argv, const struct process_options *options,
                   const int ends[3], pid_t parent)
{
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(126);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    for (int fd = 0; fd < 3; fd++)
        dup2(ends[fd], fd);
    if (options != NULL && options->error_file != NULL) {
        int fd =
            open(options->error_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        dup2(fd, 2);
    }
    if (options != NULL && options->directory != NULL && chdir(options->directory) != 0)
        _exit(126);
    if (options != NULL && options->environment != NULL)
        set_environment(options->environment);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    perror(argv[0]);
    _exit(127);
}

void process_start(struct process *p, const char *const *argv,
                   const struct process_options *options)
{
    int in[2], out[2], err[2];
    pid_t parent = getpid();

    memset(p, 0, sizeof *p);
    make_pipe(in);
    make_pipe(out);
    make_pipe(err);
    fflush(NULL);
    p->pid = fork();
    if (p->pid < 0)
        fail_msg("fork: %s", strerror(errno));
    if (p->pid == 0)
        become(argv, options, (const int[]){in[0], out[1], err[1]}, parent);
    remember(p->pid);
    close(in[0]);
    close(out[1]);
    close(err[1]);
    p->in = in[1];
    p->out.fd = out[0];
    p->err.fd = err[0];
    fcntl(p->out.fd, F_SETFL, O_NONBLOCK);
    fcntl(p->err.fd, F_SETFL, O_NONBLOCK);
    p->pidfd = (int)syscall(SYS_pidfd_open, p->pid, 0);
    if (p->pidfd < 0)
        fail_msg("pidfd_open: %s", strerror(errno));
}

void process_write(struct process *p, const void *bytes, size_t len)
{
    const char *at = bytes;
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);

    while (len > 0) {
        ssize_t written = write(p->in, at, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            break; /* it need not read its input; its exit status tells more */
        at += written;
        len -= (size_t)written;
    }
    signal(SIGPIPE, before);
}

void process_close_in(struct process *p)
{
    if (p->in >= 0)
        close(p->in);
    p->in = -1;
}

/* Reads what there is without blocking. */
static void drain(struct process_stream *s)
{
    ssize_t len;

    while (s->fd >= 0) {
        if (s->room - s->len < 4096) {
            s->room = s->room * 2 + 8192;
            s->bytes = realloc(s->bytes, s->room);
            if (s->bytes == NULL)
                abort();
        }
        len = read(s->fd, s->bytes + s->len, s->room - s->len - 1);
        if (len < 0)
            return; /* nothing now */
        if (len == 0) {
            close(s->fd);
            s->fd = -1;
            return;
        }
        s->len += (size_t)len;
    }
}

/* Waits for more of the stream; fails the test when patience, from began on, is over. */
static void await(struct process_stream *s, uint32_t began, const char *what)
{
    struct pollfd fd = {.fd = s->fd, .events = POLLIN};
    uint32_t passed = test_clock() - began;

    if (passed >= PROCESS_PATIENCE_MS)
        fail_msg("waited for %s in vain; so far: %.*s", what, (int)(s->len - s->taken),
                 s->bytes == NULL ? "" : s->bytes + s->taken);
    poll(&fd, 1, (int)(PROCESS_PATIENCE_MS - passed));
    drain(s);
}

static const char *line_of(struct process_stream *s, const char *what)
{
    uint32_t began = test_clock();
    char *start, *end;

    drain(s);
    while ((end = s->len > s->taken ? memchr(s->bytes + s->taken, '\n', s->len - s->taken)
                                    : NULL) == NULL) {
        if (s->fd < 0 && s->len == s->taken)
            return NULL;
        if (s->fd < 0) {
            end = s->bytes + s->len++; /* drain() left room for it */
            break;
        }
        await(s, began, what);
    }
    start = s->bytes + s->taken;
    *end = '\0';
    s->taken = (size_t)(end - s->bytes) + 1;
    return start;
}

const char *process_line(struct process *p)
{
    return line_of(&p->out, "a line of standard output");
}

const char *process_error_line(struct process *p)
{
    return line_of(&p->err, "a line of standard error");
}

const char *process_error_line_with(struct process *p, const char *text)
{
    const char *line;

    while ((line = line_of(&p->err, text)) != NULL) {
        if (strstr(line, text) != NULL)
            return line;
    }
    fail_msg("standard error ended without: %s", text);
    return NULL;
}

static const char *rest_of(struct process_stream *s, const char *what)
{
    uint32_t began = test_clock();
    size_t start;

    while (s->fd >= 0)
        await(s, began, what);
    if (s->len == s->taken)
        return "";
    s->bytes[s->len] = '\0';
    start = s->taken;
    s->taken = s->len;
    return s->bytes + start;
}

const char *process_rest(struct process *p)
{
    return rest_of(&p->out, "the end of standard output");
}

const char *process_error_rest(struct process *p)
{
    return rest_of(&p->err, "the end of standard error");
}

void process_signal(const struct process *p, int signal)
{
    if (p->pid <= 0 || kill(p->pid, signal) != 0)
        fail_msg("kill %d: %s", (int)p->pid, p->pid <= 0 ? "has ended" : strerror(errno));
}

int process_wait(struct process *p)
{
    uint32_t began = test_clock();
    int status = 0;

    for (;;) {
        struct pollfd fds[] = {{.fd = p->pidfd, .events = POLLIN},
                               {.fd = p->out.fd, .events = POLLIN},
                               {.fd = p->err.fd, .events = POLLIN}};
        uint32_t passed = test_clock() - began;

        if (passed >= PROCESS_PATIENCE_MS)
            fail_msg("process %d does not end", (int)p->pid);
        poll(fds, 3, (int)(PROCESS_PATIENCE_MS - passed));
        drain(&p->out);
        drain(&p->err);
        if (waitpid(p->pid, &status, WNOHANG) == p->pid)
            break;
    }
    drain(&p->out);
    drain(&p->err);
    forget(p->pid);
    p->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void close_stream(struct process_stream *s)
{
    if (s->fd >= 0)
        close(s->fd);
    free(s->bytes);
    memset(s, 0, sizeof *s);
    s->fd = -1;
}

void process_end(struct process *p)
{
    if (p->pid > 0) {
        kill(p->pid, SIGKILL);
        waitpid(p->pid, NULL, 0);
        forget(p->pid);
    }
    p->pid = 0;
    process_close_in(p);
    if (p->pidfd > 0)
        close(p->pidfd);
    p->pidfd = 0;
    close_stream(&p->out);
    close_stream(&p->err);
}

int process_run(struct process *p, const char *const *argv,
                const struct process_options *options, const char *input)
{
    process_start(p, argv, options);
    if (input != NULL)
        process_write(p, input, strlen(input));
    process_close_in(p);
    return process_wait(p);
}

static char directory_name[PATH_BYTES / 2];

static int remove_one(const char *path, const struct stat *info, int kind,
                      struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

static void remove_directory(void)
{
    nftw(directory_name, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *test_directory(void)
{
    const char *parent = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";

    if (directory_name[0] != '\0')
        return directory_name;
    snprintf(directory_name, sizeof directory_name, "%s/csign-test-XXXXXX", parent);
    if (mkdtemp(directory_name) == NULL) {
        perror(directory_name);
        abort();
    }
    atexit(remove_directory);
    return directory_name;
}

const char *test_path(const char *name)
{
    static char paths[PATHS][PATH_BYTES];
    static unsigned next;
    char *path = paths[next++ % PATHS];

    snprintf(path, PATH_BYTES, "%s/%s", test_directory(), name);
    return path;
}

const char *test_file(const char *name, const char *text, mode_t mode)
{
    const char *path = test_path(name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t len = strlen(text);

    if (fd < 0 || write(fd, text, len) != (ssize_t)len || fchmod(fd, mode) != 0)
        fail_msg("%s: %s", path, strerror(errno));
    close(fd);
    return path;
}
