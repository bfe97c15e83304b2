/* Made by countersign header from a device file; change that, not this. What
 * client and device set alike is in here, and no secret.
 *
 *     static CLASSIC_WORK work;
 *     static const csign_settings settings = CLASSIC_SETTINGS(&work.head);
 *     static csign_slot slots[2];
 *     static CLASSIC_KEYED keyed[2];
 *     static csign_device device = CLASSIC_INIT(&settings, slots, keyed, 2);
 *     static uint8_t memory[CLASSIC_SERVER_BYTES];      for each connection
 */
#ifndef CLASSIC_FILE_H
#define CLASSIC_FILE_H

#include <Countersign.h>

#define CLASSIC_HOST "127.0.0.1"
#define CLASSIC_PORT 7531
#define CLASSIC_IS_SEALED 0
#define CLASSIC_SERVER_PROFILE csign_classic_server
#define CLASSIC_CLIENT_PROFILE csign_classic_client
#define CLASSIC_HASH csign_sha256
#define CLASSIC_WORK csign_sha256_work
#define CLASSIC_KEYED csign_sha256_keyed
#define CLASSIC_DIGEST 32 /* bytes */
#define CLASSIC_ID ""
#define CLASSIC_ID_LEN 0 /* bytes */
#define CLASSIC_WAKE 1 /* bytes */
#define CLASSIC_CHALLENGE 16 /* bytes */
#define CLASSIC_TAG 0 /* bytes; sealed only */
#define CLASSIC_REQUEST_MAX 0 /* bytes of code and arguments; sealed only */
#ifndef CLASSIC_REPLY_MAX
#define CLASSIC_REPLY_MAX 0 /* bytes of status and data; sealed only */
#endif
#define CLASSIC_IS_LINK 0
#define CLASSIC_DEADLINE_MS 5000
#define CLASSIC_LIMIT_MS 4000 /* for a handler */
#define CLASSIC_MAY_OVERLAP 0 /* for csign_device_check() */

/* Rows are in the device file's order, and rights belong to rows. */
#define CLASSIC_COMMANDS_COUNT 3
#define CLASSIC_COMMANDS_LEN 2 /* bytes of a code */
#define CLASSIC_ANSWERS_COUNT 2 /* 0: the device does not answer */
#define CLASSIC_ANSWERS_LEN 1 /* bytes of an answer */

enum {
    CLASSIC_ROW_ON = 0,
    CLASSIC_ROW_OFF = 1,
    CLASSIC_ROW_QUIET = 2
};
#define CLASSIC_CODE_ON {0x10, 0x01}
#define CLASSIC_CODE_OFF {0x10, 0x02}
#define CLASSIC_CODE_QUIET {0x10, 0x03}

static const uint8_t classic_codes[] CSIGN_FLASH = {
    0x10, 0x01, /* on */
    0x10, 0x02, /* off */
    0x10, 0x03, /* quiet */
};

enum {
    CLASSIC_ANSWER_ROW_DONE = 0,
    CLASSIC_ANSWER_CODE_DONE = 0xa0,
    CLASSIC_ANSWER_ROW_FAILED = 1,
    CLASSIC_ANSWER_CODE_FAILED = 0xa1
};

static const uint8_t classic_answers[] CSIGN_FLASH = {
    0xa0, /* done */
    0xa1, /* failed */
};

/* Initialisers: csign_settings; csign_table; csign_device; csign_client_config. */
#define CLASSIC_SETTINGS(work) \
    {{&CLASSIC_HASH, (work)}, CLASSIC_ID, CLASSIC_ID_LEN, CLASSIC_WAKE, \
     CLASSIC_CHALLENGE, CLASSIC_TAG, CLASSIC_REQUEST_MAX, CLASSIC_REPLY_MAX, \
     CLASSIC_IS_LINK, CLASSIC_DEADLINE_MS}
#define CLASSIC_COMMANDS {classic_codes, CLASSIC_COMMANDS_COUNT, CLASSIC_COMMANDS_LEN}
#define CLASSIC_ANSWERS {classic_answers, CLASSIC_ANSWERS_COUNT, CLASSIC_ANSWERS_LEN}
#define CLASSIC_INIT(settings, slots, keyed, count) \
    {(settings), &CLASSIC_SERVER_PROFILE, CLASSIC_COMMANDS, CLASSIC_ANSWERS, \
     (slots), (keyed), (count), NULL, NULL}
#define CLASSIC_CLIENT_INIT(settings, keyed) \
    {(settings), &CLASSIC_CLIENT_PROFILE, (keyed), CLASSIC_ANSWERS, \
     CLASSIC_COMMANDS_LEN, CSIGN_REPLY_MS}

/* Bytes of memory for each connection. */
#define CLASSIC_SERVER_BYTES \
    CSIGN_CLASSIC_SERVER_BYTES(CLASSIC_CHALLENGE, CLASSIC_DIGEST)
#define CLASSIC_CLIENT_BYTES \
    CSIGN_CLASSIC_CLIENT_BYTES(CLASSIC_WAKE, CLASSIC_CHALLENGE, CLASSIC_DIGEST)

#endif
