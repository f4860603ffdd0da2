#ifndef MESHGW_TESTS_SUPPORT_TEST_CERTIFICATES_H_
#define MESHGW_TESTS_SUPPORT_TEST_CERTIFICATES_H_

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <string>
#include <vector>

// Certificates in PEM, made anew for a test.
namespace meshgw::test {

// IssuedCertificate is a certificate and its key, in PEM.
struct IssuedCertificate {
  std::string certificate;
  std::string key;
};

// TestAuthority is a certificate authority.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name = "test CA")
      : key_(MakeKey()), certificate_(Start(key_.get(), name)) {
    X509_set_issuer_name(certificate_.get(),
                         X509_get_subject_name(certificate_.get()));
    const bssl::UniquePtr<BASIC_CONSTRAINTS> is_authority(
        BASIC_CONSTRAINTS_new());
    is_authority->ca = 1;
    X509_add1_ext_i2d(certificate_.get(), NID_basic_constraints,
                      is_authority.get(), 1, 0);
    X509_sign(certificate_.get(), key_.get(), EVP_sha256());
  }

  std::string pem() const { return CertificatePem(certificate_.get()); }

  // Issues one for a name, and an IPv4 address unless that is empty.
  IssuedCertificate Issue(const std::string& dns_name,
                          const std::string& ip = "",
                          long seconds_left = 86400) const {
    const bssl::UniquePtr<EVP_PKEY> key = MakeKey();
    const bssl::UniquePtr<X509> leaf =
        Start(key.get(), "test leaf", seconds_left);
    X509_set_issuer_name(leaf.get(), X509_get_subject_name(certificate_.get()));
    const bssl::UniquePtr<GENERAL_NAMES> names(GENERAL_NAMES_new());
    if (!dns_name.empty()) {
      ASN1_IA5STRING* value = ASN1_IA5STRING_new();
      ASN1_STRING_set(value, dns_name.data(),
                      static_cast<int>(dns_name.size()));
      AddName(names.get(), GEN_DNS, value);
    }
    if (!ip.empty()) {
      in_addr address{};
      inet_pton(AF_INET, ip.c_str(), &address);
      ASN1_OCTET_STRING* value = ASN1_OCTET_STRING_new();
      ASN1_STRING_set(value, &address, sizeof(address));
      AddName(names.get(), GEN_IPADD, value);
    }
    X509_add1_ext_i2d(leaf.get(), NID_subject_alt_name, names.get(), 0, 0);
    X509_sign(leaf.get(), key_.get(), EVP_sha256());
    return {CertificatePem(leaf.get()), KeyPem(key.get())};
  }

 private:
  static bssl::UniquePtr<EVP_PKEY> MakeKey() {
    const bssl::UniquePtr<EC_KEY> ec(
        EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
    bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
    EC_KEY_generate_key(ec.get());
    EVP_PKEY_set1_EC_KEY(key.get(), ec.get());
    return key;
  }
  static void AddName(GENERAL_NAMES* names, int type, void* value) {
    GENERAL_NAME* name = GENERAL_NAME_new();
    GENERAL_NAME_set0_value(name, type, value);
    sk_GENERAL_NAME_push(names, name);
  }
  static bssl::UniquePtr<X509> Start(EVP_PKEY* key, const std::string& name,
                                     long seconds_left = 86400) {
    bssl::UniquePtr<X509> certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    std::uint64_t serial = 0;
    RAND_bytes(reinterpret_cast<std::uint8_t*>(&serial), sizeof(serial));
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()),
                            serial >> 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -7200);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), seconds_left);
    X509_NAME_add_entry_by_txt(
        X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
        reinterpret_cast<const std::uint8_t*>(name.data()),
        static_cast<int>(name.size()), -1, 0);
    X509_set_pubkey(certificate.get(), key);
    return certificate;
  }
  static std::string Contents(BIO* bio) {
    const std::uint8_t* data = nullptr;
    std::size_t size = 0;
    BIO_mem_contents(bio, &data, &size);
    return {reinterpret_cast<const char*>(data), size};
  }
  static std::string CertificatePem(X509* certificate) {
    const bssl::UniquePtr<BIO> bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), certificate);
    return Contents(bio.get());
  }
  static std::string KeyPem(EVP_PKEY* key) {
    const bssl::UniquePtr<BIO> bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr,
                             nullptr);
    return Contents(bio.get());
  }

  bssl::UniquePtr<EVP_PKEY> key_;
  bssl::UniquePtr<X509> certificate_;
};

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_SUPPORT_TEST_CERTIFICATES_H_
