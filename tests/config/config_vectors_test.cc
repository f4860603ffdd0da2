#include <cstddef>
#include <string>
#include <vector>

#include "config_text.h"
#include "support/vectors.h"

// The vectors that the bindings of other languages read too.
namespace meshgw::test {
namespace {

void CheckFound(const std::vector<ConfigError>& found,
                const boost::json::value* want) {
  static const boost::json::array kNone;
  const boost::json::array& rows = want == nullptr ? kNone : want->as_array();
  REQUIRE(found.size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(found[i].where.line == rows[i].at("line").as_int64());
    CHECK(found[i].where.column == rows[i].at("column").as_int64());
    CHECK(found[i].what == Text(rows[i].at("what")));
    const auto* expected = rows[i].as_object().if_contains("expected");
    CHECK(found[i].expected == (expected == nullptr ? "" : Text(*expected)));
  }
}

TEST_CASE("the vectors of configurations hold the mistakes that they say") {
  const boost::json::value file = LoadVectors("config.json");
  REQUIRE(file.at("files").as_array().size() >= 80);
  for (const boost::json::value& vector : file.at("files").as_array()) {
    CAPTURE(Text(vector.at("name")));
    const ConfigFile input{Text(vector.at("file")), Text(vector.at("text"))};
    ConfigDiagnostics found;
    const bool ok = ParseConfig({&input, 1}, {}, &found).ok();
    CHECK(ok == vector.at("errors").as_array().empty());
    CheckFound(found.errors, &vector.at("errors"));
    CheckFound(found.warnings, vector.as_object().if_contains("warnings"));
  }
}

}  // namespace
}  // namespace meshgw::test
