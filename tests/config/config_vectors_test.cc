#include <string>

#include "config_text.h"
#include "support/vectors.h"

// The vectors that the bindings of other languages read too.
namespace meshgw::test {
namespace {

TEST_CASE("the vectors of configurations hold the mistakes that they say") {
  const boost::json::value file = LoadVectors("config.json");
  REQUIRE(file.at("files").as_array().size() >= 14);
  for (const boost::json::value& vector : file.at("files").as_array()) {
    CAPTURE(Text(vector.at("name")));
    const ConfigFile input{Text(vector.at("file")), Text(vector.at("text"))};
    ConfigDiagnostics found;
    const bool ok = ParseConfig({&input, 1}, {}, &found).ok();
    const auto& want = vector.at("errors").as_array();
    CHECK(ok == want.empty());
    REQUIRE(found.errors.size() == want.size());
    for (std::size_t i = 0; i < want.size(); ++i) {
      CHECK(found.errors[i].where.line == want[i].at("line").as_int64());
      CHECK(found.errors[i].where.column == want[i].at("column").as_int64());
      CHECK(found.errors[i].what == Text(want[i].at("what")));
    }
  }
}

}  // namespace
}  // namespace meshgw::test
