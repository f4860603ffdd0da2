#ifndef MESHGW_TESTS_GATEWAY_LIVE_GATEWAY_H_
#define MESHGW_TESTS_GATEWAY_LIVE_GATEWAY_H_

#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/gateway_access.h"
#include "meshgw/gateway.h"
#include "meshgw/route_table.h"
#include "support/hello_builder.h"
#include "support/test_socket.h"

namespace meshgw::test {

inline constexpr std::string_view kName = "api.default.dc1.internal.test";

// HelloFor is a hello as a mesh client sends it.
inline ByteVector HelloFor(std::string_view name) {
  return HelloBuilder()
      .ServerName(name)
      .Alpn({"h2", "http/1.1"})
      .SupportedVersions({0x0a0a, 0x0304, 0x0303})
      .Build();
}

// Ended is a ConnectionRecord whose texts are its own.
struct Ended {
  ConnectionRecord of;
  std::string listener, source, server_name, rule, cluster, service, datacenter,
      endpoint, closed_by;

  explicit Ended(const ConnectionRecord& record)
      : of(record),
        listener(record.listener),
        source(record.source),
        server_name(record.server_name),
        rule(record.rule),
        cluster(record.cluster),
        service(record.service),
        datacenter(record.datacenter),
        endpoint(record.endpoint),
        closed_by(record.closed_by) {}
};

inline Endpoint EndpointAt(std::uint16_t port,
                           std::string_view host = "127.0.0.1") {
  return {.address = std::string(host), .port = port};
}

inline Cluster ClusterOf(std::vector<Endpoint> endpoints,
                         std::string_view name = "api") {
  Cluster cluster;
  cluster.name = name;
  cluster.service = "api";
  cluster.datacenter = "dc1";
  cluster.endpoints = std::move(endpoints);
  cluster.load_balancing = LoadBalancing::kRoundRobin;
  return cluster;
}

// TableOf routes kName to the first cluster; the others are there for failover
// and defaults.
inline std::shared_ptr<const RouteTable> TableOf(
    std::vector<Cluster> clusters, std::string_view default_cluster = {}) {
  RouteTableBuilder builder;
  const std::string first = clusters.front().name;
  for (Cluster& cluster : clusters) {
    if (!builder.AddCluster(std::move(cluster)).ok()) return nullptr;
  }
  if (!builder.AddExact(kName, first).ok()) return nullptr;
  if (!default_cluster.empty() && !builder.SetDefault(default_cluster).ok()) {
    return nullptr;
  }
  auto table = builder.Build();
  return table.ok() ? *table : nullptr;
}

// LiveGateway runs a Gateway and collects what it tells.
class LiveGateway {
 public:
  struct Setup {
    GatewayOptions options = {};
    std::shared_ptr<const RouteTable> routes = nullptr;
    const internal::Syscalls* syscalls = &internal::System();
    std::string listen = "127.0.0.1:0";  // Empty: nowhere.
    bool start = true;
    internal::TimeSource clock = std::chrono::steady_clock::now;
  };

  explicit LiveGateway(Setup setup) {
    if (setup.options.workers == 0) setup.options.workers = 1;
    setup.options.seed = 1;
    setup.options.on_connection = [this](const ConnectionRecord& record) {
      const std::lock_guard lock(mutex_);
      records_.emplace_back(record);
      changed_.notify_all();
    };
    setup.options.on_log = [this](std::string_view level,
                                  std::string_view message) {
      const std::lock_guard lock(mutex_);
      log_.push_back(std::string(level) + ": " + std::string(message));
    };
    auto made =
        GatewayAccess::Create(std::move(setup.options), std::move(setup.routes),
                              setup.syscalls, setup.clock);
    if (!made.ok()) return;
    gateway_ = *std::move(made);
    if (!setup.listen.empty()) {
      const auto bound = gateway_->Listen("public", setup.listen);
      if (bound.ok()) address_ = *bound;
    }
    if (setup.start) (void)gateway_->Start();
  }
  // One worker, default limits.
  explicit LiveGateway(std::shared_ptr<const RouteTable> routes)
      : LiveGateway(Setup{.routes = std::move(routes)}) {}
  ~LiveGateway() {
    if (gateway_ != nullptr) gateway_->Stop();
  }
  LiveGateway(const LiveGateway&) = delete;
  LiveGateway& operator=(const LiveGateway&) = delete;

  Gateway* operator->() { return gateway_.get(); }
  const std::string& address() const { return address_; }
  TestSocket Connect() const { return TestSocket::Connect(address_); }
  // A client that has sent a hello for `name`.
  TestSocket Hello(std::string_view name = kName) const {
    TestSocket client = Connect();
    if (client.valid()) client.Send(HelloFor(name));
    return client;
  }

  // The records so far, once there are `count` of them or patience is over.
  std::vector<Ended> Records(std::size_t count = 1) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPatience,
                      [&] { return records_.size() >= count; });
    return records_;
  }
  // The reason of the only connection that has ended, or of the first.
  std::string Reason() {
    const auto records = Records();
    return records.empty()
               ? "no record"
               : std::string(ConnectionReasonName(records.front().of.reason));
  }
  std::vector<std::string> log() {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  bool Logged(std::string_view part) {
    for (const std::string& line : log()) {
      if (line.find(part) != std::string::npos) return true;
    }
    return false;
  }
  std::uint64_t Count(ConnectionReason reason) {
    return gateway_->stats().by_reason[static_cast<std::size_t>(reason)];
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Ended> records_;
  std::vector<std::string> log_;
  std::unique_ptr<Gateway> gateway_;
  std::string address_;
};

// A folder that is removed at the end, for unix-domain sockets.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    char name[] = "/tmp/meshgw_gateway_test_XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~TemporaryFolder() {
    ::unlink((path_ + "/socket").c_str());
    ::rmdir(path_.c_str());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string address() const { return "unix:" + path_ + "/socket"; }

 private:
  std::string path_;
};

// Pair is a client and the server that it reached through a gateway, with the
// hello read off at the server's end.
struct Pair {
  TestSocket client;
  TestSocket server;

  static Pair Through(LiveGateway& gateway, TestServer& backend) {
    Pair pair{gateway.Hello(), backend.Accept()};
    const ByteVector hello = HelloFor(kName);
    if (!pair.server.valid() || pair.server.Receive(hello.size()) != hello) {
      pair.server.Close();
    }
    return pair;
  }
  bool valid() const { return client.valid() && server.valid(); }
};

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_GATEWAY_LIVE_GATEWAY_H_
