#ifndef MESHGW_GATEWAY_H_
#define MESHGW_GATEWAY_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "meshgw/client_hello.h"
#include "meshgw/route_table.h"

namespace meshgw {

// ConnectionReason says how a connection ended. The values are stable.
enum class ConnectionReason : std::int32_t {
  kOk = 0,                 // Both sides ended in order.
  kNoSni = 1,              // A hello without a name and no default route.
  kNoRoute = 2,            // The name matches no rule.
  kNoHealthyEndpoint = 3,  // The cluster has nothing to dial.
  kHelloTimeout = 4,
  kHelloMalformed = 5,
  kHelloTooLarge = 6,  // Also: too many records.
  kNotTls = 7,         // Also: SSLv2.
  kRateLimited = 8,
  kConnectionLimit = 9,  // Of the gateway, the listener or the cluster.
  kConnectFailed = 10,   // No endpoint of those tried accepted.
  kConnectTimeout = 11,
  kIdleTimeout = 12,  // Also: half-closed for too long.
  kDrained = 13,      // Closed by drain or stop.
  kDenied = 14,
  kReset = 15,         // RST from either side.
  kClientClosed = 16,  // The client went away before it sent a hello.
  kFailed = 17,        // A system call failed (memory, descriptors).
  kHelloMemory = 18,   // GatewayLimits::max_hello_buffer_bytes.
};
inline constexpr std::size_t kConnectionReasonCount = 19;
// ConnectionReasonName: "ok", "no_sni", "no_route", ... as in the access log.
std::string_view ConnectionReasonName(ConnectionReason reason) noexcept;

// ConnectionRecord is what is known of a connection at its end. Views are
// borrowed for the call.
struct ConnectionRecord {
  std::chrono::system_clock::time_point start;
  std::uint64_t id = 0;
  std::string_view listener;  // Its name.
  std::string_view source;    // "ip:port", "[ip]:port" or "unix".
  // As sent: escape before writing it. Also of a hello that was refused for its
  // name (kServerNameSyntax, -Address, -Length): then its first 255 bytes.
  std::string_view server_name;
  std::vector<std::string> alpn;
  std::vector<std::uint16_t> tls_versions;  // Offered; without GREASE.
  std::uint32_t hello_bytes = 0;
  std::uint32_t hello_records = 0;
  HelloVerdict verdict = HelloVerdict::kNeedMore;
  HelloReason hello_reason = HelloReason::kNone;
  bool post_quantum = false;
  EncryptedClientHello ech = EncryptedClientHello::kNone;
  RouteKind route_kind = RouteKind::kNone;
  std::string_view rule;  // Route::match.
  std::string_view cluster;
  std::string_view service;
  std::string_view datacenter;
  std::string_view endpoint;  // "ip:port" of the last one dialled.
  std::uint32_t attempts = 0;
  // Since accept; negative: did not happen.
  std::chrono::microseconds hello{-1};       // It was complete.
  std::chrono::microseconds connect{-1};     // Of the attempt that succeeded.
  std::chrono::microseconds first_byte{-1};  // First byte from the endpoint.
  std::chrono::microseconds duration{0};
  // From the client, the hello included: what the endpoint took, or without an
  // endpoint what was received.
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;  // To the client.
  std::uint64_t spliced_bytes = 0;
  ConnectionReason reason = ConnectionReason::kOk;
  std::string_view closed_by;  // "client", "server" or "gateway".
  // errno, if a system call decided. ELOOP: the endpoint is a listener of this
  // gateway, which does not dial itself.
  int error = 0;
};

// LiveConnection is what is known of a connection before its end.
struct LiveConnection {
  std::uint64_t id = 0;     // That of its ConnectionRecord later.
  std::string listener;     // Its name.
  std::string source;       // "ip:port", "[ip]:port" or "unix".
  std::string server_name;  // As sent; empty: none was read yet.
  // Empty before there is a route, the last one before an endpoint was chosen.
  std::string cluster, service, datacenter, endpoint;
  std::chrono::microseconds age{0};  // Since accept.
  // As of ConnectionRecord, so far.
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};

// GatewayLimits bounds everything that a connection can use up.
struct GatewayLimits {
  // At once. 0: as many as there are descriptors for; without those accepting
  // pauses.
  std::uint32_t max_connections = 0;
  // Of one listener, connections whose hello is not complete yet. The oldest
  // one is closed for a new one (kHelloTimeout). Each worker has an even share,
  // one at least, and uses its own alone: the kernel spreads connections, so
  // that a share may be full before all are.
  std::uint32_t max_pending_hellos = 1024;
  // Of all workers together, each with an even share. Over it the oldest of the
  // same listener that hold memory are closed, or for want of those the
  // connection that needs it (kHelloMemory).
  std::size_t max_hello_buffer_bytes = 64u << 20;
  HelloLimits hello;
  NamePolicy names;
  std::chrono::milliseconds hello_timeout{5000};          // From accept.
  std::chrono::milliseconds idle_timeout{3600000};        // 0: none.
  std::chrono::milliseconds half_closed_timeout{300000};  // 0: none.
  std::uint32_t max_connect_attempts = 3;                 // Endpoints tried.
  // Of all workers together, but one for each at least. 0: half of
  // pipe-user-pages-soft.
  std::uint32_t max_pipes = 0;
  // Bytes kept in memory for sides that take nothing at the moment, of all
  // workers together; see SplicePoolOptions.
  std::size_t max_kept_bytes = 64u << 20;
};

// TcpOptions are the kernel's settings of a gateway's connections. TCP_NODELAY
// is always on: a relay that waits to fill segments adds 40 ms to short
// messages.
struct TcpOptions {
  // Of clients. Endpoints have that of their Cluster.
  TcpKeepalive client_keepalive;
  // TCP_USER_TIMEOUT of both sides: how long sent bytes may stay without an
  // acknowledgement before the connection is reset. 0: the kernel's own, about
  // 15 minutes.
  std::chrono::milliseconds user_timeout{0};
  // TCP_DEFER_ACCEPT: clients are accepted when their first bytes are here, or
  // after so long, which spares a wake-up a connection. 0: off. Its cost: the
  // kernel drops and repeats the last step of the handshake of a client that
  // says nothing, so that one shows up late, and hello_timeout begins when it
  // does; until then it counts against the listen queue alone.
  std::chrono::seconds defer_accept{0};
  // TCP_CONGESTION of connections whose other end is on this host, "cubic" for
  // example: an algorithm that paces (BBR) doubles what they cost. Empty: the
  // system's default. Needs the name in
  // net.ipv4.tcp_allowed_congestion_control.
  std::string local_congestion_control;
};

// GatewayOptions configures a Gateway.
struct GatewayOptions {
  std::uint32_t workers = 0;  // Threads; 0: one for each CPU of the process.
  GatewayLimits limits;
  TcpOptions tcp;
  // What a hello without a name, and bytes that are not TLS, may match: the
  // table's default route, only if allowed here.
  bool route_without_server_name = false;
  bool route_not_tls = false;
  std::chrono::seconds dns_refresh{10};  // Host names of endpoints.
  std::uint64_t seed = 0;                // Of balancing; 0: random.
  // Called at the end of every connection, on its worker's thread: return soon.
  // What it throws is dropped, as what on_log throws.
  std::function<void(const ConnectionRecord&)> on_connection;
  // Called for events of the gateway itself (accept paused, name not resolved,
  // ...). Any thread. `level`: "debug", "info", "warn" or "error".
  std::function<void(std::string_view level, std::string_view message)> on_log;
};

// DrainOptions says how a gateway gives up its connections.
struct DrainOptions {
  // Before all else, for so long, it goes on as before: time for those who
  // spread the load (a failing readiness probe, a Consul check, DNS) to send
  // clients elsewhere.
  std::chrono::milliseconds grace{0};
  // Then nothing new is accepted, and after so long no connection is left.
  std::chrono::milliseconds timeout{30000};
  // A connection that has carried nothing for so long is idle. Idle ones are
  // closed first: evenly over the first quarter of `timeout`, later ones when
  // they become idle. The others may end by themselves until half of `timeout`
  // is over; then they are closed evenly, the quietest first. So those who
  // connect again do not come all at once.
  std::chrono::milliseconds idle{5000};
};

// DrainResult is what a drain closed; the other connections ended by
// themselves.
struct DrainResult {
  std::size_t closed_idle = 0;
  std::size_t closed_others = 0;
};

// GatewayStats is a snapshot of counters, summed over workers.
struct GatewayStats {
  std::uint64_t accepted = 0;
  std::uint64_t active = 0;
  std::uint64_t pending_hellos = 0;
  std::uint64_t by_reason[kConnectionReasonCount] = {};
  std::uint64_t by_verdict[7] = {};     // HelloVerdict.
  std::uint64_t by_route_kind[5] = {};  // RouteKind.
  std::uint64_t post_quantum = 0;
  std::uint64_t ech = 0;
  // Of connections that have ended.
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t spliced_bytes = 0;
  std::uint64_t connect_failures = 0;
  std::uint64_t accept_pauses = 0;  // Out of descriptors.
  std::uint64_t shed_hellos = 0;    // Closed for max_pending_hellos.
  // Closed to make room within max_hello_buffer_bytes; those that found none
  // are by_reason[kHelloMemory] less these.
  std::uint64_t hello_memory_sheds = 0;
  std::uint64_t pipe_limit_hits = 0;
  std::uint64_t pipes_taken_back = 0;  // From readers that are too slow.
  std::uint64_t kept_bytes = 0;        // At the moment: max_kept_bytes.
  std::uint64_t kept_limit_hits = 0;   // max_kept_bytes forbade to keep some.
  std::uint64_t ejections = 0;
  std::uint64_t pipes_open = 0;
  // Connections whose on_connection could not be called for want of memory, or
  // threw.
  std::uint64_t records_lost = 0;
};

// Gateway accepts connections, reads their hello, finds the route, connects and
// carries the bytes: one thread for each worker, each with its own listening
// socket (SO_REUSEPORT) and epoll instance.
//
// It installs no signal handler, reads no environment, prints nothing and
// never exits. Its threads block all signals. Thread-safe. But its callbacks
// (on_connection, on_log) must call neither Drain nor Stop nor Connections nor
// the destructor: those wait for the thread that is in the callback.
//
// Without memory for what a connection needs that connection ends with kFailed
// (ENOMEM) and a reset, and accepting pauses; the threads go on. Calls that
// throw std::bad_alloc have done nothing, but for Start, after which the
// gateway is stopped, and Drain, which may be repeated.
class Gateway {
 public:
  // Create makes a gateway without listeners; nothing runs yet. `routes` may be
  // null: every connection then ends with kNoRoute. InvalidArgument: an option
  // that this host cannot do; ResourceExhausted: no descriptors.
  static absl::StatusOr<std::unique_ptr<Gateway>> Create(
      GatewayOptions options, std::shared_ptr<const RouteTable> routes);
  // Stops, if Stop was not called.
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  // Listen binds `address` ("127.0.0.1:8443", "[::]:8443", "unix:/path"; port 0
  // takes a free one) for all workers. Before or after Start. Errors name the
  // address: InvalidArgument, PermissionDenied, AlreadyExists (in use),
  // ResourceExhausted (no descriptors), Unavailable (other causes). Returns the
  // bound address.
  absl::StatusOr<std::string> Listen(std::string_view name,
                                     std::string_view address);
  // ListenOn takes over a listening socket of the caller (socket activation,
  // embedders). The gateway owns `take_fd` once this returns OK. A drain does
  // not have the kernel refuse connections to it, because copies of it, if
  // there are any, go on; without a copy, handshakes that have begun when it is
  // closed are reset. InvalidArgument for what is no listening stream socket.
  absl::Status ListenOn(std::string_view name, int take_fd);
  // StopListening gives up the listener at `address`, as Listen returned it, as
  // a drain does: the kernel refuses new connections, those whose handshake has
  // begun are accepted for a quarter of a second, then the socket is closed.
  // Established connections go on. Blocks for that time. InvalidArgument for
  // what is no address; NotFound when nothing listens there; FailedPrecondition
  // before Start and after Drain or Stop.
  absl::Status StopListening(std::string_view address);
  // Serve hands over one accepted connection, as if a listener of that name had
  // accepted it. The gateway owns `take_fd` once this returns OK. After Start.
  // InvalidArgument for what is no connected stream socket, Unavailable for a
  // connection that has ended already.
  absl::Status Serve(std::string_view name, int take_fd);

  // Start starts the workers. FailedPrecondition when already started;
  // ResourceExhausted when the system gives no threads: it is stopped then.
  absl::Status Start();

  // SetRoutes makes new connections use `routes`. Established ones keep theirs.
  // The old table, where nobody else has it, is freed here and not by a worker,
  // which would keep connections waiting: for that SetRoutes waits until the
  // workers have the new one, 100 ms at most; in a callback it does not wait.
  void SetRoutes(std::shared_ptr<const RouteTable> routes);
  // The table last set, host names not resolved. May be null.
  std::shared_ptr<const RouteTable> routes() const;

  // Drain ends the gateway's service as DrainOptions says, and returns when no
  // connection is left. After the grace it has the kernel refuse new
  // connections, accepts those whose handshake has begun (they get a quarter of
  // a second; without descriptors to accept them, the whole timeout), and stops
  // accepting. Stop ends it early.
  DrainResult Drain(const DrainOptions& options);
  // Drain without a grace and with the other defaults. Returns how many it
  // closed.
  std::size_t Drain(std::chrono::milliseconds timeout);
  // Stop closes everything at once and joins the threads. Returns how many
  // connections it closed. Idempotent.
  std::size_t Stop();

  GatewayStats stats() const;

  // Connections tells of connections that have not ended, of `limit` at most:
  // which, and in which order, is not said. Workers are asked for few at a
  // time, so that it costs what it returns and serving goes on meanwhile;
  // connections that end or begin meanwhile may be missing. Empty before Start
  // and after Stop. Not to be called in callbacks, as Drain.
  std::vector<LiveConnection> Connections(std::size_t limit) const;

 private:
  friend struct GatewayAccess;  // Replaces the system calls.
  class Impl;
  explicit Gateway(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace meshgw

#endif  // MESHGW_GATEWAY_H_
