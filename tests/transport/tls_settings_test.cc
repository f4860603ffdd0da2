#include "transport/tls_settings.h"

#include <openssl/ssl.h>

#include <string>

#include "support/catch.h"
#include "support/temporary_folder.h"
#include "support/test_certificates.h"

namespace meshgw::test {
namespace {

using internal::MakeTlsContext;
using internal::TlsSettings;

// How many authorities a context trusts.
std::size_t Trusted(const TlsSettings& settings) {
  const auto context = MakeTlsContext(settings);
  CAPTURE(context.status().message());
  REQUIRE(context.ok());
  X509_STORE* store = SSL_CTX_get_cert_store((*context)->native_handle());
  return sk_X509_OBJECT_num(X509_STORE_get0_objects(store));
}

TEST_CASE("authorities are those of the file, the folder, or both") {
  const TemporaryFolder folder;
  const TestAuthority one("one");
  const TestAuthority two("two");
  const TestAuthority three("three");
  const std::string both = folder.Write("both.pem", one.pem() + two.pem());
  folder.Write("dir/two.pem", two.pem());
  folder.Write("dir/three.crt", "a comment\n" + three.pem());
  // Not looked into.
  folder.Write("dir/sub/bad.pem", "x");
  CHECK(Trusted({.ca_file = both}) == 2);
  CHECK(Trusted({.ca_path = folder.Path("dir")}) == 2);
  CHECK(Trusted({.ca_file = both, .ca_path = folder.Path("dir")}) == 3);
}

TEST_CASE("without any the system's authorities count") {
  const auto context = MakeTlsContext({});
  REQUIRE(context.ok());
  CHECK(SSL_CTX_get_verify_mode((*context)->native_handle()) ==
        SSL_VERIFY_PEER);
  CHECK(SSL_CTX_get_min_proto_version((*context)->native_handle()) ==
        TLS1_2_VERSION);
  CHECK(SSL_CTX_get_verify_mode(
            (*MakeTlsContext({.verify = false}))->native_handle()) ==
        SSL_VERIFY_NONE);
}

TEST_CASE("a file that is of no use is named with what is wrong") {
  const TemporaryFolder folder;
  const TestAuthority authority;
  const IssuedCertificate issued = authority.Issue("a.example");
  const IssuedCertificate other = authority.Issue("b.example");
  const std::string ca = folder.Write("ca.pem", authority.pem());
  const std::string cert = folder.Write("cert.pem", issued.certificate);
  const std::string key = folder.Write("key.pem", issued.key);
  const std::string wrong = folder.Write("wrong.pem", other.key);
  const std::string text = folder.Write("text", "no certificate");
  const std::string nothing = folder.Write("nothing", "");
  const std::string cut = folder.Write(
      "cut", authority.pem().substr(0, authority.pem().size() / 2));
  const std::string absent = folder.Path("absent");
  folder.Write("mixed/a.pem", authority.pem());
  const std::string stray = folder.Write("mixed/readme", "no certificate");
  folder.Write("none/sub/a.pem", authority.pem());
  const std::string here = folder.Path("mixed");
  const std::string no_ca = ": no certificates in PEM can be read from it (";
  const struct {
    TlsSettings settings;
    std::string said;  // The beginning.
    absl::StatusCode code;
  } rows[] = {
      {{.ca_file = absent},
       "CA file " + absent + ": no such file",
       absl::StatusCode::kNotFound},
      {{.ca_file = here},
       "CA file " + here + ": a folder; expected a file",
       absl::StatusCode::kInvalidArgument},
      {{.ca_file = text},
       "CA file " + text + no_ca,
       absl::StatusCode::kInvalidArgument},
      {{.ca_file = nothing},
       "CA file " + nothing + no_ca,
       absl::StatusCode::kInvalidArgument},
      {{.ca_file = cut},
       "CA file " + cut + no_ca,
       absl::StatusCode::kInvalidArgument},
      {{.ca_file = key},
       "CA file " + key + no_ca,
       absl::StatusCode::kInvalidArgument},
      {{.ca_path = absent},
       "CA path " + absent + ": No such file or directory",
       absl::StatusCode::kNotFound},
      {{.ca_path = ca}, "CA path " + ca + ": ", absl::StatusCode::kNotFound},
      {{.ca_path = folder.Path("none")},
       "CA path " + folder.Path("none") + ": there is no file in it",
       absl::StatusCode::kInvalidArgument},
      {{.ca_path = here},
       "CA file " + stray + no_ca,
       absl::StatusCode::kInvalidArgument},
      {{.cert_file = cert},
       "a client certificate and its key are needed together: there is only "
       "the certificate",
       absl::StatusCode::kInvalidArgument},
      {{.key_file = key},
       "a client certificate and its key are needed together: there is only "
       "the key",
       absl::StatusCode::kInvalidArgument},
      {{.cert_file = absent, .key_file = key},
       "client certificate " + absent + ": no such file",
       absl::StatusCode::kNotFound},
      {{.cert_file = cert, .key_file = absent},
       "client key " + absent + ": no such file",
       absl::StatusCode::kNotFound},
      {{.cert_file = here, .key_file = key},
       "client certificate " + here + ": a folder; expected a file",
       absl::StatusCode::kInvalidArgument},
      {{.cert_file = text, .key_file = key},
       "client certificate " + text +
           ": no certificate in PEM can be read from it (",
       absl::StatusCode::kInvalidArgument},
      {{.cert_file = cert, .key_file = wrong},
       "client key " + wrong + ": not the key of certificate " + cert,
       absl::StatusCode::kInvalidArgument},
      {{.cert_file = cert, .key_file = text},
       "client key " + text + ": not the key of certificate " + cert,
       absl::StatusCode::kInvalidArgument},
      {{.cert_file = cert, .key_file = cert},
       "client key " + cert + ": not the key of certificate " + cert,
       absl::StatusCode::kInvalidArgument},
  };
  for (const auto& row : rows) {
    CAPTURE(row.said);
    const absl::Status status = MakeTlsContext(row.settings).status();
    CHECK(status.code() == row.code);
    const std::string message(status.message());
    CHECK(message.substr(0, row.said.size()) == row.said);
    // A key is a secret.
    CHECK(message.find("BEGIN") == std::string::npos);
  }
  CHECK(
      MakeTlsContext({.ca_file = ca, .cert_file = cert, .key_file = key}).ok());
}

}  // namespace
}  // namespace meshgw::test
