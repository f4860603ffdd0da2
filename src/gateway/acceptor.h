#ifndef MESHGW_GATEWAY_ACCEPTOR_H_
#define MESHGW_GATEWAY_ACCEPTOR_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "gateway/pending_hellos.h"
#include "gateway/socket_address.h"

namespace meshgw::internal {

class Worker;

// Listener is one worker's view of a listening socket. Connections point to it,
// so it stays as long as its worker, also after its socket was closed.
struct Listener {
  Worker* worker = nullptr;
  std::string name;
  std::shared_ptr<UniqueFd> fd;  // Null: closed, or for Serve alone.
  bool exclusive = false;        // Other workers wait on the same socket.
  bool given = false;            // Copies may be open in other processes.
  bool watched = false;
  bool tcp = false;               // Its connections are TCP.
  SocketAddress address;          // Where it listens.
  std::uint8_t batch = 1;         // Connections to look for when one came.
  std::uint8_t full_batches = 0;  // In a row.
  PendingHellos pending;
};

// Acceptor takes connections from a worker's listening sockets. When the
// process is out of descriptors or memory it pauses and tries again after
// kPause: the kernel keeps those who wait. Used by its worker's thread only.
class Acceptor {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds kPause{100};

  explicit Acceptor(Worker* worker) : worker_(worker) {}

  // Takes what is in `made`.
  void Add(std::list<Listener>* made) noexcept;
  // The listener of that name; without a socket if it was not there.
  Listener* FindOrAdd(std::string_view name);

  // `listener` is what Worker::WatchListener was given.
  void OnEvent(Listener* listener);
  // Pause stops watching all sockets for kPause.
  void Pause(int error);
  // Goes on after a pause that is over at `now`.
  void ResumeIfDue(TimePoint now);
  // When a pause is over; nothing while there is none.
  std::optional<TimePoint> resume_at() const { return resume_at_; }

  // Serves says whether a connect to `target`, under way on `fd`, comes back to
  // one of these sockets.
  bool Serves(const SocketAddress& target, int fd) const;

  // RefuseNew has the kernel take no more connections; those that it has begun
  // with are accepted still, until Close. Returns how many sockets there are.
  // Of all listeners, or of one.
  std::size_t RefuseNew(const SocketAddress* address = nullptr);
  // CloseServed accepts what the kernel has completed, which was promised
  // service, and closes each socket behind its last. False: it is out of
  // descriptors, and those who wait do so until a later call.
  bool CloseServed(const SocketAddress* address = nullptr);
  // Close stops for good.
  void Close();

 private:
  Listener* TakeOver(std::list<Listener>* made) noexcept;
  SocketAddress NameOf(int fd) const;
  bool Accept(Listener* listener, int most);
  void OnAcceptError(Listener* listener, int error);
  bool Watch(Listener* listener);
  void Unwatch(Listener* listener);

  Worker* worker_;
  std::list<Listener> listeners_;  // None goes before the worker.
  std::optional<TimePoint> resume_at_;
  bool told_ = false;  // The pause was logged and has not ended since.
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_ACCEPTOR_H_
