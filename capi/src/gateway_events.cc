#include "gateway_events.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <initializer_list>
#include <new>
#include <string>

#include "same.h"

namespace meshgw::capi {
namespace {

static_assert(Same(EncryptedClientHello::kNone, 0));
static_assert(Same(EncryptedClientHello::kOuter, 1));
static_assert(Same(EncryptedClientHello::kInner, 2));

std::int64_t UnixTime(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             time.time_since_epoch())
      .count();
}

// A text or list of an event, and where it goes.
struct Text {
  meshgw_str meshgw_event::*field;
  std::string_view text;
};
struct List {
  meshgw_bytes meshgw_event::*field;
  std::string_view bytes;
};

// Copies `from` to `at`. An empty one is as the header's zeroes.
template <typename View>
char* Place(std::string_view from, char* at, View* view) {
  if (from.empty()) return at;
  std::memcpy(at, from.data(), from.size());
  *view = {reinterpret_cast<decltype(View::data)>(at), from.size()};
  return at + from.size();
}

// Makes an event with copies of `texts` and `lists`.
EventPtr MakeEvent(const meshgw_event& event, std::initializer_list<Text> texts,
                   std::initializer_list<List> lists = {}) {
  std::size_t size = sizeof(Event);
  for (const Text& text : texts) size += text.text.size();
  for (const List& list : lists) size += list.bytes.size();
  EventPtr made(new (::operator new(size)) Event{event, nullptr});
  char* at = reinterpret_cast<char*>(made.get()) + sizeof(Event);
  for (const Text& text : texts) {
    at = Place(text.text, at, &(made->event.*text.field));
  }
  for (const List& list : lists) {
    at = Place(list.bytes, at, &(made->event.*list.field));
  }
  return made;
}

// As on the wire: names behind their length.
std::string AlpnList(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    list.push_back(static_cast<char>(name.size()));
    list += name;
  }
  return list;
}

std::string VersionList(const std::vector<std::uint16_t>& versions) {
  std::string list;
  for (const std::uint16_t version : versions) {
    list.push_back(static_cast<char>(version >> 8));
    list.push_back(static_cast<char>(version & 0xff));
  }
  return list;
}

std::int32_t ClosedBy(std::string_view who) {
  if (who == "client") return MESHGW_SIDE_CLIENT;
  if (who == "server") return MESHGW_SIDE_SERVER;
  return -1;
}

std::int32_t Level(std::string_view name) {
  if (name == "debug") return MESHGW_LEVEL_DEBUG;
  if (name == "warn") return MESHGW_LEVEL_WARN;
  if (name == "error") return MESHGW_LEVEL_ERROR;
  return MESHGW_LEVEL_INFO;
}

EventPtr OfConnection(const ConnectionRecord& record) {
  meshgw_event event = {};
  event.kind = MESHGW_EVENT_CONNECTION;
  event.level = MESHGW_LEVEL_INFO;
  event.time_ns = UnixTime(record.start);
  event.connection = record.id;
  event.connect_us = record.connect.count();
  event.first_byte_us = record.first_byte.count();
  event.duration_us = record.duration.count();
  event.bytes_in = record.bytes_in;
  event.bytes_out = record.bytes_out;
  event.spliced_bytes = record.spliced_bytes;
  event.hello_bytes = record.hello_bytes;
  event.hello_records = record.hello_records;
  event.verdict = static_cast<meshgw_status>(record.verdict);
  event.hello_reason = static_cast<std::int32_t>(record.hello_reason);
  event.route_kind = static_cast<std::int32_t>(record.route_kind);
  event.attempts = record.attempts;
  event.reason = static_cast<std::int32_t>(record.reason);
  event.error = record.error;
  event.closed_by = ClosedBy(record.closed_by);
  event.post_quantum = record.post_quantum ? 1 : 0;
  event.ech = static_cast<std::uint8_t>(record.ech);
  const std::string alpn = AlpnList(record.alpn);
  const std::string versions = VersionList(record.tls_versions);
  return MakeEvent(
      event,
      {{&meshgw_event::listener, record.listener},
       {&meshgw_event::source, record.source},
       {&meshgw_event::server_name, record.server_name},
       {&meshgw_event::rule, record.rule},
       {&meshgw_event::cluster, record.cluster},
       {&meshgw_event::service, record.service},
       {&meshgw_event::datacenter, record.datacenter},
       {&meshgw_event::endpoint, record.endpoint}},
      {{&meshgw_event::alpn, alpn}, {&meshgw_event::tls_versions, versions}});
}

EventPtr OfLog(std::string_view level, std::string_view message) {
  meshgw_event event = {};
  event.kind = MESHGW_EVENT_LOG;
  event.level = Level(level);
  event.time_ns = UnixTime(std::chrono::system_clock::now());
  event.connect_us = event.first_byte_us = -1;
  event.route_kind = MESHGW_ROUTE_NONE;
  event.closed_by = -1;
  return MakeEvent(event, {{&meshgw_event::message, message}});
}

}  // namespace

EventQueue::~EventQueue() {
  while (first_ != nullptr) {
    const EventPtr gone(first_);
    first_ = first_->next;
  }
}

template <typename Make>
void EventQueue::Push(const Make& make) noexcept {
  // Seldom wrong, and then only by what others push or take just now: a full
  // queue costs no memory and no lock.
  EventPtr made;
  if (size_.load(std::memory_order_relaxed) < capacity_) {
    try {
      made = make();
    } catch (const std::bad_alloc&) {
    }
  }
  if (made != nullptr) {
    const std::lock_guard lock(mutex_);
    if (size_ < capacity_) {
      Event* event = made.release();
      if (first_ == nullptr) {
        first_ = event;
        signal_.Raise();
      } else {
        last_->next = event;
      }
      last_ = event;
      size_ = size_ + 1;
      return;
    }
  }
  dropped_.fetch_add(1, std::memory_order_relaxed);
}

void EventQueue::OnConnection(const ConnectionRecord& record) noexcept {
  Push([&] { return OfConnection(record); });
}

void EventQueue::OnLog(std::string_view level,
                       std::string_view message) noexcept {
  Push([&] { return OfLog(level, message); });
}

std::vector<EventPtr> EventQueue::Take(std::size_t most) {
  std::vector<EventPtr> taken;
  std::unique_lock lock(mutex_);
  const std::size_t room = std::min<std::size_t>(most, size_);
  lock.unlock();
  taken.reserve(room);
  lock.lock();
  while (first_ != nullptr && taken.size() < room) {
    taken.emplace_back(first_);
    first_ = first_->next;
    size_ = size_ - 1;
    if (first_ == nullptr) signal_.Lower();
  }
  return taken;
}

}  // namespace meshgw::capi

namespace capi = meshgw::capi;

size_t meshgw_events_count(const meshgw_events* events) {
  return capi::Usable(events) ? events->events.size() : 0;
}

const meshgw_event* meshgw_events_at(const meshgw_events* events,
                                     size_t index) {
  if (!capi::Usable(events) || index >= events->events.size()) return nullptr;
  return &events->events[index]->event;
}

void meshgw_events_free(meshgw_events* events) { capi::Release(events); }
