#include "xds/last_good.h"

#include <openssl/sha.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "support/catch.h"
#include "xds/conversation.h"

using namespace meshgw::internal;
using namespace meshgw::test;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

namespace {

// A folder of a test's own.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "last_good_XXXXXX");
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string operator/(const std::string& name) const { return path_ / name; }
  const fs::path& path() const { return path_; }
  // Names in it.
  std::string List() const {
    std::string out;
    for (const auto& entry : fs::directory_iterator(path_)) {
      out += entry.path().filename().string() + " ";
    }
    return out;
  }

 private:
  fs::path path_;
};

std::string Read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void Write(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// The table of a gateway that has heard all; with `more` services.
LastGood Table(int more = 0) {
  Conversation talk;
  FillGateway(&talk.server);
  for (int i = 0; i < more; ++i) {
    const std::string name = "s" + std::to_string(i) + ".td";
    talk.server.Set(InlineCluster(name, ClusterMessage::STATIC,
                                  {{"10.2.0.1", 1}, {"10.2.0.2", 2}}));
  }
  talk.Open();
  talk.Settle();
  LastGood out;
  out.saved = std::chrono::system_clock::time_point(
      std::chrono::milliseconds(1'700'000'000'123));
  out.node_id = "gateway-1";
  out.answers = talk.client.Answers();
  return out;
}

std::string Bytes(const LastGood& table) {
  std::string out = table.node_id + "\n";
  out += std::to_string(table.saved.time_since_epoch().count()) + "\n";
  for (const auto& answer : table.answers) out += answer.SerializeAsString();
  return out;
}

void CheckDamaged(const std::string& path) {
  const auto read = ReadLastGood(path);
  REQUIRE(read.status().code() == absl::StatusCode::kInvalidArgument);
  REQUIRE(read.status().message().substr(0, path.size() + 2) == path + ": ");
}

// Files can be no longer than that while it lives.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileLimit(const FileLimit&) = delete;
  FileLimit& operator=(const FileLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

}  // namespace

TEST_CASE("a table that was written is read back", "[xds]") {
  const Folder folder;
  const LastGood table = Table();
  REQUIRE(table.answers.size() == 3);
  REQUIRE(WriteLastGood(folder / "table", table).ok());
  const auto read = ReadLastGood(folder / "table");
  REQUIRE(read.ok());
  CHECK(Bytes(*read) == Bytes(table));
  CHECK(folder.List() == "table ");
}

TEST_CASE("an empty table is a table", "[xds]") {
  const Folder folder;
  REQUIRE(WriteLastGood(folder / "table", {}).ok());
  const auto read = ReadLastGood(folder / "table");
  REQUIRE(read.ok());
  CHECK(Bytes(*read) == Bytes({}));
}

TEST_CASE("the table's file is for its owner alone, also where it was not",
          "[xds]") {
  const Folder folder;
  const std::string path = folder / "table";
  Write(path, "old");
  REQUIRE(::chmod(path.c_str(), 0666) == 0);
  const mode_t before = ::umask(0);
  const absl::Status status = WriteLastGood(path, Table());
  ::umask(before);
  REQUIRE(status.ok());
  struct stat what {};
  REQUIRE(::stat(path.c_str(), &what) == 0);
  CHECK((what.st_mode & 07777) == 0600);
}

TEST_CASE("the newest table replaces an older one", "[xds]") {
  const Folder folder;
  REQUIRE(WriteLastGood(folder / "table", Table(20)).ok());
  LastGood second = Table();
  second.node_id = "gateway-2";
  REQUIRE(WriteLastGood(folder / "table", second).ok());
  CHECK(Bytes(*ReadLastGood(folder / "table")) == Bytes(second));
}

TEST_CASE("a path without a folder is one in the working folder", "[xds]") {
  const Folder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  const absl::Status status = WriteLastGood("table", Table());
  const bool read = ReadLastGood("table").ok();
  fs::current_path(before);
  CHECK(status.ok());
  CHECK(read);
  CHECK(folder.List() == "table ");
}

TEST_CASE("no table is not found, and told with its path", "[xds]") {
  const Folder folder;
  const auto read = ReadLastGood(folder / "table");
  CHECK(read.status().code() == absl::StatusCode::kNotFound);
  CHECK_THAT(std::string(read.status().message()),
             ContainsSubstring(folder / "table"));
}

TEST_CASE("every table that is cut off is refused", "[xds]") {
  const Folder folder;
  const std::string path = folder / "table";
  REQUIRE(WriteLastGood(path, Table()).ok());
  const std::string whole = Read(path);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO(size);
    Write(path, std::string_view(whole).substr(0, size));
    CheckDamaged(path);
  }
  Write(path, whole + '\0');
  CheckDamaged(path);
  Write(path, whole);
  CHECK(ReadLastGood(path).ok());
}

TEST_CASE("every table with a changed byte is refused", "[xds]") {
  const Folder folder;
  const std::string path = folder / "table";
  REQUIRE(WriteLastGood(path, Table()).ok());
  const std::string whole = Read(path);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int bits : {0x01, 0x80, 0xff}) {
      INFO(at);
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ bits);
      Write(path, changed);
      CheckDamaged(path);
    }
  }
}

TEST_CASE("what is no table, or another version's, is told from damage",
          "[xds]") {
  const Folder folder;
  const std::string path = folder / "table";
  const auto message = [&path](std::string_view bytes) {
    Write(path, bytes);
    CheckDamaged(path);
    return std::string(ReadLastGood(path).status().message());
  };
  CHECK_THAT(message(""), ContainsSubstring("is no last good table"));
  CHECK_THAT(message("{\"a\": 1}"), ContainsSubstring("is no last good table"));
  CHECK_THAT(message("meshgw-last-good 2\nmore"),
             ContainsSubstring("a version of meshgw that"));
  CHECK_THAT(message("meshgw-last-good 1\nmore"),
             ContainsSubstring("is damaged"));
  // A checksum that is right of what is no message.
  const std::string payload = "\xff\xff\xff";
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const std::uint8_t*>(payload.data()), payload.size(),
         reinterpret_cast<std::uint8_t*>(digest.data()));
  CHECK_THAT(message("meshgw-last-good 1\n" + digest + payload),
             ContainsSubstring("is damaged"));
}

TEST_CASE("a folder or a pipe is no table", "[xds]") {
  const Folder folder;
  const std::string path = folder / "table";
  SECTION("folder") { fs::create_directory(path); }
  SECTION("pipe") { REQUIRE(::mkfifo(path.c_str(), 0600) == 0); }
  CheckDamaged(path);
}

TEST_CASE("what cannot be written leaves no traces, and tells the path",
          "[xds]") {
  const Folder folder;
  std::string path = folder / "table";
  SECTION("no folder") { path = folder / "none/table"; }
  SECTION("a file for a folder") {
    Write(folder / "file", "");
    path = folder / "file/table";
  }
  SECTION("a folder for the file") {
    fs::create_directory(path);
    Write(path + "/inside", "");
  }
  SECTION("a folder at the temporary name") {
    fs::create_directory(path + ".new");
  }
  SECTION("a name that is too long") { path += std::string(300, 'x'); }
  const std::string before = folder.List();
  const absl::Status status = WriteLastGood(path, Table());
  CHECK(!status.ok());
  CHECK_THAT(std::string(status.message()), ContainsSubstring(path));
  CHECK(folder.List() == before);
}

TEST_CASE("in a folder that cannot be written to the old table stays whole",
          "[xds]") {
  const Folder folder;
  const std::string path = folder / "table";
  REQUIRE(WriteLastGood(path, Table()).ok());
  // Root may write everywhere.
  const bool root = ::geteuid() == 0;
  if (root) {
    fs::permissions(folder.path(), fs::perms::all);
    REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
    REQUIRE(::seteuid(65534) == 0);
  }
  const auto mode = static_cast<mode_t>(root ? 0755 : 0555);
  const auto restrict_folder = [&] {
    if (root) REQUIRE(::seteuid(0) == 0);
    ::chmod(folder.path().c_str(), mode);
    if (root) REQUIRE(::seteuid(65534) == 0);
  };
  restrict_folder();
  const absl::Status status = WriteLastGood(path, Table(9));
  const auto read = ReadLastGood(path);
  if (root) REQUIRE(::seteuid(0) == 0);
  ::chmod(folder.path().c_str(), 0755);
  CHECK(status.code() == absl::StatusCode::kPermissionDenied);
  CHECK_THAT(std::string(status.message()), ContainsSubstring(path));
  REQUIRE(read.ok());
  CHECK(Bytes(*read) == Bytes(Table()));
}

TEST_CASE("where writing ends in the middle the old table stays whole",
          "[xds]") {
  const Folder folder;
  const std::string path = folder / "table";
  REQUIRE(WriteLastGood(path, Table()).ok());
  const auto size = fs::file_size(path);
  for (const std::uintmax_t limit :
       {std::uintmax_t{0}, std::uintmax_t{1}, size - 1, size, size + 100}) {
    INFO(limit);
    absl::Status status;
    {
      const FileLimit full(limit);
      status = WriteLastGood(path, Table(30));
    }
    REQUIRE(!status.ok());
    CHECK_THAT(std::string(status.message()), ContainsSubstring(path));
    CHECK(folder.List() == "table ");
    REQUIRE(Bytes(*ReadLastGood(path)) == Bytes(Table()));
  }
}

TEST_CASE("a link at the temporary name is not followed", "[xds]") {
  const Folder folder;
  const std::string path = folder / "table";
  Write(folder / "victim", "untouched");
  fs::create_symlink(folder / "victim", path + ".new");
  REQUIRE(WriteLastGood(path, Table()).ok());
  CHECK(Read(folder / "victim") == "untouched");
  CHECK(fs::is_regular_file(fs::symlink_status(path)));
  CHECK(ReadLastGood(path).ok());
}

TEST_CASE("what an earlier run left half written is in nobody's way", "[xds]") {
  const Folder folder;
  const std::string path = folder / "table";
  Write(path + ".new", "half");
  REQUIRE(WriteLastGood(path, Table()).ok());
  CHECK(ReadLastGood(path).ok());
  CHECK(folder.List() == "table ");
}

TEST_CASE("who reads while it is written sees the old one or the new one",
          "[xds]") {
  const Folder folder;
  const std::string path = folder / "table";
  const LastGood tables[] = {Table(), Table(40)};
  REQUIRE(WriteLastGood(path, tables[0]).ok());
  std::atomic<bool> written{false};
  absl::Status status;
  std::thread writer([&] {
    for (int i = 1; i <= 60 && status.ok(); ++i) {
      status = WriteLastGood(path, tables[i % 2]);
    }
    written = true;
  });
  std::size_t wrong = 0;
  while (!written) {
    const auto read = ReadLastGood(path);
    if (!read.ok() || (Bytes(*read) != Bytes(tables[0]) &&
                       Bytes(*read) != Bytes(tables[1]))) {
      ++wrong;
    }
  }
  writer.join();
  CHECK(status.ok());
  CHECK(wrong == 0);
}
