#ifndef MESHGW_FUZZ_PARSE_CONFIG_H_
#define MESHGW_FUZZ_PARSE_CONFIG_H_

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "meshgw/config.h"

// What holds of every text that is read as a configuration.
namespace meshgw::fuzz {

inline void Require(bool condition) {
  if (!condition) std::abort();
}

// A mistake lies in the file, or behind its last character.
inline void RequirePlace(std::string_view text, const SourceLocation& where) {
  Require(where.file == "input");
  if (where.line == 0) return;  // The file as a whole.
  std::size_t start = 0;
  for (int line = 1; line < where.line; ++line) {
    const std::size_t end = text.find('\n', start);
    Require(end != text.npos);
    start = end + 1;
  }
  const std::size_t length =
      std::min(text.find('\n', start), text.size()) - start;
  Require(where.column >= 1 &&
          static_cast<std::size_t>(where.column) <= length + 1);
}

inline void ParseConfigText(std::string_view text, ConfigFormat format) {
  const ConfigFile file{"input", std::string(text), format};
  ConfigDiagnostics found;
  const auto config = ParseConfig({&file, 1}, {}, &found);
  Require(config.ok() == found.errors.empty());
  Require(found.errors.size() <= ConfigLimits().max_errors);
  for (const ConfigError& error : found.errors) {
    RequirePlace(text, error.where);
    Require(!error.what.empty());
  }
  for (const ConfigError& warning : found.warnings) {
    RequirePlace(text, warning.where);
  }
  ConfigDiagnostics again;
  Require(ParseConfig({&file, 1}, {}, &again).ok() == config.ok());
  Require(again.Format() == found.Format());
}

}  // namespace meshgw::fuzz

#endif  // MESHGW_FUZZ_PARSE_CONFIG_H_
