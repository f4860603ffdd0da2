#include "cli/admin_client.h"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstdint>
#include <sstream>
#include <utility>

#include "gateway/socket_address.h"

namespace meshgw::cli {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::generic::stream_protocol;
using Error = boost::system::error_code;

// From one step to the next: connected, asked, some of the answer.
constexpr std::chrono::seconds kStepTime{30};
constexpr std::uint64_t kMaxAnswer = std::uint64_t{1} << 30;
constexpr std::size_t kMaxBuffered = std::size_t{1} << 20;

absl::Status ConnectError(const std::string& address, const Error& error) {
  if (error == asio::error::connection_refused ||
      error == boost::system::errc::no_such_file_or_directory) {
    return absl::NotFoundError(
        address + ": no gateway answers operators there (its -admin-bind)");
  }
  const std::string text = address + ": " + error.message();
  if (error == boost::system::errc::permission_denied) {
    return absl::PermissionDeniedError(text);
  }
  if (error == beast::error::timeout) return absl::DeadlineExceededError(text);
  return absl::UnavailableError(text);
}

// One question and its answer.
class Exchange {
 public:
  Exchange(std::string_view method, const std::string& target,
           const std::string& host) {
    request_.version(11);
    request_.method_string({method.data(), method.size()});
    request_.target(target);
    request_.set(http::field::host, host);
    request_.set(http::field::connection, "close");
    request_.prepare_payload();
    parser_.body_limit(kMaxAnswer);
  }

  // What ended it; none: there is an answer.
  Error Run(const internal::SocketAddress& address) {
    stream_.expires_after(kStepTime);
    stream_.async_connect(
        stream_protocol::endpoint(address.get(), address.length),
        [this](const Error& error) {
          connected_ = !error;
          if (Going(error)) Write();
        });
    context_.run();
    return error_;
  }
  bool connected() const { return connected_; }
  http::response<http::string_body>& response() { return parser_.get(); }

 private:
  bool Going(const Error& error) {
    error_ = error;
    stream_.expires_after(kStepTime);
    return !error;
  }
  void Write() {
    http::async_write(stream_, request_,
                      [this](const Error& error, std::size_t) {
                        // It may have been answered before it was read.
                        Going(error);
                        Read();
                      });
  }
  void Read() {
    http::async_read_some(stream_, buffer_, parser_,
                          [this](const Error& error, std::size_t) {
                            if (Going(error) && !parser_.is_done()) Read();
                          });
  }

  asio::io_context context_;
  beast::basic_stream<stream_protocol> stream_{context_};
  http::request<http::empty_body> request_;
  beast::flat_buffer buffer_{kMaxBuffered};
  http::response_parser<http::string_body> parser_;
  Error error_;
  bool connected_ = false;
};

absl::Status NoGateway(const std::string& address) {
  return absl::FailedPreconditionError(
      address + ": what answers there is no meshgw gateway");
}

absl::StatusOr<boost::json::object> ParseObject(const std::string& address,
                                                const std::string& text) {
  Error error;
  boost::json::value value = boost::json::parse(text, error);
  if (error || !value.is_object()) return NoGateway(address);
  return std::move(value.get_object());
}

}  // namespace

absl::StatusOr<std::string> AskAdmin(const std::string& address,
                                     std::string_view method,
                                     const std::string& target) {
  const auto parsed = internal::ParseListenAddress(address);
  if (!parsed.ok()) return parsed.status();
  Exchange exchange(method, target, parsed->is_unix() ? "localhost" : address);
  const Error error = exchange.Run(*parsed);
  if (!exchange.connected()) return ConnectError(address, error);
  if (error.category() ==
      http::make_error_code(http::error::bad_version).category()) {
    return NoGateway(address);
  }
  if (error) return ConnectError(address, error);
  auto& response = exchange.response();
  if (!response[http::field::server].starts_with("meshgw/")) {
    return NoGateway(address);
  }
  if (response.result_int() >= 300) {
    std::string why = std::move(response.body());
    while (why.ends_with('\n')) why.pop_back();
    return absl::FailedPreconditionError(address + ": " + why);
  }
  return std::move(response.body());
}

absl::StatusOr<boost::json::object> FetchObject(const std::string& address,
                                                const std::string& target) {
  const auto body = AskAdmin(address, "GET", target);
  if (!body.ok()) return body.status();
  return ParseObject(address, *body);
}

absl::StatusOr<boost::json::object> PostObject(const std::string& address,
                                               const std::string& target) {
  const auto body = AskAdmin(address, "POST", target);
  if (!body.ok()) return body.status();
  return ParseObject(address, *body);
}

absl::StatusOr<std::vector<boost::json::object>> FetchLines(
    const std::string& address, const std::string& target) {
  const auto body = AskAdmin(address, "GET", target);
  if (!body.ok()) return body.status();
  std::vector<boost::json::object> out;
  std::istringstream lines(*body);
  for (std::string line; std::getline(lines, line);) {
    auto object = ParseObject(address, line);
    if (!object.ok()) return object.status();
    out.push_back(*std::move(object));
  }
  return out;
}

}  // namespace meshgw::cli
