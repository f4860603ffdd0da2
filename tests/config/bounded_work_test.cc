#include <cstdint>
#include <functional>
#include <string>

#include "config_text.h"
#include "work_count.h"

// Whatever is looked for in all that was there before makes a file of some
// megabytes take minutes. So the same amount is read once at a stretch and once
// in pieces, which then takes a fraction of the work.
namespace meshgw::test {
namespace {

constexpr int kPieces = 16;
constexpr double kLinear = 1.5;  // Times the work of the pieces.

ConfigDiagnostics Found(std::string text, const std::string& name) {
  const ConfigFile file{name, std::move(text)};
  ConfigDiagnostics found;
  static_cast<void>(ParseConfig({&file, 1}, {}, &found));
  return found;
}

double WorkOf(const std::function<void()>& work) {
  const std::uint64_t start = WorkCount();
  work();
  return static_cast<double>(WorkCount() - start);
}

// `text` makes a file of some count of what the test is about.
void CheckLinear(const std::string& name, int count,
                 const std::function<std::string(int)>& text,
                 double most = kLinear) {
  const std::string whole = text(count);
  const std::string piece = text(count / kPieces);
  const double at_a_stretch = WorkOf([&] { Found(whole, name); });
  const double in_pieces = WorkOf([&] {
    for (int i = 0; i < kPieces; ++i) Found(piece, name);
  });
  REQUIRE(in_pieces > 1000.0 * count);
  CHECK(at_a_stretch / in_pieces < most);
}

// Keys of one length, which differ at their ends only.
std::string Keys(int count, const std::string& before,
                 const std::string& after) {
  std::string out;
  for (int i = 100000; i < 100000 + count; ++i) {
    out += before + std::to_string(i) + after;
  }
  out.pop_back();
  return out;
}

std::string Repeat(int count, const std::string& text) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  out.pop_back();
  return out;
}

TEST_CASE("the keys of an object are read with work that is linear") {
  CheckLinear("a.json", 1600, [](int count) {
    const std::string object = "{" + Keys(count, "\"limits", "\":1,") + "},";
    return "{\"limits\": [" + Repeat(4, object) + "]}";
  });
  CheckLinear("a.hcl", 1600, [](int count) {
    const std::string object = "{" + Keys(count, "limits", "=1 ") + "},";
    return "limits = [" + Repeat(4, object) + "]";
  });
}

TEST_CASE("options that a gateway does not know are read with linear work") {
  const auto gateway = [](int count) {
    return "service { name=\"g\" kind=\"mesh-gateway\" port=1 "
           "proxy { config { " +
           Keys(count, "my_own_option", "=1 ") + " } } }";
  };
  // Only those shown are looked up for what was meant: a hundred of each file.
  CheckLinear("a.hcl", 1600, gateway, 0.2);
  const ConfigDiagnostics found = Found(gateway(1600), "a.hcl");
  CHECK(found.errors.empty());
  CHECK(found.warnings.size() == 100);
}

TEST_CASE("misspelt keys beyond those shown are counted without work") {
  const std::string service =
      "{\"name\":\"a\"," + Keys(1000, "\"tagged_addresses_", "\":1,") + "},";
  const std::string text = "{\"services\":[" + Repeat(2, service) + "]}";
  ConfigDiagnostics found;
  const double counting = WorkOf([&] { found = Found(text, "a.json"); });
  CHECK(found.errors.size() == 100);
  CHECK(found.errors_not_shown == 2 * 1000 + 1 - 100);

  // 20 times as many, with their closest keys.
  const ConfigFile file{"a.json", text};
  ConfigLimits limits;
  limits.max_errors = 2000;
  const double showing = WorkOf([&] {
    static_cast<void>(ParseConfig({&file, 1}, limits, &found));
  });
  CHECK(found.errors.size() == 2000);
  CHECK(counting < showing / 3);
}

TEST_CASE("services and checks are read with work that is linear") {
  CheckLinear("a.hcl", 3200, [](int count) {
    return Keys(count, "services { name=\"s", "\" }\n");
  });
  CheckLinear("a.hcl", 3200, [](int count) {
    return "services { name=\"s\" }\n" +
           Keys(count, "checks { service_id=\"s\" name=\"", "\" }\n");
  });
  // All of one id, and a port for 256 of their sidecars.
  const auto same = [](int count) {
    return Repeat(count,
                  "services { name=\"s\" connect { sidecar_service { } } }\n");
  };
  CheckLinear("a.hcl", 3200, same);
  const ConfigDiagnostics found = Found(same(1000), "a.hcl");
  CHECK(found.errors.size() + found.errors_not_shown == 2 * 999 + 1000 - 256);
}

TEST_CASE("a mistake's text is short, however long what it names") {
  const std::string key(3000, 'k');
  const ConfigDiagnostics found = Found(
      "service { name = \"a\" tagged_addresses { " + key + " { x = 1 } } }",
      "a.hcl");
  REQUIRE(found.errors.size() == 1);
  CHECK(found.errors[0].what == "invalid config key service.tagged_addresses." +
                                    key.substr(0, 512 - 44) + "...");
  // Never within a character.
  std::string euros;
  for (int i = 0; i < 400; ++i) euros += "€";
  CHECK(MistakesIn("xy" + euros + " = 1") ==
        "1:1: invalid config key xy" + euros.substr(0, 3 * 163) + "...");
}

}  // namespace
}  // namespace meshgw::test
