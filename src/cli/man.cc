#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "cli/command_line.h"
#include "cli/json.h"
#include "cli/man_page.h"

namespace meshgw::cli {
namespace {

// A time that the clock can hold, some two centuries from now.
constexpr std::int64_t kLatest = 9'000'000'000;

// Today in UTC, or what builds that are to be repeated say instead:
// https://reproducible-builds.org/specs/source-date-epoch/.
std::string PageDate() {
  auto now = std::chrono::system_clock::now();
  if (const char* text = std::getenv("SOURCE_DATE_EPOCH"); text != nullptr) {
    std::int64_t seconds = 0;
    const char* last = text + std::strlen(text);
    const auto [end, error] = std::from_chars(text, last, seconds);
    if (error == std::errc() && end == last && seconds >= 0 &&
        seconds < kLatest) {
      now =
          std::chrono::system_clock::time_point(std::chrono::seconds(seconds));
    }
  }
  return Timestamp(now).substr(0, 10);
}

}  // namespace

void AddManVerb(CLI::App* app, int* exit_code) {
  auto* verb = app->add_subcommand("man", "Print the man page, in roff");
  verb->footer("Example: meshgw man | man -l -");
  verb->callback([=] {
    std::cout << ManPage(DescribeProgram(*app), PageDate());
    *exit_code = kExitOk;
  });
}

}  // namespace meshgw::cli
