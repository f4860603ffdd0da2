#ifndef MESHGW_GATEWAY_HOST_RESOLVER_H_
#define MESHGW_GATEWAY_HOST_RESOLVER_H_

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/routes_holder.h"

namespace meshgw::internal {

// LookUpHost returns all addresses of `name` in both families, sorted and each
// once, through the system's resolver; it may take many seconds. Nothing, with
// the resolver's words in `*error`, when it cannot be looked up.
std::optional<std::vector<std::string>> LookUpHost(const std::string& name,
                                                   std::string* error);

// HostResolver looks host names up on a thread of its own, at once when they
// change and then again every `refresh`, one after another. Names that cannot
// be looked up keep their last addresses; the log has a line when that begins
// and one when it ends. The thread is started with the first names.
//
// Thread-safe. Destruction does not wait for a look-up that is under way: the
// thread then ends by itself, without another call to its owner.
class HostResolver {
 public:
  using Changed = std::function<void(const HostAddresses&)>;
  using Log = std::function<void(std::string_view level, std::string_view)>;
  using LookUp = std::function<std::optional<std::vector<std::string>>(
      const std::string& name, std::string* error)>;

  // `changed` is called on the resolver's thread, with all addresses, when an
  // answer differs from the last one; never after the destructor has returned.
  HostResolver(std::chrono::milliseconds refresh, Changed changed, Log log,
               LookUp look_up = LookUpHost);
  ~HostResolver();
  HostResolver(const HostResolver&) = delete;
  HostResolver& operator=(const HostResolver&) = delete;

  // SetNames replaces the names that are looked up. When their thread cannot be
  // started that is logged, and the next SetNames tries again.
  void SetNames(std::set<std::string> names) noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_HOST_RESOLVER_H_
