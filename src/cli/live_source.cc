#include "cli/live_source.h"

#include <boost/json/object.hpp>
#include <utility>

#include "cli/command_line.h"
#include "gateway/socket_address.h"
#include "xds/last_good.h"

namespace meshgw::cli {
namespace {

using internal::DeltaEvent;
using internal::DeltaEventKind;
using std::chrono::milliseconds;
using std::chrono::seconds;

// How long changes are gathered before the last good table is written again.
constexpr seconds kSaveDelay{2};
constexpr seconds kListenAgain{5};

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

}  // namespace

LiveSource::LiveSource(GatewayProgram* program, LiveOptions options)
    : program_(program),
      options_(std::move(options)),
      start_timer_(*program->control()->context()),
      listen_timer_(*program->control()->context()),
      save_timer_(*program->control()->context()) {}

LiveSource::~LiveSource() = default;

int LiveSource::Start() {
  internal::XdsSourceOptions options;
  options.client.node = options_.node;
  options.servers = options_.servers;
  options.server_name = options_.tls.server_name;
  options.token = options_.token;
  options.on_answer = [this] { HandleAnswer(); };
  auto tls = internal::MakeTlsContext(options_.tls);
  if (!tls.ok()) {
    program_->log()("error", std::string(tls.status().message()), {});
    return kExitUsage;
  }
  options.tls = *std::move(tls);
  xds_ = std::make_unique<internal::XdsSource>(
      program_->control()->context(), std::move(options),
      [this](const DeltaEvent& event) { HandleEvent(event); });
  const int code = ServeLastGood();
  if (code != kExitOk) return code;
  program_->control()->Post([this] { xds_->Start(); });
  if (serves_ || options_.start_timeout.count() == 0) return kExitOk;
  start_timer_.expires_after(options_.start_timeout);
  start_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || serves_) return;
    program_->log()("error",
                    "the control plane has not said what to serve, and there "
                    "is no last good table",
                    {{"server", FormatServerAddress(xds_->server())},
                     {"waited_ms", options_.start_timeout.count()}});
    program_->Fail(kExitConsulUnreachable);
  });
  return kExitOk;
}

int LiveSource::ServeLastGood() {
  if (options_.last_good.empty()) return kExitOk;
  const auto table = internal::ReadLastGood(options_.last_good);
  if (absl::IsNotFound(table.status())) return kExitOk;
  if (!table.ok()) {
    program_->log()("warn", "the last good table is not used",
                    {{"error", std::string(table.status().message())}});
    return kExitOk;
  }
  if (table->node_id != options_.node.id) {
    program_->log()("warn", "the last good table is that of another gateway",
                    {{"path", options_.last_good},
                     {"gateway", table->node_id},
                     {"this", options_.node.id}});
    return kExitOk;
  }
  const auto age = std::chrono::duration_cast<seconds>(
      std::chrono::system_clock::now() - table->saved);
  program_->log()("info", "serving the last good table",
                  {{"path", options_.last_good}, {"age_s", age.count()}});
  // Before the control thread runs.
  start_code_ = kExitOk;
  xds_->Restore(table->answers);
  return start_code_;
}

void LiveSource::HandleEvent(const DeltaEvent& event) {
  switch (event.kind) {
    case DeltaEventKind::kTable:
      return HandleTable(event);
    case DeltaEventKind::kRefused:
      return program_->log()("warn", "refused: " + event.text, {});
    case DeltaEventKind::kLeftOut:
      return program_->log()("warn", "not served: " + event.text, {});
    case DeltaEventKind::kNotice:
      return program_->log()("warn", event.text, {});
    case DeltaEventKind::kEndStream:
    case DeltaEventKind::kStreamEnded:
      return HandleStreamEnd(event);
  }
}

void LiveSource::HandleAnswer() {
  told_end_.clear();
  program_->log()("info", "following the control plane",
                  {{"server", FormatServerAddress(xds_->server())}});
}

void LiveSource::HandleTable(const DeltaEvent& event) {
  // One that is not whole lacks what may be asked for next.
  if (!event.complete || event.table == nullptr) return;
  routes_ = event.table;
  listeners_ = event.listeners;
  Serve();
  SaveSoon();
}

void LiveSource::Serve() {
  const ListenList& bind = program_->flags().bind;
  const int code =
      program_->Serve(routes_, bind.empty() ? Addresses(listeners_) : bind);
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
    Serve();
  });
}

// One line for each thing that happens, not for each attempt.
void LiveSource::HandleStreamEnd(const DeltaEvent& event) {
  const bool again = event.text == told_end_;
  told_end_ = event.text;
  program_->log()(again ? "debug" : "warn", "control plane: " + event.text,
                  {{"server", FormatServerAddress(xds_->server())},
                   {"retry_ms", event.reconnect_delay.count()}});
}

void LiveSource::SaveSoon() {
  if (options_.last_good.empty() || std::exchange(save_waits_, true)) return;
  save_timer_.expires_after(kSaveDelay);
  save_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) Save();
  });
}

void LiveSource::Save() {
  if (!std::exchange(save_waits_, false)) return;
  // What is kept of it would be missing.
  if (xds_->client().keeping()) return SaveSoon();
  internal::LastGood table;
  table.saved = std::chrono::system_clock::now();
  table.node_id = options_.node.id;
  table.answers = xds_->client().Answers();
  const absl::Status saved = internal::WriteLastGood(options_.last_good, table);
  const std::string error(saved.message());
  if (!saved.ok() && error != save_error_) {
    program_->log()("error", "cannot save the last good table",
                    {{"error", error}});
  }
  save_error_ = error;
}

// A control plane tells what has changed.
void LiveSource::Reload() {
  program_->log()("info", "nothing to read: a control plane tells of changes",
                  {});
}

void LiveSource::End() {
  program_->control()->Wait(
      [this](const std::function<void()>& done) {
        Save();
        done();
      },
      seconds(5));
}

}  // namespace meshgw::cli
