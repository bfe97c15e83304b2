/* SPDX-License-Identifier: MIT */
#include "spawn_child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define OWN_VARIABLES 3
#define VARIABLE_MAX  (PEER_TEXT_MAX + 32)

struct pipes {
    int input[2], output[2];
};

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void close_pipes(struct pipes *pipes)
{
    close_end(&pipes->input[0]);
    close_end(&pipes->input[1]);
    close_end(&pipes->output[0]);
    close_end(&pipes->output[1]);
}

/* The input is in the pipe before there is a child: it fits, so nobody ever waits for a
 * child that does not read. */
static int open_pipes(struct pipes *pipes, const struct run_order *order)
{
    *pipes = (struct pipes){{-1, -1}, {-1, -1}};
    if (order->input_len > PIPE_BUF)
        return E2BIG;
    if (pipe2(pipes->input, O_CLOEXEC) != 0 || pipe2(pipes->output, O_CLOEXEC) != 0)
        return errno;
    if (order->input_len > 0 && write(pipes->input[1], order->input, order->input_len) !=
                                    (ssize_t)order->input_len)
        return EIO;
    close_end(&pipes->input[1]);
    if (fcntl(pipes->output[0], F_SETFL, O_NONBLOCK) != 0)
        return errno;
    return 0;
}

static int prepare_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    int error = posix_spawnattr_init(attributes);

    if (error != 0)
        return error;
    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &all);
    posix_spawnattr_setpgroup(attributes, 0);
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETSIGDEF |
                                                    POSIX_SPAWN_SETPGROUP);
}

static int prepare_files(posix_spawn_file_actions_t *files, const struct pipes *pipes)
{
    int error = posix_spawn_file_actions_init(files);

    if (error == 0)
        error = posix_spawn_file_actions_adddup2(files, pipes->input[0], STDIN_FILENO);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(files, pipes->output[1], STDOUT_FILENO);
    if (error == 0)
        error = posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
    return error;
}

static int spawn(struct child *child, const struct pipes *pipes,
                 const struct run_order *order, char *const *environment,
                 const struct descriptors *descriptors)
{
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t files;
    int error = prepare_attributes(&attributes);

    if (error != 0)
        return error;
    error = prepare_files(&files, pipes);
    if (error == 0) {
        descriptors_lower_for_child(descriptors);
        error = posix_spawn(&child->pid, order->argv[0], &files, &attributes, order->argv,
                            environment);
        descriptors_raise_again(descriptors);
    }
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return error;
}

static size_t count_of(char *const *list)
{
    size_t count = 0;

    while (list[count] != NULL)
        count++;
    return count;
}

static int spawn_with_variables(struct child *child, const struct pipes *pipes,
                                const struct run_order *order,
                                const struct descriptors *descriptors)
{
    char own[OWN_VARIABLES][VARIABLE_MAX];
    size_t count = count_of(order->environment);
    char **environment = malloc((count + OWN_VARIABLES + 1) * sizeof *environment);
    int error;

    if (environment == NULL)
        return ENOMEM;
    snprintf(own[0], VARIABLE_MAX, "COUNTERSIGN_COMMAND=%s", order->command);
    snprintf(own[1], VARIABLE_MAX, "COUNTERSIGN_KEY_NAME=%s", order->key_name);
    snprintf(own[2], VARIABLE_MAX, "COUNTERSIGN_PEER=%s", order->peer);
    memcpy(environment, order->environment, count * sizeof *environment);
    for (size_t i = 0; i < OWN_VARIABLES; i++)
        environment[count + i] = own[i];
    environment[count + OWN_VARIABLES] = NULL;
    error = spawn(child, pipes, order, environment, descriptors);
    free(environment);
    return error;
}

int child_start(struct child *child, const struct run_order *order,
                const struct descriptors *descriptors)
{
    struct pipes pipes;
    int error = open_pipes(&pipes, order);

    *child = (struct child){.pid = 0, .pidfd = -1, .output = -1};
    if (error == 0)
        error = spawn_with_variables(child, &pipes, order, descriptors);
    if (error == 0) {
        child->pidfd = pidfd_open(child->pid, 0);
        error = child->pidfd < 0 ? errno : 0;
    }
    if (error != 0 && child->pid > 0) {
        kill(-child->pid, SIGKILL);
        waitpid(child->pid, NULL, 0);
        child->pid = 0;
    }
    if (error == 0) {
        child->output = pipes.output[0];
        pipes.output[0] = -1;
    }
    close_pipes(&pipes);
    return error;
}
