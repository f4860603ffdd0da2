#ifndef MESHGW_TESTS_XDS_TEST_AUTHORITY_H_
#define MESHGW_TESTS_XDS_TEST_AUTHORITY_H_

#include <openssl/bio.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace meshgw::test {

// TestAuthority is a certificate authority of a test's own, for servers on
// loopback.
class TestAuthority {
 public:
  TestAuthority()
      : key_(MakeKey()), certificate_(Begin(key_.get(), "test CA")) {
    X509_set_issuer_name(certificate_.get(),
                         X509_get_subject_name(certificate_.get()));
    AddExtension(NID_basic_constraints, "critical,CA:TRUE", certificate_.get());
    X509_sign(certificate_.get(), key_.get(), EVP_sha256());
  }

  std::string Pem() const {
    const bssl::UniquePtr<BIO> out(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(out.get(), certificate_.get());
    const std::uint8_t* bytes = nullptr;
    std::size_t size = 0;
    BIO_mem_contents(out.get(), &bytes, &size);
    return {reinterpret_cast<const char*>(bytes), size};
  }

  // A server's context, for "IP:127.0.0.1,DNS:name" for example. It chooses
  // `alpn` where a client offers it; empty: it knows nothing of ALPN.
  std::shared_ptr<boost::asio::ssl::context> Server(
      const std::string& names, const std::string& alpn) const {
    using boost::asio::ssl::context;
    const bssl::UniquePtr<EVP_PKEY> key = MakeKey();
    const bssl::UniquePtr<X509> leaf = Begin(key.get(), "server");
    X509_set_issuer_name(leaf.get(), X509_get_subject_name(certificate_.get()));
    AddExtension(NID_subject_alt_name, names.c_str(), leaf.get());
    X509_sign(leaf.get(), key_.get(), EVP_sha256());
    auto out = std::make_shared<context>(context::tls_server);
    SSL_CTX_use_certificate(out->native_handle(), leaf.get());
    SSL_CTX_use_PrivateKey(out->native_handle(), key.get());
    if (alpn == "h2") {
      SSL_CTX_set_alpn_select_cb(out->native_handle(), &ChooseHttp2, nullptr);
    }
    return out;
  }

 private:
  static int ChooseHttp2(SSL*, const std::uint8_t** out, std::uint8_t* size,
                         const std::uint8_t* offered, unsigned offered_size,
                         void*) {
    const std::string_view list(reinterpret_cast<const char*>(offered),
                                offered_size);
    const std::size_t at = list.find("\x02h2");
    if (at == std::string_view::npos) return SSL_TLSEXT_ERR_NOACK;
    *out = offered + at + 1;
    *size = 2;
    return SSL_TLSEXT_ERR_OK;
  }
  static bssl::UniquePtr<EVP_PKEY> MakeKey() {
    bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
    const bssl::UniquePtr<EC_KEY> ec(
        EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
    EC_KEY_generate_key(ec.get());
    EVP_PKEY_set1_EC_KEY(key.get(), ec.get());
    return key;
  }
  static bssl::UniquePtr<X509> Begin(EVP_PKEY* key, std::string_view name) {
    bssl::UniquePtr<X509> out(X509_new());
    X509_set_version(out.get(), 2);
    std::uint64_t serial = 0;
    RAND_bytes(reinterpret_cast<std::uint8_t*>(&serial), sizeof(serial));
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(out.get()), serial >> 1);
    X509_gmtime_adj(X509_getm_notBefore(out.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(out.get()), 86400);
    X509_NAME_add_entry_by_txt(
        X509_get_subject_name(out.get()), "CN", MBSTRING_UTF8,
        reinterpret_cast<const std::uint8_t*>(name.data()),
        static_cast<int>(name.size()), -1, 0);
    X509_set_pubkey(out.get(), key);
    return out;
  }
  static void AddExtension(int id, const char* value, X509* to) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, to, to, nullptr, nullptr, 0);
    const bssl::UniquePtr<X509_EXTENSION> extension(
        X509V3_EXT_nconf_nid(nullptr, &context, id, value));
    X509_add_ext(to, extension.get(), -1);
  }

  bssl::UniquePtr<EVP_PKEY> key_;
  bssl::UniquePtr<X509> certificate_;
};

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_XDS_TEST_AUTHORITY_H_
