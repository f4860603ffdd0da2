// A C++ host with Abseil, RE2 and exceptions of its own, beside those that are
// hidden in libmeshgw.a.
#include <re2/re2.h>

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "carry.h"

int main() {
  CHECK(absl::StrFormat("%d-%s", 7, "x") == "7-x");
  CHECK(RE2::FullMatch("web.dc2", "(\\w+)\\.dc[0-9]"));
  carry_through_gateway();
  // Templates that are in both.
  std::vector<std::unique_ptr<std::string>> names;
  for (int i = 0; i < 100; ++i)
    names.push_back(std::make_unique<std::string>(absl::StrFormat("%d", i)));
  std::map<std::string, int> sorted;
  for (const auto& name : names) sorted[*name] = static_cast<int>(name->size());
  CHECK(sorted.size() == 100);
  bool caught = false;
  try {
    (void)names.at(1000);
  } catch (const std::out_of_range&) {
    caught = true;
  }
  CHECK(caught);
  CHECK(!RE2::FullMatch("web.dcx", "(\\w+)\\.dc[0-9]"));
  puts("ok");
}
