#include "cli/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <chrono>
#include <map>
#include <span>
#include <sstream>
#include <utility>
#include <vector>

#include "cli/json.h"
#include "cli/process_usage.h"
#include "xds/resource_type.h"

namespace meshgw::cli {
namespace {

using Label = prometheus::ClientMetric::Label;
using Labels = std::vector<Label>;
using prometheus::MetricFamily;
using prometheus::MetricType;

// Families collects metrics in the order of the calls.
class Families {
 public:
  void Begin(MetricType type, std::string name, std::string help) {
    MetricFamily family;
    family.name = std::move(name);
    family.help = std::move(help);
    family.type = type;
    families_.push_back(std::move(family));
  }
  void Value(double value, Labels labels = {}) {
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    metric.counter.value = metric.gauge.value = value;
    families_.back().metric.push_back(std::move(metric));
  }
  void Value(std::uint64_t value, Labels labels = {}) {
    Value(static_cast<double>(value), std::move(labels));
  }
  // A family of one value.
  template <typename Number>
  void One(MetricType type, std::string name, std::string help, Number value) {
    Begin(type, std::move(name), std::move(help));
    Value(value);
  }
  // `unit`: what bounds and sum are divided by.
  void Histogram(const HistogramTotals& totals,
                 std::span<const std::uint64_t> bounds, double unit,
                 Labels labels = {}) {
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < totals.counts.size(); ++i) {
      count += totals.counts[i];
      if (i == bounds.size()) break;
      metric.histogram.bucket.push_back(
          {count, static_cast<double>(bounds[i]) / unit});
    }
    metric.histogram.sample_count = count;
    metric.histogram.sample_sum = static_cast<double>(totals.sum) / unit;
    families_.back().metric.push_back(std::move(metric));
  }
  std::string Format() const {
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, families_);
    return std::move(out).str();
  }

 private:
  std::vector<MetricFamily> families_;
};

constexpr double kMicroseconds = 1e6;

Label Of(const char* name, std::string_view value) {
  return {name, EscapeText(value)};
}

Labels OfService(const std::pair<std::string, std::string>& service) {
  return {Of("service", service.first), Of("datacenter", service.second)};
}

void AddConnections(const MetricsInput& input, Families* to) {
  const GatewayStats& stats = input.stats;
  to->Begin(MetricType::Counter, "meshgw_connections_total",
            "Connections that have ended");
  for (const auto& [name, by_reason] : input.connections.listeners) {
    for (std::size_t i = 0; i < by_reason.size(); ++i) {
      if (by_reason[i] == 0) continue;
      const auto reason = static_cast<ConnectionReason>(i);
      to->Value(by_reason[i], {Of("listener", name),
                               Of("reason", ConnectionReasonName(reason))});
    }
  }
  to->One(MetricType::Counter, "meshgw_connections_accepted_total",
          "Connections accepted", stats.accepted);
  to->One(MetricType::Gauge, "meshgw_connections_active",
          "Connections that have not ended", stats.active);
  to->One(MetricType::Counter, "meshgw_accept_pauses_total",
          "Pauses of accepting for want of descriptors or memory",
          stats.accept_pauses);
  to->One(MetricType::Counter, "meshgw_records_lost_total",
          "Connections whose end was not recorded for want of memory",
          stats.records_lost);
  to->Begin(MetricType::Counter, "meshgw_bytes_total",
            "Bytes of connections that have ended");
  to->Value(stats.bytes_in, {{"direction", "in"}});
  to->Value(stats.bytes_out, {{"direction", "out"}});
  to->One(MetricType::Counter, "meshgw_spliced_bytes_total",
          "Those of meshgw_bytes_total that splice(2) carried",
          stats.spliced_bytes);
}

void AddHellos(const MetricsInput& input, Families* to) {
  const GatewayStats& stats = input.stats;
  to->One(MetricType::Gauge, "meshgw_hellos_pending",
          "Connections whose hello is not complete", stats.pending_hellos);
  to->Begin(MetricType::Counter, "meshgw_hello_total",
            "Connections that have ended by what was read of their hello");
  for (std::size_t i = 0; i < std::size(stats.by_verdict); ++i) {
    to->Value(stats.by_verdict[i],
              {Of("verdict", HelloVerdictName(static_cast<HelloVerdict>(i)))});
  }
  to->Begin(MetricType::Histogram, "meshgw_hello_seconds",
            "From accept to a complete hello");
  to->Histogram(input.connections.hello_time, kTimeBounds, kMicroseconds);
  to->Begin(MetricType::Histogram, "meshgw_hello_bytes", "Size of hellos");
  to->Histogram(input.connections.hello_bytes, kHelloSizeBounds, 1);
  to->One(MetricType::Counter, "meshgw_hello_post_quantum_total",
          "Hellos with a post-quantum key share", stats.post_quantum);
  to->One(MetricType::Counter, "meshgw_hello_ech_total",
          "Hellos with Encrypted Client Hello or GREASE for it", stats.ech);
  to->Begin(MetricType::Counter, "meshgw_hellos_shed_total",
            "Connections closed for newer ones before their hello was "
            "complete, by the limit");
  to->Value(stats.shed_hellos, {{"limit", "pending"}});
  to->Value(stats.hello_memory_sheds, {{"limit", "memory"}});
  to->Begin(MetricType::Counter, "meshgw_route_matches_total",
            "Look-ups of server names by the kind of the rule");
  for (std::size_t i = 0; i < std::size(stats.by_route_kind); ++i) {
    to->Value(stats.by_route_kind[i],
              {Of("kind", RouteKindName(static_cast<RouteKind>(i)))});
  }
}

void AddEndpoints(const RouteTable& routes, Families* to) {
  using Counts = std::array<std::uint64_t, 2>;
  std::map<std::pair<std::string, std::string>, Counts> services;
  for (const auto& cluster : routes.clusters()) {
    std::pair service(cluster->service, cluster->datacenter);
    if (services.size() >= ConnectionMetrics::kMaxServices &&
        !services.contains(service)) {
      service = {std::string(ConnectionMetrics::kOther), ""};
    }
    Counts& counts = services[std::move(service)];
    for (const Endpoint& endpoint : cluster->endpoints) {
      ++counts[static_cast<std::size_t>(endpoint.health)];
    }
  }
  to->Begin(MetricType::Gauge, "meshgw_upstream_endpoints",
            "Endpoints of the table by what its source says of them");
  for (const auto& [service, counts] : services) {
    for (std::size_t i = 0; i < counts.size(); ++i) {
      Labels labels = OfService(service);
      labels.push_back(
          Of("state", EndpointHealthName(static_cast<EndpointHealth>(i))));
      to->Value(counts[i], std::move(labels));
    }
  }
}

void AddUpstreams(const MetricsInput& input, Families* to) {
  to->Begin(MetricType::Histogram, "meshgw_upstream_connect_seconds",
            "From the hello to an endpoint that has accepted");
  for (const auto& [service, totals] : input.connections.services) {
    to->Histogram(totals.connect, kTimeBounds, kMicroseconds,
                  OfService(service));
  }
  to->Begin(MetricType::Counter, "meshgw_upstream_connect_failures_total",
            "Connects to endpoints that came to nothing");
  for (const auto& [service, totals] : input.connections.services) {
    to->Value(totals.connect_failures, OfService(service));
  }
  to->One(MetricType::Counter, "meshgw_upstream_ejections_total",
          "Endpoints ejected after connects that failed in a row",
          input.stats.ejections);
  if (input.routes == nullptr) return;
  AddEndpoints(*input.routes, to);
  to->One(MetricType::Gauge, "meshgw_routes", "Rules of the table",
          std::uint64_t{input.routes->routes().size()});
}

void AddMemory(const GatewayStats& stats, Families* to) {
  to->One(MetricType::Gauge, "meshgw_pipes_open", "Pipes for splice(2)",
          stats.pipes_open);
  to->One(MetricType::Counter, "meshgw_pipe_limit_hits_total",
          "Times that bytes were copied because -max-pipes was reached",
          stats.pipe_limit_hits);
  to->One(MetricType::Counter, "meshgw_pipes_taken_back_total",
          "Pipes taken from connections whose reader is too slow",
          stats.pipes_taken_back);
  to->One(MetricType::Gauge, "meshgw_kept_bytes",
          "Bytes kept in memory for sides that take nothing", stats.kept_bytes);
  to->One(MetricType::Counter, "meshgw_kept_limit_hits_total",
          "Times that -max-kept-bytes forbade to keep some",
          stats.kept_limit_hits);
}

void AddConfiguration(const ProgramState& state, Families* to) {
  const ConfigStatus config = state.config();
  to->Begin(MetricType::Counter, "meshgw_config_reloads_total",
            "Tables and listeners that were to be served, the first too");
  to->Value(config.applied, {{"result", "success"}});
  to->Value(config.refused, {{"result", "failure"}});
  to->One(MetricType::Gauge, "meshgw_draining", "Whether the gateway drains",
          std::uint64_t{state.draining ? 1u : 0u});
  if (config.applied == 0) return;
  const std::chrono::duration<double> time =
      config.last_success.time_since_epoch();
  const std::chrono::duration<double> took = config.apply;
  to->One(MetricType::Gauge, "meshgw_config_last_success_timestamp_seconds",
          "When what is served began to be", time.count());
  to->One(MetricType::Gauge, "meshgw_config_apply_seconds",
          "How long that took, from the message or the files on", took.count());
}

void AddControlPlane(const ControlPlaneStatus& status, Families* to) {
  constexpr const char* kTypes[] = {"cluster", "endpoints", "listener"};
  static_assert(internal::ResourceType{} == internal::ResourceType::kCluster);
  to->One(MetricType::Gauge, "meshgw_xds_connected",
          "Whether the control plane is followed",
          std::uint64_t{status.connected ? 1u : 0u});
  to->Begin(MetricType::Counter, "meshgw_xds_updates_total",
            "Answers of the control plane");
  for (std::size_t i = 0; i < std::size(kTypes); ++i) {
    to->Value(status.accepted[i],
              {{"type", kTypes[i]}, {"result", "accepted"}});
    to->Value(status.rejected[i],
              {{"type", kTypes[i]}, {"result", "rejected"}});
  }
  if (status.requests != nullptr) {
    to->Begin(MetricType::Counter, "meshgw_consul_requests_total",
              "Requests to the agent's HTTP API");
    for (const auto& [request, count] : *status.requests) {
      to->Value(count, {{"endpoint", request.first}, {"code", request.second}});
    }
  }
  if (!status.age.has_value()) return;
  const std::chrono::duration<double> age = *status.age;
  to->One(MetricType::Gauge, "meshgw_consul_snapshot_age_seconds",
          "Since the control plane last stood behind what is served",
          age.count());
}

void AddProcess(const ProgramState& state, Families* to) {
  const ProcessUsage usage = ReadProcessUsage();
  const std::chrono::duration<double> start = state.start.time_since_epoch();
  to->One(MetricType::Counter, "process_cpu_seconds_total",
          "User and system CPU time", usage.cpu_seconds);
  to->One(MetricType::Gauge, "process_resident_memory_bytes", "Resident memory",
          usage.resident_bytes);
  to->One(MetricType::Gauge, "process_virtual_memory_bytes", "Virtual memory",
          usage.virtual_bytes);
  to->One(MetricType::Gauge, "process_open_fds", "Open file descriptors",
          usage.open_fds);
  to->One(MetricType::Gauge, "process_max_fds",
          "File descriptors that may be open", usage.max_fds);
  to->One(MetricType::Gauge, "process_start_time_seconds",
          "When the process started", start.count());
}

}  // namespace

std::string FormatMetrics(const MetricsInput& input) {
  Families families;
  families.Begin(MetricType::Gauge, "meshgw_build_info", "The version");
  families.Value(std::uint64_t{1}, {{"version", MESHGW_VERSION}});
  AddConnections(input, &families);
  AddHellos(input, &families);
  AddUpstreams(input, &families);
  AddMemory(input.stats, &families);
  AddConfiguration(*input.state, &families);
  if (input.source.control_plane.has_value()) {
    AddControlPlane(*input.source.control_plane, &families);
  }
  AddProcess(*input.state, &families);
  return families.Format();
}

}  // namespace meshgw::cli
