/* Made by countersign header from a device file; change that, not this. What
 * client and device set alike is in here, and no secret.
 *
 *     static LINE_WORK work;
 *     static const csign_settings settings = LINE_SETTINGS(&work.head);
 *     static csign_slot slots[2];
 *     static LINE_KEYED keyed[2];
 *     static csign_device device = LINE_INIT(&settings, slots, keyed, 2);
 *     static uint8_t memory[LINE_SERVER_BYTES];      for each connection
 */
#ifndef LINE_FILE_H
#define LINE_FILE_H

#include <Countersign.h>

#define LINE_BAUD 115200
#define LINE_IS_SEALED 1
#define LINE_SERVER_PROFILE csign_sealed_server
#define LINE_CLIENT_PROFILE csign_sealed_client
#define LINE_HASH csign_sha256
#define LINE_WORK csign_sha256_work
#define LINE_KEYED csign_sha256_keyed
#define LINE_DIGEST 32 /* bytes */
#define LINE_ID "line"
#define LINE_ID_LEN 4 /* bytes */
#define LINE_WAKE 16 /* bytes */
#define LINE_CHALLENGE 16 /* bytes */
#define LINE_TAG 16 /* bytes; sealed only */
#define LINE_REQUEST_MAX 40 /* bytes of code and arguments; sealed only */
#ifndef LINE_REPLY_MAX
#define LINE_REPLY_MAX 40 /* bytes of status and data; sealed only */
#endif
#define LINE_IS_LINK 1
#define LINE_DEADLINE_MS 5000
#define LINE_LIMIT_MS 4000 /* for a handler */
#define LINE_MAY_OVERLAP 0 /* for csign_device_check() */

/* Rows are in the device file's order, and rights belong to rows. */
#define LINE_COMMANDS_COUNT 4
#define LINE_COMMANDS_LEN 1 /* bytes of a code */
#define LINE_ANSWERS_COUNT 0 /* 0: the device does not answer */
#define LINE_ANSWERS_LEN 0 /* bytes of an answer */

enum {
    LINE_ROW_ON = 0,
    LINE_CODE_ON = 0x01,
    LINE_ROW_OFF = 1,
    LINE_CODE_OFF = 0x02,
    LINE_ROW_ECHO = 2,
    LINE_CODE_ECHO = 0x03,
    LINE_ROW_BUSY = 3,
    LINE_CODE_BUSY = 0x04
};

static const uint8_t line_codes[] CSIGN_FLASH = {
    0x01, /* on */
    0x02, /* off */
    0x03, /* echo */
    0x04, /* busy */
};

/* Initialisers: csign_settings; csign_table; csign_device; csign_client_config. */
#define LINE_SETTINGS(work) \
    {{&LINE_HASH, (work)}, LINE_ID, LINE_ID_LEN, LINE_WAKE, \
     LINE_CHALLENGE, LINE_TAG, LINE_REQUEST_MAX, LINE_REPLY_MAX, \
     LINE_IS_LINK, LINE_DEADLINE_MS}
#define LINE_COMMANDS {line_codes, LINE_COMMANDS_COUNT, LINE_COMMANDS_LEN}
#define LINE_ANSWERS {NULL, 0, 0}
#define LINE_INIT(settings, slots, keyed, count) \
    {(settings), &LINE_SERVER_PROFILE, LINE_COMMANDS, LINE_ANSWERS, \
     (slots), (keyed), (count), NULL, NULL}
#define LINE_CLIENT_INIT(settings, keyed) \
    {(settings), &LINE_CLIENT_PROFILE, (keyed), LINE_ANSWERS, \
     LINE_COMMANDS_LEN, CSIGN_REPLY_MS}

/* Bytes of memory for each connection. */
#define LINE_SERVER_BYTES \
    CSIGN_SEALED_SERVER_BYTES(LINE_WAKE, LINE_CHALLENGE, LINE_TAG, \
                              LINE_REQUEST_MAX, LINE_REPLY_MAX)
#define LINE_CLIENT_BYTES \
    CSIGN_SEALED_CLIENT_BYTES(LINE_WAKE, LINE_CHALLENGE, LINE_TAG, \
                              LINE_REQUEST_MAX, LINE_REPLY_MAX)

#endif
