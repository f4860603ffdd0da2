#ifndef MESHGW_GATEWAY_CONNECTION_H_
#define MESHGW_GATEWAY_CONNECTION_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/unique_fd.h"
#include "gateway/cluster_uses.h"
#include "gateway/connection_table.h"
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
struct Listener;

// Connection is one client from accept to end: it waits for the hello, finds
// the route, connects and carries the bytes. Used by its worker's thread only.
//
// What it keeps while bytes are carried is counted in bytes, times the number
// of connections; what it needs only before lies in Opening.
class Connection {
 public:
  // `handed_over`: copies of `client` may be open elsewhere.
  Connection(Worker* worker, Listener* listener, std::uint64_t id,
             UniqueFd client, const SocketAddress& source, bool handed_over);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The worker's name for it; set before Start.
  ConnectionTable::Key key() const { return key_; }
  void set_key(ConnectionTable::Key key) { key_ = key; }

  // Starts waiting for the hello. May end the connection at once.
  void Start();
  void OnEvent(SpliceSide side, std::uint32_t events);
  void OnTimer();
  // Goes on after a Splicer's budget ran out.
  void Continue();
  // Ends the connection: counters, record, descriptors. Once.
  void Close(ConnectionReason reason, std::string_view closed_by,
             int error = 0);
  bool holds_hello_memory() const;

 private:
  enum class State : std::uint8_t { kHello, kConnecting, kRelaying, kClosed };
  struct Opening;

  // connection_hello.cc
  void ReadHello();
  bool ReadOnce();
  bool MakeRoom();
  void OnVerdict(HelloVerdict verdict, const ClientHello& hello);
  bool FindRoute(std::string_view server_name);
  // connection_dial.cc
  void DialNext(int error);
  bool PickEndpoint();
  DialOutcome DialPicked(int* error);
  void CountDialFailure(int error);
  void CloseUndialled(int error);
  void OnDialEvent(std::uint32_t events);
  void OnDialFailed(int error);
  void OnConnected(std::uint32_t events);
  void ReleaseEndpoint();
  // connection.cc
  void OnRelayEvent(SpliceSide side, std::uint32_t events);
  void AfterRun(bool again);
  void CloseAfterSplice();
  void ArmRelayTimer();
  std::chrono::milliseconds RelayTimeout() const;
  int SocketError(SpliceSide side) const;
  bool wants_record() const;
  std::uint32_t MicrosecondsOpen() const;  // Since accept.
  // connection_record.cc
  void Count(ConnectionReason reason);
  void Report(ConnectionReason reason, std::string_view closed_by,
              int error) const;

  static constexpr std::uint32_t kNever = ~0u;

  Timer timer_;
  Worker* worker_;
  Listener* listener_;
  std::uint64_t id_;
  ConnectionTable::Key key_ = 0;
  std::chrono::steady_clock::time_point accepted_;
  std::chrono::steady_clock::time_point active_;  // When bytes last moved.
  UniqueFd client_;
  UniqueFd server_;
  std::uint32_t connect_us_ = kNever;
  std::uint32_t first_byte_us_ = kNever;
  CompactAddress source_;
  State state_ = State::kHello;
  RouteKind route_kind_ = RouteKind::kNone;
  std::uint8_t attempts_ = 0;
  bool handed_over_;
  bool queued_ = false;  // Continue will be called.
  std::optional<SpliceSide> first_fin_;
  HelloSummary summary_;
  EndpointPicker::Selection selection_;
  ClusterUses::Count* cluster_use_ = nullptr;  // Where it is counted.
  std::unique_ptr<Opening> opening_;           // Null once it relays.
  std::optional<Splicer> splicer_;             // Only while it relays.
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_CONNECTION_H_
