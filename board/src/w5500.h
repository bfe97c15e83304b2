/* SPDX-License-Identifier: MIT */
/* w5500.h: a model of the WIZnet W5500 after its data sheet.
 *
 * The chip sees only chip select and SPI bytes on one side and a lan on the
 * other. Its time is simulated time, told by w5500_tick(). What the model
 * does not do ends in the surroundings' fault() with a sentence that names
 * it; README.md has the list.
 *
 *     w5500_spi.c     SPI frames, names of registers for the trace
 *     w5500_regs.c    common and socket registers, buffers
 *     w5500_socket.c  socket commands and states
 *     w5500_traffic.c bytes to and from this machine, timers
 */
#ifndef BOARD_W5500_H
#define BOARD_W5500_H

#include <stdbool.h>
#include <stdint.h>

#include "lan.h"

enum {
    W5500_SOCKETS = 8,
    W5500_BUFFER = 16384 /* bytes for all receive, and for all send buffers */
};

/* Offsets of common registers. */
enum {
    W_MR = 0x00,
    W_IR = 0x15,
    W_SIR = 0x17,
    W_RTR = 0x19,
    W_RCR = 0x1b,
    W_PHYCFGR = 0x2e,
    W_VERSIONR = 0x39,
    W_COMMON_SIZE = 0x40
};

/* Offsets of socket registers. */
enum {
    S_MR = 0x00,
    S_CR = 0x01,
    S_IR = 0x02,
    S_SR = 0x03,
    S_PORT = 0x04,
    S_DHAR = 0x06,
    S_DIPR = 0x0c,
    S_DPORT = 0x10,
    S_TTL = 0x16,
    S_RXBUF_SIZE = 0x1e,
    S_TXBUF_SIZE = 0x1f,
    S_TX_FSR = 0x20,
    S_TX_RD = 0x22,
    S_TX_WR = 0x24,
    S_RX_RSR = 0x26,
    S_RX_RD = 0x28,
    S_RX_WR = 0x2a,
    S_IMR = 0x2c,
    S_FRAG = 0x2d,
    S_KPALVTR = 0x2f,
    S_SIZE = 0x30
};

enum { /* Sn_CR */
       CR_OPEN = 0x01,
       CR_LISTEN = 0x02,
       CR_CONNECT = 0x04,
       CR_DISCON = 0x08,
       CR_CLOSE = 0x10,
       CR_SEND = 0x20,
       CR_SEND_MAC = 0x21,
       CR_SEND_KEEP = 0x22,
       CR_RECV = 0x40
};

enum { /* Sn_SR */
       SR_CLOSED = 0x00,
       SR_INIT = 0x13,
       SR_LISTEN = 0x14,
       SR_SYNSENT = 0x15,
       SR_ESTABLISHED = 0x17,
       SR_FIN_WAIT = 0x18,
       SR_CLOSE_WAIT = 0x1c,
       SR_LAST_ACK = 0x1d,
       SR_UDP = 0x22
};

enum { /* Sn_IR */
       IR_CON = 0x01,
       IR_DISCON = 0x02,
       IR_RECV = 0x04,
       IR_TIMEOUT = 0x08,
       IR_SENDOK = 0x10
};

struct w5500_socket {
    uint8_t reg[S_SIZE];
    uint8_t rx[W5500_BUFFER];
    uint8_t tx[W5500_BUFFER];
    uint16_t rx_taken;  /* Sn_RX_RD as of the last RECV */
    uint16_t tx_acked;  /* what the peer has acknowledged */
    uint16_t tx_handed; /* what this machine has taken */
    int fd;
    bool sending;        /* a SEND awaits its SENDOK */
    bool closing;        /* a DISCON awaits the end of sending */
    bool keepalive;      /* a SEND_KEEP awaits its answer */
    uint64_t sendok_at;  /* simulated microseconds */
    uint64_t give_up_at; /* retransmission runs out; 0 while none is due */
    /* faults */
    bool gone;        /* the peer fell silent without a word */
    bool withheld;    /* SENDOK never comes */
    uint64_t trickle; /* microseconds from one received byte to the next */
    uint64_t next_byte_at;
};

/* What the chip needs from its surroundings. */
struct w5500_surroundings {
    void *context;
    /* A line for the trace. */
    void (*note)(void *context, const char *text);
    /* The firmware used what the model does not have. */
    void (*fault)(void *context, const char *text);
    /* A peer connected, sent or hung up. */
    void (*event)(void *context);
};

struct w5500 {
    struct lan *lan;
    struct w5500_surroundings out;
    uint8_t common[W_COMMON_SIZE];
    struct w5500_socket socket[W5500_SOCKETS];
    uint64_t now;           /* simulated microseconds */
    uint64_t latency;       /* of an acknowledgement, microseconds */
    uint16_t first_pointer; /* where OPEN starts the buffer pointers */
    bool cable;
    bool powered;
    struct {
        bool selected;
        int step; /* 0, 1 address; 2 control; 3 data */
        uint16_t address;
        uint8_t control;
        uint16_t first; /* address of the frame's first data byte */
        unsigned count;
        uint8_t data[8];       /* its first bytes, for the trace */
        uint16_t seen[32][64]; /* what each register last read as, likewise */
    } frame;
};

/* Prepares the model, powered and with the cable in. lan and what out points
 * to stay the caller's and outlive the chip. */
void w5500_init(struct w5500 *chip, struct lan *lan,
                const struct w5500_surroundings *out);

/* The reset pin, or power on: registers take their reset values and every
 * connection is dropped. */
void w5500_reset(struct w5500 *chip);

/* Without power the chip answers ff and drops its connections. */
void w5500_power(struct w5500 *chip, bool on);

/* Chip select; low selects. */
void w5500_select(struct w5500 *chip, bool low);

/* One SPI byte, in mode 0 or 3. Returns what the chip drives on MISO. */
uint8_t w5500_exchange(struct w5500 *chip, uint8_t mosi);

/* Simulated time is now microseconds: moves traffic and timers. */
void w5500_tick(struct w5500 *chip, uint64_t now);

/* Pulls or plugs the cable. */
void w5500_cable(struct w5500 *chip, bool in);

/* The name of a socket state, for people. */
const char *w5500_state_name(uint8_t state);

static inline uint16_t w5500_get16(const uint8_t *reg)
{
    return (uint16_t)(reg[0] << 8 | reg[1]);
}

static inline void w5500_set16(uint8_t *reg, uint16_t value)
{
    reg[0] = (uint8_t)(value >> 8);
    reg[1] = (uint8_t)value;
}

/* Bytes of a buffer whose size register holds this many KiB. None, where no buffer has
 * such a size: OPEN complains about it, but the register can be written at any time. */
static inline uint16_t w5500_buffer_size(uint8_t kib)
{
    return kib > 16 || (kib & (kib - 1)) != 0 ? 0 : (uint16_t)(kib * 1024u);
}

#endif
