/* SPDX-License-Identifier: MIT */
/* `serve` allocates when it starts and never for a connection. It runs in a thread of
 * this program, whose allocations the linker leads here (--wrap). */
#include "cmd_serve.h"
#include "serve_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static _Thread_local bool is_device;
static atomic_long allocations; /* of the device's thread */

void *__wrap_malloc(size_t size)
{
    allocations += is_device;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocations += is_device;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    allocations += is_device;
    return __real_realloc(old, size);
}

struct device {
    const char *file;
    char listen[300];
    int status;
};

static void *be_device(void *argument)
{
    struct device *device = argument;
    char *argv[] = {"serve", (char *)device->file, "--listen", device->listen, NULL};

    is_device = true;
    device->status = cmd_serve(4, argv);
    return NULL;
}

/* Its threads inherit that SIGTERM waits until somebody asks for it. */
static int setup(void **state)
{
    sigset_t signals;

    (void)state;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    return pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

static void await_socket(const struct lamp *lamp)
{
    int fd = -1;

    for (int i = 0; fd < 0 && i < PROCESS_PATIENCE_MS / 10; i++) {
        poll(NULL, 0, 10);
        fd = lamp_connect(lamp);
    }
    assert_true(fd >= 0);
    close(fd);
}

/* The device's allocations while clients come, ask and go, some of them together. */
static long allocated_for_clients(const char *text, bool is_sealed)
{
    enum { AT_ONCE = 50, ROUNDS = 20 };
    static struct client clients[AT_ONCE];
    struct device device = {.file = test_file("lamp.ini", text, 0600)};
    struct client_kind kind;
    struct lamp lamp;
    pthread_t thread;
    long before;

    client_kind_init(&kind, is_sealed, OWNER_KEY);
    snprintf(device.listen, sizeof device.listen, "unix:%s", test_path("lamp.sock"));
    snprintf(lamp.address, sizeof lamp.address, "%s", device.listen);
    allocations = 0;
    assert_int_equal(pthread_create(&thread, NULL, be_device, &device), 0);
    await_socket(&lamp);
    assert_int_equal(ask_once(&clients[0], &kind, &lamp, 1), CSIGN_OUTCOME_DONE);
    before = allocations;
    assert_true(before > 0);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < AT_ONCE; i++)
            assert_true(client_connect(&clients[i], &kind, &lamp));
        for (int i = 0; i < AT_ONCE; i++)
            assert_int_equal(client_ask(&clients[i], 1), CSIGN_OUTCOME_DONE);
        for (int i = 0; i < AT_ONCE; i++)
            client_close(&clients[i]);
    }
    before = allocations - before;
    kill(getpid(), SIGTERM);
    pthread_join(thread, NULL);
    assert_int_equal(device.status, 0);
    return before;
}

TEST(no_sealed_connection_allocates)
{
    CHECK_EQUAL(allocated_for_clients(SEALED_LAMP "[commands]\non = 01\n", true), 0);
}

TEST(no_classic_connection_allocates)
{
    CHECK_EQUAL(allocated_for_clients(CLASSIC_LAMP "[commands]\non = 01\noff = 02\n"
                                                   "[answers]\ndone = a0\nfailed = a1\n",
                                      false),
                0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(no_sealed_connection_allocates),
        RUN(no_classic_connection_allocates),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
