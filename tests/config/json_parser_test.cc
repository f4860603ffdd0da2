#include <string>
#include <vector>

#include "config_text.h"

namespace meshgw::test {
namespace {

using internal::ParseJson;

void CheckJson(const std::vector<ParseRow>& rows, bool places = false) {
  CheckRows(ParseJson, rows, places);
}

TEST_CASE("JSON values become values of their kind") {
  CheckJson({
      {"{}", "{}"},
      {" [] ", "[]"},
      {"null", "null"},
      {"[true, false]", "[true false]"},
      {"[0, -1, 9223372036854775807, -9223372036854775808]",
       "[0 -1 9223372036854775807 -9223372036854775808]"},
      {"[1.5, 1e3, -2.5e-1, 9223372036854775808]",
       "[1.5f 1000f -0.25f 9.22337e+18f]"},
      {R"(["\"\\\/\b\f\n\r\t"])", "[\"\"\\/\b\f\n\r\t\"]"},
      {R"(["\u0041\u20ac"])", "[\"A€\"]"},
      {R"(["\ud83d\ude00"])", "[\"😀\"]"},
      {R"(["\ud83dx", "\ude00", "\ud83d\u0041"])", "[\"�x\" \"�\" \"�A\"]"},
      {R"({"a": 1, "b": {"c": [1]}})", "{a=1 b={c=[1]}}"},
      {R"({"a": 1, "a": 2})", "{a=2}"},
  });
}

TEST_CASE("every JSON value and key knows its place") {
  CheckJson({{"{\n  \"a\": [1,\n    2]\n}", "{a@2:3=[1@2:9 2@3:5]@2:8}@1:1"}},
            true);
}

TEST_CASE("JSON text that is wrong is refused with its place") {
  CheckJson({
      {"", "1:1: unexpected end of the file; expected a value"},
      {"{", "1:2: unexpected end of the file; expected a key in quotes"},
      {"{\"a\" 1}", "1:6: unexpected '1'; expected ':'"},
      {"{\"a\": 1,}", "1:9: unexpected '}'; expected a key behind ','"},
      {"{\"a\": 1 \"b\": 2}", "1:9: unexpected '\"'; expected ',' or '}'"},
      {"{a: 1}", "1:2: unexpected 'a'; expected a key in quotes"},
      {"[1,]", "1:4: unexpected ']'; expected a value behind ','"},
      {"[1 2]", "1:4: unexpected '2'; expected ',' or ']'"},
      {"[", "1:2: unexpected end of the file; expected a value"},
      {"\"x", "1:1: string not terminated; expected '\"'"},
      {"\"\\q\"", "1:3: a bad escape; expected one of \"\\/bfnrtu"},
      {"\"\\u12g4\"",
       "1:6: a bad \\u escape; expected four hexadecimal digits"},
      {"\"a\nb\"", "1:3: a control character in a string; expected an escape"},
      {"\"\xc3\"", "1:2: invalid UTF-8"},
      {"01", "1:1: a number with a leading zero"},
      {"-", "1:1: a number without digits"},
      {"1.", "1:1: a number without digits after its point"},
      {"1e", "1:1: a number without digits in its exponent"},
      {"nul", "1:1: unexpected 'n'; expected a value"},
      {"{} x", "1:4: unexpected 'x'; expected the end of the file"},
      {"[1] // no", "1:5: unexpected '/'; expected the end of the file"},
      {"[\n  +1]", "2:3: unexpected '+'; expected a value"},
      {"\x01", "1:1: unexpected byte 0x01; expected a value"},
  });
}

TEST_CASE("JSON nests as deep and holds as much as allowed") {
  CHECK(Parse(ParseJson, "[[[1]]]", false, 3) == "[[[1]]]");
  CHECK(Parse(ParseJson, "[[[[1]]]]", false, 3) ==
        "1:5: nested more than 3 deep");
  CHECK(Parse(ParseJson, std::string(100000, '[')) ==
        "1:66: nested more than 64 deep");
  std::string objects;
  for (int i = 0; i < 100000; ++i) objects += "{\"a\":";
  CHECK(Parse(ParseJson, objects) == "1:326: nested more than 64 deep");
  CHECK(Parse(ParseJson, "[1, 2, 3]", false, 64, 3) ==
        "1:8: too many values in the configuration");
}

}  // namespace
}  // namespace meshgw::test
