#include "cli/tls_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ec_key.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"

namespace meshgw::cli {
namespace {

constexpr int kTimeoutSeconds = 15;
constexpr std::size_t kMaxHeaderBytes = 16384;
constexpr std::size_t kMaxBodyBytes = 64u << 20;

bssl::UniquePtr<EVP_PKEY> MakeKey() {
  bssl::UniquePtr<EC_KEY> ec(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  EC_KEY_generate_key(ec.get());
  EVP_PKEY_set1_EC_KEY(key.get(), ec.get());
  return key;
}

void SetName(X509_NAME* name, const std::string& common_name) {
  X509_NAME_add_entry_by_txt(
      name, "CN", MBSTRING_UTF8,
      reinterpret_cast<const std::uint8_t*>(common_name.data()),
      static_cast<int>(common_name.size()), -1, 0);
}

void AddAlternativeName(GENERAL_NAMES* names, int type,
                        const std::string& text) {
  GENERAL_NAME* name = GENERAL_NAME_new();
  ASN1_IA5STRING* value = ASN1_IA5STRING_new();
  ASN1_STRING_set(value, text.data(), static_cast<int>(text.size()));
  GENERAL_NAME_set0_value(name, type, value);
  sk_GENERAL_NAME_push(names, name);
}

bssl::UniquePtr<X509> StartCertificate(EVP_PKEY* key, const std::string& name) {
  bssl::UniquePtr<X509> certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  std::uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<std::uint8_t*>(&serial), sizeof(serial));
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()),
                          serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86400);
  SetName(X509_get_subject_name(certificate.get()), name);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

void SetTimeouts(int fd) {
  const timeval timeout{.tv_sec = kTimeoutSeconds, .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
}

sockaddr_in MakeAddress(const std::string& address, std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  inet_pton(AF_INET, address.c_str(), &out.sin_addr);
  return out;
}

bool WriteAll(SSL* ssl, std::string_view bytes) {
  while (!bytes.empty()) {
    const int written =
        SSL_write(ssl, bytes.data(),
                  static_cast<int>(std::min<std::size_t>(bytes.size(), 65536)));
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// Says goodbye, sends FIN and waits for the other side's: a close with bytes
// unread would be a reset.
void FinishOrderly(SSL* ssl, int fd) {
  SSL_shutdown(ssl);
  ::shutdown(fd, SHUT_WR);
  char rest[4096];
  while (::recv(fd, rest, sizeof(rest), 0) > 0) {
  }
}

// One HTTP/1.1 message: its header, then as much body as it announces.
struct HttpMessage {
  std::string header;
  std::string body;
};

std::size_t ContentLength(const std::string& header) {
  const std::string lower = absl::AsciiStrToLower(header);
  constexpr std::string_view kField = "content-length:";
  std::size_t at = lower.find(kField);
  if (at == std::string::npos) return 0;
  at = lower.find_first_not_of(' ', at + kField.size());
  std::size_t length = 0;
  if (at != std::string::npos) {
    std::from_chars(lower.data() + at, lower.data() + lower.size(), length);
  }
  return std::min(length, kMaxBodyBytes);
}

bool ReadMessage(SSL* ssl, HttpMessage* out) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  std::string bytes;
  std::size_t end = std::string::npos;
  std::size_t total = 0;
  char chunk[65536];
  while (end == std::string::npos || bytes.size() < total) {
    const int got = SSL_read(ssl, chunk, sizeof(chunk));
    if (got <= 0) return false;
    bytes.append(chunk, static_cast<std::size_t>(got));
    if (end != std::string::npos) continue;
    end = bytes.find(kEnd);
    if (end == std::string::npos) {
      if (bytes.size() > kMaxHeaderBytes) return false;
      continue;
    }
    out->header = bytes.substr(0, end);
    total = end + kEnd.size() + ContentLength(out->header);
  }
  out->body = bytes.substr(end + kEnd.size());
  return true;
}

std::string LastError(const char* what) {
  const std::uint32_t code = ERR_get_error();
  if (code == 0) return absl::StrFormat("%s: %s", what, std::strerror(errno));
  char text[256] = {};
  ERR_error_string_n(code, text, sizeof(text));
  return absl::StrFormat("%s: %s", what, text);
}

void ReadCertificate(SSL* ssl, EchoResult* out) {
  const bssl::UniquePtr<X509> certificate(SSL_get_peer_certificate(ssl));
  if (certificate == nullptr) return;
  char name[256] = {};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()),
                            NID_commonName, name, sizeof(name));
  out->subject = name;
  const bssl::UniquePtr<GENERAL_NAMES> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(
          certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
  if (names == nullptr) return;
  for (std::size_t i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* entry = sk_GENERAL_NAME_value(names.get(), i);
    if (entry->type != GEN_URI) continue;
    const ASN1_STRING* uri = entry->d.uniformResourceIdentifier;
    out->uri.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                    static_cast<std::size_t>(ASN1_STRING_length(uri)));
  }
}

}  // namespace

MeshAuthority::MeshAuthority()
    : key_(MakeKey()),
      certificate_(StartCertificate(key_.get(), "meshgw demo CA")) {
  X509_set_issuer_name(certificate_.get(),
                       X509_get_subject_name(certificate_.get()));
  const bssl::UniquePtr<BASIC_CONSTRAINTS> is_authority(
      BASIC_CONSTRAINTS_new());
  is_authority->ca = 1;
  X509_add1_ext_i2d(certificate_.get(), NID_basic_constraints,
                    is_authority.get(), 1, 0);
  X509_sign(certificate_.get(), key_.get(), EVP_sha256());
}

bssl::UniquePtr<SSL_CTX> MeshAuthority::ServerContext(
    const std::string& common_name, const std::string& dns_name,
    const std::string& uri) const {
  const bssl::UniquePtr<EVP_PKEY> key = MakeKey();
  const bssl::UniquePtr<X509> leaf = StartCertificate(key.get(), common_name);
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(certificate_.get()));
  const bssl::UniquePtr<GENERAL_NAMES> names(GENERAL_NAMES_new());
  AddAlternativeName(names.get(), GEN_DNS, dns_name);
  AddAlternativeName(names.get(), GEN_URI, uri);
  X509_add1_ext_i2d(leaf.get(), NID_subject_alt_name, names.get(), 0, 0);
  X509_sign(leaf.get(), key_.get(), EVP_sha256());
  bssl::UniquePtr<SSL_CTX> context(SSL_CTX_new(TLS_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  SSL_CTX_use_certificate(context.get(), leaf.get());
  SSL_CTX_use_PrivateKey(context.get(), key.get());
  return context;
}

bssl::UniquePtr<SSL_CTX> MeshAuthority::ClientContext() const {
  bssl::UniquePtr<SSL_CTX> context(SSL_CTX_new(TLS_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()),
                      certificate_.get());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  return context;
}

TlsService::TlsService(std::string name, bssl::UniquePtr<SSL_CTX> context)
    : name_(std::move(name)), context_(std::move(context)) {}

TlsService::~TlsService() {
  stopping_ = true;
  if (listener_.valid()) ::shutdown(listener_.get(), SHUT_RDWR);
  if (accept_thread_.joinable()) accept_thread_.join();
  const std::lock_guard lock(mutex_);
  for (std::thread& connection : connections_) connection.join();
}

bool TlsService::Start(const std::string& address, std::uint16_t port,
                       std::string* error) {
  listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const sockaddr_in bind = MakeAddress(address, port);
  if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&bind),
             sizeof(bind)) != 0 ||
      ::listen(listener_.get(), 128) != 0) {
    *error = absl::StrFormat("service %s cannot listen on %s:%d: %s", name_,
                             address, port, std::strerror(errno));
    return false;
  }
  accept_thread_ = std::thread([this] { Accept(); });
  return true;
}

void TlsService::Accept() {
  while (!stopping_) {
    internal::UniqueFd fd(
        ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!fd.valid()) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      return;
    }
    const std::lock_guard lock(mutex_);
    connections_.emplace_back(
        [this, taken = std::make_shared<internal::UniqueFd>(std::move(fd))] {
          Serve(std::move(*taken));
        });
  }
}

void TlsService::Serve(internal::UniqueFd fd) {
  SetTimeouts(fd.get());
  const bssl::UniquePtr<SSL> ssl(SSL_new(context_.get()));
  SSL_set_fd(ssl.get(), fd.get());
  if (SSL_accept(ssl.get()) != 1) return;
  HttpMessage request;
  if (!ReadMessage(ssl.get(), &request)) return;
  const char* asked = SSL_get_servername(ssl.get(), TLSEXT_NAMETYPE_host_name);
  const bool echo = request.header.starts_with("POST");
  const std::string body =
      echo ? request.body
           : absl::StrFormat("This is %s.\nYou asked for %s.\n", name_,
                             asked != nullptr ? asked : "nobody");
  const std::string header = absl::StrFormat(
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n"
      "Connection: close\r\n\r\n",
      body.size());
  if (WriteAll(ssl.get(), header) && WriteAll(ssl.get(), body)) {
    FinishOrderly(ssl.get(), fd.get());
  }
}

EchoResult PostOverTls(SSL_CTX* context, const std::string& address,
                       std::uint16_t port, const std::string& server_name,
                       const std::string& body) {
  EchoResult out;
  const internal::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  SetTimeouts(fd.get());
  const sockaddr_in to = MakeAddress(address, port);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof(to)) !=
      0) {
    out.error = LastError("connect");
    return out;
  }
  const bssl::UniquePtr<SSL> ssl(SSL_new(context));
  SSL_set_fd(ssl.get(), fd.get());
  SSL_set_tlsext_host_name(ssl.get(), server_name.c_str());
  if (SSL_connect(ssl.get()) != 1) {
    out.error = LastError("TLS handshake");
    return out;
  }
  out.tls_version = SSL_get_version(ssl.get());
  ReadCertificate(ssl.get(), &out);
  const std::string header = absl::StrFormat(
      "POST / HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n", server_name,
      body.size());
  HttpMessage answer;
  if (!WriteAll(ssl.get(), header) || !WriteAll(ssl.get(), body) ||
      !ReadMessage(ssl.get(), &answer)) {
    out.error = LastError("exchange");
    return out;
  }
  out.body = std::move(answer.body);
  FinishOrderly(ssl.get(), fd.get());
  return out;
}

}  // namespace meshgw::cli
