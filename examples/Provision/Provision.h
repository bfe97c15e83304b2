/* Made by countersign header from a device file; change that, not this. What
 * client and device set alike is in here, and no secret.
 *
 *     static CSIGN_DEVICE_WORK work;
 *     static const csign_settings settings = CSIGN_DEVICE_SETTINGS(&work.head);
 *     static csign_slot slots[2];
 *     static CSIGN_DEVICE_KEYED keyed[2];
 *     static csign_device device = CSIGN_DEVICE_INIT(&settings, slots, keyed, 2);
 *     static uint8_t memory[CSIGN_DEVICE_SERVER_BYTES];      for each connection
 */
#ifndef CSIGN_DEVICE_FILE_H
#define CSIGN_DEVICE_FILE_H

#include <Countersign.h>

#define CSIGN_DEVICE_BAUD 57600
#define CSIGN_DEVICE_IS_SEALED 1
#define CSIGN_DEVICE_SERVER_PROFILE csign_sealed_server
#define CSIGN_DEVICE_CLIENT_PROFILE csign_sealed_client
#define CSIGN_DEVICE_HASH csign_sha256
#define CSIGN_DEVICE_WORK csign_sha256_work
#define CSIGN_DEVICE_KEYED csign_sha256_keyed
#define CSIGN_DEVICE_DIGEST 32 /* bytes */
#define CSIGN_DEVICE_ID "first-1"
#define CSIGN_DEVICE_ID_LEN 7 /* bytes */
#define CSIGN_DEVICE_WAKE 16 /* bytes */
#define CSIGN_DEVICE_CHALLENGE 16 /* bytes */
#define CSIGN_DEVICE_TAG 16 /* bytes; sealed only */
#define CSIGN_DEVICE_REQUEST_MAX 1 /* bytes of code and arguments; sealed only */
#ifndef CSIGN_DEVICE_REPLY_MAX
#define CSIGN_DEVICE_REPLY_MAX 9 /* bytes of status and data; sealed only */
#endif
#define CSIGN_DEVICE_IS_LINK 1
#define CSIGN_DEVICE_DEADLINE_MS 5000
#define CSIGN_DEVICE_LIMIT_MS 4000 /* for a handler */
#define CSIGN_DEVICE_MAY_OVERLAP 0 /* for csign_device_check() */

/* Rows are in the device file's order, and rights belong to rows. */
#define CSIGN_DEVICE_COMMANDS_COUNT 1
#define CSIGN_DEVICE_COMMANDS_LEN 1 /* bytes of a code */
#define CSIGN_DEVICE_ANSWERS_COUNT 0 /* 0: the device does not answer */
#define CSIGN_DEVICE_ANSWERS_LEN 0 /* bytes of an answer */

enum {
    CSIGN_DEVICE_ROW_PING = 0,
    CSIGN_DEVICE_CODE_PING = 0x01
};

static const uint8_t csign_device_codes[] CSIGN_FLASH = {
    0x01, /* ping */
};

/* Initialisers: csign_settings; csign_table; csign_device; csign_client_config. */
#define CSIGN_DEVICE_SETTINGS(work) \
    {{&CSIGN_DEVICE_HASH, (work)}, CSIGN_DEVICE_ID, CSIGN_DEVICE_ID_LEN, CSIGN_DEVICE_WAKE, \
     CSIGN_DEVICE_CHALLENGE, CSIGN_DEVICE_TAG, CSIGN_DEVICE_REQUEST_MAX, CSIGN_DEVICE_REPLY_MAX, \
     CSIGN_DEVICE_IS_LINK, CSIGN_DEVICE_DEADLINE_MS}
#define CSIGN_DEVICE_COMMANDS {csign_device_codes, CSIGN_DEVICE_COMMANDS_COUNT, CSIGN_DEVICE_COMMANDS_LEN}
#define CSIGN_DEVICE_ANSWERS {NULL, 0, 0}
#define CSIGN_DEVICE_INIT(settings, slots, keyed, count) \
    {(settings), &CSIGN_DEVICE_SERVER_PROFILE, CSIGN_DEVICE_COMMANDS, CSIGN_DEVICE_ANSWERS, \
     (slots), (keyed), (count), NULL, NULL}
#define CSIGN_DEVICE_CLIENT_INIT(settings, keyed) \
    {(settings), &CSIGN_DEVICE_CLIENT_PROFILE, (keyed), CSIGN_DEVICE_ANSWERS, \
     CSIGN_DEVICE_COMMANDS_LEN, CSIGN_REPLY_MS}

/* Bytes of memory for each connection. */
#define CSIGN_DEVICE_SERVER_BYTES \
    CSIGN_SEALED_SERVER_BYTES(CSIGN_DEVICE_WAKE, CSIGN_DEVICE_CHALLENGE, CSIGN_DEVICE_TAG, \
                              CSIGN_DEVICE_REQUEST_MAX, CSIGN_DEVICE_REPLY_MAX)
#define CSIGN_DEVICE_CLIENT_BYTES \
    CSIGN_SEALED_CLIENT_BYTES(CSIGN_DEVICE_WAKE, CSIGN_DEVICE_CHALLENGE, CSIGN_DEVICE_TAG, \
                              CSIGN_DEVICE_REQUEST_MAX, CSIGN_DEVICE_REPLY_MAX)

#endif
