#include "meshgw/gateway.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "boundary.h"
#include "descriptor.h"
#include "gateway_events.h"
#include "gateway_options.h"
#include "routes.h"
#include "same.h"

namespace capi = meshgw::capi;
using meshgw::Gateway;

struct meshgw_gateway : capi::Handle {
  std::unique_ptr<capi::EventQueue> events;  // Null: none are made.
  std::unique_ptr<Gateway> gateway;

  std::mutex mutex;  // Guards what follows.
  std::condition_variable changed;
  bool started = false;   // The threads were.
  bool stopping = false;  // A stop has begun.
  bool ended = false;     // A stop is done.
  int runs = 0;           // Calls of _run that wait.
};

namespace meshgw::capi {
namespace {

using Reason = ConnectionReason;
static_assert(Same(Reason::kOk, MESHGW_REASON_OK));
static_assert(Same(Reason::kNoSni, MESHGW_REASON_NO_SNI));
static_assert(Same(Reason::kNoRoute, MESHGW_REASON_NO_ROUTE));
static_assert(Same(Reason::kNoHealthyEndpoint,
                   MESHGW_REASON_NO_HEALTHY_ENDPOINT));
static_assert(Same(Reason::kHelloTimeout, MESHGW_REASON_HELLO_TIMEOUT));
static_assert(Same(Reason::kHelloMalformed, MESHGW_REASON_HELLO_MALFORMED));
static_assert(Same(Reason::kHelloTooLarge, MESHGW_REASON_HELLO_TOO_LARGE));
static_assert(Same(Reason::kNotTls, MESHGW_REASON_NOT_TLS));
static_assert(Same(Reason::kRateLimited, MESHGW_REASON_RATE_LIMITED));
static_assert(Same(Reason::kConnectionLimit, MESHGW_REASON_CONNECTION_LIMIT));
static_assert(Same(Reason::kConnectFailed, MESHGW_REASON_CONNECT_FAILED));
static_assert(Same(Reason::kConnectTimeout, MESHGW_REASON_CONNECT_TIMEOUT));
static_assert(Same(Reason::kIdleTimeout, MESHGW_REASON_IDLE_TIMEOUT));
static_assert(Same(Reason::kDrained, MESHGW_REASON_DRAINED));
static_assert(Same(Reason::kDenied, MESHGW_REASON_DENIED));
static_assert(Same(Reason::kReset, MESHGW_REASON_RESET));
static_assert(Same(Reason::kClientClosed, MESHGW_REASON_CLIENT_CLOSED));
static_assert(Same(Reason::kFailed, MESHGW_REASON_FAILED));
static_assert(Same(Reason::kHelloMemory, MESHGW_REASON_HELLO_MEMORY));
static_assert(kConnectionReasonCount == MESHGW_REASON_HELLO_MEMORY + 1);

static_assert(std::size(GatewayStats().by_reason) <=
              std::size(meshgw_gateway_stats().by_reason));
static_assert(std::size(GatewayStats().by_verdict) ==
              MESHGW_ERR_TOO_MANY_RECORDS + 1);
static_assert(std::size(GatewayStats().by_verdict) <=
              std::size(meshgw_gateway_stats().by_verdict));
static_assert(std::size(GatewayStats().by_route_kind) == MESHGW_ROUTE_NONE + 1);
static_assert(std::size(GatewayStats().by_route_kind) <=
              std::size(meshgw_gateway_stats().by_route_kind));

absl::Status Start(meshgw_gateway* gateway) {
  // Held over the start, so that a failed one can be told from one that came
  // too late.
  const std::lock_guard lock(gateway->mutex);
  absl::Status status = gateway->gateway->Start();
  if (status.ok()) gateway->started = true;
  return status;
}

void Stop(meshgw_gateway* gateway) {
  {
    const std::lock_guard lock(gateway->mutex);
    gateway->stopping = true;
  }
  gateway->gateway->Stop();
  const std::lock_guard lock(gateway->mutex);
  gateway->ended = true;
  gateway->changed.notify_all();
}

meshgw_status Run(meshgw_gateway* gateway, meshgw_error** err) {
  const absl::Status status = Start(gateway);
  std::unique_lock lock(gateway->mutex);
  // A stop that comes before the run ends it as one that comes after.
  const bool stopped_before = !gateway->started && gateway->stopping;
  if (!status.ok() && !stopped_before) return Fail(err, status);
  ++gateway->runs;
  gateway->changed.wait(lock, [&] { return gateway->ended; });
  --gateway->runs;
  gateway->changed.notify_all();
  return MESHGW_OK;
}

void Free(meshgw_gateway* gateway) {
  Stop(gateway);
  // A _run that was waiting has to leave the object first.
  std::unique_lock lock(gateway->mutex);
  gateway->changed.wait(lock, [&] { return gateway->runs == 0; });
}

meshgw_status Create(const GatewayOptions& given, std::uint32_t max_events,
                     meshgw_routes* routes, meshgw_gateway** out,
                     meshgw_error** err) {
  auto object = std::make_unique<meshgw_gateway>();
  GatewayOptions options = given;
  if (max_events > 0) {
    auto signal = Signal::Create();
    if (!signal.ok()) return Fail(err, signal.status());
    object->events =
        std::make_unique<EventQueue>(*std::move(signal), max_events);
    EventQueue* events = object->events.get();
    options.on_connection = [events](const ConnectionRecord& record) {
      events->OnConnection(record);
    };
    options.on_log = [events](std::string_view level,
                              std::string_view message) {
      events->OnLog(level, message);
    };
  }
  auto gateway = Gateway::Create(std::move(options),
                                 routes == nullptr ? nullptr : routes->table);
  if (!gateway.ok()) return FailArgument(err, "options", gateway.status());
  object->gateway = *std::move(gateway);
  *out = object.release();
  return MESHGW_OK;
}

meshgw_gateway_stats ToStats(const GatewayStats& from) {
  meshgw_gateway_stats stats = {};
  stats.accepted = from.accepted;
  stats.active = from.active;
  stats.pending_hellos = from.pending_hellos;
  stats.bytes_in = from.bytes_in;
  stats.bytes_out = from.bytes_out;
  stats.spliced_bytes = from.spliced_bytes;
  stats.connect_failures = from.connect_failures;
  stats.accept_pauses = from.accept_pauses;
  stats.shed_hellos = from.shed_hellos;
  stats.hello_memory_sheds = from.hello_memory_sheds;
  stats.pipe_limit_hits = from.pipe_limit_hits;
  stats.pipes_open = from.pipes_open;
  stats.pipes_taken_back = from.pipes_taken_back;
  stats.kept_bytes = from.kept_bytes;
  stats.kept_limit_hits = from.kept_limit_hits;
  stats.ejections = from.ejections;
  stats.post_quantum = from.post_quantum;
  stats.ech = from.ech;
  stats.events_dropped = from.records_lost;
  std::copy(std::begin(from.by_reason), std::end(from.by_reason),
            stats.by_reason);
  std::copy(std::begin(from.by_verdict), std::end(from.by_verdict),
            stats.by_verdict);
  std::copy(std::begin(from.by_route_kind), std::end(from.by_route_kind),
            stats.by_route_kind);
  return stats;
}

}  // namespace
}  // namespace meshgw::capi

const char* meshgw_reason_name(int32_t reason) {
  return meshgw::ConnectionReasonName(
             static_cast<meshgw::ConnectionReason>(reason))
      .data();
}

meshgw_status meshgw_gateway_create(const meshgw_gateway_options* options,
                                    meshgw_routes* routes, meshgw_gateway** out,
                                    meshgw_error** err) {
  return capi::Guard(err, [&] {
    meshgw::GatewayOptions known;
    uint32_t max_events = 0;
    meshgw_status bad =
        capi::ReadGatewayOptions(options, &known, &max_events, err);
    if (bad == MESHGW_OK) {
      bad = capi::Arguments(err)
                .OptionalObject(routes, "routes")
                .Pointer(out, "out")
                .status();
    }
    if (bad != MESHGW_OK) return bad;
    return capi::Create(known, max_events, routes, out, err);
  });
}

meshgw_status meshgw_gateway_listen(meshgw_gateway* gateway, meshgw_str name,
                                    meshgw_str address, meshgw_string** bound,
                                    meshgw_error** err) {
  return capi::Guard(err, [&] {
    const meshgw_status bad = capi::Arguments(err)
                                  .Object(gateway, "gateway")
                                  .Text(name, "name")
                                  .Path(address, "address")
                                  .status();
    if (bad != MESHGW_OK) return bad;
    auto text = std::make_unique<meshgw_string>();
    auto got = gateway->gateway->Listen(capi::View(name), capi::View(address));
    if (!got.ok()) return capi::FailArgument(err, "address", got.status());
    text->text = *std::move(got);
    if (bound != nullptr) *bound = text.release();
    return meshgw_status{MESHGW_OK};
  });
}

meshgw_status meshgw_gateway_listen_fd(meshgw_gateway* gateway, meshgw_str name,
                                       int32_t take_fd, meshgw_error** err) {
  return capi::Guard(err, [&] {
    const meshgw_status bad = capi::Arguments(err)
                                  .Object(gateway, "gateway")
                                  .Text(name, "name")
                                  .status();
    if (bad != MESHGW_OK) return bad;
    const auto taken = gateway->gateway->ListenOn(capi::View(name), take_fd);
    if (!taken.ok()) return capi::FailArgument(err, "take_fd", taken);
    return meshgw_status{MESHGW_OK};
  });
}

meshgw_status meshgw_gateway_serve_fd(meshgw_gateway* gateway, meshgw_str name,
                                      int32_t take_fd, meshgw_error** err) {
  return capi::Guard(err, [&] {
    const meshgw_status bad = capi::Arguments(err)
                                  .Object(gateway, "gateway")
                                  .Text(name, "name")
                                  .status();
    if (bad != MESHGW_OK) return bad;
    const auto taken = gateway->gateway->Serve(capi::View(name), take_fd);
    if (!taken.ok()) return capi::FailArgument(err, "take_fd", taken);
    return meshgw_status{MESHGW_OK};
  });
}

meshgw_status meshgw_gateway_start(meshgw_gateway* gateway,
                                   meshgw_error** err) {
  return capi::Guard(err, [&] {
    const meshgw_status bad =
        capi::Arguments(err).Object(gateway, "gateway").status();
    if (bad != MESHGW_OK) return bad;
    const auto status = capi::Start(gateway);
    if (!status.ok()) return capi::Fail(err, status);
    return meshgw_status{MESHGW_OK};
  });
}

meshgw_status meshgw_gateway_run(meshgw_gateway* gateway, meshgw_error** err) {
  return capi::Guard(err, [&] {
    const meshgw_status bad =
        capi::Arguments(err).Object(gateway, "gateway").status();
    return bad != MESHGW_OK ? bad : capi::Run(gateway, err);
  });
}

meshgw_status meshgw_gateway_set_routes(meshgw_gateway* gateway,
                                        meshgw_routes* routes) {
  return capi::Guard(capi::kNoError, [&] {
    const meshgw_status bad = capi::Arguments(capi::kNoError)
                                  .Object(gateway, "gateway")
                                  .OptionalObject(routes, "routes")
                                  .status();
    if (bad != MESHGW_OK) return bad;
    gateway->gateway->SetRoutes(routes == nullptr ? nullptr : routes->table);
    return meshgw_status{MESHGW_OK};
  });
}

meshgw_status meshgw_gateway_drain(meshgw_gateway* gateway, uint32_t timeout_ms,
                                   size_t* closed) {
  return capi::Guard(capi::kNoError, [&] {
    if (!capi::Usable(gateway)) {
      return meshgw_status{MESHGW_ERR_INVALID_ARGUMENT};
    }
    const size_t count =
        gateway->gateway->Drain(std::chrono::milliseconds(timeout_ms));
    capi::Stop(gateway);
    if (closed != nullptr) *closed = count;
    return meshgw_status{MESHGW_OK};
  });
}

void meshgw_gateway_stop(meshgw_gateway* gateway) {
  (void)capi::Guard(capi::kNoError, [&] {
    if (capi::Usable(gateway)) capi::Stop(gateway);
    return meshgw_status{MESHGW_OK};
  });
}

void meshgw_gateway_free(meshgw_gateway* gateway) {
  if (!capi::Usable(gateway)) return;
  (void)capi::Guard(capi::kNoError, [&] {
    capi::Free(gateway);
    return meshgw_status{MESHGW_OK};
  });
  capi::Release(gateway);
}

meshgw_status meshgw_gateway_get_stats(const meshgw_gateway* gateway,
                                       meshgw_gateway_stats* out) {
  return capi::Guard(capi::kNoError, [&] {
    if (!capi::Usable(gateway)) {
      return meshgw_status{MESHGW_ERR_INVALID_ARGUMENT};
    }
    meshgw_gateway_stats stats = capi::ToStats(gateway->gateway->stats());
    if (gateway->events != nullptr) {
      stats.events_dropped += gateway->events->dropped();
    }
    return capi::WriteStruct(stats, out);
  });
}

int32_t meshgw_gateway_event_fd(const meshgw_gateway* gateway) {
  if (!capi::Usable(gateway) || gateway->events == nullptr) return -1;
  return gateway->events->fd();
}

meshgw_status meshgw_gateway_next_events(meshgw_gateway* gateway,
                                         size_t capacity, meshgw_events** out,
                                         meshgw_error** err) {
  return capi::Guard(err, [&] {
    const meshgw_status bad = capi::Arguments(err)
                                  .Object(gateway, "gateway")
                                  .Pointer(out, "out")
                                  .status();
    if (bad != MESHGW_OK) return bad;
    // Made before it is filled: without memory for it the events stay.
    auto batch = std::make_unique<meshgw_events>();
    if (gateway->events != nullptr) {
      batch->events = gateway->events->Take(capacity);
    }
    *out = batch.release();
    return meshgw_status{MESHGW_OK};
  });
}
