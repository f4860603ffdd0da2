#ifndef MESHGW_CLI_LISTENER_SET_H_
#define MESHGW_CLI_LISTENER_SET_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "cli/program_log.h"
#include "meshgw/gateway.h"

namespace meshgw::cli {

// ListenList is where to listen: name and address ("ip:port", "unix:/path") of
// each.
using ListenList = std::vector<std::pair<std::string, std::string>>;

// ListenerSet keeps a gateway listening where its configuration says, and
// nowhere else. Thread-compatible.
class ListenerSet {
 public:
  explicit ListenerSet(LogWriter log) : log_(std::move(log)) {}

  // Follow listens on what is new in `wanted` and gives up what is no longer in
  // it; what is in both is not touched. All or nothing: when an address cannot
  // be had, it stays as it was and the error is that of Gateway::Listen.
  absl::Status Follow(const ListenList& wanted, Gateway* gateway);

  // Where it listens, as wanted.
  ListenList listening() const;
  // The same with the addresses as bound.
  ListenList bound() const;

 private:
  struct Listener {
    std::string name;
    std::string address;  // As wanted: with port 0, for example.
    std::string bound;
  };

  LogWriter log_;
  std::vector<Listener> listeners_;
};

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_LISTENER_SET_H_
