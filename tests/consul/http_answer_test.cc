#include "consul/http_answer.h"

#include <string>
#include <string_view>

#include "support/catch.h"

namespace meshgw::test {
namespace {

using internal::HttpAnswer;

constexpr std::size_t kMost = 1000;

struct ReadAnswer {
  absl::Status status;
  bool done = false;
  unsigned code = 0;
  std::string hash;
  std::string body;
  bool keep_open = false;

  bool operator==(const ReadAnswer&) const = default;
};

// Reads `bytes` in pieces of `step` bytes, the first of `first`.
ReadAnswer Read(std::string_view bytes, std::size_t first, std::size_t step,
                bool ends) {
  HttpAnswer answer(kMost);
  ReadAnswer out;
  std::size_t size = first;
  while (!bytes.empty() && out.status.ok()) {
    out.status = answer.Take(bytes.substr(0, size));
    bytes.remove_prefix(std::min(size, bytes.size()));
    size = step;
  }
  if (ends && out.status.ok()) out.status = answer.TakeEnd();
  out.done = out.status.ok() && answer.done();
  if (!out.done) return out;
  out.code = answer.status();
  out.hash = answer.Header("x-consul-contenthash");
  out.keep_open = answer.keep_open();
  out.body = answer.TakeBody();
  return out;
}

const std::string kPlain =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    "X-Consul-Contenthash: 1fe1\r\nContent-Length: 11\r\n\r\n{\"ID\":\"ab\"}";
const std::string kChunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5;x=y\r\n{\"ID\"\r\n6\r\n:\"ab\"}\r\n0\r\nTrailer: t\r\n\r\n";
const std::string kUntilEnd = "HTTP/1.0 200 OK\r\n\r\n{\"ID\":\"ab\"}";
const std::string kNoBody =
    "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";

TEST_CASE("an answer is the same however its bytes are cut") {
  for (const std::string& bytes : {kPlain, kChunked, kUntilEnd, kNoBody}) {
    CAPTURE(bytes);
    const ReadAnswer whole = Read(bytes, bytes.size(), bytes.size(), true);
    REQUIRE(whole.done);
    CHECK(whole.body == (whole.code == 200 ? "{\"ID\":\"ab\"}" : ""));
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      CAPTURE(cut);
      CHECK(Read(bytes, cut, bytes.size(), true) == whole);
      CHECK(Read(bytes, cut, cut, true) == whole);
    }
  }
}

TEST_CASE("an answer with a length is done at its last byte and not before") {
  for (const std::string& bytes : {kPlain, kChunked, kNoBody}) {
    CAPTURE(bytes);
    CHECK(Read(bytes, 1, 1, false).done);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CAPTURE(size);
      const std::string_view cut = std::string_view(bytes).substr(0, size);
      const ReadAnswer open = Read(cut, bytes.size(), 1, false);
      CHECK(open.status.ok());
      CHECK_FALSE(open.done);
      const ReadAnswer ended = Read(cut, bytes.size(), 1, true);
      CHECK(absl::IsUnavailable(ended.status));
      CHECK(ended.status.message() == "the answer ended early");
    }
  }
}

TEST_CASE("a connection is kept when server and bytes allow it") {
  const struct {
    std::string bytes;
    bool keep_open;
  } rows[] = {
      {kPlain, true},
      {kChunked, true},
      {kNoBody, true},
      {kPlain + "x", false},
      {kChunked + "HTTP/1.1 200 OK\r\n", false},
      {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
       false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false},
      {"HTTP/1.1 204 No Content\r\n\r\n", true},
  };
  for (const auto& row : rows) {
    CAPTURE(row.bytes);
    const ReadAnswer read = Read(row.bytes, row.bytes.size(), 1, false);
    CHECK(read.done);
    CHECK(read.keep_open == row.keep_open);
  }
  CHECK_FALSE(Read(kUntilEnd, 1000, 1, true).keep_open);
}

TEST_CASE("what is no HTTP/1 is refused with what it looks like") {
  const std::string kTls =
      "the server speaks TLS; is the address that of HTTPS "
      "(https://)?";
  const std::string kHttp2 = "the server speaks HTTP/2; is it the gRPC port?";
  const std::string kOther = "the server does not speak HTTP/1";
  const struct {
    std::string bytes;
    std::string said;
  } rows[] = {
      {std::string("\x15\x03\x01\x00\x02\x02\x46", 7), kTls},
      {std::string("\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00\x40"
                   "\x00",
                   15),
       kHttp2},
      {"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", kOther},
      {"<html>no HTTP header</html>", kOther},
      {"HTTP/2 200\r\n\r\n", kOther},
      {"http/1.1 200 OK\r\n\r\n", kOther},
      {"\r\nHTTP/1.1 200 OK\r\n\r\n", kOther},
      {std::string(20000, '\0'), kOther},
  };
  for (const auto& row : rows) {
    CAPTURE(row.bytes);
    // At once, not when it ends: such a server may wait for more.
    for (const std::size_t step : {row.bytes.size(), std::size_t{1}}) {
      const ReadAnswer read = Read(row.bytes, step, step, false);
      CHECK(absl::IsDataLoss(read.status));
      CHECK(read.status.message() == row.said);
    }
  }
  // A few bytes and the end.
  CHECK(Read("\x15\x03", 2, 2, true).status.message() == kTls);
  CHECK(Read("x", 1, 1, true).status.message() == kOther);
}

TEST_CASE("an answer that is malformed is refused") {
  const std::string rows[] = {
      "HTTP/1.1 OK\r\n\r\n",
      "HTTP/1.1 99999 OK\r\n\r\n",
      "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
      "HTTP/1.1 200 OK\r\n: no name\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcdefgh\r\n",
  };
  for (const std::string& bytes : rows) {
    CAPTURE(bytes);
    CHECK(absl::IsDataLoss(Read(bytes, bytes.size(), 1, false).status));
  }
}

TEST_CASE("an answer that is too long is refused as soon as it is known") {
  const std::string start = "HTTP/1.1 200 OK\r\n";
  const std::string chunk = "Transfer-Encoding: chunked\r\n\r\n";
  const std::string long_body = "the answer is longer than 1000 bytes";
  const struct {
    std::string bytes;
    std::string said;
  } rows[] = {
      {start + "Content-Length: 1001\r\n\r\n", long_body},
      {start + chunk + "3e9\r\n", long_body},
      {start + chunk + "ffffffffffffffff\r\n", long_body},
      {start + chunk + "1f4\r\n" + std::string(500, 'x') + "\r\n1f5\r\n",
       long_body},
      {start + "\r\n" + std::string(1001, 'x'), long_body},
      {start + "A: " + std::string(70000, 'x'),
       "the answer's header is longer than 65536 bytes"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.bytes.substr(0, 60));
    const ReadAnswer read = Read(row.bytes, 900, 900, false);
    CHECK(absl::IsDataLoss(read.status));
    CHECK(read.status.message() == row.said);
  }
  // Just as long as is taken.
  CHECK(Read(start + "Content-Length: 1000\r\n\r\n" + std::string(1000, 'x'),
             900, 900, false)
            .done);
  CHECK(Read(start + "\r\n" + std::string(1000, 'x'), 900, 900, true).done);
}

}  // namespace
}  // namespace meshgw::test
