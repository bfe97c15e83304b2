/* SPDX-License-Identifier: MIT */
/* lamp.h: what client and device set alike. `countersign header` writes the like of it
 * from a device file. */
#ifndef LAMP_H
#define LAMP_H

#include <Countersign.h>

enum { LAMP_ON = 0x01, LAMP_OFF = 0x02, LAMP_STATUS = 0x03, LAMP_PAYLOAD = 40 };

extern const csign_settings lamp_settings;

typedef uint8_t
    lamp_memory[CSIGN_SEALED_SERVER_BYTES(16, 16, 16, LAMP_PAYLOAD, LAMP_PAYLOAD)];

/* Reads the key from a file that holds hex: and 64 digits. 0 or -1. */
int lamp_read_key(const char *path, uint8_t key[32]);

/* Fills bytes with fresh randomness. */
void lamp_draw(uint8_t *bytes, size_t len);

/* Milliseconds of a clock that never steps. */
uint32_t lamp_now(void);

/* Sockets on the loopback whose reads give up after 100 ms, so that the caller can look
 * at the time: listens and prints where, accepts one, connects. -1 on failure. */
int lamp_listen(void);
int lamp_accept(int listener);
int lamp_connect(const char *port);

/* Writes in one go and says how many bytes left; all of them are taken to have left when
 * nobody can tell. */
size_t lamp_write(int fd, const uint8_t *bytes, size_t len);

#endif
