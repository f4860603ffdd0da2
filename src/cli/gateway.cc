#include "meshgw/gateway.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <thread>

#include "cli/access_log.h"
#include "cli/catalog_flags.h"
#include "cli/command_line.h"
#include "cli/connection_log.h"
#include "cli/gateway_flags.h"
#include "cli/own_endpoints.h"
#include "cli/program_log.h"
#include "config/diagnostics.h"
#include "gateway/socket_address.h"

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

// Tells systemd, when it started us, how far we are (sd_notify(3)).
void NotifyServiceManager(const char* state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (path == nullptr || std::strlen(path) >= sizeof(address.sun_path)) return;
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
  if (path[0] == '@') address.sun_path[0] = '\0';
  const internal::UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) +
                                             std::strlen(path));
  ::sendto(fd.get(), state, std::strlen(state), MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&address), length);
}

using ListenList = std::vector<std::pair<std::string, std::string>>;

// Name and address of each, for people.
std::string Describe(const ListenList& list) {
  std::string out;
  for (const auto& [name, address] : list) {
    if (!out.empty()) out += ' ';
    out.append(name).append("=").append(address);
  }
  return out;
}

class GatewayProgram {
 public:
  explicit GatewayProgram(GatewayFlags flags)
      : flags_(std::move(flags)),
        log_(flags_.log_json, flags_.log_level),
        writer_([this](std::string_view level, std::string_view text,
                       const boost::json::object& fields) {
          log_.Log(level, text, fields);
        }),
        signals_(BlockSignals()),
        access_log_(writer_),
        connection_log_(writer_, log_.Shows("debug")) {}

  int Run() {
    auto served = Load();
    if (!served.has_value()) return kExitUsage;
    if (!IsCatalogFolder(flags_.catalog.directory)) {
      log_.Log("warn", "one datacenter only; did you mean the parent folder?",
               {{"catalog", flags_.catalog.directory}});
    }
    if (!OpenAccessLog()) return kExitCannotBind;
    auto gateway = Gateway::Create(Options(), served->routes);
    if (!gateway.ok()) return CannotCreate(gateway.status());
    gateway_ = *std::move(gateway);
    if (const int code = Listen(*served); code != kExitOk) return code;
    WarnOfOwnEndpoints(*served);
    if (const absl::Status started = gateway_->Start(); !started.ok()) {
      return Fail(started, kExitFailed);
    }
    log_.Log("info", "ready",
             {{"datacenter", flags_.catalog.datacenter},
              {"routes", served->routes->routes().size()}});
    NotifyServiceManager("READY=1");
    const int code = WaitForEnd();
    connection_log_.Finish();
    return code;
  }

 private:
  GatewayOptions Options() {
    GatewayOptions options = flags_.options;
    options.on_log = [this](std::string_view level, std::string_view text) {
      log_.Log(level, text);
    };
    options.on_connection = [this](const ConnectionRecord& record) {
      connection_log_.Add(record, std::chrono::steady_clock::now());
      if (!flags_.access_log.empty()) access_log_.Write(record);
    };
    return options;
  }

  std::optional<Served> Load() {
    return LoadServed(flags_.catalog, flags_.bind.empty(), report_);
  }

  int Fail(const absl::Status& status, int code) {
    log_.Log("error", std::string(status.message()));
    return code;
  }

  int CannotCreate(const absl::Status& status) {
    const std::string& name = flags_.options.tcp.local_congestion_control;
    if (!absl::IsInvalidArgument(status) || name.empty()) {
      return Fail(status, kExitFailed);
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

  bool OpenAccessLog() {
    if (flags_.access_log.empty()) return true;
    std::string error;
    if (access_log_.Open(flags_.access_log, &error)) return true;
    log_.Log("error", "cannot open the access log", {{"error", error}});
    return false;
  }

  // What the flags name, else what the definition in the catalog says.
  ListenList Addresses(const Served& served) const {
    if (!flags_.bind.empty()) return flags_.bind;
    ListenList out;
    for (const ListenAddress& listen : served.listen) {
      out.emplace_back(listen.name,
                       internal::FormatEndpoint(listen.address, listen.port));
    }
    return out;
  }

  int Listen(const Served& served) {
    listening_ = Addresses(served);
    if (listening_.empty()) {
      log_.Log("error",
               "the gateway's definition leaves no address to listen on; "
               "expected a bind address or -bind name=ip:port");
      return kExitUsage;
    }
    for (const auto& [name, address] : listening_) {
      const auto bound = gateway_->Listen(name, address);
      if (!bound.ok()) {
        return Fail(bound.status(), absl::IsInvalidArgument(bound.status())
                                        ? kExitUsage
                                        : kExitCannotBind);
      }
      log_.Log("info", "listening", {{"name", name}, {"address", *bound}});
    }
    return kExitOk;
  }

  int WaitForSignal() {
    int number = 0;
    while (sigwait(&signals_, &number) != 0) {
    }
    return number;
  }

  int WaitForEnd() {
    while (true) {
      switch (WaitForSignal()) {
        case SIGHUP:
          Reload();
          break;
        case SIGUSR1:
          ReopenLogs();
          break;
        case SIGINT:
          return StopAtOnce("INT");
        default:
          return DrainUntilEnd();
      }
    }
  }

  // All or nothing: what was served goes on being served on any mistake.
  void Reload() {
    NotifyServiceManager("RELOADING=1");
    log_.Log("info", "reloading");
    bool done = false;
    try {
      done = Swap();
    } catch (const std::exception& error) {  // Out of memory, for example.
      log_.Log("error", error.what());
    }
    if (!done) {
      log_.Log("error", "not reloaded: the last good configuration stays");
    }
    NotifyServiceManager("READY=1");
  }

  bool Swap() {
    const auto served = Load();
    if (!served.has_value()) return false;
    const auto before = gateway_->routes();
    gateway_->SetRoutes(served->routes);
    log_.Log("info", "reloaded",
             {{"routes", served->routes->routes().size()},
              {"routes_before", before->routes().size()}});
    WarnOfOtherAddresses(Addresses(*served));
    WarnOfOwnEndpoints(*served);
    return true;
  }

  void WarnOfOwnEndpoints(const Served& served) {
    std::vector<std::string> addresses;
    for (const auto& [name, address] : listening_) addresses.push_back(address);
    ConfigDiagnostics found;
    for (std::string& own : OwnEndpoints(*served.routes, addresses)) {
      internal::AddBounded(&found.warnings, &found.warnings_not_shown,
                           {{}, std::move(own), {}});
    }
    ReportAll(found, report_);
  }

  void WarnOfOtherAddresses(const ListenList& now) {
    if (now == listening_) return;
    log_.Log("warn", "listen addresses changed; restart to apply",
             {{"listening", Describe(listening_)}, {"file", Describe(now)}});
  }

  void ReopenLogs() {
    std::string error;
    if (flags_.access_log.empty()) {
      log_.Log("info", "no access log to reopen");
    } else if (access_log_.Reopen(&error)) {
      log_.Log("info", "access log reopened", {{"path", flags_.access_log}});
    } else {
      log_.Log("error", "cannot reopen the access log", {{"error", error}});
    }
  }

  int StopAtOnce(const char* signal) {
    log_.Log("info", "stopping", {{"signal", signal}});
    gateway_->Stop();
    return Stopped();
  }

  // However the end came: the gateway itself has counted.
  int Stopped() {
    constexpr auto kDrained =
        static_cast<std::size_t>(ConnectionReason::kDrained);
    const GatewayStats stats = gateway_->stats();
    if (stats.records_lost > 0) {
      log_.Log("warn", "connections missing from the access log: no memory",
               {{"connections", stats.records_lost}});
    }
    log_.Log("info", "stopped",
             {{"closed_by_drain", stats.by_reason[kDrained]}});
    return kExitOk;
  }

  // Drains on a thread of its own, so that a second signal ends it at once.
  int DrainUntilEnd() {
    NotifyServiceManager("STOPPING=1");
    log_.Log("info", "draining",
             {{"connections", gateway_->stats().active},
              {"grace_ms", flags_.drain.grace.count()},
              {"timeout_ms", flags_.drain.timeout.count()}});
    std::atomic<bool> done{false};
    const pthread_t waiter = pthread_self();
    std::thread drain([&] {
      gateway_->Drain(flags_.drain);
      done = true;
      // Ends the wait below as the second signal would. The signal is blocked:
      // it terminates nothing.
      // NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread,cert-pos44-c)
      pthread_kill(waiter, SIGTERM);
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
    return Stopped();
  }

  GatewayFlags flags_;
  ProgramLog log_;
  const Report report_ = [this](std::string_view level, std::string_view text) {
    log_.Log(level, text);
  };
  LogWriter writer_;
  sigset_t signals_;
  AccessLog access_log_;
  ConnectionLog connection_log_;
  ListenList listening_;
  std::unique_ptr<Gateway> gateway_;
};

}  // namespace

void AddGatewayVerb(CLI::App* app, int* exit_code) {
  auto* verb = app->add_subcommand("gateway", "Run a mesh gateway from files");
  auto flags = std::make_shared<GatewayFlags>();
  AddGatewayFlags(verb, flags.get());
  verb->footer(
      "Signals: HUP reloads, TERM drains, a second TERM or INT stops at once, "
      "USR1 reopens logs.\n"
      "Example: meshgw gateway -catalog /etc/meshgw/catalog -datacenter dc1");
  verb->callback([=] {
    FinishGatewayFlags(flags.get());
    *exit_code = GatewayProgram(*flags).Run();
  });
}

}  // namespace meshgw::cli
