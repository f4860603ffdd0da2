#include "xds/xds_source.h"

#include <openssl/rand.h>

#include <algorithm>
#include <utility>

namespace meshgw::internal {
namespace {

constexpr std::string_view kMethod =
    "/envoy.service.discovery.v3.AggregatedDiscoveryService/"
    "DeltaAggregatedResources";
// What waits for the connection. More stays with the DeltaClient and the
// GrpcCall, which have limits.
constexpr std::size_t kMaxUnsent = std::size_t{256} << 10;

std::uint64_t RandomBits() {
  std::uint64_t bits = 0;
  RAND_bytes(reinterpret_cast<std::uint8_t*>(&bits), sizeof(bits));
  return bits;
}

}  // namespace

XdsSource::XdsSource(boost::asio::io_context* context, XdsSourceOptions options,
                     OnEvent on_event)
    : options_(std::move(options)),
      on_event_(std::move(on_event)),
      context_(context),
      timer_(*context),
      client_(options_.client) {}

XdsSource::~XdsSource() {
  if (connection_ != nullptr) connection_->Close();
}

void XdsSource::Restore(std::span<const ResourceStore::Response> answers) {
  began_ = Clock::now();
  client_.Restore(answers, began_);
  TellEvents();
}

void XdsSource::Start(XdsTarget target) {
  target_ = std::move(target);
  client_.SetNode(target_.node);
  Connect();
}

void XdsSource::Connect() {
  client_.Connect(RandomBits());
  ServerConnectionOptions options;
  options.address = server();
  options.tls = target_.tls;
  options.server_name = target_.server_name;
  options.alpn = "h2";
  options.open_timeout = options_.connect_timeout;
  // The connection is closed before this object is gone.
  ServerConnectionHandler handler;
  handler.on_open = [this] { HandleOpen(); };
  handler.on_bytes = [this](std::string_view bytes) { HandleBytes(bytes); };
  handler.on_closed = [this](const absl::Status& status) {
    HandleClosed(status);
  };
  handler.on_sent = [this] { Settle(); };
  connection_ =
      ServerConnection::Open(context_, std::move(options), std::move(handler));
}

void XdsSource::HandleOpen() {
  GrpcCallOptions options;
  options.scheme = server().tls ? "https" : "http";
  options.authority = FormatAuthority(server());
  options.path = kMethod;
  options.user_agent = "meshgw/" + target_.node.user_agent_version;
  if (options_.token) {
    std::string token = options_.token();
    if (!token.empty()) {
      options.metadata.emplace_back("x-consul-token", std::move(token));
    }
  }
  call_ = std::make_unique<GrpcCall>(std::move(options));
  heard_ = false;
  client_.OpenStream(Clock::now());
  Settle();
}

void XdsSource::HandleBytes(std::string_view bytes) {
  began_ = Clock::now();
  call_->Receive(bytes);
  Settle();
}

void XdsSource::HandleClosed(const absl::Status& status) {
  if (call_ != nullptr) {
    call_->Disconnect(std::string(status.message()));
  } else {
    client_.EndStream({GrpcCode::kUnavailable, std::string(status.message())},
                      Clock::now());
  }
  Settle();
}

void XdsSource::HandleTime() {
  if (client_.reconnect_at().has_value()) return Connect();
  began_ = Clock::now();
  client_.OnTime(began_);
  Settle();
}

// Moves what one side has for the other, and ends the attempt when it is over.
void XdsSource::Settle() {
  if (call_ != nullptr) {
    const std::string body = call_->TakeBody();
    if (!body.empty()) {
      if (!std::exchange(heard_, true) && options_.on_answer) {
        options_.on_answer();
      }
      client_.OnData(body, Clock::now());
    }
    if (connection_->unsent() + call_->unsent() < kMaxUnsent) {
      call_->SendBody(client_.TakeOutput());
    }
    if (connection_->unsent() < kMaxUnsent) {
      connection_->Send(call_->TakeOutput());
    }
    if (call_->status().has_value()) {
      client_.EndStream(*call_->status(), Clock::now());
    }
  }
  TellEvents();
  if (client_.reconnect_at().has_value()) EndAttempt();
  SetTimer();
}

void XdsSource::TellEvents() {
  for (const DeltaEvent& event : client_.TakeEvents()) {
    on_event_(event);
    if (event.try_another_server) {
      server_ = (server_ + 1) % target_.servers.size();
    }
  }
}

void XdsSource::EndAttempt() {
  connection_->Close();
  connection_.reset();
  call_.reset();
}

void XdsSource::SetTimer() {
  wait_.reset();
  const auto due = client_.reconnect_at().has_value() ? client_.reconnect_at()
                                                      : client_.next_deadline();
  if (!due.has_value()) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(*due);
  wait_ = std::make_shared<const int>();
  timer_.async_wait([this, wait = std::weak_ptr(wait_)](
                        const boost::system::error_code& error) {
    if (!error && !wait.expired()) HandleTime();
  });
}

}  // namespace meshgw::internal
