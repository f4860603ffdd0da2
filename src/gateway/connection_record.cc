#include <algorithm>
#include <chrono>
#include <string>

#include "gateway/connection.h"
#include "gateway/connection_opening.h"
#include "gateway/worker.h"

namespace meshgw::internal {

using std::chrono::microseconds;

std::uint32_t Connection::MicrosecondsUntil(
    std::chrono::steady_clock::time_point then) const {
  const auto open = std::chrono::duration_cast<microseconds>(then - accepted_);
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(open.count(), 0, std::int64_t{kNever} - 1));
}

void Connection::Count(ConnectionReason reason) {
  WorkerCounters& counters = worker()->counters();
  counters.active.Subtract();
  counters.by_reason[static_cast<std::size_t>(reason)].Add();
  counters.by_verdict[verdict_].Add();
  if (splicer() != nullptr) {
    const SpliceCounters bytes = splicer()->counters();
    counters.bytes_in.Add(bytes.bytes_to_server);
    counters.bytes_out.Add(bytes.bytes_to_client);
    counters.spliced_bytes.Add(bytes.spliced_bytes);
  } else if (opening() != nullptr) {
    counters.bytes_in.Add(opening()->buffer.data().size());
  }
}

// The one that is dialled or was, or for want of an endpoint the route's own.
const Cluster* Connection::CurrentCluster() const {
  if (endpoint_ != nullptr) return selection().cluster;
  const bool routed = opening() != nullptr && opening()->routes_version != 0;
  if (!routed || opening()->routes_version != worker()->routes_version()) {
    return nullptr;
  }
  const RouteTable& table = worker()->picker()->table();
  return table.clusters()[opening()->cluster_index].get();
}

void Connection::Report(ConnectionReason reason, std::string_view closed_by,
                        int error) const {
  ConnectionRecord record;
  summary_.Fill(&record);
  record.verdict = static_cast<HelloVerdict>(verdict_);
  if (opening() != nullptr) record.hello_reason = opening()->reader.reason();
  const auto open = std::chrono::steady_clock::now() - accepted_;
  record.duration = std::chrono::duration_cast<microseconds>(open);
  record.start =
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(
          std::chrono::system_clock::now() - open);
  record.id = id_;
  record.listener = listener_->name;
  const std::string source = FormatAddress(source_.Expand());
  record.source = source;
  record.route_kind = static_cast<RouteKind>(route_kind_);
  record.attempts = attempts_;
  if (const Cluster* cluster = CurrentCluster(); cluster != nullptr) {
    record.cluster = cluster->name;
    record.service = cluster->service;
    record.datacenter = cluster->datacenter;
  }
  std::string endpoint;
  if (const Endpoint* last = selection().endpoint; last != nullptr) {
    endpoint = FormatEndpoint(last->address, last->port);
    record.endpoint = endpoint;
  }
  if (hello_us_ != kNever) record.hello = microseconds(hello_us_);
  if (connect_us_ != kNever) record.connect = microseconds(connect_us_);
  if (first_byte_us_ != kNever) {
    record.first_byte = microseconds(first_byte_us_);
  }
  if (splicer() != nullptr) {
    const SpliceCounters bytes = splicer()->counters();
    record.bytes_in = bytes.bytes_to_server;
    record.bytes_out = bytes.bytes_to_client;
    record.spliced_bytes = bytes.spliced_bytes;
  } else if (opening() != nullptr) {
    record.bytes_in = opening()->buffer.data().size();
  }
  record.reason = reason;
  record.closed_by = closed_by;
  record.error = error;
  worker()->shared().options.on_connection(record);
}

LiveConnection Connection::Describe(
    std::chrono::steady_clock::time_point now) const {
  LiveConnection out;
  out.id = id_;
  out.listener = listener_->name;
  out.source = FormatAddress(source_.Expand());
  out.server_name = summary_.server_name();
  if (const Cluster* cluster = CurrentCluster(); cluster != nullptr) {
    out.cluster = cluster->name;
    out.service = cluster->service;
    out.datacenter = cluster->datacenter;
  }
  if (const Endpoint* last = selection().endpoint; last != nullptr) {
    out.endpoint = FormatEndpoint(last->address, last->port);
  }
  out.age = std::chrono::duration_cast<microseconds>(now - accepted_);
  if (splicer() != nullptr) {
    const SpliceCounters bytes = splicer()->counters();
    out.bytes_in = bytes.bytes_to_server;
    out.bytes_out = bytes.bytes_to_client;
  } else if (opening() != nullptr) {
    out.bytes_in = opening()->buffer.data().size();
  }
  return out;
}

}  // namespace meshgw::internal
