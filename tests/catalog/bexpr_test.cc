#include "catalog/bexpr.h"

#include <string>
#include <utility>
#include <vector>

#include "support/catch.h"

namespace meshgw::test {
namespace {

using internal::Filter;
using internal::FilterField;
using Kind = FilterField::Kind;

// One field of each kind, under names of one letter.
class Subject : public internal::FilterSubject {
 public:
  FilterField Get(std::span<const std::string> path) const override {
    if (path[0] == "text") return {Kind::kText, {"one two"}};
    if (path[0] == "empty") return {Kind::kText, {""}};
    if (path[0] == "number") return {Kind::kNumber, {"80"}};
    if (path[0] == "list") return {Kind::kCollection, {"a", "b"}};
    if (path[0] == "nothing") return {Kind::kCollection, {}};
    if (path[0] == "checks") return {Kind::kEachElement, {"passing", "bad"}};
    if (path[0] == "none") return {Kind::kEachElement, {}};
    if (path[0] == "meta") {
      return path.size() == 2 && path[1] == "a.b"
                 ? FilterField{Kind::kText, {"v"}}
                 : FilterField{Kind::kMissing, {}};
    }
    return {Kind::kUnknown, {}};
  }
};

// "true", "false" or the mistake.
std::string Answer(std::string_view text) {
  const auto filter = Filter::Parse(text);
  if (!filter.ok()) return std::string(filter.status().message());
  const auto matches = filter->Matches(Subject());
  if (!matches.ok()) return std::string(matches.status().message());
  return *matches ? "true" : "false";
}

using Rows = std::vector<std::pair<std::string, std::string>>;

void Check(const Rows& rows) {
  for (const auto& [text, want] : rows) {
    CAPTURE(text);
    CHECK(Answer(text) == want);
  }
}

TEST_CASE("each question is asked of text, numbers and collections") {
  Check({
      {"text == \"one two\"", "true"},
      {"text == `one two`", "true"},
      {"text == one", "false"},
      {"text != one", "true"},
      {"text contains two", "true"},
      {"text not contains two", "false"},
      {"two in text", "true"},
      {"\"three\" not in text", "true"},
      {"text matches \"^one\"", "true"},
      {"text matches \"^two\"", "false"},
      {"text not matches \"^two\"", "true"},
      {"text is empty", "false"},
      {"empty is empty", "true"},
      {"empty is not empty", "false"},
      {"number == 80", "true"},
      {"number != 80", "false"},
      {"number == -80", "false"},
      {"a in list", "true"},
      {"list contains c", "false"},
      {"c not in list", "true"},
      {"list is empty", "false"},
      {"nothing is empty", "true"},
      {"nothing is not empty", "false"},
  });
}

TEST_CASE("through a list a question holds when it holds of any element") {
  Check({
      {"checks == passing", "true"},
      {"checks == good", "false"},
      {"checks != passing", "true"},
      // As Consul asks whether all pass.
      {"not checks != passing", "false"},
      {"checks matches \"^ba\"", "true"},
      {"checks not matches \"a\"", "false"},
      {"none == passing", "false"},
      {"none != passing", "false"},
      {"not none != passing", "true"},
  });
}

TEST_CASE("of a missing key all is true but ==, in and is not empty") {
  Check({
      {"meta.x == v", "false"},
      {"meta.x != v", "true"},
      {"v in meta.x", "false"},
      {"v not in meta.x", "true"},
      {"meta.x contains v", "false"},
      {"meta.x is empty", "true"},
      {"meta.x is not empty", "false"},
      {"meta.x matches v", "true"},
      {"meta.x not matches v", "true"},
      {"meta[\"a.b\"] == v", "true"},
      {"meta[`a.b`] == v", "true"},
  });
}

TEST_CASE("or binds weaker than and, and weaker than not") {
  const std::string yes = "text contains one";
  const std::string no = "text contains three";
  Check({
      {yes + " or " + no + " and " + no, "true"},
      {"(" + yes + " or " + no + ") and " + no, "false"},
      {"not " + no + " and " + yes, "true"},
      {"not (" + no + " or " + yes + ")", "false"},
      {"not not " + yes, "true"},
      {no + " or " + no + " or " + yes, "true"},
      {yes + " and " + yes + " and " + no, "false"},
      {"((" + yes + "))", "true"},
      {"not " + yes + " or " + yes, "true"},
  });
}

TEST_CASE("an operand that decides ends the question") {
  // What is behind it would be a mistake.
  Check({{"text contains one or unknown == 1", "true"},
         {"text contains three and unknown == 1", "false"},
         {"unknown == 1 or text contains one",
          "column 1: selector unknown leads to no field"}});
}

TEST_CASE("values are words, numbers and strings with Go's escapes") {
  Check({
      {"text != \"a\\\"b\\\\c\\n\\t\"", "true"},
      {"text == \"one\\x\"",
       "column 13: a bad escape; expected one of \\a \\b \\f \\n \\r \\t \\v "
       "\\\\ \\\""},
      {"text != 1.5", "true"},
      {"text != a.b", "true"},
      {"\ttext\n ==\r one ", "false"},
  });
}

TEST_CASE("mistakes have their column and what was expected") {
  Check({
      {"",
       "column 1: unexpected end of the filter; expected a selector or a "
       "value"},
      {"text",
       "column 5: unexpected end of the filter; expected ==, !=, is, "
       "contains, matches, or not with one of them"},
      {"text ==", "column 8: unexpected end of the filter; expected a value"},
      {"text = one",
       "column 6: unexpected \"=\"; expected ==, !=, is, "
       "contains, matches, or not with one of them"},
      {"text == one two",
       "column 13: unexpected \"two\"; expected \"and\", "
       "\"or\" or the end"},
      {"(text == one",
       "column 13: unexpected end of the filter; expected "
       "\")\""},
      {"text == one)",
       "column 12: unexpected \")\"; expected \"and\", \"or\" "
       "or the end"},
      {"\"text\" == one",
       "column 1: \"text\"; expected a selector such as "
       "Service.Meta.version"},
      {"a in",
       "column 5: end of the filter; expected a selector such as "
       "Service.Meta.version"},
      {"text is full", "column 9: unexpected \"full\"; expected \"empty\""},
      {"text not == one",
       "column 10: unexpected \"==\"; expected ==, !=, is, "
       "contains, matches, or not with one of them"},
      {"text == \"one", "column 9: a string that does not end; expected \""},
      {"meta[a] == one", "column 5: a bad index; expected [\"key\"]"},
      {"meta[\"a\" == one", "column 5: a bad index; expected [\"key\"]"},
      {"number == many", "column 1: number is a number, \"many\" is none"},
      {"list == a",
       "column 1: list is a collection; expected in, contains or "
       "is empty"},
      {"other.x == 1", "column 1: selector other.x leads to no field"},
      {"and == 1 and",
       "column 13: unexpected end of the filter; expected a "
       "selector or a value"},
  });
  CHECK(Answer("text matches \"(\"")
            .starts_with("column 14: bad pattern: missing )"));
}

TEST_CASE("no filter is deeper or longer than is allowed") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '(') + "text == one" + std::string(depth, ')');
  };
  CHECK(Answer(nested(Filter::kMaxDepth)) == "false");
  CHECK(Answer(nested(Filter::kMaxDepth + 1)) ==
        "column 66: nested more than 64 deep; expected a simpler filter");
  std::string nots;
  for (int i = 0; i < 2000; ++i) nots += "not ";
  CHECK(Answer(nots + "x == 1").find("nested more than 64") !=
        std::string::npos);
  std::string chain = "text == x";
  while (chain.size() + 13 <= Filter::kMaxLength) chain += " or text == x";
  CHECK(Answer(chain) == "false");
  CHECK(Answer(std::string(Filter::kMaxLength + 1, ' ')) ==
        "column 8193: the filter has 8193 bytes; expected at most 8192");
}

}  // namespace
}  // namespace meshgw::test
