#include "cli/last_good_file.h"

#include <chrono>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/temporary_folder.h"

namespace meshgw::test {
namespace {

using cli::LastGoodFile;
using internal::LastGood;

// KeptFile is a LastGoodFile with what it logged and how often it asked.
struct KeptFile {
  explicit KeptFile(const std::string& path)
      : file(
            &context, path,
            [this](std::string_view level, std::string_view message,
                   const boost::json::object&) {
              log.push_back(std::string(level) + ": " + std::string(message));
            },
            [this]() -> std::optional<LastGood> {
              ++asked;
              return table;
            }) {}

  boost::asio::io_context context;
  std::vector<std::string> log;
  int asked = 0;
  std::optional<LastGood> table =
      LastGood{.saved = std::chrono::system_clock::now(),
               .node_id = "gateway",
               .answers = {}};
  LastGoodFile file;
};

TEST_CASE("what is saved is read by the next run of the same gateway") {
  const TemporaryFolder folder;
  KeptFile first(folder.Path("table"));
  CHECK_FALSE(first.file.Read("gateway").has_value());
  CHECK(first.log.empty());
  first.file.SaveSoon();
  first.file.SaveSoon();
  first.file.Save();
  first.file.Save();
  CHECK(first.asked == 1);

  KeptFile next(folder.Path("table"));
  const auto table = next.file.Read("gateway");
  REQUIRE(table.has_value());
  CHECK(table->node_id == "gateway");
  CHECK(next.file.Read("").has_value());
  CHECK(next.log ==
        std::vector<std::string>(2, "info: serving the last good table"));
}

TEST_CASE("a last good table that is no use is passed over, with the reason") {
  const TemporaryFolder folder;
  KeptFile of_other(folder.Path("table"));
  of_other.file.SaveSoon();
  of_other.file.Save();
  CHECK_FALSE(of_other.file.Read("another").has_value());
  CHECK(of_other.log ==
        std::vector<std::string>{"warn: the last good table is that of another "
                                 "gateway"});

  KeptFile damaged(folder.Write("damaged", "not a table"));
  CHECK_FALSE(damaged.file.Read("gateway").has_value());
  CHECK(damaged.log ==
        std::vector<std::string>{"warn: the last good table is not used"});
}

TEST_CASE("a table that is not whole is not saved, and asked for again") {
  const TemporaryFolder folder;
  KeptFile kept(folder.Path("table"));
  const auto whole = std::exchange(kept.table, std::nullopt);
  kept.file.SaveSoon();
  kept.file.Save();
  CHECK(kept.asked == 1);
  CHECK_FALSE(kept.file.Read("").has_value());
  kept.table = whole;
  kept.file.Save();
  CHECK(kept.asked == 2);
  CHECK(kept.file.Read("").has_value());
}

TEST_CASE("a file that cannot be written is told of once") {
  const TemporaryFolder folder;
  KeptFile kept(folder.Path("absent/table"));
  for (int i = 0; i < 3; ++i) {
    kept.file.SaveSoon();
    kept.file.Save();
  }
  CHECK(kept.log ==
        std::vector<std::string>{"error: cannot save the last good table"});
}

TEST_CASE("without a path nothing is kept") {
  KeptFile kept("");
  kept.file.SaveSoon();
  kept.file.Save();
  CHECK(kept.asked == 0);
  CHECK_FALSE(kept.file.Read("").has_value());
}

}  // namespace
}  // namespace meshgw::test
