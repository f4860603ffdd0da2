#ifndef MESHGW_GATEWAY_CONNECTION_H_
#define MESHGW_GATEWAY_CONNECTION_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <variant>

#include "base/unique_fd.h"
#include "gateway/acceptor.h"
#include "gateway/cluster_uses.h"
#include "gateway/dial.h"
#include "gateway/hello_summary.h"
#include "gateway/socket_address.h"
#include "gateway/timer_wheel.h"
#include "meshgw/client_hello.h"
#include "meshgw/endpoint_picker.h"
#include "meshgw/gateway.h"
#include "meshgw/splicer.h"

namespace meshgw::internal {

class Worker;

// What is known of a client's socket.
struct ClientSocket {
  bool tcp = false;
  bool handed_over = false;  // Copies of it may be open elsewhere.
};

// Connection is one client from accept to end: it waits for the hello, finds
// the route, connects and carries the bytes. Used by its worker's thread only.
//
// What it keeps while bytes are carried is counted in bytes, times the number
// of connections; what it needs only before lies in Opening.
class Connection : public Timer {
 public:
  Connection(Listener* listener, std::uint64_t id, UniqueFd client,
             const SocketAddress& source, ClientSocket is);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Its place in the worker's table; set before Start.
  std::uint32_t slot() const { return slot_; }
  void set_slot(std::uint32_t slot) { slot_ = slot; }

  // Starts waiting for the hello. May end the connection at once.
  void Start();
  void OnEvent(SpliceSide side, std::uint32_t events);
  void OnTimer();
  // Goes on after a Splicer's budget ran out.
  void Continue();
  // Ends the connection: counters, record, descriptors. Once.
  void Close(ConnectionReason reason, std::string_view closed_by,
             int error = 0) noexcept;
  // Closes it with a reset of both sides: the gateway has failed.
  void Abort(int error) noexcept;
  bool holds_hello_memory() const;
  bool relays() const { return state_ == State::kRelaying; }
  // What is known of it at `now`.
  LiveConnection Describe(std::chrono::steady_clock::time_point now) const;
  // When bytes were last taken, or when it was accepted.
  std::chrono::steady_clock::time_point active() const;

 private:
  enum class State : std::uint8_t { kHello, kConnecting, kRelaying, kClosed };
  struct Opening;

  // connection_hello.cc
  void ReadHello();
  bool ReadOnce();
  bool MakeRoom();
  void OnVerdict(HelloVerdict verdict, const ClientHello& hello);
  void NoteRead(bool full);
  void CountHello(const ClientHello& hello);
  std::string_view RefusedName() const;
  bool FindRoute(std::string_view server_name, std::string_view* rule);
  // connection_dial.cc
  void DialNext(int error);
  bool RefreshRoute();
  bool PickEndpoint();
  DialOutcome DialPicked(int* error);
  DialOutcome TrySend(int* error);
  void CloseServer();
  void CountDialFailure(DialOutcome outcome, int error);
  void CloseUndialled(int error);
  void OnDialEvent(std::uint32_t events);
  void OnDialFailed(int error);
  void OnConnected(std::uint32_t events, std::size_t sent);
  void ReleaseEndpoint();
  // connection.cc
  void OnRelayEvent(SpliceSide side, std::uint32_t events);
  bool RunSplicer(SpliceSide side, std::uint32_t events);
  void AfterRun(bool again);
  void CloseAfterSplice();
  void ArmRelayTimer();
  std::chrono::milliseconds RelayTimeout() const;
  int SocketError(SpliceSide side) const;
  void ResetBoth() noexcept;
  Worker* worker() const { return listener_->worker; }
  // Null once bytes are carried.
  Opening* opening() const {
    const auto* held = std::get_if<std::unique_ptr<Opening>>(&stage_);
    return held != nullptr ? held->get() : nullptr;
  }
  // Null until bytes are carried.
  Splicer* splicer() { return std::get_if<Splicer>(&stage_); }
  const Splicer* splicer() const { return std::get_if<Splicer>(&stage_); }
  EndpointPicker::Selection selection() const {
    return EndpointPicker::Selected(endpoint_);
  }
  void MarkActive();
  bool wants_record() const;
  // From accept to `then`.
  std::uint32_t MicrosecondsUntil(
      std::chrono::steady_clock::time_point then) const;
  // connection_record.cc
  void Count(ConnectionReason reason);
  const Cluster* CurrentCluster() const;
  void Report(ConnectionReason reason, std::string_view closed_by,
              int error) const;

  static constexpr std::uint32_t kNever = ~0u;

  Listener* listener_;
  std::uint64_t id_;
  std::chrono::steady_clock::time_point accepted_;
  HelloSummary summary_;
  EndpointPicker::EndpointState* endpoint_ = nullptr;  // Null: none is in use.
  ClusterUses::Count* cluster_use_ = nullptr;          // Where it is counted.
  // Nothing only when it is closed.
  std::variant<std::monostate, std::unique_ptr<Opening>, Splicer> stage_;
  UniqueFd client_;
  UniqueFd server_;
  std::uint32_t slot_ = 0;
  std::uint32_t active_ = 0;  // When bytes were last taken: see active().
  std::uint32_t hello_us_ = kNever;
  std::uint32_t connect_us_ = kNever;
  std::uint32_t first_byte_us_ = kNever;
  CompactAddress source_;
  State state_ = State::kHello;
  std::uint8_t route_kind_ = static_cast<std::uint8_t>(RouteKind::kNone);
  std::uint8_t attempts_ = 0;
  std::uint8_t verdict_ = static_cast<std::uint8_t>(HelloVerdict::kNeedMore);
  bool handed_over_ : 1;
  bool tcp_ : 1;             // The client's socket.
  bool queued_ : 1 = false;  // Continue will be called.
  // FIN has come, first from the server or first from the client.
  bool half_closed_ : 1 = false;
  bool server_was_first_ : 1 = false;
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_CONNECTION_H_
