/* SPDX-License-Identifier: MIT */
/* device.c: a lamp that serves one connection after the other.
 *
 *     device KEYFILE        prints its port, then what it does
 */
#include <stdio.h>
#include <unistd.h>

#include "lamp.h"

static const uint8_t codes[] = {LAMP_ON, LAMP_OFF, LAMP_STATUS};
static csign_slot slot;
static csign_sha256_keyed keyed;
static csign_device lamp = {
    .settings = &lamp_settings,
    .profile = &csign_sealed_server,
    .commands = {codes, sizeof codes, 1},
    .slots = &slot,
    .keyed = &keyed,
    .slot_count = 1,
};

static void run(csign_server *s)
{
    static uint8_t is_on;
    size_t row = csign_server_command(s);

    if (codes[row] != LAMP_STATUS)
        is_on = codes[row] == LAMP_ON;
    printf("the lamp is %s\n", is_on ? "on" : "off");
    fflush(stdout);
    (void)csign_server_reply(s, CSIGN_STATUS_DONE, &is_on, 1, lamp_now());
}

/* Reads with the socket's time-out, so that the machine sees its limits pass. */
static void receive(csign_server *s, int fd)
{
    uint8_t byte;
    ssize_t got = read(fd, &byte, 1);

    if (got == 1)
        (void)csign_server_take(s, &byte, 1, lamp_now());
    else if (got == 0)
        csign_server_end(s);
    csign_server_tick(s, lamp_now());
}

static void serve(csign_server *s, int fd)
{
    uint8_t challenge[16];
    const uint8_t *out;
    size_t len;

    for (;;) {
        switch (csign_server_wants(s)) {
        case CSIGN_WANTS_BYTES:
            receive(s, fd);
            break;
        case CSIGN_WANTS_CHALLENGE:
            lamp_draw(challenge, sizeof challenge);
            csign_server_challenge(s, challenge, lamp_now());
            break;
        case CSIGN_WANTS_SEND:
            out = csign_server_out(s, &len);
            csign_server_sent(s, lamp_write(fd, out, len), lamp_now());
            break;
        case CSIGN_WANTS_RUN:
            run(s);
            break;
        default:
            return;
        }
    }
}

int main(int argc, char **argv)
{
    csign_server s;
    lamp_memory memory;
    uint8_t key[32];
    int listener, fd;

    if (argc != 2 || lamp_read_key(argv[1], key) != 0 ||
        csign_device_check(&lamp, false) != CSIGN_OK ||
        csign_device_set_key(&lamp, 0, CSIGN_RIGHTS_EVERY, key, sizeof key) != CSIGN_OK)
        return 2;
    csign_wipe(key, sizeof key);
    listener = lamp_listen();
    while ((fd = lamp_accept(listener)) >= 0) {
        csign_server_open(&s, &lamp, memory, lamp_now());
        serve(&s, fd);
        close(fd);
    }
    return 3;
}
