#include "meshgw/gateway.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "absl/strings/str_format.h"
#include "cli/access_log.h"
#include "cli/catalog_flags.h"
#include "cli/command_line.h"
#include "cli/program_log.h"
#include "gateway/socket_address.h"

namespace meshgw::cli {
namespace {

struct GatewayFlags {
  CatalogFlags catalog;
  std::vector<std::string> bind;  // name=ip:port
  GatewayOptions options;
  std::chrono::milliseconds client_keepalive{0};
  std::chrono::milliseconds defer_accept{0};
  std::chrono::milliseconds drain_timeout{30000};
  std::string access_log;
  std::string log_level = "info";
  bool log_json = false;
};

// Blocks the signals that the program waits for, in every thread.
sigset_t BlockSignals() {
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

class GatewayProgram {
 public:
  explicit GatewayProgram(GatewayFlags flags)
      : flags_(std::move(flags)),
        log_(flags_.log_json, flags_.log_level),
        signals_(BlockSignals()) {}

  int Run() {
    auto served = Load();
    if (!served.has_value()) return kExitUsage;
    if (!OpenAccessLog()) return kExitCannotBind;
    GatewayOptions options = flags_.options;
    options.on_log = [this](std::string_view level, std::string_view text) {
      log_.Log(level, text);
    };
    if (!flags_.access_log.empty()) {
      options.on_connection = [this](const ConnectionRecord& record) {
        access_log_.Write(record);
      };
    }
    auto gateway = Gateway::Create(std::move(options), served->routes);
    if (!gateway.ok()) return Fail(gateway.status(), kExitFailed);
    gateway_ = *std::move(gateway);
    if (const int code = Listen(*served); code != kExitOk) return code;
    if (const absl::Status started = gateway_->Start(); !started.ok()) {
      return Fail(started, kExitFailed);
    }
    log_.Log("info", absl::StrFormat("ready: datacenter=%s routes=%d",
                                     flags_.catalog.datacenter,
                                     served->routes->routes().size()));
    NotifyServiceManager("READY=1");
    return WaitForEnd();
  }

 private:
  std::optional<Served> Load() {
    return LoadServed(flags_.catalog, flags_.bind.empty(),
                      [this](std::string_view level, std::string_view text) {
                        log_.Log(level, text);
                      });
  }

  int Fail(const absl::Status& status, int code) {
    log_.Log("error", std::string(status.message()));
    return code;
  }

  bool OpenAccessLog() {
    if (flags_.access_log.empty()) return true;
    std::string error;
    if (access_log_.Open(flags_.access_log, &error)) return true;
    log_.Log("error", "cannot open the access log: " + error);
    return false;
  }

  // What the flags name, else what the definition in the catalog says.
  int Listen(const Served& served) {
    std::vector<std::pair<std::string, std::string>> addresses;
    for (const std::string& bind : flags_.bind) {
      const std::size_t equals = bind.find('=');
      if (equals == std::string::npos || equals == 0) {
        log_.Log("error", "-bind " + bind + ": expected name=ip:port");
        return kExitUsage;
      }
      addresses.emplace_back(bind.substr(0, equals), bind.substr(equals + 1));
    }
    if (flags_.bind.empty()) {
      for (const ListenAddress& listen : served.listen) {
        addresses.emplace_back(
            listen.name, internal::FormatEndpoint(listen.address, listen.port));
      }
    }
    if (addresses.empty()) {
      log_.Log("error",
               "the gateway's definition leaves no address to listen on; "
               "expected a bind address or -bind name=ip:port");
      return kExitUsage;
    }
    for (const auto& [name, address] : addresses) {
      const auto bound = gateway_->Listen(name, address);
      if (!bound.ok()) {
        return Fail(bound.status(), absl::IsInvalidArgument(bound.status())
                                        ? kExitUsage
                                        : kExitCannotBind);
      }
      log_.Log("info",
               absl::StrFormat("listening: name=%s address=%s", name, *bound));
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
          log_.Log("info", "stopping: signal=INT");
          gateway_->Stop();
          return kExitOk;
        default:
          return DrainUntilEnd();
      }
    }
  }

  // All or nothing: what was served goes on being served on any mistake.
  void Reload() {
    NotifyServiceManager("RELOADING=1");
    log_.Log("info", "reloading");
    const auto served = Load();
    if (served.has_value()) {
      gateway_->SetRoutes(served->routes);
      log_.Log("info", absl::StrFormat("reloaded: routes=%d",
                                       served->routes->routes().size()));
    } else {
      log_.Log("error", "not reloaded: the last good configuration stays");
    }
    NotifyServiceManager("READY=1");
  }

  void ReopenLogs() {
    std::string error;
    if (!flags_.access_log.empty() && !access_log_.Reopen(&error)) {
      log_.Log("error", "cannot reopen the access log: " + error);
    }
  }

  // Drains on a thread of its own, so that a second signal ends it at once.
  int DrainUntilEnd() {
    NotifyServiceManager("STOPPING=1");
    log_.Log("info", absl::StrFormat("draining: connections=%d timeout_ms=%d",
                                     gateway_->stats().active,
                                     flags_.drain_timeout.count()));
    std::atomic<std::size_t> closed{0};
    const pthread_t waiter = pthread_self();
    std::thread drain([&] {
      closed = gateway_->Drain(flags_.drain_timeout);
      // Ends the wait below as the second signal would. The signal is blocked:
      // it terminates nothing.
      // NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread,cert-pos44-c)
      pthread_kill(waiter, SIGTERM);
    });
    int number = WaitForSignal();
    while (number == SIGHUP || number == SIGUSR1) number = WaitForSignal();
    gateway_->Stop();
    drain.join();
    log_.Log("info",
             absl::StrFormat("stopped: closed_by_drain=%d", closed.load()));
    return kExitOk;
  }

  GatewayFlags flags_;
  ProgramLog log_;
  sigset_t signals_;
  AccessLog access_log_;
  std::unique_ptr<Gateway> gateway_;
};

void AddLimitFlags(CLI::App* verb, GatewayFlags* flags) {
  GatewayLimits& limits = flags->options.limits;
  verb->add_option("--workers", flags->options.workers,
                   "Worker threads; 0: one for each CPU");
  verb->add_option("--max-connections", limits.max_connections,
                   "Connections at once; 0: no limit");
  verb->add_option("--max-pending-hellos", limits.max_pending_hellos,
                   "Connections of a listener whose hello is not complete")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  verb->add_option("--max-hello-bytes", limits.hello.max_message_bytes,
                   "Longest ClientHello")
      ->check(CLI::Range(4096, 131400))
      ->capture_default_str();
  verb->add_option("--max-hello-buffer-bytes", limits.max_hello_buffer_bytes,
                   "Memory for hellos that are not complete")
      ->capture_default_str();
  verb->add_option("--max-connect-attempts", limits.max_connect_attempts,
                   "Endpoints tried for a connection")
      ->check(CLI::Range(1, 8))
      ->capture_default_str();
  verb->add_option("--max-pipes", limits.max_pipes,
                   "Pipes for splice(2); 0: by the kernel's limit");
  verb->add_option("--max-kept-bytes", limits.max_kept_bytes,
                   "Memory for bytes that a side does not take")
      ->capture_default_str();
  AddDurationFlag(verb, "--hello-timeout", &limits.hello_timeout,
                  "For the whole hello, from accept (default 5s)");
  AddDurationFlag(verb, "--idle-timeout", &limits.idle_timeout,
                  "Without a byte either way; 0: none (default 1h)");
  AddDurationFlag(verb, "--half-closed-timeout", &limits.half_closed_timeout,
                  "The same after one side's FIN; 0: none (default 5m)");
  AddDurationFlag(verb, "--drain-timeout", &flags->drain_timeout,
                  "After SIGTERM (default 30s)");
}

void AddTcpFlags(CLI::App* verb, GatewayFlags* flags) {
  AddDurationFlag(verb, "--client-keepalive", &flags->client_keepalive,
                  "TCP keepalive of clients: idle time before the first probe; "
                  "0: none (default 0)");
  AddDurationFlag(verb, "--tcp-user-timeout", &flags->options.tcp.user_timeout,
                  "For the acknowledgement of sent bytes; 0: the kernel's "
                  "(default 0)");
  AddDurationFlag(verb, "--tcp-defer-accept", &flags->defer_accept,
                  "Accept clients when their first bytes are here, or after so "
                  "long; 0: at once (default 0)");
  verb->add_option("--local-congestion-control",
                   flags->options.tcp.local_congestion_control,
                   "For connections with this host, cubic for example")
      ->type_name("NAME");
}

// What is told in whole seconds to the kernel.
void SetTcpSeconds(GatewayFlags* flags) {
  using std::chrono::ceil;
  using std::chrono::seconds;
  TcpOptions& tcp = flags->options.tcp;
  tcp.defer_accept = ceil<seconds>(flags->defer_accept);
  tcp.client_keepalive.enabled = flags->client_keepalive.count() > 0;
  tcp.client_keepalive.time = ceil<seconds>(flags->client_keepalive);
}

}  // namespace

void AddGatewayVerb(CLI::App* app, int* exit_code) {
  auto* verb = app->add_subcommand("gateway", "Run a mesh gateway from files");
  auto flags = std::make_shared<GatewayFlags>();
  AddCatalogFlags(verb, &flags->catalog, true);
  verb->add_option("--bind", flags->bind,
                   "Listen here instead of where the definition says; may be "
                   "repeated; port 0 takes a free one")
      ->type_name("NAME=IP:PORT")
      ->allow_extra_args(false);
  verb->add_option("--access-log", flags->access_log,
                   "One JSON object a connection; - is standard output")
      ->type_name("PATH");
  verb->add_option("--log-level", flags->log_level, "debug, info, warn, error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();
  verb->add_flag("--log-json", flags->log_json, "Program log as JSON");
  AddLimitFlags(verb, flags.get());
  AddTcpFlags(verb, flags.get());
  verb->footer(
      "Signals: HUP reloads, TERM drains, a second TERM or INT stops at once, "
      "USR1 reopens logs.\n"
      "Example: meshgw gateway -catalog /etc/meshgw/catalog -datacenter dc1");
  verb->callback([=] {
    SetTcpSeconds(flags.get());
    *exit_code = GatewayProgram(*flags).Run();
  });
}

}  // namespace meshgw::cli
