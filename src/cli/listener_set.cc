#include "cli/listener_set.h"

#include <algorithm>
#include <iterator>

namespace meshgw::cli {

absl::Status ListenerSet::Follow(const ListenList& wanted, Gateway* gateway) {
  const auto is_wanted = [&wanted](const Listener& listener) {
    return std::find(wanted.begin(), wanted.end(),
                     std::pair(listener.name, listener.address)) !=
           wanted.end();
  };
  std::vector<Listener> added;
  absl::Status status;
  for (const auto& [name, address] : wanted) {
    const bool listens =
        std::any_of(listeners_.begin(), listeners_.end(),
                    [&name = name, &address = address](const Listener& has) {
                      return has.name == name && has.address == address;
                    });
    if (listens) continue;
    const auto bound = gateway->Listen(name, address);
    if (!bound.ok()) {
      status = bound.status();
      break;
    }
    added.push_back({name, address, *bound});
  }
  if (!status.ok()) {
    for (const Listener& listener : added) {
      gateway->StopListening(listener.bound).IgnoreError();
    }
    return status;
  }
  for (const Listener& listener : added) {
    log_("info", "listening",
         {{"name", listener.name}, {"address", listener.bound}});
  }
  const auto gone =
      std::stable_partition(listeners_.begin(), listeners_.end(), is_wanted);
  for (auto at = gone; at != listeners_.end(); ++at) {
    gateway->StopListening(at->bound).IgnoreError();
    log_("info", "no longer listening",
         {{"name", at->name}, {"address", at->bound}});
  }
  listeners_.erase(gone, listeners_.end());
  std::move(added.begin(), added.end(), std::back_inserter(listeners_));
  return absl::OkStatus();
}

ListenList ListenerSet::bound() const {
  ListenList out;
  for (const Listener& listener : listeners_) {
    out.emplace_back(listener.name, listener.bound);
  }
  return out;
}

ListenList ListenerSet::listening() const {
  ListenList out;
  for (const Listener& listener : listeners_) {
    out.emplace_back(listener.name, listener.address);
  }
  return out;
}

}  // namespace meshgw::cli
