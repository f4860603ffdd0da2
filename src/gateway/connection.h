#ifndef MESHGW_GATEWAY_CONNECTION_H_
#define MESHGW_GATEWAY_CONNECTION_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "gateway/hello_buffer.h"
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
class Connection {
 public:
  Connection(Worker* worker, std::shared_ptr<Listener> listener,
             std::uint64_t id, UniqueFd client, const SocketAddress& source);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Starts waiting for the hello. May end the connection at once.
  void Start();
  void OnEvent(SpliceSide side, std::uint32_t events);
  void OnTimer();
  // Goes on after a Splicer's budget ran out.
  void Continue();
  // Ends the connection: record, counters, descriptors.
  void Close(ConnectionReason reason, std::string_view closed_by,
             int error = 0);

  bool closed() const { return state_ == State::kClosed; }
  Listener* listener() const { return listener_.get(); }

  // Links of the worker's lists; the worker's alone.
  Connection* next = nullptr;
  Connection* previous = nullptr;
  Connection* newer_pending = nullptr;
  Connection* older_pending = nullptr;
  bool pending = false;
  bool queued = false;

 private:
  enum class State : std::uint8_t { kHello, kConnecting, kRelaying, kClosed };
  // What the record tells of the hello, kept while the connection lasts.
  struct HelloSummary;

  void ReadHello();
  bool ReadOnce();
  void OnVerdict(HelloVerdict verdict, const ClientHello& hello);
  void Route(std::string_view server_name);
  bool FindRoute(std::string_view server_name);
  void ConnectNext();
  bool PickEndpoint();
  bool AcquireCluster();
  void CountConnectFailure(int error);
  void CloseUnconnected(int error);
  bool StartConnect(const Endpoint& endpoint, int* error);
  void OnConnectEvent(std::uint32_t events);
  void OnConnectFailed(int error);
  void OnConnected(std::uint32_t events);
  void AfterRun(bool again);
  void CloseAfterSplice();
  void ArmRelayTimer();
  std::chrono::milliseconds RelayTimeout() const;
  void ReleaseEndpoint();
  SocketAddress Source() const;
  void Count(ConnectionReason reason);
  void Report(ConnectionReason reason, std::string_view closed_by, int error);
  void FillRecord(ConnectionRecord* record) const;

  Timer timer_;
  Worker* worker_;
  std::shared_ptr<Listener> listener_;
  std::uint64_t id_;
  UniqueFd client_;
  UniqueFd server_;
  std::chrono::steady_clock::time_point accepted_;
  std::chrono::steady_clock::time_point active_;  // When bytes last moved.
  std::uint32_t connect_us_ = kNever;
  std::uint32_t first_byte_us_ = kNever;
  std::uint32_t bytes_received_ = 0;  // In front of the Splicer.
  State state_ = State::kHello;
  RouteKind route_kind_ = RouteKind::kNone;
  bool holds_cluster_ = false;  // Counted in ClusterUses.
  bool last_failure_timed_out_ = false;
  std::optional<SpliceSide> first_fin_;
  std::optional<Splicer> splicer_;
  EndpointPicker::Selection selection_;
  std::unique_ptr<HelloSummary> summary_;
  // What only the time before the relay needs; freed then.
  struct Opening;
  std::unique_ptr<Opening> opening_;
  union ClientHost {
    // The source, small: sockaddr_storage is 128 bytes.
    std::uint8_t v6[16];
    std::uint8_t v4[4];
  } host_{};
  std::uint16_t source_port_ = 0;
  std::uint16_t source_family_ = 0;

  static constexpr std::uint32_t kNever = ~0u;
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_CONNECTION_H_
