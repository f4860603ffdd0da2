#include "hello/server_name.h"

#include <random>
#include <string>
#include <vector>

#include "support/catch.h"

namespace meshgw::internal {
namespace {

// A name at the very end of an allocation, with as little in front as allowed
// and that filled so that it would change the answer if it counted.
class PlacedName {
 public:
  PlacedName(const std::string& name, std::uint8_t lead)
      : bytes_(kNameLead, lead), size_(name.size()) {
    bytes_.insert(bytes_.end(), name.begin(), name.end());
    bytes_.shrink_to_fit();
  }
  const std::uint8_t* data() const { return bytes_.data() + kNameLead; }
  std::size_t size() const { return size_; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t size_;
};

// The rules, said again in another way: split at the dots, look at each label.
bool IsPlainByOracle(const std::string& name) {
  const std::string allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  if (name.empty() || name.size() > 253) return false;
  std::size_t start = 0;
  while (true) {
    const std::size_t dot = name.find('.', start);
    const std::string label =
        name.substr(start, dot == std::string::npos ? dot : dot - start);
    if (label.empty() || label.size() > 63) return false;
    if (label.find_first_not_of(allowed) != std::string::npos) return false;
    if (dot == std::string::npos) break;
    start = dot + 1;
  }
  const bool may_be_ipv4 = name.size() <= 15;
  return !may_be_ipv4 ||
         std::string("0123456789").find(name.back()) == std::string::npos;
}

void CheckAgainstOracle(const std::string& name) {
  const bool expected = IsPlainByOracle(name);
  for (const char lead : {'.', '*', 'a'}) {
    const PlacedName placed(name, static_cast<std::uint8_t>(lead));
    const bool vector = IsPlainHostName(placed.data(), placed.size());
    const bool portable = IsPlainHostNamePortable(placed.data(), placed.size());
    if (vector != expected || portable != expected) {
      CAPTURE(name, name.size(), lead);
      CHECK(vector == expected);
      CHECK(portable == expected);
    }
  }
}

TEST_CASE("every byte at every place of a name is judged by its kind") {
  for (const std::size_t size :
       std::vector<std::size_t>{1,  2,  15, 16, 17, 31,  32,  33,  48,  62, 63,
                                64, 65, 79, 80, 81, 127, 128, 129, 200, 253}) {
    // Labels of 20, so that length alone never decides.
    std::string name(size, 'a');
    for (std::size_t i = 20; i + 1 < size; i += 21) name[i] = '.';
    for (std::size_t place = 0; place < size; ++place) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string changed = name;
        changed[place] = static_cast<char>(byte);
        CheckAgainstOracle(changed);
      }
    }
  }
  SUCCEED();
}

TEST_CASE("names of every length, with one dot at every place, are judged") {
  for (std::size_t size = 1; size <= 256; ++size) {
    CheckAgainstOracle(std::string(size, 'x'));
    for (std::size_t place = 0; place < size; ++place) {
      std::string name(size, 'x');
      name[place] = '.';
      CheckAgainstOracle(name);
    }
  }
  SUCCEED();
}

TEST_CASE("names of random labels are judged as the oracle judges them") {
  std::mt19937 random(3);
  const std::string characters = "ab0-_";
  int good = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string name;
    const std::size_t labels = 1 + random() % 8;
    for (std::size_t i = 0; i < labels; ++i) {
      if (i > 0) name += '.';
      const std::size_t size =
          random() % 20 == 0 ? random() % 66 : 1 + random() % 40;
      for (std::size_t c = 0; c < size; ++c) {
        name += characters[random() % characters.size()];
      }
    }
    good += IsPlainByOracle(name) ? 1 : 0;
    CheckAgainstOracle(name);
  }
  CHECK(good > 1000);
}

TEST_CASE("addresses are told from names that look like them") {
  struct Row {
    std::string name;
    HelloReason reason;
  };
  const std::vector<Row> rows = {
      {"1.2.3.4", HelloReason::kServerNameAddress},
      {"999.1.1.1", HelloReason::kServerNameAddress},
      {"010.0.0.01", HelloReason::kServerNameAddress},
      {"1.2.3", HelloReason::kNone},
      {"1.2.3.4.5", HelloReason::kNone},
      {"1234.1.1.1", HelloReason::kNone},
      {"1.2.3.4a", HelloReason::kNone},
      {"1-2", HelloReason::kNone},
      {"12", HelloReason::kNone},
      {"2001:db8::1", HelloReason::kServerNameAddress},
      {"::ffff:10.0.0.1", HelloReason::kServerNameAddress},
      {"[::1]", HelloReason::kServerNameSyntax},
      {"fe80::1%eth0", HelloReason::kServerNameSyntax},
      {"1:2", HelloReason::kServerNameSyntax},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const PlacedName placed(row.name, '.');
    std::size_t size = placed.size();
    CHECK(CheckServerName({}, placed.data(), &size) == row.reason);
  }
}

}  // namespace
}  // namespace meshgw::internal
