#include "gateway/host_resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_format.h"
#include "gateway/socket_address.h"

namespace meshgw::internal {
namespace {

bool IsHostName(const Endpoint& endpoint) {
  return !endpoint.address.starts_with("unix:") &&
         !FromEndpoint(endpoint.address, 0).has_value();
}

// All addresses of `name` in both families, sorted. Nothing, with the
// resolver's words in `error`, when it cannot be looked up.
std::optional<std::vector<std::string>> LookUp(const std::string& name,
                                               std::string* error) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(name.c_str(), nullptr, &hints, &found);
  if (code != 0) {
    *error = gai_strerror(code);
    return std::nullopt;
  }
  std::vector<std::string> addresses;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    char text[INET6_ADDRSTRLEN] = {};
    const void* address =
        at->ai_family == AF_INET
            ? static_cast<const void*>(
                  &reinterpret_cast<const sockaddr_in*>(at->ai_addr)->sin_addr)
            : static_cast<const void*>(
                  &reinterpret_cast<const sockaddr_in6*>(at->ai_addr)
                       ->sin6_addr);
    inet_ntop(at->ai_family, address, text, sizeof(text));
    addresses.emplace_back(text);
  }
  freeaddrinfo(found);
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()),
                  addresses.end());
  return addresses;
}

}  // namespace

std::set<std::string> HostNames(const RouteTable& table) {
  std::set<std::string> names;
  for (const auto& cluster : table.clusters()) {
    for (const Endpoint& endpoint : cluster->endpoints) {
      if (IsHostName(endpoint)) names.insert(endpoint.address);
    }
  }
  return names;
}

std::shared_ptr<const RouteTable> WithAddresses(
    const std::shared_ptr<const RouteTable>& table,
    const HostAddresses& addresses) {
  std::vector<Cluster> replacements;
  for (const auto& cluster : table->clusters()) {
    if (std::none_of(cluster->endpoints.begin(), cluster->endpoints.end(),
                     IsHostName)) {
      continue;
    }
    Cluster resolved = *cluster;
    resolved.endpoints.clear();
    for (const Endpoint& endpoint : cluster->endpoints) {
      if (!IsHostName(endpoint)) {
        resolved.endpoints.push_back(endpoint);
        continue;
      }
      const auto found = addresses.find(endpoint.address);
      if (found == addresses.end()) continue;
      for (const std::string& address : found->second) {
        resolved.endpoints.push_back(endpoint);
        resolved.endpoints.back().address = address;
      }
    }
    replacements.push_back(std::move(resolved));
  }
  if (replacements.empty()) return table;
  return *table->WithClusters(replacements);  // The names are the table's own.
}

struct HostResolver::State {
  std::chrono::milliseconds refresh;
  Changed changed;
  Log log;

  mutable std::mutex mutex;
  std::condition_variable wake;
  std::set<std::string> names;
  HostAddresses addresses;
  bool names_changed = false;
  bool started = false;
  bool stopped = false;
  std::mutex calling;  // Held while `changed` or `log` runs.

  // Tells the owner, unless it is gone. It waits for a call that has begun.
  template <typename Call>
  void Tell(Call call) {
    const std::lock_guard calls(calling);
    {
      const std::lock_guard lock(mutex);
      if (stopped) return;
    }
    call();
  }

  void Run();
  void LookUpAll(const std::set<std::string>& wanted);
};

void HostResolver::State::Run() {
  std::unique_lock lock(mutex);
  while (!stopped) {
    names_changed = false;
    const std::set<std::string> wanted = names;
    lock.unlock();
    LookUpAll(wanted);
    lock.lock();
    wake.wait_for(lock, refresh, [&] { return stopped || names_changed; });
  }
}

void HostResolver::State::LookUpAll(const std::set<std::string>& wanted) {
  HostAddresses answers;
  for (const std::string& name : wanted) {
    std::string error;
    auto found = LookUp(name, &error);
    if (found.has_value()) {
      answers[name] = *std::move(found);
      continue;
    }
    bool kept = false;
    {
      const std::lock_guard lock(mutex);
      const auto last = addresses.find(name);
      kept = last != addresses.end();
      if (kept) answers[name] = last->second;
    }
    Tell([&] {
      if (!log) return;
      log("warn",
          absl::StrFormat("cannot resolve endpoint %s: %s%s", name, error,
                          kept ? "; its last addresses stay in use" : ""));
    });
  }
  {
    const std::lock_guard lock(mutex);
    if (answers == addresses) return;
    addresses = answers;
  }
  Tell([&] { changed(answers); });
}

HostResolver::HostResolver(std::chrono::milliseconds refresh, Changed changed,
                           Log log)
    : state_(std::make_shared<State>()) {
  state_->refresh = refresh;
  state_->changed = std::move(changed);
  state_->log = std::move(log);
}

HostResolver::~HostResolver() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopped = true;
  }
  state_->wake.notify_all();
  const std::lock_guard calls(state_->calling);
}

void HostResolver::SetNames(std::set<std::string> names) {
  const std::lock_guard lock(state_->mutex);
  state_->names = std::move(names);
  state_->names_changed = true;
  state_->wake.notify_all();
  if (state_->started || state_->names.empty()) return;
  state_->started = true;
  // A look-up may hang for many seconds and cannot be interrupted: the thread
  // keeps what it needs and ends by itself.
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  std::thread([state = state_] { state->Run(); }).detach();
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
}

HostAddresses HostResolver::addresses() const {
  const std::lock_guard lock(state_->mutex);
  return state_->addresses;
}

}  // namespace meshgw::internal
