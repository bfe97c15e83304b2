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

#define CSIGN_DEVICE_HOST "192.168.1.61"
#define CSIGN_DEVICE_PORT 7532
#define CSIGN_DEVICE_IS_SEALED 0
#define CSIGN_DEVICE_SERVER_PROFILE csign_classic_server
#define CSIGN_DEVICE_CLIENT_PROFILE csign_classic_client
#define CSIGN_DEVICE_HASH csign_sha256
#define CSIGN_DEVICE_WORK csign_sha256_work
#define CSIGN_DEVICE_KEYED csign_sha256_keyed
#define CSIGN_DEVICE_DIGEST 32 /* bytes */
#define CSIGN_DEVICE_ID ""
#define CSIGN_DEVICE_ID_LEN 0 /* bytes */
#define CSIGN_DEVICE_WAKE 1 /* bytes */
#define CSIGN_DEVICE_CHALLENGE 16 /* bytes */
#define CSIGN_DEVICE_TAG 0 /* bytes; sealed only */
#define CSIGN_DEVICE_REQUEST_MAX 0 /* bytes of code and arguments; sealed only */
#ifndef CSIGN_DEVICE_REPLY_MAX
#define CSIGN_DEVICE_REPLY_MAX 0 /* bytes of status and data; sealed only */
#endif
#define CSIGN_DEVICE_IS_LINK 0
#define CSIGN_DEVICE_DEADLINE_MS 5000
#define CSIGN_DEVICE_LIMIT_MS 4000 /* for a handler */
#define CSIGN_DEVICE_MAY_OVERLAP 0 /* for csign_device_check() */

/* Rows are in the device file's order, and rights belong to rows. */
#define CSIGN_DEVICE_COMMANDS_COUNT 3
#define CSIGN_DEVICE_COMMANDS_LEN 1 /* bytes of a code */
#define CSIGN_DEVICE_ANSWERS_COUNT 2 /* 0: the device does not answer */
#define CSIGN_DEVICE_ANSWERS_LEN 1 /* bytes of an answer */

enum {
    CSIGN_DEVICE_ROW_ON = 0,
    CSIGN_DEVICE_CODE_ON = 0x01,
    CSIGN_DEVICE_ROW_OFF = 1,
    CSIGN_DEVICE_CODE_OFF = 0x02,
    CSIGN_DEVICE_ROW_STATUS = 2,
    CSIGN_DEVICE_CODE_STATUS = 0x03
};

static const uint8_t csign_device_codes[] CSIGN_FLASH = {
    0x01, /* on */
    0x02, /* off */
    0x03, /* status */
};

enum {
    CSIGN_DEVICE_ANSWER_ROW_IS_ON = 0,
    CSIGN_DEVICE_ANSWER_CODE_IS_ON = 0x81,
    CSIGN_DEVICE_ANSWER_ROW_IS_OFF = 1,
    CSIGN_DEVICE_ANSWER_CODE_IS_OFF = 0x80
};

static const uint8_t csign_device_answers[] CSIGN_FLASH = {
    0x81, /* is-on */
    0x80, /* is-off */
};

/* Initialisers: csign_settings; csign_table; csign_device; csign_client_config. */
#define CSIGN_DEVICE_SETTINGS(work) \
    {{&CSIGN_DEVICE_HASH, (work)}, CSIGN_DEVICE_ID, CSIGN_DEVICE_ID_LEN, CSIGN_DEVICE_WAKE, \
     CSIGN_DEVICE_CHALLENGE, CSIGN_DEVICE_TAG, CSIGN_DEVICE_REQUEST_MAX, CSIGN_DEVICE_REPLY_MAX, \
     CSIGN_DEVICE_IS_LINK, CSIGN_DEVICE_DEADLINE_MS}
#define CSIGN_DEVICE_COMMANDS {csign_device_codes, CSIGN_DEVICE_COMMANDS_COUNT, CSIGN_DEVICE_COMMANDS_LEN}
#define CSIGN_DEVICE_ANSWERS {csign_device_answers, CSIGN_DEVICE_ANSWERS_COUNT, CSIGN_DEVICE_ANSWERS_LEN}
#define CSIGN_DEVICE_INIT(settings, slots, keyed, count) \
    {(settings), &CSIGN_DEVICE_SERVER_PROFILE, CSIGN_DEVICE_COMMANDS, CSIGN_DEVICE_ANSWERS, \
     (slots), (keyed), (count), NULL, NULL}
#define CSIGN_DEVICE_CLIENT_INIT(settings, keyed) \
    {(settings), &CSIGN_DEVICE_CLIENT_PROFILE, (keyed), CSIGN_DEVICE_ANSWERS, \
     CSIGN_DEVICE_COMMANDS_LEN, CSIGN_REPLY_MS}

/* Bytes of memory for each connection. */
#define CSIGN_DEVICE_SERVER_BYTES \
    CSIGN_CLASSIC_SERVER_BYTES(CSIGN_DEVICE_CHALLENGE, CSIGN_DEVICE_DIGEST)
#define CSIGN_DEVICE_CLIENT_BYTES \
    CSIGN_CLASSIC_CLIENT_BYTES(CSIGN_DEVICE_WAKE, CSIGN_DEVICE_CHALLENGE, CSIGN_DEVICE_DIGEST)

#endif
