#include "mesh/go_quote.h"

#include <string>
#include <utility>
#include <vector>

#include "support/catch.h"

namespace meshgw::test {
namespace {

// What Go 1.26's strconv.Quote writes.
TEST_CASE("text is quoted as Go's %q quotes it") {
  using namespace std::string_literals;
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", R"("")"},
      {"a b", R"("a b")"},
      {"\"", R"("\"")"},
      {"\\", R"("\\")"},
      {"'`", R"("'`")"},
      {"\a\b\f\n\r\t\v", R"("\a\b\f\n\r\t\v")"},
      {"\0"s, R"("\x00")"},
      {"\x1b[0m", R"("\x1b[0m")"},
      {"\x7f", R"("\x7f")"},
      {"é€😀", R"("é€😀")"},
      {"\xc2\x85", R"("\u0085")"},
      {"\xc2\xa0", R"("\u00a0")"},
      {"\xc2\xad", R"("\u00ad")"},
      {"\xe2\x80\x8b", R"("\u200b")"},
      {"\xe2\x80\xae", R"("\u202e")"},
      {"\xe2\x80\xa8", R"("\u2028")"},
      {"\xef\xbb\xbf", R"("\ufeff")"},
      {"\xef\xbf\xbd", "\"\xef\xbf\xbd\""},
      {"\xf3\xa0\x80\x81", R"("\U000e0001")"},
      {"\xff", R"("\xff")"},
      {"\xc3", R"("\xc3")"},
      {"\xe2\x82", R"("\xe2\x82")"},
      {"\xed\xa0\x80", R"("\xed\xa0\x80")"},
      {"\xf4\x90\x80\x80", R"("\xf4\x90\x80\x80")"},
      {"\xc0\x80", R"("\xc0\x80")"},
      {"a\xff"
       "b",
       R"("a\xffb")"},
  };
  for (const auto& [text, want] : rows) {
    CHECK(internal::GoQuote(text) == want);
  }
}

}  // namespace
}  // namespace meshgw::test
