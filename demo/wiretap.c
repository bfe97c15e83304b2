/* SPDX-License-Identifier: MIT */
/* wiretap.c: an eavesdropper between a client and a device on this machine, for the demo.
 *
 *     wiretap DEVICE-FILE             passes one connection on, tells each message in hex,
 *                                     and keeps what the client sent
 *     wiretap --replay DEVICE-FILE    sends what was kept to the device again
 *
 * It knows the lengths from the device file, as anybody who watches would learn them, and
 * no key. What it keeps lies in DEVICE-FILE.tape.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device_file.h"

enum { PATIENCE_MS = 2000 };

static struct device_file device;

static void fail(const char *what)
{
    fprintf(stderr, "wiretap: %s\n", what);
    exit(1);
}

/* One message as people read it: who, what, hex, and what the hex is. */
static void tell(const char *way, const char *what, const uint8_t *bytes, size_t len,
                 const char *meaning)
{
    if (len == 0)
        return;
    printf("    %s  %-10s %3zu  ", way, what, len);
    for (size_t i = 0; i < len; i++) {
        if (device.is_sealed && (strcmp(what, "request") == 0 || strcmp(what, "reply") == 0) &&
            (i == 1 || i == (size_t)1 + bytes[0]))
            putchar(' ');
        printf("%02x", bytes[i]);
    }
    printf("\n    %30s%s\n", "", meaning);
    fflush(stdout);
}

/* Reads len bytes; fewer when the other side closes or is silent for long. */
static size_t receive(int fd, uint8_t *bytes, size_t len)
{
    size_t have = 0;

    while (have < len) {
        struct pollfd readable = {fd, POLLIN, 0};
        ssize_t got = poll(&readable, 1, PATIENCE_MS) == 1 ? read(fd, bytes + have, len - have)
                                                          : 0;
        if (got <= 0)
            break;
        have += (size_t)got;
    }
    return have;
}

/* A request or a reply, whose length in sealed is in its first byte. */
static size_t receive_message(int fd, uint8_t *bytes)
{
    size_t have;

    if (!device.is_sealed)
        return receive(fd, bytes, device.hash->digest_size);
    have = receive(fd, bytes, 1);
    return have == 0 ? 0 : 1 + receive(fd, bytes + 1, (size_t)bytes[0] + device.tag);
}

static void pass(int to, const uint8_t *bytes, size_t len)
{
    if (write(to, bytes, len) != (ssize_t)len)
        fail("the other side is gone");
}

static int dial(void)
{
    char error[256];
    bool is_pending;
    int fd = address_connect(&device.address, 0, &is_pending, error, sizeof error);
    struct pollfd writable = {fd, POLLOUT, 0};

    if (fd < 0 || poll(&writable, 1, PATIENCE_MS) != 1)
        fail("the device does not listen");
    return fd;
}

static FILE *tape(const char *mode)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof path, "%s.tape", device.path);
    file = fopen(path, mode);
    if (file == NULL)
        fail("no tape");
    return file;
}

static void keep(FILE *file, const uint8_t *bytes, size_t len)
{
    uint16_t size = (uint16_t)len;

    if (fwrite(&size, sizeof size, 1, file) != 1 || fwrite(bytes, 1, len, file) != len)
        fail("no room for the tape");
}

static size_t play(FILE *file, uint8_t *bytes)
{
    uint16_t size = 0;

    if (fread(&size, sizeof size, 1, file) != 1 || fread(bytes, 1, size, file) != size)
        fail("no tape");
    return size;
}

static const char *meaning_of_request(void)
{
    return device.is_sealed ? "length, encrypted command, tag" : "HMAC(key, challenge || command)";
}

static void relay(int client)
{
    int to_device = dial();
    uint8_t bytes[512];
    FILE *file = tape("w");
    size_t len = receive(client, bytes, device.wake);

    tell("client -> device", "wake", bytes, len,
         device.is_sealed ? "the client's own challenge, random" : "any bytes: wakes the device");
    keep(file, bytes, len);
    pass(to_device, bytes, len);
    len = receive(to_device, bytes, device.challenge);
    tell("device -> client", "challenge", bytes, len, "random, never the same again");
    pass(client, bytes, len);
    while ((len = receive_message(client, bytes)) > 0) {
        tell("client -> device", "request", bytes, len, meaning_of_request());
        keep(file, bytes, len);
        pass(to_device, bytes, len);
        len = receive_message(to_device, bytes);
        tell("device -> client", "reply", bytes, len,
             device.is_sealed ? "length, encrypted status and data, tag"
                              : "HMAC(key, challenge || answer)");
        pass(client, bytes, len);
        if (!device.is_sealed)
            break;
    }
    fclose(file);
}

static void replay(void)
{
    int fd = dial();
    uint8_t bytes[512];
    FILE *file = tape("r");
    size_t len = play(file, bytes);

    pass(fd, bytes, len);
    tell("replay -> device", "wake", bytes, len, "the recorded one");
    len = receive(fd, bytes, device.challenge);
    tell("device -> replay", "challenge", bytes, len, "another one");
    len = play(file, bytes);
    fclose(file);
    pass(fd, bytes, len);
    tell("replay -> device", "request", bytes, len, "the recorded one");
    len = receive(fd, bytes, sizeof bytes);
    printf("    device -> replay  %zu bytes: %s\n", len,
           len == 0 ? "it hung up without a word" : "IT ANSWERED");
    if (len != 0)
        exit(1);
}

static int listen_somewhere(void)
{
    char error[256], text[320];
    struct address at = {.kind = ADDRESS_TCP, .host = "127.0.0.1", .port = "0"};
    int fd = address_listen(&at, error, sizeof error);

    if (fd < 0)
        fail(error);
    address_format(&at, text, sizeof text);
    printf("listening on %s\n", text);
    fflush(stdout);
    return fd;
}

int main(int argc, char **argv)
{
    bool is_replay = argc == 3 && strcmp(argv[1], "--replay") == 0;
    char error[512];

    if (argc != (is_replay ? 3 : 2))
        fail("usage: wiretap [--replay] DEVICE-FILE");
    if (!device_file_read(&device, argv[argc - 1], DEVICE_FILE_FOR_CLIENT, error,
                          sizeof error))
        fail(error);
    if (is_replay) {
        replay();
    } else {
        int listener = listen_somewhere();
        struct pollfd readable = {listener, POLLIN, 0};
        int client = poll(&readable, 1, 30000) == 1 ? accept(listener, NULL, NULL) : -1;
        if (client < 0)
            fail("nobody came");
        relay(client);
    }
    device_file_free(&device);
    return 0;
}
