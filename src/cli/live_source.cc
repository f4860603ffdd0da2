#include "cli/live_source.h"

#include <sys/socket.h>

#include <boost/json/object.hpp>
#include <utility>

#include "base/unique_fd.h"
#include "cli/agent_options.h"
#include "cli/command_line.h"
#include "gateway/socket_address.h"

namespace meshgw::cli {
namespace {

using internal::DeltaEvent;
using internal::DeltaEventKind;
using internal::RegistrationEvent;
using internal::RegistrationEventKind;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kListenAgain{5};
// From one look at the token's file to the next.
constexpr seconds kTokenLook{1};
// At the end, for the agent to be told.
constexpr seconds kAnnounceTime{3};
constexpr const char* kVersion = MESHGW_VERSION;

// Consul names a listener after where it listens, too: "default:10.0.0.1:8443".
std::string NameOf(const internal::ListenerAddress& listener,
                   const std::string& address) {
  const std::string end = ":" + address;
  if (listener.name.size() > end.size() && listener.name.ends_with(end)) {
    return listener.name.substr(0, listener.name.size() - end.size());
  }
  return listener.name;
}

ListenList Addresses(const std::vector<internal::ListenerAddress>& listeners) {
  ListenList out;
  for (const auto& listener : listeners) {
    std::string address =
        internal::FormatEndpoint(listener.address, listener.port);
    std::string name = NameOf(listener, address);
    out.emplace_back(std::move(name), std::move(address));
  }
  return out;
}

// Whether this host can listen on the address. Consul's command compares with
// the addresses of interfaces, to which 127.0.0.2 does not belong.
bool CanBind(const std::string& ip) {
  const auto address = internal::FromEndpoint(ip, 0);
  if (!address.has_value() || address->is_unix()) return false;
  const internal::UniqueFd fd(
      ::socket(address->family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  return fd.valid() && ::bind(fd.get(), address->get(), address->length) == 0;
}

}  // namespace

LiveSource::LiveSource(GatewayProgram* program)
    : program_(program),
      start_timer_(*program->control()->context()),
      token_timer_(*program->control()->context()),
      listen_timer_(*program->control()->context()),
      last_good_(program->control()->context(),
                 program->flags().consul.last_good, program->log(),
                 [this] { return MakeLastGood(); }) {}

LiveSource::~LiveSource() = default;

int LiveSource::Usage(const absl::Status& status) {
  log()("error", std::string(status.message()), {});
  return kExitUsage;
}

int LiveSource::Start() {
  auto token = MakeTokenSource(flags());
  if (!token.ok()) return Usage(token.status());
  token_ = *std::move(token);
  registered_token_ = token_.token();
  node_id_ = flags().proxy_id;
  if (const int code = MakeAgent(); code != kExitOk) return code;
  MakeXds();
  if (const int code = ServeLastGood(); code != kExitOk) return code;
  program_->control()->Post([this] {
    if (registration_ == nullptr) return FindServer();
    registration_->Start();
    if (!flags().token_file.empty()) WatchToken();
  });
  StartTimer();
  return kExitOk;
}

// The agent's HTTP API is asked for what the flags leave open.
int LiveSource::MakeAgent() {
  auto options = MakeAgentOptions(flags(), [this] { return Token(); });
  if (!options.ok()) return Usage(options.status());
  agent_address_ = options->address;
  if (!flags().grpc_address.empty()) {
    const auto server =
        internal::ParseServerAddress(flags().grpc_address, kXdsPort, false);
    if (!server.ok()) return Usage(server.status());
    if (!flags().uses_http) return kExitOk;
  }
  agent_ = std::make_unique<internal::AgentClient>(
      program_->control()->context(), *std::move(options));
  // A service that another node's agent registered is not this one's.
  if (!flags().node_name.empty()) return kExitOk;
  internal::RegistrationOptions registration;
  registration.id = flags().proxy_id;
  std::string body;
  if (flags().is_register) {
    registration.gateway = Definition(flags());
    auto made = internal::FormatRegistration(*registration.gateway, CanBind);
    if (!made.ok()) return Usage(made.status());
    body = *std::move(made);
  }
  registration_ = std::make_unique<internal::Registration>(
      program_->control()->context(), agent_.get(), std::move(registration),
      std::move(body), [this](const internal::RegistrationEvent& event) {
        HandleRegistration(event);
      });
  return kExitOk;
}

std::string LiveSource::Token() {
  const absl::Status read = token_.Refresh();
  const std::string error(read.message());
  if (!read.ok() && error != token_error_) {
    log()("error", "the token stays as it was", {{"error", error}});
  }
  token_error_ = error;
  return token_.token();
}

// A gateway whose token is another one is registered with that.
void LiveSource::WatchToken() {
  if (const std::string token = Token(); token != registered_token_) {
    registered_token_ = token;
    registration_->Renew();
  }
  token_timer_.expires_after(kTokenLook);
  token_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) WatchToken();
  });
}

void LiveSource::MakeXds() {
  internal::XdsSourceOptions options;
  options.token = [this] { return Token(); };
  options.on_answer = [this] { HandleAnswer(); };
  xds_ = std::make_unique<internal::XdsSource>(
      program_->control()->context(), std::move(options),
      [this](const DeltaEvent& event) { HandleEvent(event); });
}

// Before the control thread runs.
int LiveSource::ServeLastGood() {
  const auto table = last_good_.Read(node_id_);
  if (!table.has_value()) return kExitOk;
  restored_id_ = table->node_id;
  confirmed_ = table->saved;
  start_code_ = kExitOk;
  xds_->Restore(table->answers);
  return start_code_;
}

void LiveSource::StartTimer() {
  const milliseconds most = flags().start_timeout;
  if (serves_ || most.count() == 0) return;
  start_timer_.expires_after(most);
  start_timer_.async_wait([this, most](const boost::system::error_code& error) {
    if (error || serves_) return;
    log()("error",
          "the control plane has not said what to serve, and there is no last "
          "good table",
          {{"agent", FormatServerAddress(agent_address_)},
           {"waited_ms", most.count()}});
    program_->Fail(kExitConsulUnreachable);
  });
}

void LiveSource::HandleRegistration(const RegistrationEvent& event) {
  switch (event.kind) {
    case RegistrationEventKind::kReady:
      told_failure_.clear();
      node_id_ = event.id;
      return FindServer();
    case RegistrationEventKind::kRegistered:
      told_failure_.clear();
      return log()(
          "info", "registered",
          {{"id", event.id}, {"agent", FormatServerAddress(agent_address_)}});
    case RegistrationEventKind::kLost:
      return log()("warn", "the agent does not have the gateway's service",
                   {{"id", event.id}, {"error", event.text}});
    case RegistrationEventKind::kFailed:
      log()(event.text == told_failure_ ? "debug" : "warn", event.text,
            {{"retry_ms", event.retry.count()}});
      told_failure_ = event.text;
      return;
    case RegistrationEventKind::kRefused:
      log()("error", event.text, {});
      return GiveUp(kExitFailed);
  }
}

// Who serves the last good table goes on with it.
void LiveSource::GiveUp(int exit_code) {
  if (!serves_) program_->Fail(exit_code);
}

// Where the agent's xDS server is.
void LiveSource::FindServer() {
  if (!flags().grpc_address.empty()) {
    return Follow(
        *internal::ParseServerAddress(flags().grpc_address, kXdsPort, false));
  }
  if (finder_ != nullptr) return;  // It asks until it is told.
  const bool has_authority =
      !flags().grpc_ca_file.empty() || !flags().grpc_ca_path.empty() ||
      !flags().tls.ca_file.empty() || !flags().tls.ca_path.empty();
  finder_ = std::make_unique<XdsServerFinder>(
      program_->control()->context(), agent_.get(), agent_address_,
      has_authority, log(),
      [this](const internal::ServerAddress& server) { Follow(server); });
  finder_->Ask();
}

void LiveSource::Follow(const internal::ServerAddress& server) {
  if (started_) return;
  // What was restored is another gateway's: it is served, but not built on.
  if (!restored_id_.empty() && restored_id_ != node_id_) MakeXds();
  internal::XdsTarget target;
  if (server.tls) {
    internal::TlsSettings settings = flags().tls;
    if (!flags().grpc_ca_file.empty() || !flags().grpc_ca_path.empty()) {
      settings.ca_file = flags().grpc_ca_file;
      settings.ca_path = flags().grpc_ca_path;
    }
    auto tls = internal::MakeTlsContext(settings);
    if (!tls.ok()) {
      return GiveUp(Usage(tls.status()));
    }
    target.tls = *std::move(tls);
    target.server_name = settings.server_name;
  }
  target.node = {.id = node_id_,
                 .node_name = flags().node_name,
                 .name_space = flags().name_space,
                 .partition = flags().partition,
                 .user_agent_version = kVersion};
  target.servers = {server};
  started_ = true;
  xds_->Start(std::move(target));
}

void LiveSource::HandleEvent(const DeltaEvent& event) {
  switch (event.kind) {
    case DeltaEventKind::kTable:
      return HandleTable(event);
    case DeltaEventKind::kRefused:
      return log()("warn", "refused: " + event.text, {});
    case DeltaEventKind::kLeftOut:
      return log()("warn", "not served: " + event.text, {});
    case DeltaEventKind::kNotice:
      return log()("warn", event.text, {});
    case DeltaEventKind::kEndStream:
    case DeltaEventKind::kStreamEnded:
      return HandleStreamEnd(event);
  }
}

void LiveSource::HandleAnswer() {
  told_end_.clear();
  follows_ = true;
  log()("info", "following the control plane",
        {{"server", FormatServerAddress(xds_->server())}});
}

void LiveSource::HandleTable(const DeltaEvent& event) {
  // One that is not whole lacks what may be asked for next.
  if (!event.complete || event.table == nullptr) return;
  routes_ = event.table;
  listeners_ = event.listeners;
  Serve(xds_->began());
  // What was restored is on disk, as old as it is.
  if (follows_) last_good_.SaveSoon();
}

void LiveSource::Serve(std::chrono::steady_clock::time_point began) {
  const ListenList& bind = program_->flags().bind;
  const int code = program_->Serve(
      routes_, bind.empty() ? Addresses(listeners_) : bind, began);
  if (code == kExitOk) {
    serves_ = true;
    return;
  }
  if (!serves_) {
    start_code_ = code;
    program_->Fail(code);
    return;
  }
  // What is listened on already serves the new routes.
  program_->gateway()->SetRoutes(routes_);
  if (std::exchange(listen_waits_, true)) return;
  listen_timer_.expires_after(kListenAgain);
  listen_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    listen_waits_ = false;
    Serve(std::chrono::steady_clock::now());
  });
}

// One line for each thing that happens, not for each attempt.
void LiveSource::HandleStreamEnd(const DeltaEvent& event) {
  if (std::exchange(follows_, false) && xds_->client().complete()) {
    confirmed_ = std::chrono::system_clock::now();
  }
  const bool again = event.text == told_end_;
  told_end_ = event.text;
  log()(again ? "debug" : "warn", "control plane: " + event.text,
        {{"server", FormatServerAddress(xds_->server())},
         {"retry_ms", event.reconnect_delay.count()}});
}

std::optional<internal::LastGood> LiveSource::MakeLastGood() const {
  // What is kept of it would be missing.
  if (xds_->client().keeping()) return std::nullopt;
  return internal::LastGood{.saved = std::chrono::system_clock::now(),
                            .node_id = node_id_,
                            .answers = xds_->client().Answers()};
}

// A control plane tells what has changed.
void LiveSource::Reload() {
  log()("info", "nothing to read: a control plane tells of changes", {});
}

void LiveSource::AnnounceEnd() {
  if (registration_ == nullptr) return;
  program_->control()->Wait(
      [this](const std::function<void()>& done) {
        registration_->Announce([this, done](const absl::Status& status) {
          if (!status.ok()) {
            log()("warn", "Consul was not told of the drain",
                  {{"error", std::string(status.message())}});
          }
          done();
        });
      },
      kAnnounceTime);
}

SourceStatus LiveSource::Status() const {
  ControlPlaneStatus plane;
  plane.server =
      FormatServerAddress(started_ ? xds_->server() : agent_address_);
  plane.connected = xds_->connected();
  plane.accepted = xds_->client().counters().accepted;
  plane.rejected = xds_->client().counters().rejected;
  if (agent_ != nullptr) plane.requests = &agent_->counts();
  if (follows_ && xds_->client().complete()) {
    plane.age = milliseconds(0);
  } else if (serves_ && confirmed_.time_since_epoch().count() != 0) {
    plane.age = std::chrono::duration_cast<milliseconds>(
        std::chrono::system_clock::now() - confirmed_);
  }
  return {.kind = "control_plane", .path = "", .control_plane = plane};
}

void LiveSource::End() {
  program_->control()->Wait(
      [this](const std::function<void()>& done) {
        last_good_.Save();
        if (registration_ == nullptr) return done();
        registration_->Deregister([this, done](const absl::Status& status) {
          if (!status.ok()) {
            log()("warn", "not deregistered",
                  {{"error", std::string(status.message())}});
          }
          done();
        });
      },
      kAnnounceTime);
}

}  // namespace meshgw::cli
