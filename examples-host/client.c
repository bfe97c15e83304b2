/* SPDX-License-Identifier: MIT */
/* client.c: makes the lamp run one command.
 *
 *     client KEYFILE PORT on|off|status
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lamp.h"

static void converse(csign_client *c, int fd, uint8_t code)
{
    uint8_t nonce[16], byte;
    const uint8_t *out;
    size_t len;
    ssize_t got;

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
            csign_client_sent(c, lamp_write(fd, out, len), lamp_now());
            break;
        default:
            got = read(fd, &byte, 1);
            if (got == 1)
                (void)csign_client_take(c, &byte, 1, lamp_now());
            else if (got == 0)
                csign_client_end(c);
            csign_client_tick(c, lamp_now());
            break;
        }
    }
}

static uint8_t code_of(const char *name)
{
    if (strcmp(name, "on") == 0)
        return LAMP_ON;
    return strcmp(name, "off") == 0 ? LAMP_OFF : LAMP_STATUS;
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
    fd = lamp_connect(argv[2]);
    if (fd < 0)
        return 3;
    csign_client_open(&c, &config, memory, lamp_now());
    converse(&c, fd, code_of(argv[3]));
    close(fd);
    if (csign_client_outcome(&c) != CSIGN_OUTCOME_DONE)
        return 4;
    printf("done, the lamp is %s\n",
           *csign_client_reply_data(&c, &(size_t){0}) ? "on" : "off");
    return 0;
}
