#ifndef MESHGW_TESTS_XDS_FOLLOWER_H_
#define MESHGW_TESTS_XDS_FOLLOWER_H_

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/test_socket.h"
#include "xds/conversation.h"
#include "xds/xds_server.h"
#include "xds/xds_source.h"

namespace meshgw::test {

// Runs `context` until `done`; false when the patience is over before.
template <typename Done>
bool RunUntil(asio::io_context* context, Done done) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!done()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    context->restart();
    context->run_one_for(std::chrono::milliseconds(100));
  }
  return true;
}

// FollowOptions are how a source works, and whom it follows.
struct FollowOptions : internal::XdsSourceOptions, internal::XdsTarget {};

// Options of a gateway that is quick to try again.
inline FollowOptions QuickOptions(
    std::vector<internal::ServerAddress> servers) {
  FollowOptions options;
  options.node.id = "gateway-1";
  options.node.user_agent_version = "1.2.3";
  options.client.reconnect_base = milliseconds(1);
  options.client.refused_base = milliseconds(1);
  options.client.reconnect_cap = milliseconds(2);
  options.servers = std::move(servers);
  return options;
}

// An XdsSource, and what it told.
struct Follower {
  Follower(asio::io_context* on, FollowOptions options)
      : context(on),
        target(options),
        source(std::make_unique<internal::XdsSource>(
            on, std::move(options),
            [this](const DeltaEvent& event) { Take(event); })) {}

  void Start() { source->Start(target); }
  void Take(const DeltaEvent& event) {
    events.push_back(event);
    if (event.kind == DeltaEventKind::kTable) {
      table = event.table;
      complete = event.complete;
    }
    if (event.kind == DeltaEventKind::kStreamEnded ||
        event.kind == DeltaEventKind::kEndStream) {
      ends.push_back(event.text);
      ended_at.push_back(source->server().port);
    }
  }
  template <typename Done>
  bool Until(Done done) {
    return RunUntil(context, done);
  }
  bool UntilServed(std::string_view name, std::string_view address) {
    return Until([&] { return Address(name) == address; });
  }
  bool UntilEnded(std::size_t times = 1) {
    return Until([&] { return ends.size() >= times; });
  }
  // As of Conversation.
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
  std::string FirstEnd() const { return ends.empty() ? "(none)" : ends[0]; }

  asio::io_context* context;
  internal::XdsTarget target;
  std::vector<DeltaEvent> events;
  std::vector<std::string> ends;        // Texts of streams that ended.
  std::vector<std::uint16_t> ended_at;  // And of which server.
  std::shared_ptr<const RouteTable> table;
  bool complete = false;
  std::unique_ptr<internal::XdsSource> source;
};

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_XDS_FOLLOWER_H_
