#ifndef MESHGW_TESTS_ROUTE_PICKER_CALLS_H_
#define MESHGW_TESTS_ROUTE_PICKER_CALLS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "meshgw/endpoint_picker.h"
#include "support/catch.h"

// What tests of the picker do with it again and again. The cluster under test
// has index 0; endpoint i of cluster "c" has the address "ci".
namespace meshgw::test {

using Attempts = EndpointPicker::Attempts;
using Selection = EndpointPicker::Selection;
using TimePoint = EndpointPicker::TimePoint;
constexpr TimePoint kStart{};

inline Cluster MakeCluster(const std::string& name,
                           const std::vector<std::uint32_t>& weights) {
  Cluster cluster;
  cluster.name = name;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    cluster.endpoints.push_back({.address = name + std::to_string(i),
                                 .port = 443,
                                 .weight = weights[i]});
  }
  return cluster;
}

inline std::shared_ptr<const RouteTable> MakeTable(
    const std::vector<Cluster>& clusters) {
  RouteTableBuilder builder;
  for (const Cluster& cluster : clusters)
    REQUIRE(builder.AddCluster(cluster).ok());
  auto table = builder.Build();
  REQUIRE(table.ok());
  return *table;
}

inline std::string PickOnce(EndpointPicker* picker, TimePoint now = kStart,
                            std::uint64_t client = 0) {
  Attempts attempts;
  const Selection selection = picker->Pick(0, client, now, &attempts);
  if (selection.endpoint == nullptr) return "";
  const std::string address = selection.endpoint->address;
  picker->Release(selection);
  return address;
}

// Fails `address` until it has been reported `times` times.
inline void Fail(EndpointPicker* picker, const std::string& address, int times,
                 TimePoint now) {
  for (int failed = 0, tries = 0; failed < times; ++tries) {
    REQUIRE(tries < 10000);
    Attempts attempts;
    const Selection selection =
        picker->Pick(0, static_cast<std::uint64_t>(tries), now, &attempts);
    REQUIRE(selection.endpoint != nullptr);
    if (selection.endpoint->address == address) {
      picker->OnConnectFailure(selection, now);
      ++failed;
    }
    picker->Release(selection);
  }
}

inline bool CanPick(EndpointPicker* picker, const std::string& address,
                    TimePoint now) {
  for (int i = 0; i < 200; ++i) {
    if (PickOnce(picker, now, static_cast<std::uint64_t>(i)) == address)
      return true;
  }
  return false;
}

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_ROUTE_PICKER_CALLS_H_
