#include "gateway/new_listeners.h"

#include <list>

namespace meshgw::internal {

NewListeners MakeListeners(const std::vector<std::unique_ptr<Worker>>& workers,
                           std::string_view name, bool given, bool shared) {
  NewListeners made;
  for (const auto& worker : workers) {
    if (made.fds.empty() || !shared) {
      made.fds.push_back(std::make_shared<UniqueFd>());
    }
    // Shared, because a std::function must be copyable.
    auto list = std::make_shared<std::list<Listener>>(1);
    Listener& listener = list->front();
    listener.name = name;
    listener.fd = made.fds.back();
    listener.exclusive = shared && workers.size() > 1;
    listener.given = given;
    made.adds.emplace_back().push_back(
        [target = worker.get(), list] { target->acceptor().Add(list.get()); });
  }
  return made;
}

}  // namespace meshgw::internal
