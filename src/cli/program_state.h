#ifndef MESHGW_CLI_PROGRAM_STATE_H_
#define MESHGW_CLI_PROGRAM_STATE_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <utility>

#include "cli/listener_set.h"

namespace meshgw::cli {

// ConfigStatus is how it went to serve what was configured.
struct ConfigStatus {
  std::uint64_t applied = 0;
  std::uint64_t refused = 0;  // What was served before stayed.
  std::chrono::system_clock::time_point last_success{};
  // How long it took the last time, from the files or the message on.
  std::chrono::microseconds apply{0};
};

// ProgramState is what the pages for operators tell of the program. Written by
// the threads that do the work; thread-safe.
class ProgramState {
 public:
  const std::chrono::system_clock::time_point start =
      std::chrono::system_clock::now();
  const std::chrono::steady_clock::time_point steady_start =
      std::chrono::steady_clock::now();
  std::atomic<bool> ready{false};  // Routes are there, and listened for.
  std::atomic<bool> draining{false};
  std::atomic<std::uint64_t> reloads_started{0};
  std::atomic<std::uint64_t> reloads_finished{0};

  void SetListening(ListenList listening) {
    const std::lock_guard lock(mutex_);
    listening_ = std::move(listening);
  }
  ListenList listening() const {
    const std::lock_guard lock(mutex_);
    return listening_;
  }

  void CountApplied(std::chrono::microseconds took) {
    const std::lock_guard lock(mutex_);
    ++config_.applied;
    config_.last_success = std::chrono::system_clock::now();
    config_.apply = took;
  }
  void CountRefused() {
    const std::lock_guard lock(mutex_);
    ++config_.refused;
  }
  ConfigStatus config() const {
    const std::lock_guard lock(mutex_);
    return config_;
  }

 private:
  mutable std::mutex mutex_;
  ListenList listening_;
  ConfigStatus config_;
};

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_PROGRAM_STATE_H_
