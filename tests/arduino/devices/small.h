/* Made by countersign header from a device file; change that, not this. What
 * client and device set alike is in here, and no secret.
 *
 *     static SMALL_WORK work;
 *     static const csign_settings settings = SMALL_SETTINGS(&work.head);
 *     static csign_slot slots[2];
 *     static SMALL_KEYED keyed[2];
 *     static csign_device device = SMALL_INIT(&settings, slots, keyed, 2);
 *     static uint8_t memory[SMALL_SERVER_BYTES];      for each connection
 */
#ifndef SMALL_FILE_H
#define SMALL_FILE_H

#include <Countersign.h>

#define SMALL_HOST "127.0.0.1"
#define SMALL_PORT 7531
#define SMALL_IS_SEALED 1
#define SMALL_SERVER_PROFILE csign_sealed_server
#define SMALL_CLIENT_PROFILE csign_sealed_client
#define SMALL_HASH csign_blake2s
#define SMALL_WORK csign_blake2s_work
#define SMALL_KEYED csign_blake2s_keyed
#define SMALL_DIGEST 32 /* bytes */
#define SMALL_ID "small"
#define SMALL_ID_LEN 5 /* bytes */
#define SMALL_WAKE 16 /* bytes */
#define SMALL_CHALLENGE 16 /* bytes */
#define SMALL_TAG 16 /* bytes; sealed only */
#define SMALL_REQUEST_MAX 9 /* bytes of code and arguments; sealed only */
#ifndef SMALL_REPLY_MAX
#define SMALL_REPLY_MAX 9 /* bytes of status and data; sealed only */
#endif
#define SMALL_IS_LINK 0
#define SMALL_DEADLINE_MS 5000
#define SMALL_LIMIT_MS 4000 /* for a handler */
#define SMALL_MAY_OVERLAP 0 /* for csign_device_check() */

/* Rows are in the device file's order, and rights belong to rows. */
#define SMALL_COMMANDS_COUNT 1
#define SMALL_COMMANDS_LEN 1 /* bytes of a code */
#define SMALL_ANSWERS_COUNT 0 /* 0: the device does not answer */
#define SMALL_ANSWERS_LEN 0 /* bytes of an answer */

enum {
    SMALL_ROW_PING = 0,
    SMALL_CODE_PING = 0x01
};

static const uint8_t small_codes[] CSIGN_FLASH = {
    0x01, /* ping */
};

/* Initialisers: csign_settings; csign_table; csign_device; csign_client_config. */
#define SMALL_SETTINGS(work) \
    {{&SMALL_HASH, (work)}, SMALL_ID, SMALL_ID_LEN, SMALL_WAKE, \
     SMALL_CHALLENGE, SMALL_TAG, SMALL_REQUEST_MAX, SMALL_REPLY_MAX, \
     SMALL_IS_LINK, SMALL_DEADLINE_MS}
#define SMALL_COMMANDS {small_codes, SMALL_COMMANDS_COUNT, SMALL_COMMANDS_LEN}
#define SMALL_ANSWERS {NULL, 0, 0}
#define SMALL_INIT(settings, slots, keyed, count) \
    {(settings), &SMALL_SERVER_PROFILE, SMALL_COMMANDS, SMALL_ANSWERS, \
     (slots), (keyed), (count), NULL, NULL}
#define SMALL_CLIENT_INIT(settings, keyed) \
    {(settings), &SMALL_CLIENT_PROFILE, (keyed), SMALL_ANSWERS, \
     SMALL_COMMANDS_LEN, CSIGN_REPLY_MS}

/* Bytes of memory for each connection. */
#define SMALL_SERVER_BYTES \
    CSIGN_SEALED_SERVER_BYTES(SMALL_WAKE, SMALL_CHALLENGE, SMALL_TAG, \
                              SMALL_REQUEST_MAX, SMALL_REPLY_MAX)
#define SMALL_CLIENT_BYTES \
    CSIGN_SEALED_CLIENT_BYTES(SMALL_WAKE, SMALL_CHALLENGE, SMALL_TAG, \
                              SMALL_REQUEST_MAX, SMALL_REPLY_MAX)

#endif
