#ifndef MESHGW_GATEWAY_HOST_RESOLVER_H_
#define MESHGW_GATEWAY_HOST_RESOLVER_H_

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "meshgw/route_table.h"

namespace meshgw::internal {

// HostAddresses are the addresses of host names, as IP literals.
using HostAddresses = std::map<std::string, std::vector<std::string>>;

// HostNames returns the host names among the endpoints of `table`.
std::set<std::string> HostNames(const RouteTable& table);

// WithAddresses returns `table` with each endpoint that is a host name replaced
// by one endpoint for each of its addresses, with the same weight, health and
// priority; an endpoint whose name has no addresses is left out. The table
// itself when it has no host names.
std::shared_ptr<const RouteTable> WithAddresses(
    const std::shared_ptr<const RouteTable>& table,
    const HostAddresses& addresses);

// HostResolver looks host names up on a thread of its own, at once when they
// change and then again every `refresh`. Names that cannot be looked up keep
// their last addresses. The thread is started with the first names.
//
// Thread-safe. Destruction does not wait for a look-up that is under way.
class HostResolver {
 public:
  using Log = std::function<void(std::string_view level, std::string_view)>;
  using Changed = std::function<void(const HostAddresses&)>;

  // `changed` is called on the resolver's thread when an answer differs from
  // the last, never after the destructor has returned.
  HostResolver(std::chrono::milliseconds refresh, Changed changed, Log log);
  ~HostResolver();
  HostResolver(const HostResolver&) = delete;
  HostResolver& operator=(const HostResolver&) = delete;

  // SetNames replaces the names that are looked up.
  void SetNames(std::set<std::string> names);
  // The last answers.
  HostAddresses addresses() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_HOST_RESOLVER_H_
