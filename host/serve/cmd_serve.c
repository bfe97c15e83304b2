/* SPDX-License-Identifier: MIT */
#include "cmd_serve.h"

#include "core_dump.h"
#include "message.h"
#include "serve_loop.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEE_HELP        "; see countersign serve --help"
#define CONNECTIONS     10000
#define CONNECTIONS_MAX 1000000
#define LAST_WORDS_MS   1000 /* for a log that is read slowly */

enum { STOPPED = 0, CUT_OFF = 1, USAGE = 2, CANNOT_LISTEN = 3 };

static const char help_text[] =
    "usage: countersign serve FILE [--listen ADDRESS] [--json] [--connections N]\n"
    "\n"
    "Is the device that FILE describes. The first line on standard output tells where\n"
    "it listens: listening on tcp://127.0.0.1:7531. Standard error gets one line for\n"
    "each exchange and each refusal.\n"
    "\n"
    "A command runs its program of [run]: the argument's bytes on standard input, the\n"
    "names of command, key and peer in COUNTERSIGN_COMMAND, COUNTERSIGN_KEY_NAME and\n"
    "COUNTERSIGN_PEER. Exit status 0 is done, 2 bad arguments, 128 to 255 the same\n"
    "status, anything else failed; the first 254 bytes of output are the reply's data.\n"
    "In classic a program that ends well is answered done, or the answer whose name it\n"
    "prints; any other failed. After `limit` it is killed and has failed. A command\n"
    "without a program is logged and done.\n"
    "\n"
    "  --listen ADDRESS  instead of the file's: tcp://HOST:PORT (port 0: any free one),\n"
    "                    unix:PATH or serial:PATH?baud=N\n"
    "  --json            log JSON, one object a line\n"
    "  --connections N   most connections at once, 10000 unless given; fewer when the\n"
    "                    system does not allow that many descriptors\n"
    "  --help            show this text\n"
    "\n"
    "With a store (`store = PATH` in FILE) the keys are those in it, [keys] only fills "
    "an\n"
    "empty one, and `countersign key` changes them.\n"
    "\n"
    "SIGTERM and SIGINT stop: what runs is finished and answered; a second one quits\n"
    "at once. SIGHUP reads FILE again, for new connections; a FILE that is not good\n"
    "changes nothing.\n"
    "\n"
    "exit status: 0 stopped, 1 cut off by a second signal, 2 wrong usage or device\n"
    "file, 3 cannot listen\n";

struct options {
    const char *file;
    const char *listen;
    size_t connections;
    bool is_json;
};

static int refuse(const char *what)
{
    complain("serve: %s" SEE_HELP, what);
    return USAGE;
}

static bool take_count(const char *text, size_t *count)
{
    char *end;
    unsigned long number;

    errno = 0;
    number = strtoul(text, &end, 10);
    *count = number;
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && number >= 1 &&
           number <= CONNECTIONS_MAX;
}

static int print_help(void)
{
    return fputs(help_text, stdout) < 0 || fflush(stdout) != 0 ? USAGE : STOPPED;
}

/* -1: go on; otherwise the exit status. */
static int take_options(struct options *options, int argc, char **argv)
{
    static const struct option known[] = {{"listen", required_argument, NULL, 'l'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"connections", required_argument, NULL, 'c'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int option;

    optind = 0; /* glibc: forget an earlier scan */
    opterr = 0;
    while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        if (option == 'h')
            return print_help();
        if (option == 'l')
            options->listen = optarg;
        else if (option == 'j')
            options->is_json = true;
        else if (option != 'c')
            return refuse("an unknown option, or one without its value");
        else if (!take_count(optarg, &options->connections))
            return refuse("--connections takes a number from 1 to 1000000");
    }
    if (argc - optind != 1)
        return refuse("takes the name of one device file");
    options->file = argv[optind];
    return -1;
}

/* The file's address or the one given, and the device. -1: go on. */
static int load(struct serve *serve, const struct options *options)
{
    char error[8192];
    bool is_link;

    serve->path = options->file;
    if (options->listen != NULL &&
        !address_parse(&serve->address, options->listen, ".", error, sizeof error)) {
        complain("serve: --listen: %s", error);
        return USAGE;
    }
    is_link = serve->address.kind == ADDRESS_SERIAL;
    serve->served = served_load(options->file,
                                options->listen == NULL ? SERVED_AS_FILED
                                : is_link               ? SERVED_ON_LINK
                                                        : SERVED_ON_SOCKETS,
                                NULL, &serve->keys, error, sizeof error);
    if (serve->served == NULL) {
        complain("%s", error);
        return USAGE;
    }
    if (options->listen == NULL)
        serve->address = serve->served->file.address;
    return -1;
}

static int fail(const char *what)
{
    complain("serve: %s: %s", what, strerror(errno));
    return CANNOT_LISTEN;
}

/* All the memory that connections and handlers will ever need. -1: go on. */
static int allocate(struct serve *serve, const struct options *options)
{
    size_t connections = options->connections;

    if (serve->address.kind == ADDRESS_SERIAL)
        connections = 1;
    descriptors_raise(&serve->descriptors, connections);
    if (serve->descriptors.connections < connections)
        complain("serve: only %zu connections at once: the system allows %zu descriptors",
                 serve->descriptors.connections,
                 (size_t)serve->descriptors.raised.rlim_cur);
    if (!timers_init(&serve->timers, serve->descriptors.connections +
                                         serve->descriptors.handlers + OTHER_TIMERS) ||
        !connections_init(&serve->connections, serve, serve->descriptors.connections) ||
        !runner_init(&serve->runner, serve->epoll, &serve->timers, &serve->descriptors))
        return fail("cannot start");
    return -1;
}

static int listen_there(struct serve *serve)
{
    char text[PEER_TEXT_MAX], error[512];
    int fd = address_listen(&serve->address, error, sizeof error);
    bool is_good;

    if (fd < 0) {
        complain("serve: cannot listen on %s", error);
        return CANNOT_LISTEN;
    }
    if (serve->address.kind == ADDRESS_SERIAL)
        is_good = serial_device_init(&serve->line, serve, fd);
    else
        is_good = listener_init(&serve->listener, serve, fd);
    if (!is_good)
        return fail("cannot listen");
    address_format(&serve->address, text, sizeof text);
    /* Nobody may be interested: a device without a reader of this line still is one. */
    printf("listening on %s\n", text);
    fflush(stdout);
    return -1;
}

static void tell_store(struct serve *serve)
{
    struct log_entry entry;

    if (!serve->keys.is_filled)
        return;
    log_begin(&serve->log, &entry, "store-filled");
    log_entry_text(&entry, "store", serve->served->file.store);
    log_entry_number(&entry, "keys", (int64_t)served_key_count(serve->served));
    log_entry_number(&entry, "slots", serve->served->device.slot_count);
    log_write(&serve->log, &entry);
    log_flush(&serve->log);
}

static int run(struct serve *serve, const struct options *options)
{
    int status = load(serve, options);

    if (status < 0 && !serve_loop_init(serve))
        status = fail("cannot start");
    if (status < 0)
        status = allocate(serve, options);
    if (status < 0)
        status = listen_there(serve);
    if (status >= 0)
        return status;
    tell_store(serve);
    serve_loop(serve);
    return serve->is_cut_off ? CUT_OFF : STOPPED;
}

static void release(struct serve *serve)
{
    log_close(&serve->log, LAST_WORDS_MS);
    runner_free(&serve->runner);
    listener_close(&serve->listener);
    serial_device_close(&serve->line);
    connections_free(&serve->connections);
    timers_free(&serve->timers);
    challenges_wipe(&serve->challenges);
    if (serve->served != NULL)
        served_leave(serve->served);
    key_store_close(&serve->keys);
    free(serve);
}

int cmd_serve(int argc, char **argv)
{
    struct options options = {.connections = CONNECTIONS};
    int status = take_options(&options, argc, argv);
    struct serve *serve;

    if (status >= 0)
        return status;
    serve = calloc(1, sizeof *serve);
    if (serve == NULL)
        return fail("cannot start");
    descriptors_close_inherited();
    serve->epoll = epoll_create1(EPOLL_CLOEXEC);
    serve->listener.fd = -1;
    serve->line.fd = -1;
    ring_init(&serve->again);
    ring_init(&serve->mark);
    key_store_init(&serve->keys);
    signal(SIGXFSZ, SIG_IGN); /* a store's write that is over the limit only fails */
    log_init(&serve->log, serve->epoll, options.is_json);
    core_dump_forbid();
    status = run(serve, &options);
    release(serve);
    return status;
}
