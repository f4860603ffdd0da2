#include "base/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <type_traits>
#include <utility>

#include "support/catch.h"

namespace meshgw::internal {
namespace {

static_assert(!std::is_copy_constructible_v<UniqueFd>);
static_assert(!std::is_copy_assignable_v<UniqueFd>);
static_assert(std::is_nothrow_move_constructible_v<UniqueFd>);
static_assert(std::is_nothrow_move_assignable_v<UniqueFd>);
static_assert(sizeof(UniqueFd) == sizeof(int));

int OpenOne() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool IsOpen(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

TEST_CASE("a unique descriptor is closed at the end of its owner") {
  const int fd = OpenOne();
  REQUIRE(fd >= 0);
  {
    const UniqueFd owner(fd);
    CHECK(owner.valid());
    CHECK(owner.get() == fd);
    CHECK(IsOpen(fd));
  }
  CHECK_FALSE(IsOpen(fd));
}

TEST_CASE("an empty unique descriptor closes nothing") {
  const int zero = ::fcntl(0, F_GETFD);
  {
    const UniqueFd empty;
    CHECK_FALSE(empty.valid());
    CHECK(empty.get() == -1);
  }
  CHECK(::fcntl(0, F_GETFD) == zero);
}

TEST_CASE("descriptor 0 is a descriptor") {
  UniqueFd zero(0);
  CHECK(zero.valid());
  CHECK(zero.release() == 0);
}

TEST_CASE("a move hands the descriptor on") {
  const int fd = OpenOne();
  UniqueFd first(fd);
  UniqueFd second(std::move(first));
  CHECK(first.get() == -1);  // NOLINT(bugprone-use-after-move): the contract.
  CHECK(second.get() == fd);
  CHECK(IsOpen(fd));
}

TEST_CASE("a move into an owner closes what it had") {
  const int fd = OpenOne();
  const int other = OpenOne();
  UniqueFd first(fd);
  UniqueFd second(other);
  second = std::move(first);
  CHECK_FALSE(IsOpen(other));
  CHECK(IsOpen(fd));
  CHECK(second.get() == fd);
  UniqueFd& same = second;
  second = std::move(same);
  CHECK(second.get() == fd);
  CHECK(IsOpen(fd));
}

TEST_CASE("release gives the descriptor up, open") {
  const int fd = OpenOne();
  {
    UniqueFd owner(fd);
    CHECK(owner.release() == fd);
    CHECK_FALSE(owner.valid());
  }
  CHECK(IsOpen(fd));
  ::close(fd);
}

TEST_CASE("reset closes the old one and takes the new one") {
  const int fd = OpenOne();
  const int other = OpenOne();
  UniqueFd owner(fd);
  owner.reset(other);
  CHECK_FALSE(IsOpen(fd));
  CHECK(owner.get() == other);
  CHECK(IsOpen(other));
  owner.reset();
  CHECK_FALSE(IsOpen(other));
  CHECK_FALSE(owner.valid());
}

}  // namespace
}  // namespace meshgw::internal
