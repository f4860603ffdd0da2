#include "consul/agent_exchange.h"

#include <utility>

#include "base/str_format.h"

namespace meshgw::internal {
namespace {

constexpr std::size_t kMaxShown = 300;

// What an agent says as one line for people. Some proxies send the request
// back: without the token in it.
std::string OneLine(std::string text, std::string_view token) {
  constexpr std::string_view kInstead = "<token>";
  for (std::size_t at = 0; !token.empty(); at += kInstead.size()) {
    at = text.find(token, at);
    if (at == std::string::npos) break;
    text.replace(at, token.size(), kInstead);
  }
  std::string out;
  for (const char c : text) {
    if (out.size() >= kMaxShown) break;
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else {
      out += c < ' ' || c > '~' ? '?' : c;
    }
  }
  if (out.ends_with(' ')) out.pop_back();
  return out.empty() ? "no reason given" : out;
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
  timer_.async_wait([self = shared_from_this(),
                     turn = ++turn_](const boost::system::error_code& error) {
    // It may be under way when the next request has begun.
    if (!error && turn == self->turn_ && !self->idle()) {
      self->HandleTimeout();
    }
  });
  if (open_) return HandleOpen();
  Open();
}

void AgentExchange::Open() {
  used_before_ = false;
  open_ = false;
  answer_.reset();
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
  answer_.emplace(client_->options_.max_body_bytes);
  token_ = client_->options_.token ? client_->options_.token() : "";
  connection_->Send(client_->Format(request_, token_));
}

void AgentExchange::HandleBytes(std::string_view bytes) {
  // What comes without having been asked for ends the connection.
  if (idle()) {
    Close();
    return client_->Retire(this);
  }
  const absl::Status taken = answer_->Take(bytes);
  if (!taken.ok()) return Fail(taken.code(), std::string(taken.message()));
  if (answer_->done()) FinishAnswer();
}

void AgentExchange::HandleClosed(const absl::Status& status) {
  open_ = false;
  if (idle()) return client_->Retire(this);
  // While it connected there is none.
  const bool answered = answer_.has_value() && answer_->started();
  // The agent has closed a kept connection while the request was on its way.
  if (used_before_ && !answered) return Open();
  if (answered) {
    const absl::Status ended = answer_->TakeEnd();
    if (!ended.ok()) return Fail(ended.code(), std::string(ended.message()));
    return FinishAnswer();
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
  const unsigned status = answer_->status();
  const bool keep_open = answer_->keep_open();
  if (status >= 200 && status < 300) {
    AgentAnswer answer;
    answer.content_hash = answer_->Header("X-Consul-ContentHash");
    answer.is_filtered =
        answer_->Header("X-Consul-Results-Filtered-By-ACLs") == "true";
    answer.body = answer_->TakeBody();
    return Finish(std::move(answer), std::to_string(status), keep_open);
  }
  std::string text = OneLine(answer_->body(), token_);
  if (IsHtml(answer_->body())) {
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
