#include <charconv>
#include <limits>
#include <optional>

#include "absl/strings/str_format.h"
#include "cli/command_line.h"
#include "config/object_reader.h"
#include "config/spelling.h"

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

std::string RangeText(FlagRange range) {
  if (range.most >= std::numeric_limits<std::uint32_t>::max()) {
    return absl::StrFormat("%d or more", range.least);
  }
  return absl::StrFormat("%d to %d", range.least, range.most);
}

template <typename Number>
void AddNumberFlag(CLI::App* verb, const std::string& name, Number* value,
                   FlagRange range, const std::string& description,
                   std::optional<std::uint64_t> (*parse)(std::string_view),
                   const char* expected, const char* type_name) {
  verb->add_option_function<std::string>(
          name,
          [=](const std::string& text) {
            const auto number = parse(text);
            if (!number.has_value() || *number < range.least ||
                *number > range.most) {
              throw CLI::ValidationError(
                  name, absl::StrFormat("\"%s\" is refused; expected %s, %s",
                                        text, expected, RangeText(range)));
            }
            *value = static_cast<Number>(*number);
          },
          description)
      ->type_name(type_name)
      ->default_str(std::to_string(*value));
}

constexpr char kCount[] = "a whole number";
constexpr char kSize[] = "bytes, for example 65536, 64KiB or 1MiB";

}  // namespace

void AddOutputFlag(CLI::App* verb, std::string* output) {
  verb->add_option("--output", *output, "text or json (one object a line)")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
}

void AddDurationFlag(CLI::App* verb, const std::string& name,
                     std::chrono::milliseconds* value,
                     const std::string& description,
                     std::chrono::milliseconds least) {
  verb->add_option_function<std::string>(
          name,
          [=](const std::string& text) {
            const auto duration = internal::ParseGoDuration(text);
            if (!duration.has_value() || duration->count() < 0) {
              throw CLI::ValidationError(
                  name, "\"" + text +
                            "\" is no duration; expected for example 500ms, "
                            "30s or 1h30m");
            }
            if (*duration < least) {
              throw CLI::ValidationError(
                  name, absl::StrFormat("\"%s\" is refused; expected %dms or "
                                        "more: 0 would leave no time at all",
                                        text, least.count()));
            }
            *value = std::chrono::duration_cast<std::chrono::milliseconds>(
                *duration);
          },
          description)
      ->type_name("DURATION");
}

void AddCountFlag(CLI::App* verb, const std::string& name, std::uint32_t* value,
                  FlagRange range, const std::string& description) {
  AddNumberFlag(verb, name, value, range, description, ParseCount, kCount,
                "NUMBER");
}

void AddSizeFlag(CLI::App* verb, const std::string& name, std::uint32_t* value,
                 FlagRange range, const std::string& description) {
  AddNumberFlag(verb, name, value, range, description, ParseSize, kSize,
                "BYTES");
}

void AddSizeFlag(CLI::App* verb, const std::string& name, std::size_t* value,
                 FlagRange range, const std::string& description) {
  AddNumberFlag(verb, name, value, range, description, ParseSize, kSize,
                "BYTES");
}

}  // namespace meshgw::cli
