#include <openssl/rand.h>
#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_format.h"
#include "cli/access_log.h"
#include "cli/command_line.h"
#include "cli/demo_catalog.h"
#include "cli/tls_peer.h"
#include "meshgw/catalog.h"
#include "meshgw/gateway.h"
#include "meshgw/mesh_name.h"

namespace meshgw::cli {
namespace {

using std::chrono::seconds;

constexpr seconds kPatience{10};
constexpr std::size_t kBodyBytes = 1u << 20;

sigset_t EndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

// What the gateways' records say of a connection.
struct Seen {
  std::string gateway;
  std::string endpoint;
  std::chrono::system_clock::time_point start;
};

// Sightings collects them, by server name.
class Sightings {
 public:
  void Add(const std::string& gateway, const ConnectionRecord& record) {
    const std::lock_guard lock(mutex_);
    if (record.reason != ConnectionReason::kOk) return;
    by_name_[std::string(record.server_name)].push_back(
        {gateway, std::string(record.endpoint), record.start});
    changed_.notify_all();
  }

  // Waits until `count` gateways have reported `name`, in the order in which
  // they accepted it.
  std::vector<Seen> WaitFor(const std::string& name, std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPatience,
                      [&] { return by_name_[name].size() >= count; });
    std::vector<Seen> seen = by_name_[name];
    std::sort(seen.begin(), seen.end(),
              [](const Seen& a, const Seen& b) { return a.start < b.start; });
    return seen;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::vector<Seen>> by_name_;
};

class Demo {
 public:
  int Run(bool keep) {
    if (keep && !MakeLogFolder()) return Failed(error_);
    if (!Prepare()) return Failed(error_);
    std::cout
        << "Two datacenters on this machine, from the files in "
           "examples/two-datacenters.\nweb runs in primary, its upstreams "
           "in secondary. Each gateway only reads server names.\n\n";
    bool all = true;
    for (const UpstreamDefinition& upstream : web_->proxy->upstreams) {
      all &= ShowUpstream(upstream.destination_name);
    }
    if (!all) return Failed("something above is not as it should be");
    std::cout << "All of it is true: modes, paths, bytes and certificates.\n";
    if (keep) KeepRunning();
    return kExitOk;
  }

 private:
  static int Failed(const std::string& why) {
    std::cerr << "error: " << why << '\n';
    return kExitFailed;
  }

  bool Fail(std::string error) {
    error_ = std::move(error);
    return false;
  }

  // Who stays to try things wants to see what the gateways saw.
  bool MakeLogFolder() {
    std::error_code error;
    std::string name =
        std::filesystem::temp_directory_path(error) / "meshgw-demo-XXXXXX";
    if (error || mkdtemp(name.data()) == nullptr) {
      return Fail("cannot make a folder for access logs: " + name);
    }
    log_folder_ = name;
    return true;
  }

  bool OpenLog(const std::string& datacenter) {
    if (log_folder_.empty()) return true;
    return logs_[datacenter].Open(log_folder_ + "/" + datacenter + ".json",
                                  &error_);
  }

  bool Prepare() {
    std::vector<std::string> notes;
    auto catalog = MakeDemoCatalog(&notes, &error_);
    if (!catalog.has_value()) return false;
    catalog_ = *std::move(catalog);
    for (const std::string& note : notes) std::cout << note << '\n';
    client_ = authority_.ClientContext();
    for (const auto& [name, config] : catalog_.datacenters) {
      if (!StartServices(name, config) || !StartGateway(name)) return false;
      for (const ServiceDefinition& service : config.services) {
        if (service.proxy.has_value() && !service.proxy->upstreams.empty()) {
          web_ = &service;
          web_datacenter_ = name;
        }
      }
    }
    return web_ != nullptr || Fail("the catalog has no upstreams");
  }

  std::string SpiffeId(const std::string& datacenter,
                       const std::string& service) const {
    const Config& primary =
        catalog_.datacenters.at(catalog_.primary_datacenter);
    return absl::StrFormat("spiffe://%s/ns/default/dc/%s/svc/%s",
                           TrustDomain(primary.cluster_id.value), datacenter,
                           service);
  }

  // A TLS server behind each sidecar's address that has no upstreams.
  bool StartServices(const std::string& datacenter, const Config& config) {
    const auto snapshot = MakeSnapshot(catalog_, datacenter, nullptr);
    if (!snapshot.ok()) return Fail(std::string(snapshot.status().message()));
    for (const LocalService& service : snapshot->services) {
      MeshName name;
      name.service = service.name;
      name.datacenter = datacenter;
      name.trust_domain = snapshot->trust_domain;
      for (const ServiceInstance& instance : service.instances) {
        auto server = std::make_unique<TlsService>(
            service.name + " in " + datacenter,
            authority_.ServerContext(service.name, *name.Format(),
                                     SpiffeId(datacenter, service.name)));
        if (!server->Start(instance.address, instance.port, &error_)) {
          return false;
        }
        services_.push_back(std::move(server));
      }
    }
    return !config.services.empty();
  }

  bool StartGateway(const std::string& datacenter) {
    if (!OpenLog(datacenter)) return false;
    const auto definition = FindGateway(catalog_, datacenter, "");
    if (!definition.ok()) {
      return Fail(std::string(definition.status().message()));
    }
    const auto snapshot = MakeSnapshot(catalog_, datacenter, *definition);
    const auto routes = BuildRoutes(*snapshot, nullptr);
    if (!routes.ok()) return Fail(std::string(routes.status().message()));
    GatewayOptions options;
    options.workers = 1;
    options.on_connection = [this, datacenter](const ConnectionRecord& record) {
      sightings_.Add(datacenter, record);
      const auto log = logs_.find(datacenter);
      if (log != logs_.end()) log->second.Write(record);
    };
    auto gateway = Gateway::Create(std::move(options), *routes);
    if (!gateway.ok()) return Fail(std::string(gateway.status().message()));
    for (const ListenAddress& listen :
         ListenAddresses(**definition, snapshot->options)) {
      const auto bound = (*gateway)->Listen(
          listen.name, absl::StrFormat("%s:%d", listen.address, listen.port));
      if (!bound.ok()) return Fail(std::string(bound.status().message()));
    }
    const absl::Status started = (*gateway)->Start();
    if (!started.ok()) return Fail(std::string(started.message()));
    gateways_.push_back(*std::move(gateway));
    return true;
  }

  bool ShowUpstream(const std::string& upstream) {
    UpstreamQuery query;
    query.datacenter = web_datacenter_;
    query.service = web_->proxy->destination_service_name;
    query.upstream = upstream;
    const auto answer = ExplainUpstream(catalog_, query);
    if (!answer.ok()) {
      std::cout << upstream << ": " << answer.status().message().data() << '\n';
      return false;
    }
    const std::string_view mode = MeshGatewayModeName(answer->decision.mode);
    std::cout << upstream << ": mode " << mode << ", set by "
              << ModeSourceName(answer->decision.source);
    for (const UpstreamLayer& layer : answer->layers) {
      if (layer.explanation.won && layer.where.line != 0) {
        std::cout << " at " << layer.where.file << ':' << layer.where.line;
      }
    }
    std::cout << "\n  why:         " << answer->summary << '\n';
    if (answer->dial.empty()) {
      std::cout << "  WRONG: there is nothing to dial\n";
      return false;
    }
    return Exchange(upstream, *answer);
  }

  // The gateways that a connection of this mode must pass.
  static std::vector<std::string> Expected(const UpstreamExplanation& answer) {
    switch (answer.decision.dial) {
      case Dial::kLocalGateway:
        return {answer.source_datacenter, answer.target_datacenter};
      case Dial::kRemoteGateway:
        return {answer.target_datacenter};
      default:
        return {};
    }
  }

  bool Exchange(const std::string& upstream,
                const UpstreamExplanation& answer) {
    const Endpoint& first = answer.dial[0];
    std::string body(kBodyBytes, '\0');
    RAND_bytes(reinterpret_cast<std::uint8_t*>(body.data()), body.size());
    const EchoResult result = PostOverTls(client_.get(), first.address,
                                          first.port, answer.server_name, body);
    if (!result.error.empty()) {
      std::cout << "  WRONG: " << result.error << '\n';
      return false;
    }
    const auto expected = Expected(answer);
    const auto seen = sightings_.WaitFor(answer.server_name, expected.size());
    std::cout << "  dialled:     " << first.address << ':' << first.port
              << " with server name " << answer.server_name
              << "\n  path:        web";
    std::vector<std::string> path;
    for (const Seen& gateway : seen) {
      path.push_back(gateway.gateway);
      std::cout << " -> gateway of " << gateway.gateway;
    }
    std::cout << " -> " << upstream << " ("
              << (seen.empty() ? "no gateway saw it"
                               : "from the gateways' records")
              << ")\n";
    const bool bytes_ok = result.body == body;
    std::cout << "  bytes:       " << body.size() << " random bytes sent, "
              << result.body.size() << " came back, "
              << (bytes_ok ? "the same" : "DIFFERENT")
              << "\n  certificate: CN=" << result.subject << ", " << result.uri
              << " (" << result.tls_version << ")\n\n";
    bool ok = bytes_ok;
    if (path != expected) {
      std::cout << "  WRONG: that is not the path of this mode\n";
      ok = false;
    }
    if (result.subject != upstream ||
        result.uri != SpiffeId(answer.target_datacenter, upstream)) {
      std::cout << "  WRONG: that is not the certificate of " << upstream
                << '\n';
      ok = false;
    }
    return ok;
  }

  void KeepRunning() {
    std::cout << "\nLeft running; try it, end it with Ctrl-C. Access logs of "
                 "the gateways:\n";
    for (const auto& [datacenter, log] : logs_) {
      std::cout << "  " << log_folder_ << '/' << datacenter << ".json\n";
    }
    for (const UpstreamDefinition& upstream : web_->proxy->upstreams) {
      UpstreamQuery query;
      query.datacenter = web_datacenter_;
      query.service = web_->proxy->destination_service_name;
      query.upstream = upstream.destination_name;
      const auto answer = ExplainUpstream(catalog_, query);
      if (!answer.ok() || answer->dial.empty()) continue;
      const Endpoint& to = answer->dial[0];
      std::cout << absl::StrFormat(
          "\n# %s, mode %s\ncurl -k --connect-to %s:443:%s:%d https://%s/\n"
          "printf 'GET / HTTP/1.1\\r\\n\\r\\n' | openssl s_client -quiet "
          "-connect %s:%d -servername %s\n",
          upstream.destination_name, MeshGatewayModeName(answer->decision.mode),
          answer->server_name, to.address, to.port, answer->server_name,
          to.address, to.port, answer->server_name);
    }
    std::cout << std::flush;
    int number = 0;
    const sigset_t signals = EndSignals();
    sigwait(&signals, &number);
  }

  Catalog catalog_;
  const ServiceDefinition* web_ = nullptr;
  std::string web_datacenter_;
  std::string error_;
  MeshAuthority authority_;
  bssl::UniquePtr<SSL_CTX> client_;
  Sightings sightings_;
  std::string log_folder_;                 // Empty: no access logs.
  std::map<std::string, AccessLog> logs_;  // By datacenter.
  std::vector<std::unique_ptr<TlsService>> services_;
  std::vector<std::unique_ptr<Gateway>> gateways_;
};

}  // namespace

void AddDemoVerb(CLI::App* app, int* exit_code) {
  auto* verb = app->add_subcommand(
      "demo", "Two datacenters on loopback with real TLS, checked");
  auto keep = std::make_shared<bool>(false);
  verb->add_flag("--keep", *keep, "Leave it running and print commands to try");
  verb->callback([=] {
    // The peers' TLS writes to sockets that may be closed.
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
    // Before any thread starts, so that KeepRunning gets them.
    const sigset_t signals = EndSignals();
    if (*keep) pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    *exit_code = Demo().Run(*keep);
  });
}

}  // namespace meshgw::cli
