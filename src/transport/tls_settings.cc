#include "transport/tls_settings.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "base/str_format.h"

namespace meshgw::internal {
namespace {

namespace ssl = boost::asio::ssl;

// What BoringSSL says of its last failure. Clears its queue.
std::string LastError() {
  const std::uint32_t code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return reason == nullptr ? "no reason given" : reason;
}

absl::Status CheckFile(std::string_view what, const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    return absl::NotFoundError(StrFormat("%s %s: no such file", what, path));
  }
  if (std::filesystem::is_directory(status)) {
    return absl::InvalidArgumentError(
        StrFormat("%s %s: a folder; expected a file", what, path));
  }
  return absl::OkStatus();
}

// Where systems keep their certificate authorities: Debian and its kin, Red Hat
// and its kin, Alpine.
constexpr const char* kSystemAuthorities[] = {
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem"};

void AddSystemAuthorities(ssl::context* context) {
  for (const char* path : kSystemAuthorities) {
    if (SSL_CTX_load_verify_locations(context->native_handle(), path,
                                      nullptr) == 1) {
      break;
    }
  }
  ERR_clear_error();
}

absl::Status AddAuthorities(ssl::context* context, const std::string& path) {
  if (absl::Status found = CheckFile("CA file", path); !found.ok()) {
    return found;
  }
  ERR_clear_error();
  if (SSL_CTX_load_verify_locations(context->native_handle(), path.c_str(),
                                    nullptr) != 1) {
    return absl::InvalidArgumentError(
        StrFormat("CA file %s: no certificates in PEM can be read from it (%s)",
                  path, LastError()));
  }
  return absl::OkStatus();
}

absl::Status AddAuthorityFolder(ssl::context* context,
                                const std::string& folder) {
  std::error_code error;
  std::vector<std::string> paths;
  for (std::filesystem::directory_iterator at(folder, error), end;
       !error && at != end; at.increment(error)) {
    std::error_code ignored;
    if (at->is_regular_file(ignored)) paths.push_back(at->path().string());
  }
  if (error) {
    return absl::NotFoundError(
        StrFormat("CA path %s: %s", folder, error.message()));
  }
  if (paths.empty()) {
    return absl::InvalidArgumentError(
        StrFormat("CA path %s: there is no file in it", folder));
  }
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    if (absl::Status added = AddAuthorities(context, path); !added.ok()) {
      return added;
    }
  }
  return absl::OkStatus();
}

absl::Status AddClientCertificate(ssl::context* context,
                                  const TlsSettings& settings) {
  if (settings.cert_file.empty() != settings.key_file.empty()) {
    return absl::InvalidArgumentError(
        "a client certificate and its key are needed together: there is only "
        "the " +
        std::string(settings.key_file.empty() ? "certificate" : "key"));
  }
  if (settings.cert_file.empty()) return absl::OkStatus();
  for (const auto& [what, path] :
       {std::pair("client certificate", settings.cert_file),
        std::pair("client key", settings.key_file)}) {
    if (absl::Status found = CheckFile(what, path); !found.ok()) return found;
  }
  SSL_CTX* handle = context->native_handle();
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(handle, settings.cert_file.c_str()) !=
      1) {
    return absl::InvalidArgumentError(StrFormat(
        "client certificate %s: no certificate in PEM can be read from it (%s)",
        settings.cert_file, LastError()));
  }
  if (SSL_CTX_use_PrivateKey_file(handle, settings.key_file.c_str(),
                                  SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(handle) != 1) {
    return absl::InvalidArgumentError(
        StrFormat("client key %s: not the key of certificate %s in PEM (%s)",
                  settings.key_file, settings.cert_file, LastError()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<ssl::context>> MakeTlsContext(
    const TlsSettings& settings) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX* handle = context->native_handle();
  SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION);
  SSL_CTX_set_verify(
      handle, settings.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  absl::Status status;
  if (settings.ca_file.empty() && settings.ca_path.empty()) {
    AddSystemAuthorities(context.get());
  }
  if (!settings.ca_file.empty()) {
    status = AddAuthorities(context.get(), settings.ca_file);
  }
  if (status.ok() && !settings.ca_path.empty()) {
    status = AddAuthorityFolder(context.get(), settings.ca_path);
  }
  if (status.ok()) status = AddClientCertificate(context.get(), settings);
  if (!status.ok()) return status;
  return context;
}

}  // namespace meshgw::internal
