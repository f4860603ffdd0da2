#include "consul/http_answer.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include "base/str_format.h"

namespace meshgw::internal {
namespace {

namespace http = boost::beast::http;

constexpr std::uint32_t kMaxHeader = std::uint32_t{64} << 10;
constexpr std::string_view kStart = "HTTP/1.";

// What bytes are that are no HTTP/1.
const char* WhatItIs(std::string_view bytes) {
  if (bytes.starts_with("\x15\x03")) {
    return "the server speaks TLS; is the address that of HTTPS (https://)?";
  }
  // SETTINGS: the first frame of an HTTP/2 server.
  if (bytes.size() >= 4 && bytes[0] == '\0' && bytes[3] == '\x04') {
    return "the server speaks HTTP/2; is it the gRPC port?";
  }
  return "the server does not speak HTTP/1";
}

// Enough of what is no HTTP/1 to tell what it is.
constexpr std::size_t kTellingBytes = 4;

}  // namespace

HttpAnswer::HttpAnswer(std::size_t max_body_bytes)
    : max_body_bytes_(max_body_bytes) {
  parser_.eager(true);
  parser_.header_limit(kMaxHeader);
  parser_.body_limit(max_body_bytes);
}

// Whether the bytes that came can be the beginning of an answer. The parser
// would wait for the end of a header, which other protocols need not have.
bool HttpAnswer::CanBegin() {
  if (begun_) return true;
  const std::size_t size = std::min(held_.size(), kStart.size());
  begun_ = held_.starts_with(kStart);
  return held_.compare(0, size, kStart, 0, size) == 0;
}

absl::Status HttpAnswer::Take(std::string_view bytes) {
  started_ = started_ || !bytes.empty();
  // The parser takes whole parts only (the header, a chunk's length): what it
  // leaves comes again with what follows.
  held_ += bytes;
  if (!CanBegin()) {
    if (held_.size() < kTellingBytes) return absl::OkStatus();
    return absl::DataLossError(WhatItIs(held_));
  }
  while (!held_.empty() && !parser_.is_done()) {
    boost::beast::error_code error;
    const std::size_t taken = parser_.put(boost::asio::buffer(held_), error);
    if (error == http::error::need_more) {
      held_.erase(0, taken);
      if (taken == 0) break;
      continue;
    }
    if (error) return Check(error);
    held_.erase(0, taken);
  }
  return absl::OkStatus();
}

absl::Status HttpAnswer::Check(const boost::beast::error_code& error) const {
  if (error == http::error::body_limit) {
    return absl::DataLossError(
        StrFormat("the answer is longer than %d bytes", max_body_bytes_));
  }
  if (error == http::error::header_limit) {
    return absl::DataLossError(
        StrFormat("the answer's header is longer than %d bytes", kMaxHeader));
  }
  return absl::DataLossError(
      StrFormat("the server does not speak HTTP/1: %s", error.message()));
}

absl::Status HttpAnswer::TakeEnd() {
  ended_ = true;
  if (done()) return absl::OkStatus();
  if (!CanBegin()) return absl::DataLossError(WhatItIs(held_));
  boost::beast::error_code error;
  if (parser_.is_header_done() && held_.empty()) parser_.put_eof(error);
  if (error || !done()) {
    return absl::UnavailableError("the answer ended early");
  }
  return absl::OkStatus();
}

std::string HttpAnswer::Header(std::string_view name) const {
  const auto value =
      parser_.get()[boost::beast::string_view(name.data(), name.size())];
  return {value.data(), value.size()};
}

bool HttpAnswer::keep_open() const {
  return !ended_ && held_.empty() && parser_.get().keep_alive();
}

}  // namespace meshgw::internal
