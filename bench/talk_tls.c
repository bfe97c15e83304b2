/* SPDX-License-Identifier: MIT */
/* talk_tls.c: TLS 1.3 with a shared key: one byte of command, one byte of answer. */
#include "bench_socket.h"
#include "talk.h"
#include "tls_psk.h"

#include <errno.h>

struct talk {
    SSL *ssl;
    bool has_asked;
};

static SSL_CTX *context;

static void setup_psk(const struct talk_options *options)
{
    (void)options;
    context = tls_psk_client(false);
}

static void setup_dhe(const struct talk_options *options)
{
    (void)options;
    context = tls_psk_client(true);
}

static void begin(void *memory, int fd)
{
    struct talk *talk = memory;

    talk->ssl = SSL_new(context);
    talk->has_asked = false;
    if (talk->ssl == NULL || SSL_set_fd(talk->ssl, fd) != 1)
        bench_fail("SSL_new");
    SSL_set_connect_state(talk->ssl);
}

static enum talk_state wait_for(const struct talk *talk, int result)
{
    int error = SSL_get_error(talk->ssl, result);

    if (error == SSL_ERROR_SYSCALL && errno == ENOTCONN)
        return TALK_WAITS;
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
        errno = EPROTO;
        bench_fail("TLS");
    }
    return TALK_WAITS;
}

static enum talk_state go_on(void *memory, int fd)
{
    struct talk *talk = memory;
    uint8_t byte = 1;
    int result;

    (void)fd;
    if (!talk->has_asked) {
        result = SSL_write(talk->ssl, &byte, 1); /* makes the handshake too */
        if (result != 1)
            return wait_for(talk, result);
        talk->has_asked = true;
    }
    result = SSL_read(talk->ssl, &byte, 1);
    return result == 1 ? TALK_DONE : wait_for(talk, result);
}

static void end(void *memory)
{
    struct talk *talk = memory;

    talk_count(BIO_number_read(SSL_get_rbio(talk->ssl)) +
               BIO_number_written(SSL_get_wbio(talk->ssl)));
    SSL_free(talk->ssl);
}

const struct talk_kind talk_tls = {"tls", sizeof(struct talk), setup_psk, begin, go_on,
                                   end};
const struct talk_kind talk_tls_dhe = {
    "tls-dhe", sizeof(struct talk), setup_dhe, begin, go_on, end};
