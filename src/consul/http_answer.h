#ifndef MESHGW_CONSUL_HTTP_ANSWER_H_
#define MESHGW_CONSUL_HTTP_ANSWER_H_

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace meshgw::internal {

// HttpAnswer reads one answer of an HTTP/1 server out of the bytes of its
// connection, however they are cut. Thread-compatible.
class HttpAnswer {
 public:
  explicit HttpAnswer(std::size_t max_body_bytes);

  // Take takes the next bytes. DataLoss, and the answer is of no use any more:
  // they are no HTTP/1 (the message says what they look like), its header has
  // more than 64 KiB, or the body is longer than is taken.
  absl::Status Take(std::string_view bytes);
  // TakeEnd says that no more will come: the end of a body that no length is
  // given for. Unavailable: the answer ended early.
  absl::Status TakeEnd();

  // started says whether bytes came; done, whether they are all there.
  bool started() const { return started_; }
  bool done() const { return parser_.is_done(); }

  // Once it is done:
  unsigned status() const { return parser_.get().result_int(); }
  std::string Header(std::string_view name) const;
  const std::string& body() const { return parser_.get().body(); }
  std::string TakeBody() { return std::move(parser_.get().body()); }
  // Whether the connection may be used again: the server keeps it, and has sent
  // nothing behind the answer.
  bool keep_open() const;

 private:
  bool CanBegin();
  absl::Status Check(const boost::beast::error_code& error) const;

  std::size_t max_body_bytes_;
  boost::beast::http::response_parser<boost::beast::http::string_body> parser_;
  std::string held_;  // That the parser has not taken.
  bool started_ = false;
  bool begun_ = false;  // It is an answer of HTTP/1.
  bool ended_ = false;
};

}  // namespace meshgw::internal

#endif  // MESHGW_CONSUL_HTTP_ANSWER_H_
