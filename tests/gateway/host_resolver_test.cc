// How names of endpoints become addresses, by a look-up that the test answers.
#include "gateway/host_resolver.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/test_socket.h"

namespace meshgw::internal {
namespace {

using std::chrono::milliseconds;

// Answers and what came of them. Shared with the resolver's thread, which may
// be in a look-up when its resolver ends.
class Bench : public std::enable_shared_from_this<Bench> {
 public:
  using Answer = std::optional<std::vector<std::string>>;

  HostResolver::LookUp look_up() {
    return [self = shared_from_this()](const std::string& name,
                                       std::string* error) -> Answer {
      return self->LookUp(name, error);
    };
  }
  HostResolver::Changed changed() {
    return [self = shared_from_this()](const HostAddresses& addresses) {
      const std::lock_guard lock(self->mutex_);
      self->told_ = addresses;
    };
  }
  HostResolver::Log log() {
    return [self = shared_from_this()](std::string_view level,
                                       std::string_view text) {
      const std::lock_guard lock(self->mutex_);
      self->log_.push_back(std::string(level) + ": " + std::string(text));
    };
  }

  void Answers(const std::string& name, Answer answer) {
    const std::lock_guard lock(mutex_);
    answers_[name] = std::move(answer);
  }
  void Fails(std::string error) {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
  }
  // Waits until every name was asked for twice more: once with what the test
  // has set just now, and to the end.
  bool TwoRounds(const std::string& name) {
    const std::size_t before = Asked(name);
    return test::WaitUntil([&] { return Asked(name) >= before + 2; });
  }
  std::size_t Asked(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::count(asked_.begin(), asked_.end(), name));
  }
  std::vector<std::string> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  HostAddresses told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }
  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return log_;
  }

 private:
  Answer LookUp(const std::string& name, std::string* error) {
    const std::lock_guard lock(mutex_);
    asked_.push_back(name);
    const auto found = answers_.find(name);
    if (found != answers_.end() && found->second.has_value()) {
      return found->second;
    }
    *error = error_;
    return std::nullopt;
  }

  std::mutex mutex_;
  std::map<std::string, Answer> answers_;
  std::string error_ = "no such host";
  std::vector<std::string> asked_;
  std::vector<std::string> log_;
  HostAddresses told_;
};

using Strings = std::vector<std::string>;

TEST_CASE("a name that fails is logged when that begins, changes and ends") {
  const auto bench = std::make_shared<Bench>();
  bench->Answers("a.test", Strings{"10.0.0.1"});
  HostResolver resolver(milliseconds(1), bench->changed(), bench->log(),
                        bench->look_up());
  resolver.SetNames({"a.test"});
  REQUIRE(bench->TwoRounds("a.test"));
  CHECK(bench->lines().empty());

  bench->Answers("a.test", std::nullopt);
  REQUIRE(bench->TwoRounds("a.test"));
  REQUIRE(bench->TwoRounds("a.test"));
  Strings lines = {
      "warn: cannot resolve endpoint a.test: no such host; its last addresses "
      "stay in use"};
  CHECK(bench->lines() == lines);
  CHECK(bench->told() == HostAddresses{{"a.test", {"10.0.0.1"}}});

  bench->Fails("timed out");
  REQUIRE(bench->TwoRounds("a.test"));
  lines.push_back(
      "warn: cannot resolve endpoint a.test: timed out; its last addresses "
      "stay in use");
  CHECK(bench->lines() == lines);

  bench->Answers("a.test", Strings{"10.0.0.2"});
  REQUIRE(bench->TwoRounds("a.test"));
  lines.push_back("info: endpoint a.test is resolved again");
  CHECK(bench->lines() == lines);
  CHECK(bench->told() == HostAddresses{{"a.test", {"10.0.0.2"}}});
}

TEST_CASE("names that nothing is known of are looked up after the others") {
  const auto bench = std::make_shared<Bench>();
  bench->Answers("z.test", Strings{"10.0.0.1"});
  HostResolver resolver(milliseconds(1), bench->changed(), bench->log(),
                        bench->look_up());
  resolver.SetNames({"a.test", "z.test"});
  REQUIRE(test::WaitUntil([&] { return bench->asked().size() >= 4; }));
  const Strings first = bench->asked();
  CHECK(first[0] == "a.test");  // Nothing is known of either yet.
  CHECK(first[1] == "z.test");
  CHECK(first[2] == "z.test");
  CHECK(first[3] == "a.test");
}

TEST_CASE("a name that is gone is forgotten, its addresses too") {
  const auto bench = std::make_shared<Bench>();
  bench->Answers("a.test", Strings{"10.0.0.1"});
  bench->Answers("b.test", Strings{"10.0.0.2"});
  HostResolver resolver(milliseconds(1), bench->changed(), bench->log(),
                        bench->look_up());
  resolver.SetNames({"a.test", "b.test"});
  REQUIRE(test::WaitUntil([&] { return bench->told().size() == 2; }));
  resolver.SetNames({"b.test"});
  REQUIRE(test::WaitUntil([&] {
    return bench->told() == HostAddresses{{"b.test", {"10.0.0.2"}}};
  }));
}

}  // namespace
}  // namespace meshgw::internal
