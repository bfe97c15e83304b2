/* SPDX-License-Identifier: MIT */
/* tls_psk.h: TLS 1.3 with a shared key, as little of it as OpenSSL can be brought to: no
 * session tickets, no certificates, one cipher suite. */
#ifndef TLS_PSK_H
#define TLS_PSK_H

#include <openssl/ssl.h>
#include <stdbool.h>

/* has_dhe: psk_dhe_ke with X25519, which gives forward secrecy; else psk_ke, which has
 * none, like Countersign. Ends the program where OpenSSL does not take it. */
SSL_CTX *tls_psk_server(bool has_dhe);
SSL_CTX *tls_psk_client(bool has_dhe);

#endif
