// Reads HCL documents from standard input, each as its length in bytes, a line
// feed and its text, and writes a line of JSON for each: {"tree": ...}, or
// {"error": ..., "line": ..., "column": ...}. Bytes that are no printable ASCII
// are written as \u00NN, so that strings need not be UTF-8; floats have an
// exponent, integers have none.
#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>

#include "absl/strings/str_format.h"
#include "config/value.h"

namespace meshgw {
namespace {

using internal::Member;
using internal::ParseError;
using internal::Value;

std::string Quote(std::string_view bytes) {
  std::string out = "\"";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7e || c == '"' || c == '\\') {
      out += absl::StrFormat("\\u%04x", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string ToJson(const Value& value) {
  std::string out;
  switch (value.kind) {
    case Value::Kind::kNull:
      return "null";
    case Value::Kind::kBool:
      return value.boolean ? "true" : "false";
    case Value::Kind::kInteger:
      return absl::StrFormat("%d", value.integer);
    case Value::Kind::kFloat:
      return absl::StrFormat("%.17e", value.number);
    case Value::Kind::kString:
      return Quote(value.string);
    case Value::Kind::kList:
      for (const Value& element : value.list) {
        out += (out.empty() ? "" : ",") + ToJson(element);
      }
      return "[" + out + "]";
    case Value::Kind::kObject:
      for (const Member& member : value.members) {
        out += (out.empty() ? "" : ",") + Quote(member.key) + ":" +
               ToJson(member.value);
      }
      return "{" + out + "}";
  }
  return "null";
}

std::string Answer(std::string_view text) {
  std::size_t values_left = std::size_t{1} << 20;
  Value root;
  ParseError error;
  if (internal::ParseHcl(text, {64, &values_left}, &root, &error)) {
    return "{\"tree\":" + ToJson(root) + "}";
  }
  return absl::StrFormat("{\"error\":%s,\"line\":%d,\"column\":%d}",
                         Quote(error.what), error.where.line,
                         error.where.column);
}

}  // namespace
}  // namespace meshgw

int main() {
  std::size_t size = 0;
  while (std::cin >> size && std::cin.get() == '\n') {
    std::string text(size, '\0');
    if (!std::cin.read(text.data(), static_cast<std::streamsize>(size))) {
      return 1;
    }
    std::cout << meshgw::Answer(text) << '\n';
  }
  return std::cin.eof() ? 0 : 1;
}
