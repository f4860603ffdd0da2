#include <charconv>
#include <limits>
#include <optional>

#include "absl/strings/str_format.h"
#include "base/ascii.h"
#include "cli/command_line.h"
#include "config/object_reader.h"

namespace meshgw::cli {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

// A number with a unit of bytes behind it, or none.
std::optional<std::uint64_t> ParseSize(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  constexpr std::pair<std::string_view, std::uint64_t> kUnits[] = {
      {"", 1},
      {"B", 1},
      {"KiB", 1u << 10},
      {"MiB", 1u << 20},
      {"GiB", 1u << 30}};
  for (const auto& [unit, bytes] : kUnits) {
    if (!internal::EqualIgnoringCase(unit, text)) continue;
    if (number > kMost / bytes) return std::nullopt;
    return number * bytes;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> ParseCount(std::string_view text) {
  std::uint64_t number = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc() || end != last) return std::nullopt;
  return number;
}

std::string CountText(std::uint64_t count) { return std::to_string(count); }

// As ParseSize reads it, in the largest unit that leaves no rest.
std::string SizeText(std::uint64_t bytes) {
  constexpr const char* kUnits[] = {"", "KiB", "MiB", "GiB"};
  std::size_t unit = 0;
  while (unit < 3 && bytes > 0 && bytes % 1024 == 0) {
    bytes /= 1024;
    ++unit;
  }
  return absl::StrFormat("%d%s", bytes, kUnits[unit]);
}

std::string DurationText(std::chrono::milliseconds time) {
  constexpr std::int64_t kSecond = 1000;
  constexpr std::int64_t kHour = 3600 * kSecond;
  const std::int64_t count = time.count();
  if (count == 0) return "0";
  if (count % kHour == 0) return absl::StrFormat("%dh", count / kHour);
  if (count % kSecond == 0) return absl::StrFormat("%ds", count / kSecond);
  return absl::StrFormat("%dms", count);
}

// How a kind of number is written.
struct Notation {
  std::optional<std::uint64_t> (*parse)(std::string_view text);
  std::string (*format)(std::uint64_t number);
  const char* expected;
  const char* type_name;
};
constexpr Notation kCount = {ParseCount, CountText, "a whole number", "NUMBER"};
constexpr Notation kSize = {ParseSize, SizeText,
                            "bytes, for example 65536, 64KiB or 1MiB", "BYTES"};

template <typename Number>
void AddNumberFlag(CLI::App* verb, const std::string& name, Number* value,
                   FlagRange range, const std::string& description,
                   const Notation& notation) {
  verb->add_option_function<std::string>(
          name,
          [=](const std::string& text) {
            const auto number = notation.parse(text);
            if (!number.has_value() || *number < range.least ||
                *number > range.most) {
              throw CLI::ValidationError(
                  name, absl::StrFormat(
                            "\"%s\" is refused; expected %s, %s to %s", text,
                            notation.expected, notation.format(range.least),
                            notation.format(range.most)));
            }
            *value = static_cast<Number>(*number);
          },
          description)
      ->type_name(notation.type_name)
      ->default_str(std::to_string(*value));
}

}  // namespace

void AddOutputFlag(CLI::App* verb, std::string* output) {
  verb->add_option("--output", *output, "text or json (one object a line)")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
}

void AddDurationFlag(CLI::App* verb, const std::string& name,
                     std::chrono::milliseconds* value,
                     const std::string& description, DurationRange range) {
  verb->add_option_function<std::string>(
          name,
          [=](const std::string& text) {
            using std::chrono::milliseconds;
            const auto refuse = [&](const std::string& why) {
              throw CLI::ValidationError(name, "\"" + text + "\" is " + why);
            };
            const auto duration = internal::ParseGoDuration(text);
            if (!duration.has_value()) {
              refuse("no duration; expected for example 500ms, 30s or 1h30m");
            }
            if (*duration < range.least || *duration > range.most) {
              refuse("refused; expected " + DurationText(range.least) + " to " +
                     DurationText(range.most));
            }
            // Rounding would turn a time into none.
            if (*duration % milliseconds(1) != milliseconds(0)) {
              refuse("refused; expected whole milliseconds");
            }
            *value = std::chrono::duration_cast<milliseconds>(*duration);
          },
          description)
      ->type_name("DURATION");
}

void AddCountFlag(CLI::App* verb, const std::string& name, std::uint32_t* value,
                  FlagRange range, const std::string& description) {
  AddNumberFlag(verb, name, value, range, description, kCount);
}

void AddSizeFlag(CLI::App* verb, const std::string& name, std::uint32_t* value,
                 FlagRange range, const std::string& description) {
  AddNumberFlag(verb, name, value, range, description, kSize);
}

void AddSizeFlag(CLI::App* verb, const std::string& name, std::size_t* value,
                 FlagRange range, const std::string& description) {
  AddNumberFlag(verb, name, value, range, description, kSize);
}

}  // namespace meshgw::cli
