#include "gateway_options.h"

#include <chrono>
#include <cstddef>

#include "base/str_format.h"
#include "boundary.h"

namespace meshgw::capi {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t kMostWorkers = 1024;
constexpr std::uint32_t kMostPipes = std::uint32_t{1} << 20;
constexpr std::uint32_t kMostAttempts = 8;
constexpr std::uint32_t kMostRecords = UINT16_MAX;

// What zero does not replace.
template <typename T, typename U>
void Set(T given, U* out) {
  if (given != 0) *out = static_cast<U>(given);
}

// A time-out that may be turned off.
void SetTimeout(std::uint32_t given, milliseconds* out) {
  if (given == MESHGW_NEVER) {
    *out = milliseconds(0);
  } else if (given != 0) {
    *out = milliseconds(given);
  }
}

std::uint32_t Milliseconds(milliseconds time) {
  return static_cast<std::uint32_t>(time.count());
}

bool AllZero(const std::uint8_t* bytes, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (bytes[i] != 0) return false;
  }
  return true;
}

meshgw_status CheckHello(const meshgw_hello_options& hello,
                         meshgw_error** err) {
  return Arguments(err)
      .Range(hello.max_records, 0, kMostRecords, "options.hello.max_records")
      .Range(hello.allow_trailing_dot, 0, 1, "options.hello.allow_trailing_dot")
      .Range(hello.allow_ip_address, 0, 1, "options.hello.allow_ip_address")
      .Range(hello.allow_opaque, 0, 1, "options.hello.allow_opaque")
      .Range(hello.allow_empty_records, 0, 1,
             "options.hello.allow_empty_records")
      .Range(hello.reserved, 0, 0, "options.hello.reserved")
      .status();
}

// The hello's options lie inside of others: they are never larger than known.
meshgw_status ReadHello(const meshgw_hello_options& given, GatewayLimits* out,
                        meshgw_error** err) {
  if (given.struct_size == 0) return MESHGW_OK;
  if (given.struct_size > sizeof(given)) {
    return Fail(
        err, MESHGW_ERR_INVALID_ARGUMENT,
        internal::StrFormat("options.hello.struct_size is %d; expected %d, "
                            "the size of the struct, or 0",
                            given.struct_size, sizeof(given)));
  }
  meshgw_hello_options in = {};
  meshgw_status bad = ReadStruct(&given, "options.hello", &in, err);
  if (bad == MESHGW_OK) bad = CheckHello(in, err);
  if (bad != MESHGW_OK) return bad;
  Set(in.max_message_bytes, &out->hello.max_message_bytes);
  Set(in.max_records, &out->hello.max_records);
  out->names.allow_trailing_dot = in.allow_trailing_dot != 0;
  out->names.allow_ip_address = in.allow_ip_address != 0;
  out->names.allow_opaque = in.allow_opaque != 0;
  out->names.allow_empty_records = in.allow_empty_records != 0;
  return MESHGW_OK;
}

meshgw_status CheckRanges(const meshgw_gateway_options& in,
                          meshgw_error** err) {
  if (in.hello_timeout_ms == MESHGW_NEVER) {
    return Fail(err, MESHGW_ERR_INVALID_ARGUMENT,
                "options.hello_timeout_ms is MESHGW_NEVER; expected a time: "
                "clients that send nothing would stay for ever");
  }
  if (!AllZero(in.reserved, sizeof(in.reserved))) {
    return Fail(err, MESHGW_ERR_INVALID_ARGUMENT,
                "options.reserved is not zero");
  }
  return Arguments(err)
      .Range(in.workers, 0, kMostWorkers, "options.workers")
      .Range(in.max_connect_attempts, 0, kMostAttempts,
             "options.max_connect_attempts")
      .Range(in.max_pipes, 0, kMostPipes, "options.max_pipes")
      .Range(in.route_without_server_name, 0, 1,
             "options.route_without_server_name")
      .Range(in.route_not_tls, 0, 1, "options.route_not_tls")
      .status();
}

}  // namespace

meshgw_status ReadGatewayOptions(const meshgw_gateway_options* options,
                                 GatewayOptions* out, std::uint32_t* max_events,
                                 meshgw_error** err) {
  *max_events = 0;
  if (options == nullptr) return MESHGW_OK;
  meshgw_gateway_options in = {};
  meshgw_status bad = ReadStruct(options, "options", &in, err);
  if (bad == MESHGW_OK) bad = CheckRanges(in, err);
  if (bad == MESHGW_OK) bad = ReadHello(in.hello, &out->limits, err);
  if (bad != MESHGW_OK) return bad;
  GatewayLimits* limits = &out->limits;
  Set(in.workers, &out->workers);
  Set(in.max_connections, &limits->max_connections);
  Set(in.max_pending_hellos, &limits->max_pending_hellos);
  SetTimeout(in.hello_timeout_ms, &limits->hello_timeout);
  SetTimeout(in.idle_timeout_ms, &limits->idle_timeout);
  SetTimeout(in.half_closed_timeout_ms, &limits->half_closed_timeout);
  Set(in.max_connect_attempts, &limits->max_connect_attempts);
  Set(in.max_pipes, &limits->max_pipes);
  Set(in.max_hello_buffer_bytes, &limits->max_hello_buffer_bytes);
  Set(in.max_kept_bytes, &limits->max_kept_bytes);
  Set(in.dns_refresh_s, &out->dns_refresh);
  out->route_without_server_name = in.route_without_server_name != 0;
  out->route_not_tls = in.route_not_tls != 0;
  *max_events = in.max_events;
  return MESHGW_OK;
}

}  // namespace meshgw::capi

namespace capi = meshgw::capi;

meshgw_status meshgw_gateway_default_options(meshgw_gateway_options* out) {
  return capi::Guard(capi::kNoError, [&] {
    const meshgw::GatewayOptions from;
    const meshgw::GatewayLimits& limits = from.limits;
    meshgw_gateway_options options = {};
    options.workers = from.workers;
    options.max_connections = limits.max_connections;
    options.max_pending_hellos = limits.max_pending_hellos;
    options.hello_timeout_ms = capi::Milliseconds(limits.hello_timeout);
    options.idle_timeout_ms = capi::Milliseconds(limits.idle_timeout);
    options.half_closed_timeout_ms =
        capi::Milliseconds(limits.half_closed_timeout);
    options.max_connect_attempts = limits.max_connect_attempts;
    options.max_pipes = limits.max_pipes;
    options.max_hello_buffer_bytes = limits.max_hello_buffer_bytes;
    options.max_kept_bytes = limits.max_kept_bytes;
    options.dns_refresh_s = static_cast<uint32_t>(from.dns_refresh.count());
    options.route_without_server_name = from.route_without_server_name ? 1 : 0;
    options.route_not_tls = from.route_not_tls ? 1 : 0;
    options.hello.struct_size = sizeof(options.hello);
    options.hello.max_message_bytes = limits.hello.max_message_bytes;
    options.hello.max_records = limits.hello.max_records;
    options.hello.allow_trailing_dot = limits.names.allow_trailing_dot ? 1 : 0;
    options.hello.allow_ip_address = limits.names.allow_ip_address ? 1 : 0;
    options.hello.allow_opaque = limits.names.allow_opaque ? 1 : 0;
    options.hello.allow_empty_records =
        limits.names.allow_empty_records ? 1 : 0;
    return capi::WriteStruct(options, out);
  });
}
