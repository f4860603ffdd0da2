#ifndef MESHGW_TESTS_CONFIG_CONFIG_TEXT_H_
#define MESHGW_TESTS_CONFIG_CONFIG_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "config/value.h"
#include "meshgw/config.h"
#include "support/catch.h"

// Values and mistakes as short texts, so that tables can hold them.
namespace meshgw::test {

// ToText writes a tree as {key=value ...}, [value ...], "string", 1, 1.5f,
// true, null; with places, each value has its @line:column behind it.
inline std::string ToText(const internal::Value& value, bool places = false) {
  using Kind = internal::Value::Kind;
  std::string out;
  switch (value.kind) {
    case Kind::kNull:
      out = "null";
      break;
    case Kind::kBool:
      out = value.boolean ? "true" : "false";
      break;
    case Kind::kInteger:
      out = absl::StrFormat("%d", value.integer);
      break;
    case Kind::kFloat:
      out = absl::StrFormat("%gf", value.number);
      break;
    case Kind::kString:
      out = "\"" + value.string + "\"";
      break;
    case Kind::kList:
      for (const internal::Value& element : value.list) {
        out += (out.empty() ? "" : " ") + ToText(element, places);
      }
      out = "[" + out + "]";
      break;
    case Kind::kObject:
      for (const internal::Member& member : value.members) {
        out += out.empty() ? "" : " ";
        out += member.key;
        if (places) {
          out +=
              absl::StrFormat("@%d:%d", member.where.line, member.where.column);
        }
        out += "=" + ToText(member.value, places);
      }
      out = "{" + out + "}";
      break;
  }
  if (places) {
    out += absl::StrFormat("@%d:%d", value.where.line, value.where.column);
  }
  return out;
}

using Parser = bool (*)(std::string_view, const internal::ParseLimits&,
                        internal::Value*, internal::ParseError*);

// Parse gives the tree's text, or `line:column: what; expected` of the mistake.
inline std::string Parse(Parser parser, std::string_view text,
                         bool places = false, std::size_t max_depth = 64,
                         std::size_t max_values = 1000) {
  internal::Value root;
  internal::ParseError error;
  if (parser(text, {max_depth, &max_values}, &root, &error)) {
    return ToText(root, places);
  }
  return absl::StrFormat("%d:%d: %s", error.where.line, error.where.column,
                         error.what) +
         (error.expected.empty() ? "" : "; expected " + error.expected);
}

// A table of texts and what Parse gives for each.
struct ParseRow {
  std::string text;
  std::string want;
};

inline void CheckRows(Parser parser, const std::vector<ParseRow>& rows,
                      bool places = false) {
  for (const ParseRow& row : rows) {
    CAPTURE(row.text);
    CHECK(Parse(parser, row.text, places) == row.want);
  }
}

// ConfigOf parses one file, which must be good.
inline Config ConfigOf(std::string_view text, std::string name = "a.hcl") {
  const ConfigFile file{std::move(name), std::string(text)};
  ConfigDiagnostics found;
  auto config = ParseConfig({&file, 1}, {}, &found);
  INFO(found.Format());
  REQUIRE(config.ok());
  return *std::move(config);
}

// MistakesIn gives every mistake of one file, a line each, without the file's
// name; empty for a good one.
inline std::string MistakesIn(std::string_view text,
                              const std::string& name = "a.hcl") {
  const ConfigFile file{name, std::string(text)};
  ConfigDiagnostics found;
  const auto config = ParseConfig({&file, 1}, {}, &found);
  REQUIRE(config.ok() == found.errors.empty());
  std::string out;
  for (const ConfigError& error : found.errors) {
    REQUIRE(error.where.file == name);
    out += (out.empty() ? "" : "\n") + error.Format().substr(name.size() + 1);
  }
  return out;
}

// WarningsIn is the same for warnings.
inline std::string WarningsIn(std::string_view text) {
  const ConfigFile file{"a.hcl", std::string(text)};
  ConfigDiagnostics found;
  REQUIRE(ParseConfig({&file, 1}, {}, &found).ok());
  std::string out;
  for (const ConfigError& warning : found.warnings) {
    out += (out.empty() ? "" : "\n") + warning.Format().substr(6);
  }
  return out;
}

// MistakeRow is a text and the mistakes that are found in it, each a line.
struct MistakeRow {
  std::string text;
  std::string want;
};

// CheckMistakes parses each row's text behind `head`, the lines in front of
// all.
inline void CheckMistakes(const std::string& head,
                          const std::vector<MistakeRow>& rows) {
  for (const MistakeRow& row : rows) {
    CAPTURE(row.text);
    CHECK(MistakesIn(head + row.text) == row.want);
  }
}
inline void CheckMistakes(const std::vector<MistakeRow>& rows) {
  CheckMistakes("", rows);
}

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_CONFIG_CONFIG_TEXT_H_
