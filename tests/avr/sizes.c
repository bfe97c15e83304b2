/* SPDX-License-Identifier: MIT */
/* sizes.c: objects whose sizes are the library's memory on the target; read by avr-nm. */
#include "Countersign.h"

char device_csign_device[sizeof(csign_device)];
char device_csign_settings[sizeof(csign_settings)];
char device_work_sha256[sizeof(csign_sha256_work)];
char device_work_blake2s[sizeof(csign_blake2s_work)];
char device_work_sha1[sizeof(csign_sha1_work)];
char device_work_sha512[sizeof(csign_sha512_work)];
char key_slot[sizeof(csign_slot)];
char key_keyed_sha256[sizeof(csign_sha256_keyed)];
char key_keyed_blake2s[sizeof(csign_blake2s_keyed)];
char key_keyed_sha1[sizeof(csign_sha1_keyed)];
char key_keyed_sha512[sizeof(csign_sha512_keyed)];
char connection_csign_server[sizeof(csign_server)];
char connection_sealed_memory[CSIGN_SEALED_SERVER_BYTES(16, 16, 16, 40, 40)];
char connection_classic_memory[CSIGN_CLASSIC_SERVER_BYTES(16, 32)];
char client_csign_client[sizeof(csign_client)];
char client_sealed_memory[CSIGN_SEALED_CLIENT_BYTES(16, 16, 16, 40, 40)];
char client_classic_memory[CSIGN_CLASSIC_CLIENT_BYTES(16, 16, 32)];
