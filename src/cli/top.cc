#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_format.h"
#include "cli/admin_client.h"
#include "cli/admin_flags.h"
#include "cli/command_line.h"
#include "cli/gateway_text.h"
#include "cli/json.h"

namespace meshgw::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Of how many connections the busiest are shown, and how many of those.
constexpr const char* kConnections = "/v1/connections?limit=1000";
constexpr std::size_t kShown = 20;
constexpr const char* kClearScreen = "\x1b[H\x1b[2J";

struct TopFlags {
  std::string admin;
  milliseconds interval{2000};
  bool once = false;
};

std::int64_t BytesOf(const boost::json::object& connection) {
  return NumberAt(connection, "bytes_in") + NumberAt(connection, "bytes_out");
}

// How fast the number grows that two statuses have at the same place.
double PerSecond(const boost::json::object& before,
                 const boost::json::object& after, std::string_view in,
                 std::string_view key, steady_clock::duration time) {
  const auto grown =
      NumberAt(ObjectAt(after, in), key) - NumberAt(ObjectAt(before, in), key);
  return static_cast<double>(grown) /
         std::chrono::duration<double>(time).count();
}

int TopVerb(const TopFlags& flags) {
  const bool terminal = ::isatty(STDOUT_FILENO) == 1 && !flags.once;
  boost::json::object before;
  steady_clock::time_point then;
  while (true) {
    auto status = FetchObject(flags.admin, "/v1/status");
    if (!status.ok()) return ReportAdminError(status.status());
    const auto now = steady_clock::now();
    auto list = FetchLines(flags.admin, kConnections);
    if (!list.ok()) return ReportAdminError(list.status());
    std::ranges::stable_sort(*list, std::ranges::greater(), BytesOf);
    if (list->size() > kShown) list->resize(kShown);
    if (terminal) std::cout << kClearScreen;
    std::cout << FormatStatus(*status);
    if (!before.empty()) {
      std::cout << absl::StrFormat(
          "new:         %.1f connections a second\n",
          PerSecond(before, *status, "connections", "accepted", now - then));
    }
    std::cout << '\n' << FormatConnections(*list) << std::flush;
    if (flags.once) return kExitOk;
    if (!terminal) std::cout << '\n';
    before = *std::move(status);
    then = now;
    std::this_thread::sleep_for(flags.interval);
  }
}

}  // namespace

void AddTopVerb(CLI::App* app, int* exit_code) {
  auto* verb = app->add_subcommand(
      "top", "A running gateway and its busiest connections, again and again");
  auto flags = std::make_shared<TopFlags>();
  AddAdminFlag(verb, &flags->admin);
  verb->add_flag("--once", flags->once, "Only once");
  AddDurationFlag(verb, "--interval", &flags->interval,
                  "How often (default 2s)", {.least = milliseconds(100)});
  verb->callback([=] { *exit_code = TopVerb(*flags); });
}

}  // namespace meshgw::cli
