#ifndef MESHGW_TESTS_SUPPORT_VECTORS_H_
#define MESHGW_TESTS_SUPPORT_VECTORS_H_

#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "support/source_tree.h"

// Test vectors in testdata/vectors/. Needs Boost.JSON. Without its data a test
// must not pass: every fault here ends the program.
namespace meshgw::test {

// LoadVectors reads testdata/vectors/`file`.
inline boost::json::value LoadVectors(const std::string& file) {
  const std::string path = SourceTree("testdata/vectors/" + file);
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)),
                         std::istreambuf_iterator<char>());
  boost::json::error_code error;
  boost::json::value value = boost::json::parse(text, error);
  if (error) {
    std::fprintf(stderr, "%s: %s\n", path.c_str(), error.message().c_str());
    std::abort();
  }
  return value;
}

// FromHex decodes an even number of lower-case hex digits.
inline std::vector<std::uint8_t> FromHex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(
        static_cast<std::uint8_t>(digit(hex[i]) << 4 | digit(hex[i + 1])));
  }
  return bytes;
}

// Text is a JSON string's characters.
inline std::string Text(const boost::json::value& value) {
  const boost::json::string& text = value.as_string();
  return std::string(text.data(), text.size());
}

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_SUPPORT_VECTORS_H_
