#include "cli/watchdog.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "cli/service_manager.h"

namespace meshgw::cli {
namespace {

std::optional<std::int64_t> Number(const char* text) {
  const std::string_view digits = text == nullptr ? "" : text;
  std::int64_t number = 0;
  const char* last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, number);
  if (error != std::errc() || end != last) return std::nullopt;
  return number;
}

}  // namespace

std::chrono::microseconds WatchdogTimeout(const Environment& environment,
                                          pid_t process) {
  constexpr std::chrono::microseconds kNone{0};
  // The variables reach children too, which are not waited for.
  const char* pid = environment("WATCHDOG_PID");
  if (pid != nullptr && Number(pid) != process) return kNone;
  const auto timeout = Number(environment("WATCHDOG_USEC"));
  if (timeout.value_or(0) <= 0) return kNone;
  return std::min<std::chrono::microseconds>(
      std::chrono::microseconds(*timeout), std::chrono::hours(24));
}

Watchdog::Watchdog(boost::asio::io_context* context,
                   std::chrono::microseconds timeout,
                   std::function<void()> await_workers)
    : timeout_(timeout),
      await_workers_(std::move(await_workers)),
      timer_(*context) {}

void Watchdog::Start() {
  if (timeout_.count() > 0) Wait(std::chrono::microseconds(0));
}

void Watchdog::Wait(std::chrono::microseconds time) {
  timer_.expires_after(time);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    // First the next time: what throws here ends nothing.
    Wait(timeout_ / 3);
    await_workers_();
    NotifyServiceManager("WATCHDOG=1");
  });
}

}  // namespace meshgw::cli
