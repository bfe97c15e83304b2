/* SPDX-License-Identifier: MIT */
/* cell.h: the settings of a cell of the matrix, which the test has written behind the
 * store, so that one image serves every hash, every length and both links. In place of
 * COUNTERSIGN_DEVICE, whose header fixes them when a sketch is built.
 */
#ifndef MATRIX_CELL_H
#define MATRIX_CELL_H

#include <EEPROM.h>
#include <Ethernet.h>
#include <SPI.h>

#include <Countersign.h>

#include "rest.h"

#ifndef MATRIX_SEALED
#error "MATRIX_SEALED is 1 or 0"
#endif

/* In the order that boards.mjs writes them. */
struct Cell {
    uint8_t isLine;
    uint8_t hash;
    uint8_t wake;
    uint8_t challenge;
    uint8_t tag;
    uint8_t payload;
    uint8_t codeLen;
    uint8_t patience; /* a client's, in tenths of a second */
    uint8_t idLen;
    char id[CSIGN_ID_MAX]; /* a client's: that of the device it commands */
};

const uint16_t CELL_AT = 512;
const uint16_t SCRIPT_AT = CELL_AT + sizeof(Cell);
const uint16_t PORT = 7531;
const uint32_t BAUD = 57600;

/* What the smallest and the greatest code length of the matrix make of 01, 02, 03 and of
 * a0, a1. */
static const uint8_t shortCodes[] CSIGN_FLASH = {0x01, 0x02, 0x03};
static const uint8_t shortAnswers[] CSIGN_FLASH = {0xa0, 0xa1};
#if !MATRIX_SEALED
#define C7                                                                               \
    0xc7, 0xc7, 0xc7, 0xc7, 0xc7, 0xc7, 0xc7, 0xc7, 0xc7, 0xc7, 0xc7, 0xc7, 0xc7, 0xc7,  \
        0xc7
static const uint8_t longCodes[] CSIGN_FLASH = {C7, 0x01, C7, 0x02, C7, 0x03};
static const uint8_t longAnswers[] CSIGN_FLASH = {C7, 0xa0, C7, 0xa1};
#endif

inline Cell &cell()
{
    static Cell read;

    if (read.hash == 0 && read.challenge == 0)
        EEPROM.get(CELL_AT, read);
    return read;
}

inline const csign_hash *hashOf(uint8_t number)
{
    switch (number) {
    case 1:
        return &csign_blake2s;
#if !MATRIX_SEALED
    case 2:
        return &csign_sha1;
    case 3:
        return &csign_sha512;
#endif
    default:
        return &csign_sha256;
    }
}

/* What COUNTERSIGN_DEVICE makes, with room for the greatest lengths. */
struct AnyCell {
#if MATRIX_SEALED
    typedef csign_sha256_work Work; /* BLAKE2s's has its size */
    typedef csign_sha256_keyed Keyed;
    enum {
        IS_SEALED = 1,
        WAKE = 64,
        CHALLENGE = 64,
        SERVER_BYTES = CSIGN_SEALED_SERVER_BYTES(64, 64, 32, 255, 255),
        CLIENT_BYTES = CSIGN_SEALED_CLIENT_BYTES(64, 64, 32, 255, 255),
        COMMANDS = 3,
        COMMAND_MAX = 255
    };
#else
    typedef csign_any_work Work;
    typedef csign_any_keyed Keyed;
    enum {
        IS_SEALED = 0,
        WAKE = 255,
        CHALLENGE = 64,
        SERVER_BYTES = CSIGN_CLASSIC_SERVER_BYTES(64, 64),
        CLIENT_BYTES = CSIGN_CLASSIC_CLIENT_BYTES(255, 64, 64),
        COMMANDS = 3,
        COMMAND_MAX = CSIGN_CODE_MAX
    };
#endif

    static void settings(csign_settings &to, csign_work *work)
    {
        const Cell &c = cell();

        to.hasher.hash = hashOf(c.hash);
        to.hasher.work = work;
        to.id = c.id;
        to.id_len = c.idLen;
        to.wake = c.wake;
        to.challenge = c.challenge;
        to.tag = c.tag;
        to.request_max = c.payload;
        to.reply_max = 255;
        to.is_link = c.isLine;
        to.deadline_ms = CSIGN_DEADLINE_MS;
    }

    static csign_table table(const uint8_t *shorter, const uint8_t *longer, uint8_t count)
    {
        bool isLong = cell().codeLen > 1;
        csign_table made = {isLong ? longer : shorter, count, cell().codeLen};

        return made;
    }

#if MATRIX_SEALED
    static void server(csign_device &to)
    {
        to.profile = &csign_sealed_server;
        to.commands = table(shortCodes, shortCodes, 3);
    }

    static void client(csign_client_config &to)
    {
        to.profile = &csign_sealed_client;
        to.timeout_ms = cell().patience * 100UL;
    }
#else
    static void server(csign_device &to)
    {
        to.profile = &csign_classic_server;
        to.commands = table(shortCodes, longCodes, 3);
        to.answers = table(shortAnswers, longAnswers, 2);
    }

    static void client(csign_client_config &to)
    {
        to.profile = &csign_classic_client;
        to.answers = table(shortAnswers, longAnswers, 2);
        to.code_len = cell().codeLen;
        to.timeout_ms = cell().patience * 100UL;
    }
#endif
};

static_assert(sizeof(csign_blake2s_work) <= sizeof(csign_sha256_work) &&
                  sizeof(csign_blake2s_keyed) <= sizeof(csign_sha256_keyed),
              "the work of one serves the other");

inline void startCell(uint8_t lastByte)
{
    byte mac[6] = {0x02, 0x43, 0x53, 0x47, 0x4e, lastByte};

    if (cell().isLine) {
        Serial.begin(BAUD);
        return;
    }
    Ethernet.init(10);
    Ethernet.begin(mac, IPAddress(192, 168, 1, lastByte));
    Ethernet.setRetransmissionTimeout(50);
    Ethernet.setRetransmissionCount(3);
}

#endif
