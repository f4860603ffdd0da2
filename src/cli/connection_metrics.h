#ifndef MESHGW_CLI_CONNECTION_METRICS_H_
#define MESHGW_CLI_CONNECTION_METRICS_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "gateway/worker_counters.h"
#include "meshgw/gateway.h"

namespace meshgw::cli {

// HistogramTotals are counts by upper bound, the last one for what is over all
// bounds, and the sum of all values.
struct HistogramTotals {
  std::vector<std::uint64_t> counts;
  std::uint64_t sum = 0;
};

// Upper bounds: microseconds since accept or since the hello; bytes.
inline constexpr std::array<std::uint64_t, 12> kTimeBounds = {
    500,   1000,   2500,   5000,   10000,   25000,
    50000, 100000, 250000, 500000, 1000000, 5000000};
inline constexpr std::array<std::uint64_t, 8> kHelloSizeBounds = {
    256, 512, 1024, 1536, 2048, 4096, 16384, 65536};

// Histogram counts values. Written by one thread at a time, read by any.
template <const auto& kBounds>
class Histogram {
 public:
  void Add(std::uint64_t value) {
    std::size_t i = 0;
    while (i < kBounds.size() && value > kBounds[i]) ++i;
    counts_[i].Add();
    sum_.Add(value);
  }
  void AddTo(HistogramTotals* totals) const {
    totals->counts.resize(kBounds.size() + 1);
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      totals->counts[i] += counts_[i].Get();
    }
    totals->sum += sum_.Get();
  }

 private:
  std::array<internal::Counter, kBounds.size() + 1> counts_;
  internal::Counter sum_;
};

// ConnectionTotals are what is known of all connections that have ended.
struct ConnectionTotals {
  struct Service {
    HistogramTotals connect;  // Microseconds from the hello.
    std::uint64_t connect_failures = 0;
  };
  std::map<std::string, std::array<std::uint64_t, kConnectionReasonCount>>
      listeners;
  // By service and datacenter.
  std::map<std::pair<std::string, std::string>, Service> services;
  HistogramTotals hello_time;
  HistogramTotals hello_bytes;
};

// ConnectionMetrics counts connections at their end by what tells them apart.
// Names come from configuration and are bounded: those beyond count as
// kOther. Thread-safe: threads have parts of their own, so that workers do not
// wait for each other, nor for who reads.
class ConnectionMetrics {
 public:
  static constexpr std::size_t kMaxServices = 1000;
  static constexpr std::size_t kMaxListeners = 100;
  static constexpr std::string_view kOther = "other";

  void Add(const ConnectionRecord& record);
  ConnectionTotals Collect() const;

 private:
  static constexpr std::size_t kParts = 16;

  // Names that are told apart, at most so many.
  class Names {
   public:
    explicit Names(std::size_t most) : most_(most) {}
    // False: there are as many as there may be, and this is none of them.
    bool Admit(const std::string& name);
    std::vector<std::string> All();

   private:
    const std::size_t most_;
    std::mutex mutex_;
    std::unordered_set<std::string> names_;
  };
  struct Listener {
    std::string name;
    std::array<internal::Counter, kConnectionReasonCount> by_reason;
  };
  struct Service {
    std::string name;
    std::string datacenter;
    Histogram<kTimeBounds> connect;
    internal::Counter connect_failures;
  };
  struct alignas(64) Part {
    mutable std::mutex mutex;
    std::deque<Listener> listeners;  // Entries stay where they are.
    std::deque<Service> services;
    std::unordered_map<std::string, Listener*> listener_of;
    std::unordered_map<std::string, Service*> service_of;
    // Those of the last look-up, and of kOther.
    Listener* last_listener = nullptr;
    Service* other_service = nullptr;
    bool has_all_services = false;  // That are told apart.
    std::string key;
    Histogram<kTimeBounds> hello_time;
    Histogram<kHelloSizeBounds> hello_bytes;
  };

  Listener* FindListener(Part* part, std::string_view name);
  Service* FindService(Part* part, std::string_view name,
                       std::string_view datacenter);
  static Service* AddService(Part* part, const std::string& key);

  Names listener_names_{kMaxListeners};
  Names service_names_{kMaxServices};
  std::array<Part, kParts> parts_;
};

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_CONNECTION_METRICS_H_
