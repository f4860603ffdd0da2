#include "gateway/host_resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "base/str_format.h"
#include "gateway/signal_mask.h"

namespace meshgw::internal {

std::optional<std::vector<std::string>> LookUpHost(const std::string& name,
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
    const void* address = nullptr;
    if (at->ai_family == AF_INET) {
      address = &reinterpret_cast<const sockaddr_in*>(at->ai_addr)->sin_addr;
    } else if (at->ai_family == AF_INET6) {
      address = &reinterpret_cast<const sockaddr_in6*>(at->ai_addr)->sin6_addr;
    }
    char text[INET6_ADDRSTRLEN] = {};
    if (address != nullptr &&
        inet_ntop(at->ai_family, address, text, sizeof(text)) != nullptr) {
      addresses.emplace_back(text);
    }
  }
  freeaddrinfo(found);
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()),
                  addresses.end());
  if (addresses.empty()) {
    *error = "it has no IP address";
    return std::nullopt;
  }
  return addresses;
}

struct HostResolver::State {
  std::chrono::milliseconds refresh;
  Changed changed;
  Log log;
  LookUp look_up;

  std::mutex mutex;  // Guards names and the flags.
  std::condition_variable wake;
  std::set<std::string> names;
  bool names_changed = false;
  bool started = false;
  bool stopped = false;
  std::mutex calling;  // Held while `changed` or `log` runs.

  // The thread's own.
  HostAddresses addresses;
  std::map<std::string, std::string> failures;  // By name, as logged.
  bool untold = false;  // The owner has yet to hear of a change.

  void Run();
  void LookUpAll(const std::set<std::string>& wanted);
  void LookUpOne(const std::string& name);
  void LogFailure(const std::string& name, const std::string& error);
  void TellAddresses();
  void LogFailedStart(const std::exception& error) noexcept;
  bool Interrupted() {
    const std::lock_guard lock(mutex);
    return stopped || names_changed;
  }

  // Tells the owner, unless it is gone: the destructor waits for `calling`.
  template <typename Call>
  void Tell(Call call) {
    const std::lock_guard calls(calling);
    {
      const std::lock_guard lock(mutex);
      if (stopped) return;
    }
    call();
  }
};

void HostResolver::State::Run() {
  std::unique_lock lock(mutex);
  while (!stopped) {
    names_changed = false;
    try {
      const std::set<std::string> wanted = names;
      lock.unlock();
      LookUpAll(wanted);
    } catch (const std::exception&) {
      // Without memory the last addresses stay in use until the next time.
    }
    if (!lock.owns_lock()) lock.lock();
    wake.wait_for(lock, refresh, [&] { return stopped || names_changed; });
  }
}

void HostResolver::State::LookUpAll(const std::set<std::string>& wanted) {
  const std::size_t forgotten = std::erase_if(
      addresses,
      [&](const auto& known) { return !wanted.contains(known.first); });
  if (forgotten > 0) untold = true;
  std::erase_if(failures, [&](const auto& failure) {
    return !wanted.contains(failure.first);
  });
  TellAddresses();
  // Names that nothing is known of come last: those that cannot be looked up
  // may take long, and must not hold up the others.
  for (const bool known : {true, false}) {
    for (const std::string& name : wanted) {
      if (addresses.contains(name) != known) continue;
      if (Interrupted()) return;
      LookUpOne(name);
    }
  }
}

// Each answer is told at once: the next look-up may hang.
void HostResolver::State::LookUpOne(const std::string& name) {
  std::string error;
  auto found = look_up(name, &error);
  if (!found.has_value()) {
    LogFailure(name, error);
    return;
  }
  if (failures.erase(name) > 0) {
    Tell([&] {
      if (log) log("info", "endpoint " + name + " is resolved again");
    });
  }
  std::vector<std::string>& last = addresses[name];
  if (last == *found) return;
  last = *std::move(found);
  untold = true;
  TellAddresses();
}

// Once, not at every try.
void HostResolver::State::LogFailure(const std::string& name,
                                     const std::string& error) {
  std::string& logged = failures[name];
  if (logged == error) return;
  logged = error;
  const bool kept = addresses.contains(name);
  Tell([&] {
    if (!log) return;
    log("warn",
        internal::StrFormat("cannot resolve endpoint %s: %s%s", name, error,
                            kept ? "; its last addresses stay in use" : ""));
  });
}

void HostResolver::State::TellAddresses() {
  if (!untold) return;
  Tell([&] { changed(addresses); });
  untold = false;
}

void HostResolver::State::LogFailedStart(const std::exception& error) noexcept {
  if (!log) return;
  try {
    log("error",
        internal::StrFormat("cannot start the resolver: %s", error.what()));
  } catch (...) {
  }
}

HostResolver::HostResolver(std::chrono::milliseconds refresh, Changed changed,
                           Log log, LookUp look_up)
    : state_(std::make_shared<State>()) {
  state_->refresh = std::max(refresh, std::chrono::milliseconds(1));
  state_->changed = std::move(changed);
  state_->log = std::move(log);
  state_->look_up = std::move(look_up);
}

HostResolver::~HostResolver() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopped = true;
  }
  state_->wake.notify_all();
  const std::lock_guard calls(state_->calling);
}

void HostResolver::SetNames(std::set<std::string> names) noexcept {
  const std::lock_guard lock(state_->mutex);
  if (state_->names == names && (state_->started || names.empty())) return;
  state_->names = std::move(names);
  state_->names_changed = true;
  state_->wake.notify_all();
  if (state_->started) return;
  // A look-up may hang for many seconds and cannot be interrupted: the thread
  // keeps what it needs and ends by itself.
  const BlockSignals block;
  try {
    std::thread([state = state_] { state->Run(); }).detach();
    state_->started = true;
  } catch (const std::exception& error) {  // bad_alloc or system_error.
    state_->LogFailedStart(error);
  }
}

}  // namespace meshgw::internal
