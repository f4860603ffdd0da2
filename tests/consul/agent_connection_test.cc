#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent_fixture.h"
#include "support/temporary_folder.h"
#include "support/test_certificates.h"
#include "transport/tls_settings.h"

// The connections of an AgentClient: kept, repeated, timed out, over TLS and
// unix sockets, and given up.
namespace meshgw::test {
namespace {

using internal::AgentRequest;
using std::chrono::milliseconds;

// Sends `count` requests at once and waits for their answers.
std::vector<Answer> AskAtOnce(AgentFixture* of, std::size_t count,
                              const std::string& path) {
  std::vector<Answer> answers;
  for (std::size_t i = 0; i < count; ++i) {
    of->client().Send({.path = path, .endpoint = path}, [&](Answer answer) {
      answers.push_back(std::move(answer));
    });
  }
  CHECK(RunUntil(&of->context, [&] { return answers.size() == count; }));
  return answers;
}

TEST_CASE("requests one behind the other share a connection") {
  AgentFixture of;
  of.agent.On("/v1/x", {Reply(200, "{}"), Reply(500, "x"), Reply(200, "{}")});
  for (int i = 0; i < 5; ++i) of.Get("/v1/x").status().IgnoreError();
  CHECK(of.agent.asked().size() == 5);
  CHECK(of.agent.accepted() == 1);
}

TEST_CASE("of connections at once as many are kept as may be idle") {
  AgentFixture of;
  of.options.max_idle = 2;
  of.agent.On("/v1/x", {Reply(200, "{}")});
  for (const Answer& answer : AskAtOnce(&of, 5, "/v1/x")) CHECK(answer.ok());
  CHECK(of.agent.accepted() == 5);
  REQUIRE(RunUntil(&of.context, [&of] { return of.agent.open() == 2; }));
  AskAtOnce(&of, 2, "/v1/x");
  CHECK(of.agent.accepted() == 5);
  AskAtOnce(&of, 3, "/v1/x");
  CHECK(of.agent.accepted() == 6);
}

TEST_CASE("a connection that the agent does not keep is not used again") {
  for (const AgentReply& reply :
       {Reply(200, "{}", "Connection: close\r\n"),
        Raw("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
        Raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}more"),
        Raw("HTTP/1.1 200 OK\r\n\r\n{}", AgentReply::Then::kClose)}) {
    CAPTURE(reply.parts[0]);
    AgentFixture of;
    of.agent.On("/v1/x", {reply});
    CHECK(of.Get("/v1/x")->body == "{}");
    CHECK(of.Get("/v1/x")->body == "{}");
    CHECK(of.agent.accepted() == 2);
  }
}

TEST_CASE("a kept connection that the agent closes is replaced unseen") {
  AgentFixture of;
  of.agent.On("/v1/x", {Reply(200, "{}")});
  REQUIRE(of.Get("/v1/x").ok());
  of.agent.CloseConnections();
  // Known by the time of the next request, and not.
  CHECK(of.Get("/v1/x").ok());
  of.agent.CloseConnections();
  of.Settle();
  CHECK(of.Get("/v1/x").ok());
  CHECK(of.agent.asked().size() == 3);
  CHECK(of.agent.accepted() == 3);
}

TEST_CASE("a request that met the end of a kept connection is repeated once") {
  for (const auto then : {AgentReply::Then::kClose, AgentReply::Then::kReset}) {
    AgentFixture of;
    of.agent.On("/v1/x", {Reply(200, "1"), Raw("", then), Reply(200, "2")});
    CHECK(of.Get("/v1/x")->body == "1");
    const Answer again =
        of.Ask({.method = "PUT", .path = "/v1/x", .body = "{\"a\":1}"});
    REQUIRE(again.ok());
    CHECK(again->body == "2");
    CHECK(of.agent.asked().at(2).body == "{\"a\":1}");
    CHECK(of.agent.asked().at(2).connection == 2);

    of.agent.On("/v1/x", {Raw("", then)});
    CHECK(absl::IsUnavailable(of.Get("/v1/x").status()));
    CHECK(of.agent.asked().size() == 5);
  }
}

TEST_CASE("a request that met the end of a new connection is not repeated") {
  AgentFixture of;
  of.agent.On("/v1/x", {Raw("", AgentReply::Then::kClose)});
  const Answer answer = of.Get("/v1/x");
  CHECK(absl::IsUnavailable(answer.status()));
  CHECK(Message(answer).ends_with(
      ": the agent closed the connection without an answer"));
  CHECK(of.agent.asked().size() == 1);
}

TEST_CASE("an answer that has begun is not asked for again") {
  AgentFixture of;
  of.agent.On("/v1/x",
              {Reply(200, "{}"), Raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
                                     "\r\nab",
                                     AgentReply::Then::kClose)});
  REQUIRE(of.Get("/v1/x").ok());
  const Answer early = of.Get("/v1/x");
  CHECK(absl::IsUnavailable(early.status()));
  CHECK(Message(early).ends_with(": the answer ended early"));
  CHECK(of.agent.asked().size() == 2);
}

TEST_CASE("what nobody asked for is no answer to the next request") {
  AgentFixture of;
  of.agent.On("/v1/x", {Reply(200, "{}")});
  REQUIRE(of.Get("/v1/x").ok());
  // As proxies do that give an idle connection up.
  of.agent.SayUnasked("HTTP/1.1 408 Request Timeout\r\n\r\n");
  REQUIRE(RunUntil(&of.context, [&of] { return of.agent.open() == 0; }));
  CHECK(of.Get("/v1/x")->body == "{}");

  of.agent.SayUnasked("HTTP/1.1 408 Request Timeout\r\n\r\n");
  REQUIRE(RunUntil(&of.context, [&of] { return of.agent.open() == 0; }));
  of.agent.Stop();
  const Answer refused = of.Get("/v1/x");
  CHECK(absl::IsUnavailable(refused.status()));
  CHECK(Message(refused).ends_with("cannot connect: Connection refused"));
}

TEST_CASE("an answer must be there, whole, before the deadline") {
  const std::string start = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
  AgentReply drip{.parts = {start}, .pause = milliseconds(1)};
  for (int i = 0; i < 1000; ++i) drip.parts.emplace_back("x");
  AgentReply header{.parts = {"HTTP/1.1 200 OK\r\nA: "},
                    .pause = milliseconds(1)};
  for (int i = 0; i < 1000; ++i) header.parts.emplace_back("x");
  for (const AgentReply& reply : {Stall(), Raw(start), drip, header}) {
    AgentFixture of;
    of.agent.On("/v1/x", {reply, Reply(200, "{}")});
    const Answer late = of.Ask({.path = "/v1/x", .timeout = milliseconds(50)});
    CHECK(absl::IsDeadlineExceeded(late.status()));
    CHECK(Message(late).ends_with(": no answer within 50 ms"));
    // The rest of it is no answer to the next.
    CHECK(of.Get("/v1/x")->body == "{}");
    CHECK(of.agent.accepted() == 2);
  }
}

TEST_CASE("a deadline that passes while the answer comes is not the next's") {
  AgentFixture of;
  of.agent.On("/v1/x", {Reply(200, "{}")});
  REQUIRE(of.Get("/v1/x").ok());
  std::optional<Answer> first;
  std::optional<Answer> second;
  of.client().Send(
      {.path = "/v1/x", .timeout = milliseconds(5)}, [&](Answer answer) {
        first = std::move(answer);
        of.client().Send({.path = "/v1/x"},
                         [&](Answer next) { second = std::move(next); });
      });
  // The thread is busy with something else until both are due.
  REQUIRE(
      RunUntil(&of.context, [&of] { return of.agent.asked().size() == 2; }));
  const auto due = std::chrono::steady_clock::now() + milliseconds(10);
  while (std::chrono::steady_clock::now() < due) {
  }
  REQUIRE(RunUntil(&of.context, [&second] { return second.has_value(); }));
  // Either is right for the first; the second was in time.
  CHECK((first->ok() || absl::IsDeadlineExceeded(first->status())));
  CHECK(second->ok());
}

TEST_CASE("an agent that is not there is told of with its address") {
  AgentFixture of;
  of.agent.Stop();
  const Answer refused = of.Get("/v1/x");
  CHECK(absl::IsUnavailable(refused.status()));
  CHECK(Message(refused) == "GET /v1/x of the agent at " +
                                FormatServerAddress(of.options.address) + ": " +
                                FormatServerAddress(of.options.address) +
                                ": cannot connect: Connection refused");
  of.agent.Listen();
  CHECK(absl::IsNotFound(of.Get("/v1/x").status()));
}

TEST_CASE("an agent is reached over a unix socket") {
  const TemporaryFolder folder;
  AgentFixture of(nullptr, folder.Path("consul.sock"));
  of.agent.On("/v1/x", {Reply(200, "{}")});
  CHECK(of.Get("/v1/x").ok());
  CHECK(of.agent.asked().at(0).headers.at("host") == "localhost");
  of.agent.Stop();
  of.Settle();
  const Answer refused = of.Get("/v1/x");
  CHECK(absl::IsUnavailable(refused.status()));
  CHECK(Message(refused).find("unix://" + folder.Path("consul.sock")) !=
        std::string::npos);
}

std::shared_ptr<boost::asio::ssl::context> ServerTls(
    const IssuedCertificate& issued) {
  namespace ssl = boost::asio::ssl;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  context->use_certificate_chain(boost::asio::buffer(issued.certificate));
  context->use_private_key(boost::asio::buffer(issued.key), ssl::context::pem);
  return context;
}

TEST_CASE("an agent is reached over TLS when its certificate is right") {
  const TemporaryFolder folder;
  const TestAuthority authority;
  const TestAuthority other("another CA");
  const struct {
    IssuedCertificate issued;
    std::string trusted;
    std::string name;
    std::string said;
  } rows[] = {
      {authority.Issue("localhost", "127.0.0.1"), authority.pem(), "", ""},
      {authority.Issue("server.dc1.consul"), authority.pem(),
       "server.dc1.consul", ""},
      {authority.Issue("localhost", "127.0.0.1"), other.pem(), "",
       "certificate is not accepted: "},
      {authority.Issue("localhost"), authority.pem(), "",
       "certificate is not accepted: IP address mismatch"},
      {authority.Issue("client.dc1.consul"), authority.pem(),
       "server.dc1.consul", "certificate is not accepted: Hostname mismatch"},
      {authority.Issue("localhost", "127.0.0.1", -10), authority.pem(), "",
       "certificate is not accepted: certificate has expired"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name, row.said);
    AgentFixture of(ServerTls(row.issued));
    of.agent.On("/v1/x", {Reply(200, "{}")});
    of.options.tls = *internal::MakeTlsContext(
        {.ca_file = folder.Write("ca.pem", row.trusted)});
    of.options.server_name = row.name;
    const Answer answer = of.Get("/v1/x");
    if (row.said.empty()) {
      CHECK(answer.ok());
      CHECK(of.Get("/v1/x").ok());
      CHECK(of.agent.accepted() == 1);
    } else {
      CHECK(absl::IsUnavailable(answer.status()));
      CHECK(Message(answer).find(row.said) != std::string::npos);
      CHECK(of.agent.asked().empty());
    }
  }
}

TEST_CASE("TLS to a plain port and the other way round are told apart") {
  const TemporaryFolder folder;
  const TestAuthority authority;
  AgentFixture plain;
  plain.options.address.tls = true;
  plain.options.tls = *internal::MakeTlsContext(
      {.ca_file = folder.Write("ca.pem", authority.pem())});
  // An agent that gets no request closes at some time.
  std::optional<Answer> answer;
  plain.client().Send({.path = "/v1/x"}, [&](Answer got) { answer = got; });
  REQUIRE(RunUntil(&plain.context, [&] { return plain.agent.open() == 1; }));
  plain.agent.SayUnasked("HTTP/1.1 400 Bad Request\r\n\r\n");
  REQUIRE(RunUntil(&plain.context, [&] { return answer.has_value(); }));
  CAPTURE(Message(*answer));
  CHECK(Message(*answer).find("does not speak TLS; is it a plain port?") !=
        std::string::npos);

  AgentFixture tls(ServerTls(authority.Issue("localhost", "127.0.0.1")));
  tls.options.address.tls = false;
  const Answer alert = tls.Get("/v1/x");
  CHECK_FALSE(alert.ok());
  CHECK(tls.agent.asked().empty());
}

TEST_CASE("a client that is destroyed calls nothing, whatever it was doing") {
  const TemporaryFolder folder;
  const TestAuthority authority;
  for (const bool tls : {false, true}) {
    for (int steps = 0; steps < 40; ++steps) {
      CAPTURE(tls, steps);
      AgentFixture of(tls ? ServerTls(authority.Issue("", "127.0.0.1"))
                          : nullptr);
      if (tls) {
        of.options.tls = *internal::MakeTlsContext(
            {.ca_file = folder.Write("ca.pem", authority.pem())});
      }
      of.agent.On("/v1/x", {Reply(200, "{}")});
      of.agent.On("/v1/stall", {Stall()});
      int called = 0;
      const auto count = [&called](const Answer&) { ++called; };
      of.client().Send({.path = "/v1/x"}, count);
      of.client().Send({.path = "/v1/stall"}, count);
      for (int i = 0; i < steps; ++i) {
        of.context.restart();
        of.context.poll_one();
      }
      const int before = called;
      of.made.reset();
      for (int i = 0; i < 20; ++i) of.Settle();
      CHECK(called == before);
    }
  }
}

TEST_CASE("a client may be destroyed by the answer that it gives") {
  for (const AgentReply& reply :
       {Reply(200, "{}"), Reply(500, ""), Raw("garbage"),
        Raw("HTTP/1.1 200 OK\r\n\r\n", AgentReply::Then::kClose),
        Raw("", AgentReply::Then::kReset), Stall()}) {
    AgentFixture of;
    of.agent.On("/v1/x", {reply});
    int called = 0;
    of.client().Send({.path = "/v1/x", .timeout = milliseconds(100)},
                     [&](const Answer&) {
                       ++called;
                       of.made.reset();
                     });
    of.client().Send({.path = "/v1/x"}, [&](const Answer&) { ++called; });
    REQUIRE(RunUntil(&of.context, [&called] { return called > 0; }));
    for (int i = 0; i < 20; ++i) of.Settle();
    CHECK(called == (of.made.has_value() ? 2 : 1));
  }
}

}  // namespace
}  // namespace meshgw::test
