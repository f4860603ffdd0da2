#include "config/bexpr.h"

#include <string>
#include <utility>
#include <vector>

#include "support/catch.h"

namespace meshgw::test {
namespace {

using internal::Filter;
using internal::FilterField;
using internal::FilterFieldSpec;
using Kind = FilterFieldSpec::Kind;

// One field of each kind.
constexpr FilterFieldSpec kAny[] = {{"", Kind::kText, {}}};
constexpr FilterFieldSpec kCheck[] = {{"status", Kind::kText, {}},
                                      {"tags", Kind::kTexts, {}}};
constexpr FilterFieldSpec kSchema[] = {
    {"text", Kind::kText, {}},          {"number", Kind::kInteger, {}},
    {"flag", Kind::kBool, {}},          {"list", Kind::kTexts, {}},
    {"nothing", Kind::kTexts, {}},      {"meta", Kind::kMap, kAny},
    {"checks", Kind::kObjects, kCheck}, {"none", Kind::kObjects, kCheck},
    {"object", Kind::kObject, kCheck},  {"not", Kind::kTexts, {}},
};

class Subject : public internal::FilterSubject {
 public:
  FilterField Get(std::span<const std::string> path) const override {
    if (path[0] == "text") return {false, {{"one two"}}};
    if (path[0] == "number") return {false, {{"80"}}};
    if (path[0] == "flag") return {false, {{"true"}}};
    if (path[0] == "list") return {false, {{"a", "b", "not"}}};
    if (path[0] == "nothing" || path[0] == "not") return {false, {{}}};
    if (path[0] == "checks" && path.size() == 1) return {false, {{"", ""}}};
    if (path[0] == "none" && path.size() == 1) return {false, {{}}};
    if (path[0] == "checks" && path[1] == "status") {
      return {false, {{"passing"}, {"bad"}}};
    }
    if (path[0] == "checks") return {false, {{"x", "y"}, {}}};
    if (path[0] == "none") return {};
    if (path.size() == 1) return {false, {{"a.b"}}};
    if (path[1] == "a.b") return {false, {{"v"}}};
    return {true, {}};
  }
};

// "true", "false" or the mistake.
std::string Answer(std::string_view text) {
  const auto filter = Filter::Parse(text, kSchema);
  if (!filter.ok()) return std::string(filter.status().message());
  return filter->Matches(Subject()) ? "true" : "false";
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
      {"number == 80", "true"},
      {"number != 80", "false"},
      {"number == -80", "false"},
      {"number == \"0x50\"", "true"},
      {"number == \"0o120\"", "true"},
      {"number == \"0120\"", "true"},
      {"number == \"0b1010000\"", "true"},
      {"number == \"8_0\"", "true"},
      {"number == \"+80\"", "true"},
      {"flag == true", "true"},
      {"flag == T", "true"},
      {"flag == 1", "true"},
      {"flag != False", "true"},
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
      {"checks.status == passing", "true"},
      {"checks.status == good", "false"},
      {"checks.status != passing", "true"},
      // As Consul asks whether all pass.
      {"not checks.status != passing", "false"},
      {"checks.status matches \"^ba\"", "true"},
      {"checks.status not matches \"a\"", "false"},
      {"none.status == passing", "false"},
      {"none.status != passing", "false"},
      {"not none.status != passing", "true"},
      {"x in checks.tags", "true"},
      {"z in checks.tags", "false"},
      {"x not in checks.tags", "true"},
      {"checks.tags is empty", "true"},
      {"checks.tags is not empty", "true"},
      {"none.tags is empty", "false"},
      {"checks is empty", "false"},
      {"none is empty", "true"},
      {"none is not empty", "false"},
  });
}

TEST_CASE("of a missing key all is true but ==, in and is not empty") {
  Check({
      {"meta.x == v", "false"},
      {"meta.x != v", "true"},
      {"v in meta.x", "false"},
      {"v not in meta.x", "true"},
      {"meta.x contains v", "false"},
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

TEST_CASE("a mistake is found where no evaluation would come to it") {
  Check({
      {"text contains one or unknown == 1",
       "column 22: selector unknown leads to no field"},
      {"text contains three and text.x == 1",
       "column 25: selector text.x leads to no field"},
      {"text contains one or number == many",
       "column 32: number is a number, \"many\" is none; expected an integer"},
      {"text contains one or (text contains two or flag == perhaps)",
       "column 52: flag is true or false, \"perhaps\" is neither; expected "
       "true or false"},
      {"text contains one or not list == a",
       "column 26: \"==\" cannot be asked of list; expected in, contains or "
       "is empty"},
      // Of a list without elements as well.
      {"none.other == 1", "column 1: selector none.other leads to no field"},
      {"none.statsu == 1",
       "column 1: selector none.statsu leads to no field; did you mean "
       "none.status?"},
  });
  CHECK(Answer("text contains one or text matches \"(\"")
            .starts_with("column 35: bad pattern: missing )"));
}

TEST_CASE("each kind of field may be asked what go-bexpr lets be asked") {
  const Rows kinds = {
      {"text", "==!=inma"}, {"number", "==!="},      {"flag", "==!="},
      {"list", "inis"},     {"meta", "inis"},        {"meta.x", "==!=inma"},
      {"checks", "is"},     {"checks.tags", "inis"}, {"object", ""}};
  for (const auto& [selector, may] : kinds) {
    const Rows questions = {
        {"==", selector + " == 1"},         {"!=", selector + " != 1"},
        {"in", "1 in " + selector},         {"in", "1 not in " + selector},
        {"in", selector + " contains 1"},   {"is", selector + " is empty"},
        {"is", selector + " is not empty"}, {"ma", selector + " matches 1"},
        {"ma", selector + " not matches 1"}};
    for (const auto& [question, text] : questions) {
      CAPTURE(text);
      const std::string answer = Answer(text);
      const bool answered = answer == "true" || answer == "false";
      CHECK(answered == (may.find(question) != may.npos));
    }
  }
}

TEST_CASE("values are words, numbers and strings with Go's escapes") {
  Check({
      {"text == \"\\x6fne\\u0020t\\167o\"", "true"},
      {"text == \"\\U0000006fne two\"", "true"},
      {"text == `one\r two`", "true"},
      {"text != `\\x6f`", "true"},
      {"text != \"\\n\\t\\\\\"", "true"},
      {"text != 1.5", "true"},
      {"text != -0", "true"},
      {"text != a.b", "true"},
      {"text != a[\"b\"].c", "true"},
      {"\ttext\n ==\r one ", "false"},
      {"text==one", "false"},
      {"(text=={one}", "column 8: unexpected \"{\"; expected a value"},
  });
  const std::string unread =
      "column 9: a string that Go cannot read; expected the escapes \\a \\b "
      "\\f \\n \\r \\t \\v \\\\ \\ooo \\xhh \\uhhhh \\Uhhhhhhhh on one line; "
      "quotes only in `...`";
  for (const char* value :
       {R"("\q")", R"("\x4")", R"("\u00g0")", R"("\ud800")", R"("\400")",
        R"("\8")", R"("\'")", "\"a\nb\"", R"("a\"b")"}) {
    CAPTURE(value);
    CHECK(Answer(std::string("text == ") + value) == unread);
  }
}

TEST_CASE(
    "words are letters, digits and underscores, and begin with a letter") {
  Check({
      {"text == web-sidecar-proxy",
       "column 12: unexpected \"-\"; expected \"and\", \"or\" or the end"},
      {"text == a/b",
       "column 10: unexpected \"/\"; expected \"and\", \"or\" or the end"},
      {"text == _a", "column 9: unexpected \"_a\"; expected a value"},
      {"text == 1a",
       "column 9: a number with something glued to it; expected a number, or "
       "quotes around the value"},
      {"text == 08",
       "column 9: a number with something glued to it; expected a number, or "
       "quotes around the value"},
      {"text == 1.",
       "column 9: a number with something glued to it; expected a number, or "
       "quotes around the value"},
      {"text == -", "column 9: unexpected \"-\"; expected a value"},
      {"text == a.",
       "column 10: unexpected \".\"; expected \"and\", \"or\" "
       "or the end"},
      // The parts of a selector are not put together again.
      {"meta.a.b == v", "column 1: selector meta.a.b leads to no field"},
  });
}

TEST_CASE("operators are words, with space around them") {
  Check({
      {"not(text == one)", "column 4: unexpected \"(\"; expected a space"},
      {"(text == one)or text == one",
       "column 14: unexpected \"or\"; expected \"and\", \"or\" or the end"},
      {"text == one or(text == one)",
       "column 15: unexpected \"(\"; expected a space"},
      {"text == one andtext == one",
       "column 16: unexpected \"text\"; expected a space"},
      {"text contains(one)", "column 14: unexpected \"(\"; expected a space"},
      // A word that is an operator elsewhere.
      {"not in list", "true"},
      {"not not in list", "false"},
      {"not is empty", "true"},
      {"and in list", "false"},
      {"in not in list", "true"},
  });
}

TEST_CASE("mistakes have their column and what was expected") {
  const std::string questions =
      "expected ==, !=, in, is empty, contains, matches, or not with one of "
      "them";
  Check({
      {"",
       "column 1: unexpected end of the filter; expected a selector or a "
       "value"},
      {"text", "column 5: unexpected end of the filter; " + questions},
      {"text ==", "column 8: unexpected end of the filter; expected a value"},
      {"text = one", "column 6: unexpected \"=\"; " + questions},
      {"text == one two",
       "column 13: unexpected \"two\"; expected \"and\", \"or\" or the end"},
      {"text == one and",
       "column 16: unexpected end of the filter; expected a selector or a "
       "value"},
      {"(text == one",
       "column 13: unexpected end of the filter; expected \")\""},
      {"text == one)",
       "column 12: unexpected \")\"; expected \"and\", \"or\" or the end"},
      {"\"text\" == one",
       "column 8: unexpected \"=\"; expected in or not in, behind a value"},
      {"a in",
       "column 5: unexpected end of the filter; expected a selector such as "
       "Service.Meta.version"},
      {"a in 5",
       "column 6: unexpected \"5\"; expected a selector such as "
       "Service.Meta.version"},
      {"text is full", "column 9: unexpected \"full\"; expected \"empty\""},
      {"text == \"one", "column 9: a string that does not end; expected \""},
      {"meta[a] == one", "column 5: a bad index; expected [\"key\"]"},
      {"meta[\"a\" == one", "column 5: a bad index; expected [\"key\"]"},
      {"text == \"\xff\"", "column 10: a byte that is no UTF-8; expected text"},
      {"txet == 1",
       "column 1: selector txet leads to no field; did you mean text?"},
  });
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
