#ifndef MESHGW_TRANSPORT_TLS_SETTINGS_H_
#define MESHGW_TRANSPORT_TLS_SETTINGS_H_

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace meshgw::internal {

// TlsSettings are those of a client towards its control plane.
struct TlsSettings {
  // Certificate authorities, in PEM: a file, and a folder all of whose files
  // are read. Without either those of the system count.
  std::string ca_file;
  std::string ca_path;
  std::string cert_file;  // The client's chain and key, in PEM: both or none.
  std::string key_file;
  // Sent as SNI, and what the server's certificate must be for; empty: the host
  // that is dialled.
  std::string server_name;
  bool verify = true;
};

// MakeTlsContext reads the files of `settings`: TLS 1.2 or newer. Errors name
// the file and say what is wrong: NotFound, InvalidArgument (no certificate in
// it, a key that is not the certificate's, one of the two without the other).
absl::StatusOr<std::shared_ptr<boost::asio::ssl::context>> MakeTlsContext(
    const TlsSettings& settings);

}  // namespace meshgw::internal

#endif  // MESHGW_TRANSPORT_TLS_SETTINGS_H_
