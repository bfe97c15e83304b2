/* SPDX-License-Identifier: MIT */
/* client.c: makes the lamp run one command.
 *
 *     client KEYFILE PORT on|off|status
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "lamp.h"

static int connect_to(const char *port)
{
    struct timeval patience = {CSIGN_REPLY_MS / 1000, 0};
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)atoi(port)),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return connect(fd, (struct sockaddr *)&at, sizeof at) == 0 ? fd : -1;
}

static void converse(csign_client *c, int fd, uint8_t code)
{
    uint8_t nonce[16], byte;
    const uint8_t *out;
    size_t len;

    while (csign_client_wants(c) != CSIGN_WANTS_CLOSE &&
           csign_client_outcome(c) == CSIGN_OUTCOME_NONE) {
        switch (csign_client_wants(c)) {
        case CSIGN_WANTS_CHALLENGE:
            lamp_draw(nonce, sizeof nonce);
            csign_client_challenge(c, nonce, lamp_now());
            break;
        case CSIGN_WANTS_REQUEST:
            (void)csign_client_request(c, &code, 1, lamp_now());
            break;
        case CSIGN_WANTS_SEND:
            out = csign_client_out(c, &len);
            csign_client_sent(c, len, lamp_now());
            if (write(fd, out, len) != (ssize_t)len)
                csign_client_end(c);
            break;
        default:
            if (read(fd, &byte, 1) == 1)
                (void)csign_client_take(c, &byte, 1, lamp_now());
            else
                csign_client_end(c);
            break;
        }
    }
}

int main(int argc, char **argv)
{
    static csign_sha256_keyed keyed;
    static const csign_client_config config = {
        .settings = &lamp_settings,
        .profile = &csign_sealed_client,
        .keyed = &keyed,
        .timeout_ms = CSIGN_REPLY_MS,
    };
    csign_client c;
    lamp_memory memory;
    uint8_t key[32];
    int fd;

    if (argc != 4 || lamp_read_key(argv[1], key) != 0 ||
        csign_client_check(&config) != CSIGN_OK)
        return 2;
    csign_sealed_key(&lamp_settings, &keyed, key, sizeof key);
    csign_wipe(key, sizeof key);
    signal(SIGPIPE, SIG_IGN);
    fd = connect_to(argv[2]);
    if (fd < 0)
        return 3;
    csign_client_open(&c, &config, memory, lamp_now());
    converse(&c, fd, strcmp(argv[3], "on") == 0    ? LAMP_ON
                     : strcmp(argv[3], "off") == 0 ? LAMP_OFF
                                                   : LAMP_STATUS);
    close(fd);
    if (csign_client_outcome(&c) != CSIGN_OUTCOME_DONE)
        return 4;
    printf("done, the lamp is %s\n", *csign_client_reply_data(&c, &(size_t){0}) ? "on" : "off");
    return 0;
}
