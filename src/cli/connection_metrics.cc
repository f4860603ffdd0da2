#include "cli/connection_metrics.h"

#include <atomic>
#include <vector>

namespace meshgw::cli {
namespace {

std::size_t ThreadNumber() {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t number = next++;
  return number;
}

// Attempts that came to nothing.
std::uint64_t ConnectFailures(const ConnectionRecord& record) {
  const bool last_failed = record.reason == ConnectionReason::kConnectFailed ||
                           record.reason == ConnectionReason::kConnectTimeout;
  if (record.attempts == 0 || last_failed) return record.attempts;
  return record.attempts - 1;
}

std::uint64_t Count(std::chrono::microseconds time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
}

}  // namespace

bool ConnectionMetrics::Names::Admit(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (names_.contains(name)) return true;
  return names_.size() < most_ && names_.insert(name).second;
}

std::vector<std::string> ConnectionMetrics::Names::All() {
  const std::lock_guard lock(mutex_);
  return {names_.begin(), names_.end()};
}

ConnectionMetrics::Listener* ConnectionMetrics::FindListener(
    Part* part, std::string_view name) {
  if (part->last_listener != nullptr && part->last_listener->name == name) {
    return part->last_listener;
  }
  part->key = name;
  auto at = part->listener_of.find(part->key);
  if (at == part->listener_of.end() && !listener_names_.Admit(part->key)) {
    part->key = kOther;
    at = part->listener_of.find(part->key);
  }
  if (at == part->listener_of.end()) {
    Listener* made = &part->listeners.emplace_back();
    made->name = part->key;
    at = part->listener_of.emplace(part->key, made).first;
  }
  part->last_listener = at->second;
  return at->second;
}

ConnectionMetrics::Service* ConnectionMetrics::AddService(
    Part* part, const std::string& key) {
  const auto at = part->service_of.find(key);
  if (at != part->service_of.end()) return at->second;
  Service* made = &part->services.emplace_back();
  const std::size_t end = key.find('\0');
  made->name = key.substr(0, end);
  made->datacenter = key.substr(end + 1);
  part->service_of.emplace(key, made);
  return made;
}

ConnectionMetrics::Service* ConnectionMetrics::FindService(
    Part* part, std::string_view name, std::string_view datacenter) {
  part->key.assign(name).append(1, '\0').append(datacenter);
  const auto at = part->service_of.find(part->key);
  if (at != part->service_of.end()) return at->second;
  if (part->has_all_services) return part->other_service;
  if (service_names_.Admit(part->key)) return AddService(part, part->key);
  // No more are admitted: with all of them here, nobody needs to ask again.
  for (const std::string& key : service_names_.All()) AddService(part, key);
  part->key.assign(kOther).append(1, '\0');
  part->other_service = AddService(part, part->key);
  part->has_all_services = true;
  return part->other_service;
}

void ConnectionMetrics::Add(const ConnectionRecord& record) {
  Part& part = parts_[ThreadNumber() % kParts];
  const std::lock_guard lock(part.mutex);
  FindListener(&part, record.listener)
      ->by_reason[static_cast<std::size_t>(record.reason)]
      .Add();
  if (record.verdict == HelloVerdict::kHello) {
    part.hello_time.Add(Count(record.hello));
    part.hello_bytes.Add(record.hello_bytes);
  }
  if (record.attempts == 0) return;
  Service* service = FindService(&part, record.service, record.datacenter);
  if (record.connect.count() >= 0) {
    service->connect.Add(Count(
        record.connect - std::max(record.hello, std::chrono::microseconds(0))));
  }
  service->connect_failures.Add(ConnectFailures(record));
}

// Holds up no worker for longer than it takes to copy pointers.
ConnectionTotals ConnectionMetrics::Collect() const {
  ConnectionTotals totals;
  for (const Part& part : parts_) {
    std::vector<const Listener*> listeners;
    std::vector<const Service*> services;
    {
      const std::lock_guard lock(part.mutex);
      for (const Listener& one : part.listeners) listeners.push_back(&one);
      for (const Service& one : part.services) services.push_back(&one);
    }
    for (const Listener* listener : listeners) {
      auto& total = totals.listeners[listener->name];
      for (std::size_t i = 0; i < total.size(); ++i) {
        total[i] += listener->by_reason[i].Get();
      }
    }
    for (const Service* service : services) {
      auto& total = totals.services[{service->name, service->datacenter}];
      service->connect.AddTo(&total.connect);
      total.connect_failures += service->connect_failures.Get();
    }
    part.hello_time.AddTo(&totals.hello_time);
    part.hello_bytes.AddTo(&totals.hello_bytes);
  }
  return totals;
}

}  // namespace meshgw::cli
