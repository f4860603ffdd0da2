#include <sys/epoll.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "cases.h"
#include "gateway/routes_holder.h"
#include "gateway/shared_state.h"
#include "gateway/worker.h"
#include "meshgw/gateway.h"
#include "meshgw/route_table.h"
#include "relay_script.h"
#include "scripted_kernel.h"
#include "support/hello_builder.h"

namespace meshgw {
namespace {

// Of which the first fills pools and tables.
constexpr std::size_t kConnections = 100;
const std::string kName = "api.default.dc1.internal.example.consul";

std::shared_ptr<const RouteTable> OneRoute() {
  Cluster cluster;
  cluster.name = kName;
  cluster.endpoints.push_back({.address = "192.0.2.1", .port = 443});
  RouteTableBuilder builder;
  if (!builder.AddCluster(cluster).ok() ||
      !builder.AddExact(kName, kName).ok()) {
    std::abort();
  }
  return *builder.Build();
}

// A gateway of one worker, run by the calling thread.
struct OneWorker {
  OneWorker() {
    shared.options.seed = 1;
    shared.options.limits.max_pipes = 64;
    shared.options.on_connection = [this](const ConnectionRecord& record) {
      if (record.reason == ConnectionReason::kOk) ++finished;
      bytes += record.bytes_in + record.bytes_out;
    };
    shared.syscalls = scripted_kernel::Table();
    shared.routes = std::make_unique<internal::RoutesHolder>();
    shared.routes->SetGiven(OneRoute());
    worker = std::make_unique<internal::Worker>(&shared, 0);
    if (!worker->Open().ok()) std::abort();
    std::list<internal::Listener> listeners(1);
    listeners.front().name = "lan";
    listeners.front().fd =
        std::make_shared<internal::UniqueFd>(scripted_kernel::kListener);
    worker->acceptor().Add(&listeners);
  }

  internal::SharedState shared;
  std::unique_ptr<internal::Worker> worker;
  std::size_t finished = 0;
  std::uint64_t bytes = 0;
};

// What a gateway does for a connection from its accept to its record: hello,
// route, dial, relay. The peers do what they do in the case "relay".
Work Serve() {
  using scripted_kernel::Event;
  using scripted_kernel::kClient;
  using scripted_kernel::kListener;
  using scripted_kernel::kServer;
  const auto hello = std::make_shared<test::ByteVector>(
      test::HelloBuilder().ServerName(kName).Build());
  RelayScript relay = MakeRelayScript(false);
  const std::uint64_t bytes =
      hello->size() + relay.from_client + relay.from_server;
  std::vector<Event> script = {{.fd = kListener,
                                .events = EPOLLIN,
                                .reads_from = kClient,
                                .reads = {static_cast<ssize_t>(hello->size())},
                                .bytes = *hello},
                               {.fd = kServer, .events = EPOLLOUT}};
  script.insert(script.end(), relay.events.begin(), relay.events.end());
  // A worker runs once. The second, which is counted, comes after the first
  // ran: the kernel knows one listener.
  const auto workers =
      std::make_shared<std::vector<std::unique_ptr<OneWorker>>>();
  workers->push_back(std::make_unique<OneWorker>());
  const auto next = std::make_shared<std::size_t>(0);
  return [hello, script = std::move(script), bytes, workers, next] {
    OneWorker& one = *(*workers)[(*next)++];
    scripted_kernel::Play(&script, kConnections,
                          [&one] { one.worker->Stop(); });
    one.worker->Run();
    if (*next == 1) workers->push_back(std::make_unique<OneWorker>());
    return one.finished == kConnections && one.bytes == kConnections * bytes;
  };
}

}  // namespace

void AddConnectionCases(Cases* cases) { (*cases)["connections_100"] = Serve; }

}  // namespace meshgw
