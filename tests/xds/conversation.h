#ifndef MESHGW_TESTS_XDS_CONVERSATION_H_
#define MESHGW_TESTS_XDS_CONVERSATION_H_

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "meshgw/route_table.h"
#include "xds/delta_client.h"
#include "xds/delta_server.h"
#include "xds/translate_cluster.h"

namespace meshgw::test {

using internal::DeltaClient;
using internal::DeltaClientOptions;
using internal::DeltaEvent;
using internal::DeltaEventKind;
using std::chrono::milliseconds;

// A client and a server, and the time between them.
struct Conversation {
  explicit Conversation(DeltaClientOptions options = {})
      : client((options.node.id = "gateway-1", std::move(options))) {}

  void Open() {
    client.Connect(7);
    client.OpenStream(now);
    server.OpenStream();
    Flush();
  }

  void Break(internal::GrpcStatus status = {internal::GrpcCode::kUnavailable,
                                            "connection reset"}) {
    client.EndStream(std::move(status), now);
    Take();
  }

  // The client's requests to the server.
  std::vector<Request> Flush() {
    Take();
    std::vector<Request> out = server.Receive(client.TakeOutput());
    requests.insert(requests.end(), out.begin(), out.end());
    return out;
  }

  void Deliver(const Response& response) {
    client.OnData(Frame(response), now);
    Flush();
  }

  // Answers until nothing is left, clusters first.
  void Settle() {
    bool any = true;
    while (any) {
      any = false;
      for (const ResourceType type : internal::kResourceTypes) {
        if (const auto response = server.Respond(type)) {
          Deliver(*response);
          any = true;
          break;
        }
      }
    }
  }

  void Pass(milliseconds time) {
    now += time;
    client.OnTime(now);
    Flush();
  }

  // All texts of `kind` so far, joined.
  std::string Texts(DeltaEventKind kind) const {
    std::string out;
    for (const DeltaEvent& event : events) {
      if (event.kind == kind) out += event.text + "\n";
    }
    return out;
  }

  // The address that serves `name`; "none" for a cluster without endpoints,
  // empty for no route.
  std::string Address(std::string_view name) const {
    if (table == nullptr) return {};
    const RouteMatch match = table->Lookup(name);
    if (match.cluster == nullptr ||
        match.cluster->name == internal::kClosedCluster) {
      return {};
    }
    return match.cluster->endpoints.empty()
               ? "none"
               : match.cluster->endpoints[0].address;
  }

  DeltaClient client;
  DeltaServer server;
  DeltaClient::TimePoint now{std::chrono::hours(1)};
  std::vector<Request> requests;
  std::vector<DeltaEvent> events;
  std::shared_ptr<const RouteTable> table;
  std::vector<internal::ListenerAddress> listeners;
  bool complete = false;

 private:
  void Take() {
    for (DeltaEvent& event : client.TakeEvents()) {
      if (event.kind == DeltaEventKind::kTable) {
        table = event.table;
        listeners = event.listeners;
        complete = event.complete;
      }
      events.push_back(std::move(event));
    }
  }
};

// A gateway of two services and another datacenter.
inline void FillGateway(DeltaServer* server) {
  server->Set(EdsCluster("api.td"));
  server->Set(EdsCluster("web.td"));
  server->Set(EdsCluster("dc2.td"));
  server->Set(Assignment("api.td", {{"10.0.0.1", 1}}));
  server->Set(Assignment("web.td", {{"10.0.0.2", 1}}));
  server->Set(Assignment("dc2.td", {{"10.0.0.3", 1}}));
  server->Set(
      GatewayListener("default", {Chain({"*.dc2.td"}, "dc2.td"), SniChain()}));
}

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_XDS_CONVERSATION_H_
