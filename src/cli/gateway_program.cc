#include "cli/gateway_program.h"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <string>
#include <thread>

#include "cli/command_line.h"
#include "cli/service_manager.h"
#include "cli/watchdog.h"

namespace meshgw::cli {
namespace {

// Blocks the signals that the program waits for, in every thread.
sigset_t BlockSignals() {
  // splice(2) has no MSG_NOSIGNAL, and logs may go to a pipe that closes.
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGHUP, SIGINT, SIGTERM, SIGUSR1}) {
    sigaddset(&signals, number);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

}  // namespace

GatewayProgram::GatewayProgram(const GatewayFlags& flags)
    : flags_(flags),
      log_(flags_.log_json, flags_.log_level),
      writer_([this](std::string_view level, std::string_view text,
                     const boost::json::object& fields) {
        log_.Log(level, text, fields);
      }),
      signals_(BlockSignals()),
      main_thread_(pthread_self()),
      access_log_(writer_),
      connection_log_(writer_, log_.Shows("debug")),
      listeners_(writer_),
      control_(writer_) {}

GatewayProgram::~GatewayProgram() = default;

int GatewayProgram::Run(RouteSource* source) {
  if (!OpenAccessLog()) return kExitCannotBind;
  auto gateway = Gateway::Create(Options(), nullptr);
  if (!gateway.ok()) return CannotCreate(gateway.status());
  gateway_ = *std::move(gateway);
  if (const absl::Status started = gateway_->Start(); !started.ok()) {
    log_.Log("error", std::string(started.message()));
    return kExitFailed;
  }
  int code = OpenAdmin(source);
  if (code == kExitOk) code = source->Start();
  // Each worker tells of a connection, if it has one.
  Watchdog watchdog(
      control_.context(),
      WatchdogTimeout([](const char* name) { return std::getenv(name); },
                      ::getpid()),
      [this] { gateway_->Connections(1); });
  if (code == kExitOk) {
    watchdog.Start();
    control_.Start();
    code = WaitForEnd(source);
  }
  control_.Stop();
  gateway_->Stop();
  connection_log_.Finish();
  return code;
}

GatewayOptions GatewayProgram::Options() {
  GatewayOptions options = flags_.options;
  options.on_log = [this](std::string_view level, std::string_view text) {
    log_.Log(level, text);
  };
  options.on_connection = [this](const ConnectionRecord& record) {
    metrics_.Add(record);
    connection_log_.Add(record, std::chrono::steady_clock::now());
    if (!flags_.access_log.empty()) access_log_.Write(record);
  };
  return options;
}

int GatewayProgram::CannotCreate(const absl::Status& status) {
  const std::string& name = flags_.options.tcp.local_congestion_control;
  if (!absl::IsInvalidArgument(status) || name.empty()) {
    log_.Log("error", std::string(status.message()));
    return kExitFailed;
  }
  std::ifstream file("/proc/sys/net/ipv4/tcp_allowed_congestion_control");
  std::string known;
  std::getline(file, known);
  log_.Log("error", "-local-congestion-control " + name +
                        ": this kernel does not have it or does not allow "
                        "it; expected one of: " +
                        known);
  return kExitUsage;
}

bool GatewayProgram::OpenAccessLog() {
  if (flags_.access_log.empty()) return true;
  std::string error;
  if (access_log_.Open(flags_.access_log, &error)) return true;
  log_.Log("error", "cannot open the access log", {{"error", error}});
  return false;
}

int GatewayProgram::OpenAdmin(RouteSource* source) {
  admin_pages_ = std::make_unique<AdminPages>(
      AdminSubject{.gateway = gateway_.get(),
                   .flags = &flags_,
                   .state = &state_,
                   .log = &log_,
                   .metrics = &metrics_,
                   .source = [source] { return source->Status(); },
                   .drain = [this] { Raise(SIGTERM); },
                   .reload = [this] { Raise(SIGHUP); },
                   .set_log_level =
                       [this](std::string_view level) {
                         log_.SetLevel(level);
                         connection_log_.set_debug(log_.Shows("debug"));
                         log_.Log("info", "log level changed",
                                  {{"level", std::string(level)}});
                       }});
  admin_ = std::make_unique<AdminServer>(
      control_.context(),
      [this](const AdminRequest& request) {
        return admin_pages_->Answer(request);
      },
      AdminLimits());
  return ListenForOperators() ? kExitOk : kExitCannotBind;
}

// The default is a convenience: a gateway that cannot have it serves without.
bool GatewayProgram::ListenForOperators() {
  std::vector<std::string> addresses = flags_.admin_bind;
  if (!flags_.admin_bind_given) {
    if (::access(kDefaultAdminFolder, W_OK | X_OK) != 0) {
      log_.Log("debug", "no admin endpoint: no folder to write to",
               {{"folder", kDefaultAdminFolder}});
      return true;
    }
    addresses = {kDefaultAdminAddress};
  }
  for (const std::string& address : addresses) {
    const auto bound = admin_->Listen(address);
    if (bound.ok()) {
      log_.Log("info", "admin endpoint", {{"address", *bound}});
      continue;
    }
    log_.Log(flags_.admin_bind_given ? "error" : "warn",
             "no admin endpoint: " + std::string(bound.status().message()));
    if (flags_.admin_bind_given) return false;
  }
  return true;
}

// For the main thread, which waits for it. It is blocked: it terminates
// nothing.
void GatewayProgram::Raise(int signal) {
  // NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread,cert-pos44-c)
  pthread_kill(main_thread_, signal);
}

int GatewayProgram::Serve(std::shared_ptr<const RouteTable> routes,
                          const ListenList& listeners,
                          std::chrono::steady_clock::time_point began) {
  const std::size_t count = routes->routes().size();
  // Before the first connection is accepted.
  const bool first = !state_.ready;
  if (first) gateway_->SetRoutes(routes);
  if (const absl::Status bound = listeners_.Follow(listeners, gateway_.get());
      !bound.ok()) {
    log_.Log("error", std::string(bound.message()));
    state_.CountRefused();
    return absl::IsInvalidArgument(bound) ? kExitUsage : kExitCannotBind;
  }
  if (!first) gateway_->SetRoutes(std::move(routes));
  state_.SetListening(listeners_.bound());
  state_.CountApplied(std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - began));
  if (!first) return kExitOk;
  state_.ready = true;
  boost::json::object fields{{"routes", count}};
  // Of a live agent Consul knows it.
  if (!flags_.catalog.datacenter.empty()) {
    fields["datacenter"] = flags_.catalog.datacenter;
  }
  log_.Log("info", "ready", fields);
  NotifyServiceManager("READY=1");
  return kExitOk;
}

void GatewayProgram::Fail(int exit_code) {
  int none = 0;
  if (!failed_.compare_exchange_strong(none, exit_code)) return;
  Raise(SIGTERM);  // Ends the wait for signals.
}

int GatewayProgram::WaitForSignal() {
  int number = 0;
  while (sigwait(&signals_, &number) != 0) {
  }
  return number;
}

int GatewayProgram::WaitForEnd(RouteSource* source) {
  while (true) {
    switch (WaitForSignal()) {
      case SIGHUP:
        NotifyReloading();
        log_.Log("info", "reloading");
        ++state_.reloads_started;
        source->Reload();
        ++state_.reloads_finished;
        NotifyServiceManager("READY=1");
        break;
      case SIGUSR1:
        ReopenLogs();
        break;
      case SIGINT:
        return StopAtOnce("INT");
      default:
        if (failed_ != 0) return failed_;
        return DrainUntilEnd(source);
    }
  }
}

void GatewayProgram::ReopenLogs() {
  std::string error;
  if (flags_.access_log.empty()) {
    log_.Log("info", "no access log to reopen");
  } else if (access_log_.Reopen(&error)) {
    log_.Log("info", "access log reopened", {{"path", flags_.access_log}});
  } else {
    log_.Log("error", "cannot reopen the access log", {{"error", error}});
  }
}

int GatewayProgram::StopAtOnce(const char* signal) {
  state_.draining = true;
  NotifyServiceManager("STOPPING=1");
  log_.Log("info", "stopping", {{"signal", signal}});
  gateway_->Stop();
  return Stopped();
}

// However the end came: the gateway itself has counted.
int GatewayProgram::Stopped() {
  constexpr auto kDrained =
      static_cast<std::size_t>(ConnectionReason::kDrained);
  const GatewayStats stats = gateway_->stats();
  if (stats.records_lost > 0) {
    log_.Log("warn", "connections missing from the access log: no memory",
             {{"connections", stats.records_lost}});
  }
  log_.Log("info", "stopped", {{"closed_by_drain", stats.by_reason[kDrained]}});
  return kExitOk;
}

// Drains on a thread of its own, so that a second signal ends it at once.
int GatewayProgram::DrainUntilEnd(RouteSource* source) {
  state_.draining = true;
  NotifyServiceManager("STOPPING=1");
  log_.Log("info", "draining",
           {{"connections", gateway_->stats().active},
            {"grace_ms", flags_.drain.grace.count()},
            {"timeout_ms", flags_.drain.timeout.count()}});
  std::atomic<bool> done{false};
  std::thread drain([&] {
    source->AnnounceEnd();
    gateway_->Drain(flags_.drain);
    done = true;
    Raise(SIGTERM);  // Ends the wait below as the second signal would.
  });
  int number = WaitForSignal();
  while (number == SIGHUP || number == SIGUSR1) {
    if (number == SIGUSR1) ReopenLogs();
    if (number == SIGHUP) log_.Log("warn", "not reloaded: draining");
    number = WaitForSignal();
  }
  if (!done) {
    log_.Log("info", "stopping, the drain is cut short",
             {{"signal", number == SIGINT ? "INT" : "TERM"},
              {"connections", gateway_->stats().active}});
  }
  gateway_->Stop();
  drain.join();
  source->End();
  return Stopped();
}

}  // namespace meshgw::cli
