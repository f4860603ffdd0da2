/* Another library of a host, which uses libssl: OpenSSL's or BoringSSL's. */
#ifndef MESHGW_TESTS_EMBED_TLS_USER_H_
#define MESHGW_TESTS_EMBED_TLS_USER_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A TLS server on the listening socket (one connection) and a client that dials
 * 127.0.0.1:port, with a certificate made on the spot: handshake, 64 KiB to the
 * server and back, compared. Returns 0, or 1 with a message on stderr. */
__attribute__((visibility("default"))) int tls_user_exchange(
    int listener, uint16_t port, const char *server_name);

/* The library behind it, such as "OpenSSL 3.0.19 ...". */
__attribute__((visibility("default"))) const char *tls_user_version(void);

#ifdef __cplusplus
}
#endif

#endif /* MESHGW_TESTS_EMBED_TLS_USER_H_ */
