// Whoever is asked, the hello says the same: where this library and a TLS
// library both accept one, they read the same name, ALPN list and version. The
// file is compiled twice, for BoringSSL and for OpenSSL, as the two cannot
// share a process.
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "hello/sha256.h"
#include "hello_mutator.h"
#include "hello_vectors.h"
#include "meshgw/client_hello.h"
#include "support/catch.h"

namespace meshgw {
namespace {

using test::ByteVector;

// What a server saw of a hello, as far as it came.
struct Seen {
  bool accepted = false;  // All extensions were read.
  std::string server_name;
  int version = 0;
  std::optional<std::string> alpn;  // The wire list, when it was looked at.
};

// Called from both callbacks: the libraries differ in which comes first.
Seen* Note(SSL* ssl) {
  auto* seen = static_cast<Seen*>(SSL_get_app_data(ssl));
  seen->accepted = true;
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  seen->server_name = name != nullptr ? name : "";
  seen->version = SSL_version(ssl);
  return seen;
}

int OnCertificate(SSL* ssl, void*) {
  Note(ssl);
  return 1;
}

int OnAlpn(SSL* ssl, const unsigned char**, unsigned char*,
           const unsigned char* list, unsigned size, void*) {
  Note(ssl)->alpn = std::string(reinterpret_cast<const char*>(list), size);
  return SSL_TLSEXT_ERR_ALERT_FATAL;  // All that is asked has been answered.
}

// A server with a certificate, as some things are read only after it is chosen.
class Server {
 public:
  Server() : context_(SSL_CTX_new(TLS_method())) {
    SSL_CTX_set_min_proto_version(context_, TLS1_VERSION);
#ifndef OPENSSL_IS_BORINGSSL
    SSL_CTX_set_security_level(context_, 0);
#endif
    UseOwnCertificate();
    SSL_CTX_set_cert_cb(context_, OnCertificate, nullptr);
    SSL_CTX_set_alpn_select_cb(context_, OnAlpn, nullptr);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() { SSL_CTX_free(context_); }

  Seen Read(const ByteVector& bytes) {
    Seen seen;
    SSL* ssl = SSL_new(context_);
    SSL_set_app_data(ssl, &seen);
    BIO* in = BIO_new(BIO_s_mem());
    BIO_write(in, bytes.data(), static_cast<int>(bytes.size()));
    SSL_set_bio(ssl, in, BIO_new(BIO_s_mem()));
    SSL_accept(ssl);
    SSL_free(ssl);
    ERR_clear_error();
    return seen;
  }

 private:
  void UseOwnCertificate() {
    EVP_PKEY_CTX* generator = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nullptr);
    EVP_PKEY* key = nullptr;
    REQUIRE(EVP_PKEY_keygen_init(generator) == 1);
    REQUIRE(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(generator,
                                                   NID_X9_62_prime256v1) == 1);
    REQUIRE(EVP_PKEY_keygen(generator, &key) == 1);
    EVP_PKEY_CTX_free(generator);
    X509* certificate = X509_new();
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    REQUIRE(X509_set_pubkey(certificate, key) == 1);
    REQUIRE(X509_sign(certificate, key, EVP_sha256()) > 0);
    REQUIRE(SSL_CTX_use_certificate(context_, certificate) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(context_, key) == 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }

  SSL_CTX* context_;
};

// The version that a server with TLS 1.0 to 1.3 picks.
int PickedVersion(const ClientHello& hello) {
  if (!hello.supported_versions.empty()) {
    int picked = 0;
    for (std::size_t i = 0; i < hello.supported_versions.size(); i += 2) {
      const int version =
          hello.supported_versions[i] << 8 | hello.supported_versions[i + 1];
      if (version >= 0x0301 && version <= 0x0304) {
        picked = std::max(picked, version);
      }
    }
    return picked;
  }
  return std::min<int>(hello.legacy_version, 0x0303);
}

std::string WireAlpn(const ClientHello& hello) {
  std::string wire;
  for (const std::string_view name : hello.alpn) {
    wire += static_cast<char>(name.size());
    wire += name;
  }
  return wire;
}

void CheckAgreement(const ClientHello& hello, const Seen& seen) {
  CHECK(std::string(hello.server_name) == seen.server_name);
  CHECK(PickedVersion(hello) == seen.version);
  if (seen.alpn) CHECK(WireAlpn(hello) == *seen.alpn);
}

TEST_CASE("the TLS library reads the hellos of real clients as we do") {
  Server server;
  ByteVector scratch(131400);
  for (const auto& vector : test::LoadCapturedHellos()) {
    INFO(vector.name);
    ClientHello hello;
    REQUIRE(ParseClientHello(vector.bytes, scratch, &hello) ==
            HelloVerdict::kHello);
    const Seen seen = server.Read(vector.bytes);
    REQUIRE(seen.accepted);
    CheckAgreement(hello, seen);
  }
}

TEST_CASE("no broken hello is read in two ways by two who accept it") {
  Server server;
  ByteVector scratch(131400);
  test::HelloMutator mutator(20240917);
  std::mt19937 random(1);
  const auto captured = test::LoadCapturedHellos();
  int both = 0;
  int alpn_compared = 0;
  int refused_here_only = 0;
  for (int round = 0; round < 6000; ++round) {
    const auto& origin = captured[random() % captured.size()];
    const ByteVector bytes =
        mutator.Mutate(std::span(origin.bytes)
                           .first(static_cast<std::size_t>(origin.wire_bytes)));
    ClientHello hello;
    const bool ours =
        ParseClientHello(bytes, scratch, &hello) == HelloVerdict::kHello;
    const Seen seen = server.Read(bytes);
    if (seen.accepted && !ours) ++refused_here_only;
    if (!seen.accepted || !ours) continue;
    ++both;
    alpn_compared += seen.alpn ? 1 : 0;
    INFO(origin.name);
    CAPTURE(round);
    CheckAgreement(hello, seen);
  }
  // The test must not be empty, and we are the stricter side.
  CHECK(both > 1500);
  CHECK(alpn_compared > 300);
  CHECK(refused_here_only > 100);
}

TEST_CASE("our SHA-256 is the library's") {
  std::mt19937 random(2);
  for (std::size_t size = 0; size < 300; ++size) {
    std::string text(size, ' ');
    for (char& c : text) c = static_cast<char>(random());
    unsigned char expected[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
           expected);
    internal::Sha256 ours;
    ours.Update(text);
    const auto digest = ours.Finish();
    CAPTURE(size);
    CHECK(std::equal(digest.begin(), digest.end(), expected));
  }
}

}  // namespace
}  // namespace meshgw
