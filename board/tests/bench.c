/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "bench.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OPTIONS_MAX = 32 };

static int connect_control(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
        return fd;
    close(fd);
    return -1;
}

static void run_program(const char *const *options)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execv(BOARD_PROGRAM, (char *const *)options);
    perror(BOARD_PROGRAM);
    _exit(127);
}

void bench_start(struct bench *bench, const char *firmware, ...)
{
    char control[64];
    const char *options[OPTIONS_MAX] = {BOARD_PROGRAM, "--pace", "lockstep",
                                        "--control",   control,  firmware};
    int count = 6;
    va_list args;

    memset(bench, 0, sizeof *bench);
    strcpy(bench->dir, "/tmp/board-XXXXXX");
    assert_non_null(mkdtemp(bench->dir));
    snprintf(control, sizeof control, "%s/control", bench->dir);
    va_start(args, firmware);
    while (count < OPTIONS_MAX - 1 &&
           (options[count] = va_arg(args, const char *)) != NULL)
        count++;
    va_end(args);
    options[count] = NULL;
    bench->pid = fork();
    if (bench->pid == 0)
        run_program(options);
    bench->control = -1;
    for (int i = 0; i < 1000 && bench->control < 0; i++) {
        usleep(5000);
        bench->control = connect_control(control);
    }
    assert_true(bench->control >= 0);
}

bool bench_stop(struct bench *bench)
{
    int status = -1;
    char path[64];

    bench_ask(bench, "quit");
    waitpid(bench->pid, &status, 0);
    close(bench->control);
    snprintf(path, sizeof path, "%s/control", bench->dir);
    unlink(path);
    rmdir(bench->dir);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void bench_begin(struct bench *bench, const char *command)
{
    char line[1100];
    int length = snprintf(line, sizeof line, "%s\n", command);

    assert_true(send(bench->control, line, (size_t)length, MSG_NOSIGNAL) == length);
}

const char *bench_answer(struct bench *bench)
{
    size_t count = 0;

    do {
        assert_true(count < sizeof bench->answer);
        assert_true(recv(bench->control, bench->answer + count, 1, 0) == 1);
    } while (bench->answer[count++] != '\n');
    bench->answer[count - 1] = '\0';
    return bench->answer;
}

static const char *ask(struct bench *bench, const char *format, va_list args)
{
    char command[1024];

    vsnprintf(command, sizeof command, format, args);
    bench_begin(bench, command);
    return bench_answer(bench);
}

const char *bench_ask(struct bench *bench, const char *format, ...)
{
    va_list args;
    const char *answer;

    va_start(args, format);
    answer = ask(bench, format, args);
    va_end(args);
    return answer;
}

const char *bench_do(struct bench *bench, const char *format, ...)
{
    va_list args;
    const char *answer;

    va_start(args, format);
    answer = ask(bench, format, args);
    va_end(args);
    if (strncmp(answer, "ok", 2) != 0)
        fail_msg("\"%s\" was answered: %s", format, answer);
    return answer[2] == ' ' ? answer + 3 : answer + 2;
}

int bench_second_line(struct bench *bench)
{
    char path[64];

    snprintf(path, sizeof path, "%s/control", bench->dir);
    return connect_control(path);
}

uint64_t bench_number(const char *answer, const char *key)
{
    char pattern[64];
    const char *at;

    snprintf(pattern, sizeof pattern, "%s=", key);
    at = strstr(answer, pattern);
    if (at == NULL)
        fail_msg("no %s in: %s", key, answer);
    return strtoull(at + strlen(pattern), NULL, 10);
}

uint16_t bench_port(struct bench *bench, unsigned port)
{
    char key[16];

    snprintf(key, sizeof key, "%u", port);
    return (uint16_t)bench_number(bench_do(bench, "maps"), key);
}

int bench_connect(struct bench *bench, unsigned port)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    struct timeval second = {1, 0};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    a.sin_port = htons(bench_port(bench, port));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
        return fd;
    close(fd);
    return -1;
}

const char *bench_letter(struct bench *bench, char letter)
{
    bench_do(bench, "uart take");
    bench_do(bench, "uart send %c", letter);
    bench_do(bench, "run-until within 1s uart \\n");
    return bench_do(bench, "uart take");
}
