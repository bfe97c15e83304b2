/* Made by countersign header from a device file; change that, not this. What
 * client and device set alike is in here, and no secret.
 *
 *     static SEALED_WORK work;
 *     static const csign_settings settings = SEALED_SETTINGS(&work.head);
 *     static csign_slot slots[2];
 *     static SEALED_KEYED keyed[2];
 *     static csign_device device = SEALED_INIT(&settings, slots, keyed, 2);
 *     static uint8_t memory[SEALED_SERVER_BYTES];      for each connection
 */
#ifndef SEALED_FILE_H
#define SEALED_FILE_H

#include <Countersign.h>

#define SEALED_HOST "127.0.0.1"
#define SEALED_PORT 7531
#define SEALED_IS_SEALED 1
#define SEALED_SERVER_PROFILE csign_sealed_server
#define SEALED_CLIENT_PROFILE csign_sealed_client
#define SEALED_HASH csign_sha256
#define SEALED_WORK csign_sha256_work
#define SEALED_KEYED csign_sha256_keyed
#define SEALED_DIGEST 32 /* bytes */
#define SEALED_ID "header-id"
#define SEALED_ID_LEN 9 /* bytes */
#define SEALED_WAKE 16 /* bytes */
#define SEALED_CHALLENGE 16 /* bytes */
#define SEALED_TAG 16 /* bytes; sealed only */
#define SEALED_REQUEST_MAX 40 /* bytes of code and arguments; sealed only */
#ifndef SEALED_REPLY_MAX
#define SEALED_REPLY_MAX 40 /* bytes of status and data; sealed only */
#endif
#define SEALED_IS_LINK 0
#define SEALED_DEADLINE_MS 5000
#define SEALED_LIMIT_MS 4000 /* for a handler */
#define SEALED_MAY_OVERLAP 0 /* for csign_device_check() */

/* Rows are in the device file's order, and rights belong to rows. */
#define SEALED_COMMANDS_COUNT 4
#define SEALED_COMMANDS_LEN 1 /* bytes of a code */
#define SEALED_ANSWERS_COUNT 0 /* 0: the device does not answer */
#define SEALED_ANSWERS_LEN 0 /* bytes of an answer */

enum {
    SEALED_ROW_ON = 0,
    SEALED_CODE_ON = 0x01,
    SEALED_ROW_OFF = 1,
    SEALED_CODE_OFF = 0x02,
    SEALED_ROW_ECHO = 2,
    SEALED_CODE_ECHO = 0x03,
    SEALED_ROW_BUSY = 3,
    SEALED_CODE_BUSY = 0x04
};

static const uint8_t sealed_codes[] CSIGN_FLASH = {
    0x01, /* on */
    0x02, /* off */
    0x03, /* echo */
    0x04, /* busy */
};

/* Initialisers: csign_settings; csign_table; csign_device; csign_client_config. */
#define SEALED_SETTINGS(work) \
    {{&SEALED_HASH, (work)}, SEALED_ID, SEALED_ID_LEN, SEALED_WAKE, \
     SEALED_CHALLENGE, SEALED_TAG, SEALED_REQUEST_MAX, SEALED_REPLY_MAX, \
     SEALED_IS_LINK, SEALED_DEADLINE_MS}
#define SEALED_COMMANDS {sealed_codes, SEALED_COMMANDS_COUNT, SEALED_COMMANDS_LEN}
#define SEALED_ANSWERS {NULL, 0, 0}
#define SEALED_INIT(settings, slots, keyed, count) \
    {(settings), &SEALED_SERVER_PROFILE, SEALED_COMMANDS, SEALED_ANSWERS, \
     (slots), (keyed), (count), NULL, NULL}
#define SEALED_CLIENT_INIT(settings, keyed) \
    {(settings), &SEALED_CLIENT_PROFILE, (keyed), SEALED_ANSWERS, \
     SEALED_COMMANDS_LEN, CSIGN_REPLY_MS}

/* Bytes of memory for each connection. */
#define SEALED_SERVER_BYTES \
    CSIGN_SEALED_SERVER_BYTES(SEALED_WAKE, SEALED_CHALLENGE, SEALED_TAG, \
                              SEALED_REQUEST_MAX, SEALED_REPLY_MAX)
#define SEALED_CLIENT_BYTES \
    CSIGN_SEALED_CLIENT_BYTES(SEALED_WAKE, SEALED_CHALLENGE, SEALED_TAG, \
                              SEALED_REQUEST_MAX, SEALED_REPLY_MAX)

#endif
