#include "tls_user.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kBytes = 65536 };

struct server {
  int listener;
  SSL_CTX *context;
  int failed;
};

static int fail(const char *what) {
  fprintf(stderr, "tls_user: %s: ", what);
  ERR_print_errors_fp(stderr);
  fprintf(stderr, "\n");
  return 1;
}

static int read_all(SSL *ssl, unsigned char *out, int len) {
  int at = 0;
  while (at < len) {
    const int n = SSL_read(ssl, out + at, len - at);
    if (n <= 0) return 0;
    at += n;
  }
  return 1;
}

static void *serve(void *argument) {
  struct server *server = (struct server *)argument;
  unsigned char *bytes = (unsigned char *)malloc(kBytes);
  const int fd = accept(server->listener, NULL, NULL);
  SSL *ssl = SSL_new(server->context);
  server->failed = 1;
  if (fd < 0 || ssl == NULL || SSL_set_fd(ssl, fd) != 1 ||
      SSL_accept(ssl) != 1) {
    fail("accept");
  } else if (!read_all(ssl, bytes, kBytes) ||
             SSL_write(ssl, bytes, kBytes) != kBytes) {
    fail("the server's bytes");
  } else {
    server->failed = 0;
    SSL_shutdown(ssl);
  }
  SSL_free(ssl);
  close(fd);
  free(bytes);
  return NULL;
}

/* A self-signed P-256 certificate. */
static int use_new_certificate(SSL_CTX *context, const char *name) {
  EVP_PKEY *key = NULL;
  X509 *certificate = X509_new();
  EVP_PKEY_CTX *generator = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
  int good = generator != NULL && certificate != NULL &&
             EVP_PKEY_keygen_init(generator) == 1 &&
             EVP_PKEY_CTX_set_ec_paramgen_curve_nid(
                 generator, NID_X9_62_prime256v1) == 1 &&
             EVP_PKEY_keygen(generator, &key) == 1;
  if (good) {
    X509_NAME *subject = X509_get_subject_name(certificate);
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_get_notBefore(certificate), -60);
    X509_gmtime_adj(X509_get_notAfter(certificate), 3600);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_set_pubkey(certificate, key);
    good = X509_sign(certificate, key, EVP_sha256()) > 0 &&
           SSL_CTX_use_certificate(context, certificate) == 1 &&
           SSL_CTX_use_PrivateKey(context, key) == 1;
  }
  EVP_PKEY_CTX_free(generator);
  EVP_PKEY_free(key);
  X509_free(certificate);
  return good;
}

static int dial(uint16_t port) {
  struct sockaddr_in address;
  struct timeval deadline = {20, 0};
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  memset(&address, 0, sizeof(address));
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
    perror("connect");
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
  return fd;
}

static int talk(SSL *ssl, const char *server_name) {
  unsigned char *out = (unsigned char *)malloc(kBytes),
                *in = (unsigned char *)malloc(kBytes);
  int i, failed = 0;
  for (i = 0; i < kBytes; ++i)
    out[i] = (unsigned char)((unsigned)i * 2654435761u >> 13);
  if (SSL_set_tlsext_host_name(ssl, server_name) != 1 ||
      SSL_connect(ssl) != 1) {
    failed = fail("connect");
  } else if (SSL_write(ssl, out, kBytes) != kBytes ||
             !read_all(ssl, in, kBytes) || memcmp(out, in, kBytes) != 0) {
    failed = fail("the client's bytes");
  } else {
    SSL_shutdown(ssl);
  }
  free(out);
  free(in);
  return failed;
}

int tls_user_exchange(int listener, uint16_t port, const char *server_name) {
  SSL_CTX *for_server = SSL_CTX_new(TLS_server_method());
  SSL_CTX *for_client = SSL_CTX_new(TLS_client_method());
  struct server server = {listener, for_server, 1};
  pthread_t thread;
  SSL *ssl;
  int fd, failed;
  if (for_server == NULL || for_client == NULL ||
      !use_new_certificate(for_server, server_name))
    return fail("set-up");
  SSL_CTX_set_verify(for_client, SSL_VERIFY_NONE, NULL);
  if (pthread_create(&thread, NULL, serve, &server) != 0) return 1;
  fd = dial(port);
  ssl = SSL_new(for_client);
  SSL_set_fd(ssl, fd);
  failed = talk(ssl, server_name);
  SSL_free(ssl);
  close(fd);
  pthread_join(thread, NULL);
  SSL_CTX_free(for_client);
  SSL_CTX_free(for_server);
  return failed != 0 || server.failed != 0;
}

const char *tls_user_version(void) { return OpenSSL_version(OPENSSL_VERSION); }
