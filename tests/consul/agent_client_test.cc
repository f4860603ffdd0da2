#include "consul/agent_client.h"

#include <memory>
#include <string>
#include <vector>

#include "agent_fixture.h"

namespace meshgw::test {
namespace {

using internal::AgentRequest;
using std::chrono::milliseconds;

TEST_CASE("a request has what the agent must know, and nothing else") {
  AgentFixture of;
  of.options.user_agent = "meshgw/1.2";
  of.agent.On("/v1/x", {Reply(200, "{}")});

  CHECK(of.Get("/v1/x")->body == "{}");
  const AgentAsked& get = of.agent.asked().at(0);
  CHECK(get.method == "GET");
  CHECK(get.query == "");
  CHECK(get.body == "");
  CHECK(get.headers == std::map<std::string, std::string>{
                           {"host", FormatAuthority(of.options.address)},
                           {"user-agent", "meshgw/1.2"},
                           {"accept", "application/json"}});

  CHECK(of.Ask({.method = "PUT",
                .path = "/v1/x",
                .query = {{"enable", "true"}, {"reason", "a b&c=\"d\""}},
                .body = "{\"a\": 1}"})
            .ok());
  const AgentAsked& put = of.agent.asked().at(1);
  CHECK(put.method == "PUT");
  CHECK(put.query == "enable=true&reason=a%20b%26c%3D%22d%22");
  CHECK(put.body == "{\"a\": 1}");
  CHECK(put.headers.at("content-type") == "application/json");

  CHECK(of.Ask({.method = "PUT", .path = "/v1/x"}).ok());
  CHECK(of.agent.asked().at(2).headers.at("content-length") == "0");
}

TEST_CASE("namespace and partition are part of every query") {
  AgentFixture of;
  of.options.name_space = "team a";
  of.options.partition = "p1";
  of.agent.On("/v1/x", {Reply(200, "{}")});
  CHECK(of.Get("/v1/x").ok());
  CHECK(of.agent.asked().at(0).query == "ns=team%20a&partition=p1");
  CHECK(of.Ask({.path = "/v1/x", .query = {{"hash", "1"}}}).ok());
  CHECK(of.agent.asked().at(1).query == "hash=1&ns=team%20a&partition=p1");
}

TEST_CASE("the token is asked for before each request, and is a header") {
  AgentFixture of;
  std::string token = "first";
  of.options.token = [&token] { return token; };
  of.agent.On("/v1/x", {Reply(200, "{}")});
  CHECK(of.Get("/v1/x").ok());
  token = "second";
  CHECK(of.Get("/v1/x").ok());
  token = "";
  CHECK(of.Get("/v1/x").ok());
  const auto& asked = of.agent.asked();
  CHECK(asked.at(0).headers.at("x-consul-token") == "first");
  CHECK(asked.at(1).headers.at("x-consul-token") == "second");
  CHECK(asked.at(2).headers.count("x-consul-token") == 0);
  for (const AgentAsked& each : asked) CHECK(each.query == "");
}

TEST_CASE("no error has the token in it, not even one that an agent repeats") {
  const std::string token = "b5c9b2a7-aaaa-4444-9999-0123456789ab";
  AgentFixture of;
  of.options.token = [&token] { return token; };
  of.agent.On("/v1/x",
              {Reply(403, "token " + token + " and " + token + " are unknown"),
               Reply(400, std::string(290, 'x') + token), Reply(500, token),
               Raw("HTTP/1.1 200 OK\r\n" + token + "\r\n\r\n"), Raw(token),
               Raw("", AgentReply::Then::kClose)});
  const Answer denied = of.Get("/v1/x");
  CHECK(absl::IsPermissionDenied(denied.status()));
  CHECK(Message(denied).find("token <token> and <token> are unknown") !=
        std::string::npos);
  CHECK(Message(denied).find(token) == std::string::npos);
  for (int i = 0; i < 5; ++i) {
    const Answer answer = of.Get("/v1/x");
    CHECK_FALSE(answer.ok());
    CHECK(Message(answer).find(token.substr(0, 8)) == std::string::npos);
  }
}

TEST_CASE("an answer gives its body and the hash of its content") {
  AgentFixture of;
  of.agent.On("/v1/plain",
              {Reply(200, "{\"a\":1}", "X-Consul-Contenthash: 97c36bd2\r\n")});
  of.agent.On("/v1/chunked",
              {Raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "4\r\n{\"a\"\r\n3\r\n:1}\r\n0\r\n\r\n")});
  of.agent.On("/v1/end", {Raw("HTTP/1.1 200 OK\r\n\r\n{\"a\":1}",
                              AgentReply::Then::kClose)});
  const Answer plain = of.Get("/v1/plain");
  REQUIRE(plain.ok());
  CHECK(plain->body == "{\"a\":1}");
  CHECK(plain->content_hash == "97c36bd2");
  for (const char* path : {"/v1/chunked", "/v1/end", "/v1/chunked"}) {
    CAPTURE(path);
    const Answer answer = of.Get(path);
    REQUIRE(answer.ok());
    CHECK(answer->body == "{\"a\":1}");
    CHECK(answer->content_hash == "");
  }
}

TEST_CASE("an answer of many megabytes in many pieces arrives whole") {
  AgentFixture of;
  std::string body;
  while (body.size() < (8u << 20)) body += std::to_string(body.size()) + ",";
  of.agent.On("/v1/x", {Reply(200, body)});
  const Answer answer = of.Get("/v1/x");
  REQUIRE(answer.ok());
  CHECK((answer->body == body));
}

TEST_CASE("what an agent refuses has its code and the agent's words") {
  using absl::StatusCode;
  const std::string html =
      "\n <!DOCTYPE html><html><body>Bad gateway</body></html>";
  const std::string page =
      "a page in HTML, so no agent; is there a proxy in between?";
  const struct {
    int status;
    std::string body;
    StatusCode code;
    std::string said;
  } rows[] = {
      {400, "Invalid Service Meta: Key prefix 'consul-' is reserved",
       StatusCode::kInvalidArgument,
       "400: Invalid Service Meta: Key prefix 'consul-' is reserved"},
      {400, "Client sent an HTTP request to an HTTPS server.\n",
       StatusCode::kInvalidArgument,
       "400: Client sent an HTTP request to an HTTPS server."},
      {401, "no", StatusCode::kPermissionDenied, "401: no"},
      {403,
       "Permission denied: anonymous token lacks permission "
       "'service:write' on \"mesh-gateway\"",
       StatusCode::kPermissionDenied,
       "403: Permission denied: anonymous token lacks permission "
       "'service:write' on \"mesh-gateway\""},
      {403, "ACL not found", StatusCode::kPermissionDenied,
       "403: ACL not found"},
      {404, "unknown service ID: gw1", StatusCode::kNotFound,
       "404: unknown service ID: gw1"},
      {405, "method GET not allowed", StatusCode::kInvalidArgument,
       "405: method GET not allowed"},
      {408, "", StatusCode::kResourceExhausted, "408: no reason given"},
      {429, "rate limit exceeded, try again later",
       StatusCode::kResourceExhausted,
       "429: rate limit exceeded, try again later"},
      {500, "No cluster leader", StatusCode::kUnavailable,
       "500: No cluster leader"},
      {400,
       "Validation failed: 1 error occurred:\n\t* Port must be non-zero for a "
       "mesh-gateway\n\n",
       StatusCode::kInvalidArgument,
       "400: Validation failed: 1 error occurred: * Port must be non-zero for "
       "a mesh-gateway"},
      {502, html, StatusCode::kUnavailable, "502: " + page},
      {404, html, StatusCode::kNotFound, "404: " + page},
      {503, "\r\n\t ", StatusCode::kUnavailable, "503: no reason given"},
      {503, "a\x1b[31mb\xC3\xA9\tc", StatusCode::kUnavailable,
       "503: a?[31mb?? c"},
      {500, std::string(5000, 'x'), StatusCode::kUnavailable,
       "500: " + std::string(300, 'x')},
  };
  AgentFixture of;
  const std::string place = " /v1/x of the agent at " +
                            FormatServerAddress(of.options.address) + ": ";
  for (const auto& row : rows) {
    CAPTURE(row.status, row.body);
    of.agent.On("/v1/x", {Reply(row.status, row.body)});
    const Answer answer = of.Get("/v1/x");
    CHECK(answer.status().code() == row.code);
    CHECK(Message(answer) == "GET" + place + row.said);
  }
  // All of them on one connection.
  CHECK(of.agent.accepted() == 1);
  CHECK(Message(of.Ask({.method = "PUT", .path = "/v1/x"})).substr(0, 10) ==
        "PUT /v1/x ");
}

TEST_CASE("a success of any kind is a success, and a redirect is none") {
  AgentFixture of;
  of.agent.On("/v1/x",
              {Reply(201, "made"), Raw("HTTP/1.1 204 No Content\r\n\r\n"),
               Reply(301, "<a href=\"/ui/\">Moved Permanently</a>.",
                     "Location: /ui/\r\n")});
  CHECK(of.Get("/v1/x")->body == "made");
  CHECK(of.Get("/v1/x")->body == "");
  CHECK(absl::IsInvalidArgument(of.Get("/v1/x").status()));
}

TEST_CASE("what speaks another protocol is named") {
  const struct {
    std::string bytes;
    std::string said;
  } rows[] = {
      {std::string("\x15\x03\x01\x00\x02\x02\x46", 7),
       "the server speaks TLS; is the address that of HTTPS (https://)?"},
      {std::string("\x00\x00\x06\x04\x00\x00\x00\x00\x00", 9),
       "the server speaks HTTP/2; is it the gRPC port?"},
      {"220 mail.example.com ESMTP\r\n", "the server does not speak HTTP/1"},
      {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
       "the server does not speak HTTP/1: bad Content-Length"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n",
       "the answer is longer than 1000 bytes"},
      {"HTTP/1.1 200 OK\r\nA: " + std::string(80000, 'x'),
       "the answer's header is longer than 65536 bytes"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.said);
    AgentFixture of;
    of.options.max_body_bytes = 1000;
    of.agent.On("/v1/x", {Raw(row.bytes)});
    const Answer answer = of.Get("/v1/x");
    CHECK(absl::IsDataLoss(answer.status()));
    CHECK(Message(answer) == "GET /v1/x of the agent at " +
                                 FormatServerAddress(of.options.address) +
                                 ": " + row.said);
    CHECK(RunUntil(&of.context, [&of] { return of.agent.open() == 0; }));
  }
}

TEST_CASE("requests are counted by endpoint and status") {
  AgentFixture of;
  of.agent.On("/v1/x/a", {Reply(200, ""), Reply(500, ""), Reply(200, "")});
  of.agent.On("/v1/x/b", {Reply(404, ""), Raw("garbage")});
  for (int i = 0; i < 3; ++i) {
    of.Ask({.path = "/v1/x/a", .endpoint = "/v1/x"}).status().IgnoreError();
  }
  of.Ask({.path = "/v1/x/b", .endpoint = "/v1/x"}).status().IgnoreError();
  of.Ask({.path = "/v1/x/b", .endpoint = "/v1/x"}).status().IgnoreError();
  of.Ask({.path = "/v1/y", .endpoint = "/v1/y"}).status().IgnoreError();
  CHECK(of.client().counts() ==
        internal::AgentClient::Counts{{{"/v1/x", "200"}, 2},
                                      {{"/v1/x", "404"}, 1},
                                      {{"/v1/x", "500"}, 1},
                                      {{"/v1/x", "error"}, 1},
                                      {{"/v1/y", "404"}, 1}});
}

}  // namespace
}  // namespace meshgw::test
