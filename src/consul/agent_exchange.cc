#include "consul/agent_exchange.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <utility>

#include "base/str_format.h"

namespace meshgw::internal {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t kMaxShown = 300;
constexpr std::uint32_t kMaxHeader = std::uint32_t{64} << 10;

// The first line of what an agent says, for people.
std::string FirstLine(std::string_view text) {
  std::string out(text.substr(0, std::min(text.find('\n'), kMaxShown)));
  for (char& c : out) {
    if (c < ' ' || c > '~') c = '?';
  }
  return out;
}

bool IsHtml(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && text[start] == '<';
}

absl::StatusCode CodeOf(unsigned status) {
  switch (status) {
    case 403:
    case 401:
      return absl::StatusCode::kPermissionDenied;
    case 404:
      return absl::StatusCode::kNotFound;
    case 408:
    case 429:
      return absl::StatusCode::kResourceExhausted;
    default:
      return status >= 500 ? absl::StatusCode::kUnavailable
                           : absl::StatusCode::kInvalidArgument;
  }
}

// What bytes are that are no HTTP/1.
std::string_view WhatItIs(std::string_view bytes) {
  if (bytes.starts_with("\x15\x03")) {
    return "the server speaks TLS; is the address that of HTTPS (https://)?";
  }
  // SETTINGS: the first frame of an HTTP/2 server.
  if (bytes.size() >= 4 && bytes[0] == '\0' && bytes[3] == '\x04') {
    return "the server speaks HTTP/2; is it the gRPC port?";
  }
  return "the server does not speak HTTP/1";
}

}  // namespace

AgentExchange::AgentExchange(AgentClient* client)
    : client_(client), timer_(*client->context_) {}

AgentExchange::~AgentExchange() = default;

std::string AgentExchange::Place() const {
  return StrFormat("%s %s of the agent at %s", request_.method, request_.path,
                   FormatServerAddress(client_->options_.address));
}

void AgentExchange::Begin(AgentRequest request,
                          AgentClient::OnAnswer on_answer) {
  request_ = std::move(request);
  on_answer_ = std::move(on_answer);
  timer_.expires_after(request_.timeout);
  timer_.async_wait(
      [self = shared_from_this()](const boost::system::error_code& error) {
        if (!error && !self->idle()) self->HandleTimeout();
      });
  if (open_) return HandleOpen();
  Open();
}

void AgentExchange::Open() {
  used_before_ = false;
  open_ = false;
  const AgentOptions& of = client_->options_;
  ServerConnectionOptions options;
  options.address = of.address;
  options.tls = of.tls;
  options.server_name = of.server_name;
  options.open_timeout = of.connect_timeout;
  // The connection is closed before this object is gone.
  ServerConnectionHandler handler;
  handler.on_open = [this] { HandleOpen(); };
  handler.on_bytes = [this](std::string_view bytes) { HandleBytes(bytes); };
  handler.on_closed = [this](const absl::Status& status) {
    HandleClosed(status);
  };
  connection_ = ServerConnection::Open(client_->context_, std::move(options),
                                       std::move(handler));
}

void AgentExchange::HandleOpen() {
  open_ = true;
  answered_ = false;
  held_.clear();
  parser_.emplace();
  parser_->eager(true);
  parser_->header_limit(kMaxHeader);
  parser_->body_limit(client_->options_.max_body_bytes);
  connection_->Send(client_->Format(request_));
}

void AgentExchange::HandleBytes(std::string_view bytes) {
  // What comes without having been asked for ends the connection.
  if (idle()) return Close();
  answered_ = true;
  // The parser takes whole parts only (the header, a chunk's length): what it
  // leaves comes again with what follows.
  held_ += bytes;
  while (!held_.empty() && !parser_->is_done()) {
    boost::beast::error_code error;
    const std::size_t taken = parser_->put(boost::asio::buffer(held_), error);
    if (error == http::error::need_more) {
      held_.erase(0, taken);
      if (taken == 0) return;
      continue;
    }
    if (error == http::error::body_limit) {
      return Fail(absl::StatusCode::kDataLoss,
                  StrFormat("the answer is longer than %d bytes",
                            client_->options_.max_body_bytes));
    }
    if (error) {
      return Fail(absl::StatusCode::kDataLoss,
                  parser_->is_header_done() ? error.message()
                                            : std::string(WhatItIs(held_)));
    }
    held_.erase(0, taken);
  }
  if (parser_->is_done()) FinishAnswer();
}

void AgentExchange::HandleClosed(const absl::Status& status) {
  open_ = false;
  if (idle()) return client_->Retire(this);
  // The agent has closed a kept connection while the request was on its way.
  if (used_before_ && !answered_) return Open();
  if (answered_) {
    boost::beast::error_code error;
    parser_->put_eof(error);
    if (!error && parser_->is_done()) return FinishAnswer();
    return Fail(absl::StatusCode::kUnavailable, "the answer ended early");
  }
  Fail(absl::StatusCode::kUnavailable,
       status.ok() ? "the agent closed the connection without an answer"
                   : std::string(status.message()));
}

void AgentExchange::HandleTimeout() {
  Fail(absl::StatusCode::kDeadlineExceeded,
       StrFormat("no answer within %d ms", request_.timeout.count()));
}

void AgentExchange::FinishAnswer() {
  auto& message = parser_->get();
  const unsigned status = message.result_int();
  const bool keep_open = message.keep_alive() && held_.empty();
  if (status >= 200 && status < 300) {
    AgentAnswer answer;
    answer.content_hash = std::string(message["X-Consul-ContentHash"]);
    answer.body = std::move(message.body());
    return Finish(std::move(answer), std::to_string(status), keep_open);
  }
  std::string text = FirstLine(message.body());
  if (IsHtml(message.body())) {
    text = "a page in HTML, so no agent; is there a proxy in between?";
  }
  Finish(absl::Status(CodeOf(status),
                      StrFormat("%s: %d: %s", Place(), status, text)),
         std::to_string(status), keep_open);
}

void AgentExchange::Fail(absl::StatusCode code, std::string_view what) {
  Finish(absl::Status(code, StrFormat("%s: %s", Place(), what)), "error",
         false);
}

void AgentExchange::Finish(absl::StatusOr<AgentAnswer> answer, std::string code,
                           bool keep_open) {
  const auto self = shared_from_this();
  timer_.cancel();
  const auto on_answer = std::exchange(on_answer_, nullptr);
  client_->Count(request_.endpoint, std::move(code));
  used_before_ = true;
  if (!keep_open) Close();
  client_->Retire(this);
  on_answer(std::move(answer));
}

void AgentExchange::Close() {
  on_answer_ = nullptr;
  open_ = false;
  timer_.cancel();
  if (connection_ != nullptr) connection_->Close();
  connection_.reset();
}

}  // namespace meshgw::internal
