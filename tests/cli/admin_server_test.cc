#include "cli/admin_server.h"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "run_program.h"
#include "support/catch.h"
#include "support/test_socket.h"

namespace meshgw::test {
namespace {

using cli::AdminLimits;
using cli::AdminReply;
using cli::AdminRequest;
using std::chrono::milliseconds;

// What the server under test answers: what it was asked, or pieces without end.
AdminReply Echo(const AdminRequest& request) {
  if (request.path == "/throws") throw std::bad_alloc();
  AdminReply reply;
  reply.body = std::string(request.method) + " " + std::string(request.path) +
               " " + std::string(request.query);
  if (request.path == "/pieces") {
    reply.body = "first,";
    reply.more = [left = 2](std::string* out) mutable {
      *out += "more,";
      return --left > 0;
    };
  }
  if (request.path == "/endless") {
    reply.more = [](std::string* out) {
      out->append(65536, 'x');
      return true;
    };
  }
  return reply;
}

// RunningServer is an AdminServer on a thread of its own, on a unix socket and
// on TCP.
class RunningServer {
 public:
  explicit RunningServer(const AdminLimits& limits = {})
      : server_(&context_, Echo, limits),
        unix_("unix:" + folder_.Path("admin.sock")) {
    REQUIRE(server_.Listen(unix_).ok());
    const auto bound = server_.Listen("127.0.0.1:0");
    REQUIRE(bound.ok());
    tcp_ = *bound;
    thread_ = std::thread([this] { context_.run(); });
  }
  ~RunningServer() {
    context_.stop();
    thread_.join();
  }
  const std::string& unix_address() const { return unix_; }
  const std::string& tcp_address() const { return tcp_; }
  TestSocket Connect() const { return TestSocket::Connect(unix_); }

  // All that comes for `request`, whose end is that of the connection.
  std::string Ask(std::string_view request) const {
    TestSocket client = Connect();
    REQUIRE(client.Send(request));
    client.Finish();
    const auto got = client.ReceiveAll();
    return {got.begin(), got.end()};
  }
  // The status of what comes over TCP.
  std::string StatusOverTcp(const std::string& request) const {
    TestSocket client = TestSocket::Connect(tcp_);
    REQUIRE(client.Send(request));
    const std::string line = client.ReceiveText(12);
    return line.size() == 12 ? line.substr(9) : line;
  }

 private:
  TemporaryFolder folder_;
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type>
      work_{context_.get_executor()};
  cli::AdminServer server_;
  std::string unix_;
  std::string tcp_;
  std::thread thread_;
};

std::string Get(std::string_view path, std::string_view fields = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" +
         std::string(fields) + "\r\n";
}

std::size_t CountOf(std::string_view part, std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; ++at) {
    ++count;
  }
  return count;
}

TEST_CASE("a request is answered, with what no browser should guess or keep") {
  const RunningServer server;
  const std::string got = server.Ask(Get("/a/b?c=d"));
  CHECK(got.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(got.ends_with("\r\n\r\nGET /a/b c=d"));
  for (const std::string_view field :
       {"Server: meshgw/", "Cache-Control: no-store\r\n",
        "X-Content-Type-Options: nosniff\r\n", "Content-Length: 12\r\n",
        "Content-Type: text/plain; charset=utf-8\r\n"}) {
    CAPTURE(field);
    CHECK(got.find(field) != got.npos);
  }
}

TEST_CASE("a connection serves one request after the other, also pipelined") {
  const RunningServer server;
  TestSocket client = server.Connect();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(client.Send(Get("/one")));
    std::string got;
    while (!got.ends_with("GET /one ")) {
      const std::string next = client.ReceiveText(1);
      REQUIRE(!next.empty());
      got += next;
    }
  }
  std::string many;
  for (int i = 0; i < 50; ++i) many += Get("/many");
  CHECK(CountOf("GET /many ", server.Ask(many)) == 50);
  // Close is taken at its word: what is behind it is not answered.
  CHECK(CountOf("GET /", server.Ask(Get("/a", "Connection: close\r\n") +
                                    Get("/b"))) == 1);
}

TEST_CASE("HEAD gets what GET does, but the body") {
  const RunningServer server;
  const std::string got = server.Ask("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(got.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(got.find("Content-Length: 7\r\n") != got.npos);
  CHECK(got.ends_with("\r\n\r\n"));
}

TEST_CASE("a long answer comes in chunks, and until the end to who is old") {
  const RunningServer server;
  const std::string chunks = server.Ask(Get("/pieces"));
  CHECK(chunks.find("Transfer-Encoding: chunked\r\n") != chunks.npos);
  CHECK(
      chunks.ends_with("\r\n\r\n6\r\nfirst,\r\n5\r\nmore,\r\n5\r\nmore,"
                       "\r\n0\r\n\r\n"));
  const std::string old = server.Ask("GET /pieces HTTP/1.0\r\n\r\n");
  CHECK(old.starts_with("HTTP/1.0 200 OK\r\n"));
  CHECK(old.find("chunked") == old.npos);
  CHECK(old.ends_with("\r\n\r\nfirst,more,more,"));
}

TEST_CASE("what is no request, or too large, is told so and closed") {
  const RunningServer server;
  struct Row {
    std::string request;
    std::string_view status;
  };
  for (const Row& row : {
           Row{"\x16\x03\x01 hello\r\n\r\n", "400"},
           Row{"GET / HTTP/9.9\r\n\r\n", "400"},
           Row{"GET  HTTP/1.1\r\n\r\n", "400"},
           Row{Get("/", "X: " + std::string(17000, 'x') + "\r\n"), "431"},
           Row{"GET /" + std::string(100000, 'x'), "431"},
           Row{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: "
               "70000\r\n\r\n" +
                   std::string(70000, 'x'),
               "413"},
           Row{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: "
               "18446744073709551615\r\n\r\n",
               "413"},
           Row{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
               "400"},
           Row{Get("/throws"), "500"},
       }) {
    CAPTURE(row.request.substr(0, 60));
    CHECK(server.Ask(row.request).substr(0, 12) ==
          "HTTP/1.1 " + std::string(row.status));
  }
  CHECK(server.Ask("GET / HT") == "");  // Half a request.
  CHECK(server.Ask("") == "");
}

TEST_CASE("over TCP what a web page may have a browser send is refused") {
  const RunningServer server;
  const auto request = [](std::string_view host, std::string_view fields = "") {
    return "POST / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n" +
           std::string(fields) + "\r\n";
  };
  CHECK(server.StatusOverTcp(request(server.tcp_address())) == "200");
  CHECK(server.StatusOverTcp(request("localhost")) == "200");
  CHECK(server.StatusOverTcp(request("evil.example")) == "403");
  CHECK(server.StatusOverTcp("GET / HTTP/1.1\r\n\r\n") == "403");
  CHECK(server.StatusOverTcp(
            request("localhost", "Origin: http://localhost\r\n")) == "200");
  CHECK(server.StatusOverTcp(
            request("localhost", "Origin: http://evil.example\r\n")) == "403");
  CHECK(server.StatusOverTcp(request("localhost", "Origin: null\r\n")) ==
        "403");
  // Who may open the unix socket is no web page.
  CHECK(server.Ask(request("evil.example")).starts_with("HTTP/1.1 200"));
}

TEST_CASE("who is slow, or does not read, is closed in time") {
  const RunningServer server(
      {.read_timeout = milliseconds(50), .write_timeout = milliseconds(50)});
  TestSocket silent = server.Connect();
  CHECK(silent.End() != StreamEnd::kNothingCame);
  TestSocket half = server.Connect();
  REQUIRE(half.Send("GET / HTTP/1.1\r\nHo"));
  CHECK(half.ReceiveText(1) == "");
  CHECK(half.End() != StreamEnd::kNothingCame);
  // One that takes nothing of an answer without end: what was sent ends.
  TestSocket deaf = server.Connect();
  REQUIRE(deaf.Send(Get("/endless")));
  CHECK(WaitUntil([&] {
    return ::send(deaf.fd(), "", 0, MSG_NOSIGNAL) < 0 ||
           !deaf.Send(std::string_view("x"));
  }));
}

TEST_CASE("with too many connections the one that waits longest is closed") {
  const RunningServer server({.connections = 3});
  std::vector<TestSocket> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(server.Connect());
    // So that they come in this order.
    REQUIRE(clients.back().Send(Get("/a")));
    REQUIRE(clients.back().ReceiveText(15) == "HTTP/1.1 200 OK");
  }
  // Who has asked last is not the one.
  REQUIRE(clients[0].Send(Get("/b")));
  std::string got;
  while (got.find("GET /b ") == got.npos) {
    const std::string next = clients[0].ReceiveText(1);
    REQUIRE(!next.empty());
    got += next;
  }
  CHECK(server.Ask(Get("/c", "Connection: close\r\n")).ends_with("GET /c "));
  CHECK(clients[1].End() == StreamEnd::kFin);
  for (const std::size_t i : {0u, 2u}) {
    REQUIRE(clients[i].Send(Get("/d", "Connection: close\r\n")));
    const auto rest = clients[i].ReceiveAll();
    CHECK(std::string(rest.begin(), rest.end()).ends_with("GET /d "));
  }
}

TEST_CASE(
    "the socket's file is for owner and group, and goes with the server") {
  const TemporaryFolder folder;
  const std::string path = folder.Path("admin.sock");
  const mode_t old = ::umask(0);
  {
    boost::asio::io_context context;
    cli::AdminServer server(&context, Echo, {});
    REQUIRE(server.Listen("unix:" + path).ok());
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0660);
    // A live one is not taken over.
    cli::AdminServer second(&context, Echo, {});
    CHECK(absl::IsAlreadyExists(second.Listen("unix:" + path).status()));
  }
  ::umask(old);
  CHECK(!std::filesystem::exists(path));
}

TEST_CASE("the file of a socket that nobody listens on is replaced") {
  const TemporaryFolder folder;
  const std::string path = folder.Path("admin.sock");
  TestServer("unix:" + path).Close();
  REQUIRE(std::filesystem::exists(path));
  boost::asio::io_context context;
  cli::AdminServer server(&context, Echo, {});
  CHECK(server.Listen("unix:" + path).ok());
  CHECK(absl::IsInvalidArgument(server.Listen("localhost:1").status()));
}

}  // namespace
}  // namespace meshgw::test
