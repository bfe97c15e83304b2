/* SPDX-License-Identifier: MIT */
/* CountersignDevice.h: one header of `countersign header` as a type.
 *
 *     #include "EthernetLamp.h"
 *     COUNTERSIGN_DEVICE(Lamp, CSIGN_DEVICE);
 *
 * makes a type Lamp of all that EthernetLamp.h says with names that begin in
 * CSIGN_DEVICE. CountersignServerFor<Lamp> is that device, CountersignClientFor<Lamp>
 * commands it.
 *
 * The program that made the header has checked it, so nothing checks it again on the
 * device; the compiler refuses what could have been changed since.
 */
#ifndef COUNTERSIGN_DEVICE_H
#define COUNTERSIGN_DEVICE_H

#include "../client.h"
#include "../server.h"

namespace countersign
{

/* Copies out of CSIGN_FLASH. */
template <class T> void copyFromFlash(T &to, const T &from)
{
#if defined(__AVR__)
    memcpy_P(&to, &from, sizeof to);
#else
    to = from;
#endif
}

} // namespace countersign

#define COUNTERSIGN_DEVICE(name, prefix)                                                 \
    static const csign_settings name##_settings CSIGN_FLASH = prefix##_SETTINGS(NULL);   \
    static const csign_device name##_server CSIGN_FLASH =                                \
        prefix##_INIT(NULL, NULL, NULL, 0);                                              \
    static const csign_client_config name##_client CSIGN_FLASH =                         \
        prefix##_CLIENT_INIT(NULL, NULL);                                                \
    struct name {                                                                        \
        typedef prefix##_WORK Work;                                                      \
        typedef prefix##_KEYED Keyed;                                                    \
        enum {                                                                           \
            IS_SEALED = prefix##_IS_SEALED,                                              \
            WAKE = prefix##_WAKE,                                                        \
            CHALLENGE = prefix##_CHALLENGE,                                              \
            SERVER_BYTES = prefix##_SERVER_BYTES,                                        \
            CLIENT_BYTES = prefix##_CLIENT_BYTES,                                        \
            COMMANDS = prefix##_COMMANDS_COUNT,                                          \
            COMMAND_MAX =                                                                \
                prefix##_IS_SEALED ? prefix##_REQUEST_MAX : prefix##_COMMANDS_LEN        \
        };                                                                               \
        static_assert(!prefix##_IS_SEALED ||                                             \
                          (prefix##_REPLY_MAX >= 9 && prefix##_REPLY_MAX <= 255),        \
                      "REPLY_MAX is 9 to 255");                                          \
        static void settings(csign_settings &to, csign_work *work)                       \
        {                                                                                \
            countersign::copyFromFlash(to, name##_settings);                             \
            to.hasher.work = work;                                                       \
        }                                                                                \
        static void server(csign_device &to)                                             \
        {                                                                                \
            countersign::copyFromFlash(to, name##_server);                               \
        }                                                                                \
        static void client(csign_client_config &to)                                      \
        {                                                                                \
            countersign::copyFromFlash(to, name##_client);                               \
        }                                                                                \
    }

#endif
