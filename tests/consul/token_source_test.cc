#include "consul/token_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "support/catch.h"
#include "support/temporary_folder.h"

namespace meshgw::test {
namespace {

using internal::TokenSource;

const std::string kToken = "b5c9b2a7-aaaa-4444-9999-0123456789ab";
const std::string kOther = "11111111-bbbb-4444-9999-0123456789ab";

TEST_CASE("a fixed token is there at once, and none is empty") {
  TokenSource none;
  CHECK(none.Refresh().ok());
  CHECK(none.token() == "");
  TokenSource fixed = TokenSource::Fixed(kToken);
  CHECK(fixed.token() == kToken);
  CHECK(fixed.Refresh().ok());
  CHECK(fixed.token() == kToken);
}

TEST_CASE("a fixed token that cannot stand in a header is refused unseen") {
  for (const char* bad : {"secret\r\nHost: x", "secret two", "secret\n",
                          "\x7f"
                          "secret",
                          "secr\xC3\xA9t"}) {
    TokenSource source = TokenSource::Fixed(bad);
    const absl::Status read = source.Refresh();
    CHECK(absl::IsInvalidArgument(read));
    CHECK(read.message() ==
          "the token: expected a token: one line of letters, digits and signs");
  }
}

TEST_CASE("a token in a file is what is between spaces and newlines") {
  const TemporaryFolder folder;
  for (const std::string& around :
       {std::string(""), std::string("\n"), std::string("\r\n"),
        std::string(" \t\n\n")}) {
    TokenSource source =
        TokenSource::FromFile(folder.Write("token", around + kToken + around));
    CHECK(source.token() == "");
    CHECK(source.Refresh().ok());
    CHECK(source.token() == kToken);
  }
}

TEST_CASE("a file that holds no token is refused, and nothing of it is told") {
  const TemporaryFolder folder;
  const std::string rows[] = {
      "",
      "\n",
      " \t\r\n",
      "two words",
      kToken + "\n" + kOther,
      kToken + "\x01",
      std::string("nul\0nul", 7),
      "\xEF\xBB\xBF" + kToken,
      "{\"token\": \"" + kToken + "\"}",
      "caf\xC3\xA9",
  };
  for (const std::string& text : rows) {
    CAPTURE(text);
    const std::string path = folder.Write("token", text);
    TokenSource source = TokenSource::FromFile(path);
    const absl::Status read = source.Refresh();
    CHECK(absl::IsInvalidArgument(read));
    CHECK(read.message() ==
          path + ": expected a token: one line of letters, digits and signs");
    CHECK(source.token() == "");
  }
}

TEST_CASE("a file that cannot be read is named with the reason") {
  const TemporaryFolder folder;
  TokenSource absent = TokenSource::FromFile(folder.Path("absent"));
  const absl::Status missing = absent.Refresh();
  CHECK(absl::IsNotFound(missing));
  CHECK(std::string(missing.message()).find(folder.Path("absent")) !=
        std::string::npos);

  TokenSource a_folder = TokenSource::FromFile(folder.Path(""));
  CHECK(absl::IsInvalidArgument(a_folder.Refresh()));

  const std::string longer = folder.Write("long", std::string(4097, 'x'));
  const absl::Status too_long = TokenSource::FromFile(longer).Refresh();
  CHECK(absl::IsResourceExhausted(too_long));
  CHECK(std::string(too_long.message()).find("xxx") == std::string::npos);
  CHECK(TokenSource::FromFile(folder.Write("most", std::string(4096, 'x')))
            .Refresh()
            .ok());

  if (::geteuid() == 0) return;  // Who may read everything.
  const std::string secret = folder.Write("secret", kToken);
  REQUIRE(::chmod(secret.c_str(), 0) == 0);
  CHECK(absl::IsPermissionDenied(TokenSource::FromFile(secret).Refresh()));
}

TEST_CASE("a new file in the place of the old is read") {
  const TemporaryFolder folder;
  const std::string path = folder.Write("token", kToken);
  TokenSource source = TokenSource::FromFile(path);
  REQUIRE(source.Refresh().ok());
  std::filesystem::rename(folder.Write("new", kOther), path);
  REQUIRE(source.Refresh().ok());
  CHECK(source.token() == kOther);
}

TEST_CASE("a file that is written in place is read again, even at once") {
  const TemporaryFolder folder;
  const std::string path = folder.Write("token", kToken);
  TokenSource source = TokenSource::FromFile(path);
  // As long as before, and within one tick of the file's clock.
  for (int i = 0; i < 200; ++i) {
    const std::string& next = i % 2 == 0 ? kOther : kToken;
    REQUIRE(source.Refresh().ok());
    folder.Write("token", next);
    REQUIRE(source.Refresh().ok());
    REQUIRE(source.token() == next);
  }
}

TEST_CASE("a file is left alone as long as it is the same") {
  const TemporaryFolder folder;
  const std::string path = folder.Write("token", kToken);
  // Long ago, and both writes at the same time: what a program cannot see.
  const timespec times[2] = {{.tv_sec = 1000, .tv_nsec = 0},
                             {.tv_sec = 1000, .tv_nsec = 0}};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
  TokenSource source = TokenSource::FromFile(path);
  REQUIRE(source.Refresh().ok());
  folder.Write("token", kOther);
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
  REQUIRE(source.Refresh().ok());
  CHECK(source.token() == kToken);
}

TEST_CASE("while a file is of no use the last token stays") {
  const TemporaryFolder folder;
  const std::string path = folder.Write("token", kToken);
  TokenSource source = TokenSource::FromFile(path);
  REQUIRE(source.Refresh().ok());
  std::filesystem::remove(path);
  CHECK(absl::IsNotFound(source.Refresh()));
  CHECK(source.token() == kToken);
  folder.Write("token", "");
  CHECK(absl::IsInvalidArgument(source.Refresh()));
  // Told again as long as it is so.
  CHECK(absl::IsInvalidArgument(source.Refresh()));
  CHECK(source.token() == kToken);
  folder.Write("token", kOther);
  CHECK(source.Refresh().ok());
  CHECK(source.token() == kOther);
}

}  // namespace
}  // namespace meshgw::test
