#include "xds/last_good.h"

#include <fcntl.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string_view>

#include "base/files.h"
#include "base/str_format.h"
#include "base/system_error.h"
#include "base/unique_fd.h"
#include "wire/last_good.pb.h"

namespace meshgw::internal {
namespace {

// The file: this line, the SHA-256 of what is behind it, and a LastGoodTable.
constexpr std::string_view kHeader = "meshgw-last-good 1\n";
constexpr std::size_t kMaxPayload = std::size_t{1} << 30;
constexpr std::size_t kMaxFile =
    kMaxPayload + kHeader.size() + SHA256_DIGEST_LENGTH;

std::string Checksum(std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(),
         reinterpret_cast<std::uint8_t*>(digest.data()));
  return digest;
}

absl::Status WriteAll(int fd, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FileError(path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status WriteNew(const std::string& path, std::string_view bytes) {
  ::unlink(path.c_str());  // Of one that did not come to its end.
  const UniqueFd fd(::open(path.c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                           S_IRUSR | S_IWUSR));
  if (!fd.valid()) return FileError(path, errno);
  absl::Status status = WriteAll(fd.get(), path, bytes);
  if (status.ok() && ::fsync(fd.get()) != 0) status = FileError(path, errno);
  return status;
}

// Makes a rename in the folder of `path` last.
void SyncFolder(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder =
      slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.valid()) ::fsync(fd.get());
}

absl::Status Damaged(const std::string& path, std::string_view what) {
  return absl::InvalidArgumentError(StrFormat("%s: %s", path, what));
}

}  // namespace

absl::Status WriteLastGood(const std::string& path, const LastGood& table) {
  wire::LastGoodTable message;
  message.set_saved_ms(std::chrono::duration_cast<std::chrono::milliseconds>(
                           table.saved.time_since_epoch())
                           .count());
  message.set_node_id(table.node_id);
  for (const auto& answer : table.answers) *message.add_answers() = answer;
  // What ReadLastGood would refuse, and protobuf cannot write whole.
  if (message.ByteSizeLong() > kMaxPayload) {
    return absl::ResourceExhaustedError(
        StrFormat("%s: the table has more than %d bytes", path, kMaxPayload));
  }
  const std::string payload = message.SerializeAsString();
  std::string bytes(kHeader);
  bytes += Checksum(payload);
  bytes += payload;
  const std::string fresh = path + ".new";
  absl::Status status = WriteNew(fresh, bytes);
  if (status.ok() && std::rename(fresh.c_str(), path.c_str()) != 0) {
    status = FileError(path, errno);
  }
  if (!status.ok()) {
    ::unlink(fresh.c_str());
    return status;
  }
  SyncFolder(path);
  return absl::OkStatus();
}

absl::StatusOr<LastGood> ReadLastGood(const std::string& path) {
  const auto contents = ReadFile(path, kMaxFile);
  if (!contents.ok()) return contents.status();
  std::string_view bytes = *contents;
  if (!bytes.starts_with(kHeader)) {
    return Damaged(path,
                   bytes.starts_with(kHeader.substr(0, kHeader.find(' ')))
                       ? "is of a version of meshgw that this one cannot read"
                       : "is no last good table");
  }
  bytes.remove_prefix(kHeader.size());
  const std::string_view payload =
      bytes.substr(std::min<std::size_t>(bytes.size(), SHA256_DIGEST_LENGTH));
  wire::LastGoodTable message;
  if (bytes.substr(0, SHA256_DIGEST_LENGTH) != Checksum(payload) ||
      !message.ParseFromArray(payload.data(),
                              static_cast<int>(payload.size()))) {
    return Damaged(path,
                   "is damaged: its checksum is not that of its contents");
  }
  LastGood table;
  table.saved = std::chrono::system_clock::time_point(
      std::chrono::milliseconds(message.saved_ms()));
  table.node_id = message.node_id();
  table.answers.assign(message.answers().begin(), message.answers().end());
  return table;
}

}  // namespace meshgw::internal
