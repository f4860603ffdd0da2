#ifndef MESHGW_CLI_TLS_PEER_H_
#define MESHGW_CLI_TLS_PEER_H_

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"

namespace meshgw::cli {

// MeshAuthority is a certificate authority in memory, as Consul's built-in one:
// it issues leaf certificates with a SPIFFE id.
class MeshAuthority {
 public:
  MeshAuthority();
  MeshAuthority(const MeshAuthority&) = delete;
  MeshAuthority& operator=(const MeshAuthority&) = delete;

  // ServerContext makes a TLS 1.3 context with a leaf for `common_name`, the
  // server name `dns_name` and the SPIFFE id `uri`.
  bssl::UniquePtr<SSL_CTX> ServerContext(const std::string& common_name,
                                         const std::string& dns_name,
                                         const std::string& uri) const;
  // ClientContext trusts this authority and nobody else.
  bssl::UniquePtr<SSL_CTX> ClientContext() const;

 private:
  bssl::UniquePtr<EVP_PKEY> key_;
  bssl::UniquePtr<X509> certificate_;
};

// TlsService is a small HTTPS server of the demo: GET answers a page that says
// who answered, POST sends the body back. One thread a connection.
class TlsService {
 public:
  TlsService(std::string name, bssl::UniquePtr<SSL_CTX> context);
  ~TlsService();
  TlsService(const TlsService&) = delete;
  TlsService& operator=(const TlsService&) = delete;

  // False, with the cause in `*error`, when the address cannot be bound.
  bool Start(const std::string& address, std::uint16_t port,
             std::string* error);

 private:
  void Accept();
  void Serve(internal::UniqueFd fd);

  std::string name_;
  bssl::UniquePtr<SSL_CTX> context_;
  internal::UniqueFd listener_;
  std::atomic<bool> stopping_{false};
  std::thread accept_thread_;
  std::mutex mutex_;  // Guards connections_.
  std::vector<std::thread> connections_;
};

// EchoResult is what a client saw.
struct EchoResult {
  std::string error;    // Empty: it worked.
  std::string subject;  // The common name in the server's certificate.
  std::string uri;      // Its SPIFFE id.
  std::string tls_version;
  std::string body;
};

// PostOverTls connects, sends `body` and returns what came back. The chain is
// verified against the context's authority.
EchoResult PostOverTls(SSL_CTX* context, const std::string& address,
                       std::uint16_t port, const std::string& server_name,
                       const std::string& body);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_TLS_PEER_H_
