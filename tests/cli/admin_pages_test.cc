#include "cli/admin_pages.h"

#include <memory>
#include <string>

#include "run_program.h"
#include "support/catch.h"

namespace meshgw::test {
namespace {

using cli::AdminReply;

// Pages over a gateway that is there, and a program that is not.
struct Subject {
  std::unique_ptr<Gateway> gateway = *Gateway::Create({}, nullptr);
  cli::GatewayFlags flags;
  cli::ProgramState state;
  cli::ProgramLog log{false, "error"};
  cli::ConnectionMetrics metrics;
  std::string done;
  cli::AdminPages pages{{
      .gateway = gateway.get(),
      .flags = &flags,
      .state = &state,
      .log = &log,
      .metrics = &metrics,
      .source = [] { return cli::SourceStatus(); },
      .drain = [this] { done += "drain "; },
      .reload = [this] { done += "reload "; },
      .set_log_level = [this](std::string_view level) { done += level; },
  }};

  std::string Ask(std::string_view method, std::string_view path,
                  std::string_view query = "") {
    AdminReply reply =
        pages.Answer({.method = method, .path = path, .query = query});
    while (reply.more && reply.more(&reply.body)) {
    }
    return std::to_string(reply.status) + " " + reply.body;
  }
  void Serve() {
    RouteTableBuilder builder;
    auto table = builder.Build();
    gateway->SetRoutes(*table);
  }
};

TEST_CASE("readiness says what is missing, and is not about services") {
  Subject subject;
  CHECK(subject.Ask("GET", "/healthz") == "200 ok\n");
  CHECK(subject.Ask("GET", "/readyz") == "503 no configuration yet\n");
  CHECK(subject.Ask("GET", "/v1/routes") == "503 no configuration yet\n");
  subject.Serve();
  CHECK(subject.Ask("GET", "/readyz") == "503 no listener is bound\n");
  subject.state.ready = true;
  CHECK(subject.Ask("GET", "/readyz") == "200 ready\n");
  CHECK(subject.Ask("GET", "/v1/routes") == "200 ");
  subject.state.draining = true;
  CHECK(subject.Ask("GET", "/readyz") == "503 draining\n");
}

TEST_CASE("a drain is asked for once, and fails readiness at once") {
  Subject subject;
  subject.Serve();
  subject.state.ready = true;
  CHECK(subject.Ask("POST", "/v1/drain").starts_with("202 "));
  CHECK(subject.Ask("POST", "/v1/drain").starts_with("202 "));
  CHECK(subject.done == "drain ");
  CHECK(subject.Ask("GET", "/readyz") == "503 draining\n");
  CHECK(subject.Ask("POST", "/v1/reload").starts_with("409 "));
  CHECK(subject.done == "drain ");
}

TEST_CASE("a reload that has begun does not count for who asks now") {
  Subject subject;
  CHECK(subject.Ask("POST", "/v1/reload") == "202 {\"reload\":1}\n");
  subject.state.reloads_started = 1;
  CHECK(subject.Ask("POST", "/v1/reload") == "202 {\"reload\":2}\n");
  CHECK(subject.done == "reload reload ");
}

TEST_CASE("nothing is changed by a GET") {
  Subject subject;
  for (const char* path : {"/v1/drain", "/v1/reload", "/v1/log-level"}) {
    CHECK(subject.Ask("GET", path, "level=debug") == "405 expected POST\n");
  }
  CHECK(subject.done.empty());
  CHECK(subject.Ask("POST", "/v1/log-level", "a=b&level=debug") ==
        "200 {\"level\":\"debug\"}\n");
  CHECK(subject.done == "debug");
}

TEST_CASE("the last errors are told, the newest last") {
  cli::ProgramLog log(false, "error");
  for (int i = 0; i < 15; ++i) {
    log.Log("error", "message " + std::to_string(i), {{"key", i}});
    log.Log("warn", "no error");
  }
  const auto errors = log.last_errors();
  REQUIRE(errors.size() == cli::ProgramLog::kKeptErrors);
  CHECK(errors.front().message == "message 5: key=5");
  CHECK(errors.back().message == "message 14: key=14");
}

}  // namespace
}  // namespace meshgw::test
