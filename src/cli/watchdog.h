#ifndef MESHGW_CLI_WATCHDOG_H_
#define MESHGW_CLI_WATCHDOG_H_

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>

#include "cli/consul_flags.h"

namespace meshgw::cli {

// WatchdogTimeout is how long a service manager waits for a sign of life of
// this process, as WATCHDOG_USEC and WATCHDOG_PID say
// (sd_watchdog_enabled(3)). 0: it does not.
std::chrono::microseconds WatchdogTimeout(const Environment& environment,
                                          pid_t process);

// Watchdog tells the service manager that the program lives, three times within
// each timeout, as long as `context` runs and `await_workers` returns: that is
// called on the thread of `context` and returns once every worker was heard of.
class Watchdog {
 public:
  Watchdog(boost::asio::io_context* context, std::chrono::microseconds timeout,
           std::function<void()> await_workers);

  // Start tells for the first time when the context runs. No timeout: never.
  void Start();

 private:
  void Wait(std::chrono::microseconds time);

  const std::chrono::microseconds timeout_;
  const std::function<void()> await_workers_;
  boost::asio::steady_timer timer_;
};

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_WATCHDOG_H_
