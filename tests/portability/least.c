/* SPDX-License-Identifier: MIT */
/* least.c: what a device needs of the library, for its size on every target: one key, one
 * connection, SHA-256, 40 bytes of payload. SEALED and CLASSIC are 0 or 1; with both the
 * platform chooses. What the platform supplies is left undefined and linked with nothing. */
#include "Countersign.h"

enum { PAYLOAD = 40, COMMANDS = 3 };

/* The platform's. */
bool platform_wants_classic(void);
size_t platform_receive(uint8_t *bytes, size_t room);
size_t platform_send(const uint8_t *bytes, size_t len);
void platform_challenge(uint8_t challenge[16]);
void platform_run(size_t row);
uint32_t platform_now(void);
void platform_key(uint8_t key[32]);

static const uint8_t codes[COMMANDS] CSIGN_FLASH = {1, 2, 3};
static csign_sha256_work work;
static csign_sha256_keyed keyed;
static csign_slot slot;
static csign_server server;
#if SEALED
static uint8_t memory[CSIGN_SEALED_SERVER_BYTES(16, 16, 16, PAYLOAD, PAYLOAD)];
#else
static uint8_t memory[CSIGN_CLASSIC_SERVER_BYTES(16, 32)];
#endif
#if CLASSIC
static const uint8_t answers[1] CSIGN_FLASH = {0xa0};
#endif

static csign_settings settings = {
    {&csign_sha256, &work.head}, "lamp-1", 6, 16, 16, 16, PAYLOAD, PAYLOAD, 0, 5000};
static csign_device device = {.settings = &settings,
#if SEALED
                              .profile = &csign_sealed_server,
#else
                              .profile = &csign_classic_server,
#endif
                              .commands = {codes, COMMANDS, 1},
#if CLASSIC
                              .answers = {answers, 1, 1},
#endif
                              .slots = &slot,
                              .keyed = &keyed,
                              .slot_count = 1};

static void run_command(void)
{
    platform_run(csign_server_command(&server));
#if SEALED
    (void)csign_server_reply(&server, CSIGN_STATUS_DONE, NULL, 0, platform_now());
#endif
#if CLASSIC
    (void)csign_server_answer(&server, &(const uint8_t){0xa0}, platform_now());
#endif
}

/* One of the things that are due. */
static void serve(void)
{
    uint8_t bytes[16];
    const uint8_t *out;
    size_t len;

    csign_server_tick(&server, platform_now());
    switch (csign_server_wants(&server)) {
    case CSIGN_WANTS_BYTES:
        len = platform_receive(bytes, sizeof bytes);
        (void)csign_server_take(&server, bytes, len, platform_now());
        break;
    case CSIGN_WANTS_CHALLENGE:
        platform_challenge(bytes);
        csign_server_challenge(&server, bytes, platform_now());
        break;
    case CSIGN_WANTS_SEND:
        out = csign_server_out(&server, &len);
        csign_server_sent(&server, platform_send(out, len), platform_now());
        break;
    case CSIGN_WANTS_RUN:
        run_command();
        break;
    default:
        csign_server_open(&server, &device, memory, platform_now());
        break;
    }
}

void least_device(void);
void least_device(void)
{
    uint8_t key[32];

    platform_key(key);
    (void)csign_device_set_key(&device, 0, CSIGN_RIGHTS_EVERY, key, sizeof key);
#if SEALED && CLASSIC
    if (platform_wants_classic())
        device.profile = &csign_classic_server;
#endif
    csign_server_open(&server, &device, memory, platform_now());
    for (;;)
        serve();
}
