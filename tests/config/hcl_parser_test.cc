#include <string>
#include <vector>

#include "config_text.h"

namespace meshgw::test {
namespace {

using internal::ParseHcl;

void Check(const std::vector<ParseRow>& rows, bool places = false) {
  CheckRows(ParseHcl, rows, places);
}

TEST_CASE("a chain of keys is as deep as it is long") {
  std::string keys;
  for (int i = 0; i < 64; ++i) keys += "a ";
  CHECK(Parse(internal::ParseHcl, keys + "{}").starts_with("{a=[{a=[{"));
  // Found at the key too many, wherever the text ends.
  for (const std::string rest : {"a {}", "a = 1", "a", "a a a a a a a"}) {
    CHECK(Parse(internal::ParseHcl, keys + rest) ==
          "1:129: nested more than 64 deep");
  }
}

TEST_CASE("HCL scalars become values of their kind") {
  Check({
      {"", "{}"},
      {"a = 1", "{a=1}"},
      {"a = -7", "{a=-7}"},
      {"a = 0x1F", "{a=31}"},
      {"a = 010", "{a=8}"},
      {"a = 9223372036854775807", "{a=9223372036854775807}"},
      {"a = -9223372036854775808", "{a=-9223372036854775808}"},
      {"a = 1.5", "{a=1.5f}"},
      {"a = 2e3", "{a=2000f}"},
      {"a = 25e-1", "{a=2.5f}"},
      {"a = true\nb = false", "{a=true b=false}"},
      {"a = \"x\"", "{a=\"x\"}"},
      {"\"a b\" = 1", "{a b=1}"},
      {"a.b-c_d9 = 1", "{a.b-c_d9=1}"},
      {"größe = 1", "{größe=1}"},
      {"a = 1\r\nb = 2\r\n", "{a=1 b=2}"},
      {"a = 1, b = 2", "{a=1 b=2}"},
  });
}

TEST_CASE("HCL strings resolve their escapes and keep interpolations") {
  Check({
      {R"(a = "\a\b\f\n\r\t\v\\\"")", "{a=\"\a\b\f\n\r\t\v\\\"\"}"},
      {R"(a = "\101\x41\u0041\U00000041")", "{a=\"AAAA\"}"},
      {R"(a = "\u20ac")", "{a=\"€\"}"},
      {R"(a = "x${f("}")}y")", "1:14: unexpected ')'; expected a key"},
      {R"(a = "x${ {} }y")", "{a=\"x${ {} }y\"}"},
      {"a = \"ü\"", "{a=\"ü\"}"},
  });
}

TEST_CASE("HCL heredocs keep their lines, and indented ones lose the indent") {
  Check({
      {"a = <<EOT\nx\n  y\nEOT\n", "{a=\"x\n  y\n\"}"},
      {"a = <<EOT\r\nx\r\nEOT\r\n", "{a=\"x\n\"}"},
      {"a = <<EOT\nEOT\n", "{a=\"\"}"},
      {"a = <<-EOT\n    x\n      y\n    EOT\nb = 1", "{a=\"x\n  y\n\" b=1}"},
      {"a = <<-EOT\n x\n    EOT\n", "{a=\" x\n\"}"},
  });
}

TEST_CASE("HCL comments are no part of the tree") {
  Check({
      {"# one\n// two\n/* three\n four */ a = 1 # five", "{a=1}"},
      {"a = /* x */ 1", "{a=1}"},
      {"a = [ 1, # one\n 2 ]", "{a=[1 2]}"},
  });
}

TEST_CASE("HCL blocks become lists of objects, repeated ones are appended") {
  Check({
      {"a { }", "{a=[{}]}"},
      {"a { b = 1 }", "{a=[{b=1}]}"},
      {"a = { b = 1 }", "{a=[{b=1}]}"},
      {"a { b = 1 } a { c = 2 }", "{a=[{b=1} {c=2}]}"},
      {"a \"x\" { b = 1 }", "{a=[{x=[{b=1}]}]}"},
      {"a x y { b = 1 }", "{a=[{x=[{y=[{b=1}]}]}]}"},
      {"a = [ { b = 1 }, { b = 2 }, ]", "{a=[{b=1} {b=2}]}"},
      {"a = []", "{a=[]}"},
      {"a = [1, \"x\", true, [2]]", "{a=[1 \"x\" true [2]]}"},
      {"a = 1 a = 2", "{a=2}"},
      {"a = [1] a = [2]", "{a=[1 2]}"},
      {"a = [{ b { c = 1 } }]", "{a=[{b=[{c=1}]}]}"},
  });
}

TEST_CASE("every HCL value and key knows its place") {
  Check(
      {
          {"a = 1", "{a@1:1=1@1:5}@1:1"},
          {"\n  b {\n    c = \"x\"\n  }",
           "{b@2:3=[{c@3:5=\"x\"@3:9}@2:5]@2:5}@1:1"},
          {"a = [\n 1,\n {}\n]", "{a@1:1=[1@2:2 {}@3:2]@1:5}@1:1"},
          {"ü = \"€\" b = 1", "{ü@1:1=\"€\"@1:6 b@1:12=1@1:16}@1:1"},
      },
      true);
}

TEST_CASE("HCL text that is wrong is refused with its place") {
  Check({
      {"a",
       "1:2: key 'a' expected start of object ('{') or assignment ('='); "
       "expected '{' or '=', not the end of the file"},
      {"a =",
       "1:4: Unknown token: the end of the file; expected a number, "
       "string, boolean, list or object"},
      {"a = }",
       "1:5: Unknown token: '}'; expected a number, string, boolean, "
       "list or object"},
      {"a {", "1:4: object expected closing RBRACE got: EOF; expected '}'"},
      {"a = [1, 2",
       "1:10: error parsing list, expected comma or list end, got: "
       "the end of the file; expected ',' or ']'"},
      {"a = [1 2]",
       "1:8: error parsing list, expected comma or list end, got: "
       "'2'; expected ',' or ']'"},
      {"a b = 1",
       "1:5: several keys in front of '=' (a, b); expected one key, "
       "or '{' for nested objects"},
      {"}", "1:1: unexpected '}'; expected a key"},
      {"= 1", "1:1: unexpected '='; expected a key"},
      {"a = \"x", "1:5: literal not terminated"},
      {"a = \"x\ny\"", "1:5: literal not terminated"},
      {"a = \"\\q\"", "1:7: illegal char escape"},
      {"a = \"\\x4\"", "1:7: illegal char escape"},
      {"a = \"${x\"", "1:6: expected terminating braces"},
      {"a = 08", "1:5: illegal octal number"},
      {"a = 0xg", "1:5: illegal hexadecimal number"},
      {"a = 1e", "1:5: illegal exponent of a number"},
      {"a = 9223372036854775808",
       "1:5: integer 9223372036854775808 is too large; expected a signed "
       "integer of 64 bits"},
      {"a = <<EOT\nx\n", "1:5: heredoc not terminated"},
      {"a = <<\nx\n", "1:5: zero-length heredoc anchor"},
      {"/* x", "1:1: comment not terminated"},
      {"/ x", "1:1: expected '/' for comment"},
      {"a = \"\xff\"", "1:6: invalid UTF-8"},
      {std::string("a = \"\0\"", 7), "1:6: a character that HCL forbids"},
      {"a = 1\nb = @",
       "2:5: Unknown token: '@'; expected a number, string, "
       "boolean, list or object"},
  });
}

TEST_CASE("HCL nests as deep as allowed, and no input goes deeper") {
  const auto nested = [](std::size_t depth) {
    std::string out = "a = ";
    for (std::size_t i = 0; i < depth; ++i) out += '[';
    for (std::size_t i = 0; i < depth; ++i) out += ']';
    return out;
  };
  CHECK(Parse(ParseHcl, nested(3), false, 3) == "{a=[[[]]]}");
  CHECK(Parse(ParseHcl, nested(4), false, 3) == "1:8: nested more than 3 deep");
  CHECK(Parse(ParseHcl, nested(100000)) == "1:69: nested more than 64 deep");

  std::string blocks;
  for (int i = 0; i < 100000; ++i) blocks += "a {";
  CHECK(Parse(ParseHcl, blocks).ends_with("nested more than 64 deep"));
  std::string keys;
  for (int i = 0; i < 100000; ++i) keys += "a ";
  CHECK(Parse(ParseHcl, keys + "{}").ends_with("nested more than 64 deep"));
}

TEST_CASE("HCL holds as many values as allowed") {
  CHECK(Parse(ParseHcl, "a = 1 b = 2", false, 64, 2) == "{a=1 b=2}");
  CHECK(Parse(ParseHcl, "a = 1 b = 2 c = 3", false, 64, 2) ==
        "1:17: too many values in the configuration");
  std::string keys;
  for (int i = 0; i < 4097; ++i) keys += "k" + std::to_string(i) + " = 1\n";
  CHECK(Parse(ParseHcl, keys, false, 64, 100000) ==
        "4097:1: more than 4096 keys in one object");
}

}  // namespace
}  // namespace meshgw::test
