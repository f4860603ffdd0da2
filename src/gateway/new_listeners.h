#ifndef MESHGW_GATEWAY_NEW_LISTENERS_H_
#define MESHGW_GATEWAY_NEW_LISTENERS_H_

#include <memory>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "gateway/worker.h"

namespace meshgw::internal {

// NewListeners are listeners before they have sockets: what adds them to the
// workers, and where those go.
struct NewListeners {
  std::vector<std::shared_ptr<UniqueFd>> fds;
  std::vector<Worker::Commands> adds;  // One for each worker.
};

// MakeListeners makes those of one address: one socket a worker, or `shared` by
// all. `given`: by the embedder.
NewListeners MakeListeners(const std::vector<std::unique_ptr<Worker>>& workers,
                           std::string_view name, bool given, bool shared);

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_NEW_LISTENERS_H_
