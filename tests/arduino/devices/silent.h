/* Made by countersign header from a device file; change that, not this. What
 * client and device set alike is in here, and no secret.
 *
 *     static SILENT_WORK work;
 *     static const csign_settings settings = SILENT_SETTINGS(&work.head);
 *     static csign_slot slots[2];
 *     static SILENT_KEYED keyed[2];
 *     static csign_device device = SILENT_INIT(&settings, slots, keyed, 2);
 *     static uint8_t memory[SILENT_SERVER_BYTES];      for each connection
 */
#ifndef SILENT_FILE_H
#define SILENT_FILE_H

#include <Countersign.h>

#define SILENT_HOST "127.0.0.1"
#define SILENT_PORT 7531
#define SILENT_IS_SEALED 0
#define SILENT_SERVER_PROFILE csign_classic_server
#define SILENT_CLIENT_PROFILE csign_classic_client
#define SILENT_HASH csign_sha256
#define SILENT_WORK csign_sha256_work
#define SILENT_KEYED csign_sha256_keyed
#define SILENT_DIGEST 32 /* bytes */
#define SILENT_ID ""
#define SILENT_ID_LEN 0 /* bytes */
#define SILENT_WAKE 0 /* bytes */
#define SILENT_CHALLENGE 16 /* bytes */
#define SILENT_TAG 0 /* bytes; sealed only */
#define SILENT_REQUEST_MAX 0 /* bytes of code and arguments; sealed only */
#ifndef SILENT_REPLY_MAX
#define SILENT_REPLY_MAX 0 /* bytes of status and data; sealed only */
#endif
#define SILENT_IS_LINK 0
#define SILENT_DEADLINE_MS 5000
#define SILENT_LIMIT_MS 4000 /* for a handler */
#define SILENT_MAY_OVERLAP 0 /* for csign_device_check() */

/* Rows are in the device file's order, and rights belong to rows. */
#define SILENT_COMMANDS_COUNT 2
#define SILENT_COMMANDS_LEN 1 /* bytes of a code */
#define SILENT_ANSWERS_COUNT 0 /* 0: the device does not answer */
#define SILENT_ANSWERS_LEN 0 /* bytes of an answer */

enum {
    SILENT_ROW_ON = 0,
    SILENT_CODE_ON = 0x01,
    SILENT_ROW_OFF = 1,
    SILENT_CODE_OFF = 0x02
};

static const uint8_t silent_codes[] CSIGN_FLASH = {
    0x01, /* on */
    0x02, /* off */
};

/* Initialisers: csign_settings; csign_table; csign_device; csign_client_config. */
#define SILENT_SETTINGS(work) \
    {{&SILENT_HASH, (work)}, SILENT_ID, SILENT_ID_LEN, SILENT_WAKE, \
     SILENT_CHALLENGE, SILENT_TAG, SILENT_REQUEST_MAX, SILENT_REPLY_MAX, \
     SILENT_IS_LINK, SILENT_DEADLINE_MS}
#define SILENT_COMMANDS {silent_codes, SILENT_COMMANDS_COUNT, SILENT_COMMANDS_LEN}
#define SILENT_ANSWERS {NULL, 0, 0}
#define SILENT_INIT(settings, slots, keyed, count) \
    {(settings), &SILENT_SERVER_PROFILE, SILENT_COMMANDS, SILENT_ANSWERS, \
     (slots), (keyed), (count), NULL, NULL}
#define SILENT_CLIENT_INIT(settings, keyed) \
    {(settings), &SILENT_CLIENT_PROFILE, (keyed), SILENT_ANSWERS, \
     SILENT_COMMANDS_LEN, CSIGN_REPLY_MS}

/* Bytes of memory for each connection. */
#define SILENT_SERVER_BYTES \
    CSIGN_CLASSIC_SERVER_BYTES(SILENT_CHALLENGE, SILENT_DIGEST)
#define SILENT_CLIENT_BYTES \
    CSIGN_CLASSIC_CLIENT_BYTES(SILENT_WAKE, SILENT_CHALLENGE, SILENT_DIGEST)

#endif
