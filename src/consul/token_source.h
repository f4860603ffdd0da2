#ifndef MESHGW_CONSUL_TOKEN_SOURCE_H_
#define MESHGW_CONSUL_TOKEN_SOURCE_H_

#include <sys/stat.h>

#include <string>

#include "absl/status/status.h"

namespace meshgw::internal {

// TokenSource gives an ACL token: one that is fixed, or what a file holds,
// which is read again whenever the file has changed. Thread-compatible.
class TokenSource {
 public:
  TokenSource() = default;
  static TokenSource Fixed(std::string token);
  // Errors of reading come with Refresh; until then there is no token.
  static TokenSource FromFile(std::string path);

  // Refresh reads the file if it has changed; spaces and newlines around the
  // token are no part of it. Errors name the file and never have a part of it;
  // the token stays the last that was read. InvalidArgument, also of one that
  // is fixed: it cannot stand in a header.
  absl::Status Refresh();
  // token is the newest; empty: none. It is a secret: no log may have it.
  const std::string& token() const { return token_; }

 private:
  std::string token_;
  std::string path_;
  struct stat read_ = {};  // Of the file, when it was read.
};

}  // namespace meshgw::internal

#endif  // MESHGW_CONSUL_TOKEN_SOURCE_H_
