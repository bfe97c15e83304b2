/* SPDX-License-Identifier: MIT */
/* w5500_chip.h: registers and sockets of the chip, for the classes above. */
#ifndef COUNTERSIGN_BOARD_W5500_CHIP_H
#define COUNTERSIGN_BOARD_W5500_CHIP_H

#include <stdint.h>

namespace w5500 {

enum { /* common registers */
    MR = 0x00, GAR = 0x01, SUBR = 0x05, SHAR = 0x09, SIPR = 0x0f,
    RTR = 0x19, RCR = 0x1b, PHYCFGR = 0x2e, VERSIONR = 0x39
};

enum { /* socket registers */
    SN_MR = 0x00, SN_CR = 0x01, SN_IR = 0x02, SN_SR = 0x03, SN_PORT = 0x04,
    SN_DIPR = 0x0c, SN_DPORT = 0x10, SN_TX_FSR = 0x20, SN_TX_WR = 0x24,
    SN_RX_RSR = 0x26, SN_RX_RD = 0x28
};

enum { OPEN = 0x01, LISTEN = 0x02, CONNECT = 0x04, DISCON = 0x08, CLOSE = 0x10,
       SEND = 0x20, RECV = 0x40 };

enum { CLOSED = 0x00, INIT = 0x13, LISTENING = 0x14, ESTABLISHED = 0x17,
       FIN_WAIT = 0x18, CLOSING = 0x1a, TIME_WAIT = 0x1b, CLOSE_WAIT = 0x1c,
       LAST_ACK = 0x1d };

enum { SENDOK = 0x10 };

const uint16_t BUFFER = 2048; /* of each socket and direction, as after reset */

void choose(uint8_t pin);
/* Resets the chip; false when there is none. Later calls do nothing. */
bool start();
bool present();

void read(uint8_t block, uint16_t address, uint8_t *bytes, uint16_t count);
void write(uint8_t block, uint16_t address, const uint8_t *bytes, uint16_t count);
uint8_t read8(uint8_t block, uint16_t address);
void write8(uint8_t block, uint16_t address, uint8_t value);
uint16_t read16(uint8_t block, uint16_t address);
/* For sizes that change under the reader's eyes: reads until two agree. */
uint16_t read16_settled(uint8_t block, uint16_t address);
void write16(uint8_t block, uint16_t address, uint16_t value);

const uint8_t COMMON = 0;
inline uint8_t registers(uint8_t socket) { return socket * 4 + 1; }
inline uint8_t tx_buffer(uint8_t socket) { return socket * 4 + 2; }
inline uint8_t rx_buffer(uint8_t socket) { return socket * 4 + 3; }

/* A socket for TCP on that port (0: one of its own choice), or a number past
 * the last when all are in use. */
uint8_t open(uint16_t port);
uint8_t status(uint8_t socket);
void command(uint8_t socket, uint8_t code);

/* Bytes received and not yet read. */
uint16_t received(uint8_t socket);
/* Copies at most count of them; bytes may be NULL to drop them. */
uint16_t take(uint8_t socket, uint8_t *bytes, uint16_t count);
uint8_t peek(uint8_t socket);

/* Whether the last send() is acknowledged. */
bool sent(uint8_t socket);
uint16_t room(uint8_t socket);
/* Sends count bytes; there must be room() for them and sent() be true. */
void send(uint8_t socket, const uint8_t *bytes, uint16_t count);

/* The port a server listens on with this socket; 0 once it is a client's. */
extern uint16_t server_port[];

}

#endif
