/* SPDX-License-Identifier: MIT */
#include "tls_psk.h"

#include "bench_socket.h"
#include "talk.h"

#include <string.h>

#define IDENTITY "bench"
#define SUITE    "TLS_AES_128_GCM_SHA256"

static const unsigned char suite_id[2] = {0x13, 0x01}; /* RFC 8446, appendix B.4 */

static SSL_SESSION *make_session(SSL *ssl)
{
    SSL_SESSION *session = SSL_SESSION_new();
    const SSL_CIPHER *cipher = SSL_CIPHER_find(ssl, suite_id);

    if (session == NULL || cipher == NULL ||
        SSL_SESSION_set1_master_key(session, (const unsigned char *)BENCH_KEY,
                                    sizeof BENCH_KEY - 1) != 1 ||
        SSL_SESSION_set_cipher(session, cipher) != 1 ||
        SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) != 1)
        bench_fail("TLS session");
    return session;
}

static int find_session(SSL *ssl, const unsigned char *identity, size_t len,
                        SSL_SESSION **session)
{
    *session = NULL;
    if (len == sizeof IDENTITY - 1 && memcmp(identity, IDENTITY, len) == 0)
        *session = make_session(ssl);
    return 1;
}

static int use_session(SSL *ssl, const EVP_MD *digest, const unsigned char **identity,
                       size_t *len, SSL_SESSION **session)
{
    (void)digest;
    *identity = (const unsigned char *)IDENTITY;
    *len = sizeof IDENTITY - 1;
    *session = make_session(ssl);
    return 1;
}

/* In psk_ke the groups have nothing in common: OpenSSL 3.0 prefers a key exchange
 * wherever one is possible. */
static SSL_CTX *make_context(const SSL_METHOD *method, const char *groups)
{
    SSL_CTX *context = SSL_CTX_new(method);

    if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_ciphersuites(context, SUITE) != 1 ||
        SSL_CTX_set1_groups_list(context, groups) != 1 ||
        SSL_CTX_set_num_tickets(context, 0) != 1)
        bench_fail("TLS context");
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_quiet_shutdown(context, 1);
    SSL_CTX_set_options(context, SSL_OP_ALLOW_NO_DHE_KEX);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    return context;
}

SSL_CTX *tls_psk_server(bool has_dhe)
{
    SSL_CTX *context = make_context(TLS_server_method(), has_dhe ? "X25519" : "P-521");

    SSL_CTX_set_psk_find_session_callback(context, find_session);
    return context;
}

SSL_CTX *tls_psk_client(bool has_dhe)
{
    SSL_CTX *context = make_context(TLS_client_method(), "X25519");

    (void)has_dhe;
    SSL_CTX_set_psk_use_session_callback(context, use_session);
    return context;
}
