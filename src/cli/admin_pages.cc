#include "cli/admin_pages.h"

#include <boost/json.hpp>
#include <charconv>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "cli/gateway_json.h"
#include "cli/json.h"
#include "cli/metrics.h"
#include "cli/route_listing.h"
#include "cli/sni_answer.h"
#include "transport/percent_encoding.h"

namespace meshgw::cli {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kJsonLines = "application/x-ndjson";
// How much of a long answer is made at a time: in between the control plane is
// heard.
constexpr std::size_t kPiece = std::size_t{64} << 10;

AdminReply Text(unsigned status, std::string text) {
  return {.status = status, .body = std::move(text) + "\n"};
}

AdminReply Json(unsigned status, const boost::json::object& object) {
  return {.status = status,
          .type = std::string(kJson),
          .body = boost::json::serialize(object) + "\n"};
}

// One object a line, as many as `count`, made a piece at a time.
template <typename Make>
AdminReply Lines(std::size_t count, Make make) {
  AdminReply reply{.type = std::string(kJsonLines)};
  reply.more = [count, make = std::move(make),
                next = std::size_t{0}](std::string* out) mutable {
    while (next < count && out->size() < kPiece) {
      *out += boost::json::serialize(make(next++));
      *out += '\n';
    }
    return next < count;
  };
  return reply;
}

// The value of `name` in a query; empty and none are told apart.
std::optional<std::string> QueryValue(std::string_view query,
                                      std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (pair.substr(0, equals) != name) continue;
    return internal::PercentDecode(
        equals == pair.npos ? "" : pair.substr(equals + 1));
  }
  return std::nullopt;
}

}  // namespace

struct AdminPages::Page {
  std::string_view path;
  std::string_view method;
  AdminReply (AdminPages::*answer)(const AdminRequest&);
  bool is_prefix = false;
};

const AdminPages::Page AdminPages::kPages[] = {
    {"/healthz", "GET", &AdminPages::Healthz},
    {"/readyz", "GET", &AdminPages::Readyz},
    {"/metrics", "GET", &AdminPages::Metrics},
    {"/v1/routes", "GET", &AdminPages::Routes},
    {"/v1/clusters", "GET", &AdminPages::Clusters},
    {"/v1/connections", "GET", &AdminPages::Connections},
    {"/v1/config", "GET", &AdminPages::Config},
    {"/v1/status", "GET", &AdminPages::Status},
    {"/v1/explain/sni/", "GET", &AdminPages::ExplainSni, true},
    {"/v1/drain", "POST", &AdminPages::Drain},
    {"/v1/reload", "POST", &AdminPages::Reload},
    {"/v1/log-level", "POST", &AdminPages::LogLevel},
};

AdminReply AdminPages::Answer(const AdminRequest& request) {
  for (const Page& page : kPages) {
    if (page.is_prefix ? !request.path.starts_with(page.path)
                       : request.path != page.path) {
      continue;
    }
    if (request.method == page.method) return (this->*page.answer)(request);
    const bool reads = page.method == "GET";
    AdminReply reply = Text(405, "expected " + std::string(page.method));
    reply.allow = reads ? "GET, HEAD" : std::string(page.method);
    return reply;
  }
  std::string expected = "no such page; expected one of:";
  for (const Page& page : kPages) {
    expected.append("\n  ").append(page.method).append(" ").append(page.path);
    if (page.is_prefix) expected += "NAME";
  }
  return Text(404, std::move(expected));
}

AdminReply AdminPages::Healthz(const AdminRequest&) { return Text(200, "ok"); }

// Without services a gateway is ready too: that is for the mesh to say.
AdminReply AdminPages::Readyz(const AdminRequest&) {
  const ProgramState& state = *subject_.state;
  if (state.draining || drain_asked_) return Text(503, "draining");
  if (subject_.gateway->routes() == nullptr) {
    return Text(503, "no configuration yet");
  }
  if (!state.ready) return Text(503, "no listener is bound");
  return Text(200, "ready");
}

AdminReply AdminPages::Metrics(const AdminRequest&) {
  const auto routes = subject_.gateway->routes();
  return {.type = "text/plain; version=0.0.4; charset=utf-8",
          .body = FormatMetrics({.stats = subject_.gateway->stats(),
                                 .connections = subject_.metrics->Collect(),
                                 .routes = routes.get(),
                                 .state = subject_.state,
                                 .source = subject_.source()})};
}

AdminReply AdminPages::Routes(const AdminRequest&) {
  auto table = subject_.gateway->routes();
  if (table == nullptr) return Text(503, "no configuration yet");
  const std::size_t count = table->routes().size();
  return Lines(count, [table = std::move(table)](std::size_t i) {
    return RouteJson(*table, table->routes()[i]);
  });
}

AdminReply AdminPages::Clusters(const AdminRequest&) {
  auto table = subject_.gateway->routes();
  if (table == nullptr) return Text(503, "no configuration yet");
  const std::size_t count = table->clusters().size();
  return Lines(count, [table = std::move(table)](std::size_t i) {
    return ClusterJson(*table->clusters()[i]);
  });
}

AdminReply AdminPages::Connections(const AdminRequest& request) {
  std::size_t limit = kDefaultConnections;
  if (const auto text = QueryValue(request.query, "limit"); text.has_value()) {
    const char* end = text->data() + text->size();
    const auto parsed = std::from_chars(text->data(), end, limit);
    if (parsed.ec != std::errc() || parsed.ptr != end ||
        limit > kMaxConnections) {
      return Text(400, "limit: expected a number up to " +
                           std::to_string(kMaxConnections));
    }
  }
  auto list = std::make_shared<const std::vector<LiveConnection>>(
      subject_.gateway->Connections(limit));
  const std::size_t count = list->size();
  return Lines(count, [list = std::move(list)](std::size_t i) {
    return ConnectionJson((*list)[i]);
  });
}

AdminReply AdminPages::Config(const AdminRequest&) {
  return Json(200, FlagsJson(*subject_.flags, subject_.log->level(),
                             subject_.source()));
}

AdminReply AdminPages::Status(const AdminRequest&) {
  const auto routes = subject_.gateway->routes();
  return Json(200, StatusJson({.stats = subject_.gateway->stats(),
                               .routes = routes.get(),
                               .state = subject_.state,
                               .source = subject_.source(),
                               .errors = subject_.log->last_errors()}));
}

AdminReply AdminPages::ExplainSni(const AdminRequest& request) {
  const auto table = subject_.gateway->routes();
  if (table == nullptr) return Text(503, "no configuration yet");
  const std::size_t at = request.path.rfind('/');
  const auto name = internal::PercentDecode(request.path.substr(at + 1));
  if (!name.has_value() || request.path.substr(0, at) != "/v1/explain/sni") {
    return Text(400, "expected a server name, in percent-encoding");
  }
  return Json(200, SniAnswer(table, nullptr, *name));
}

AdminReply AdminPages::Drain(const AdminRequest&) {
  // A second SIGTERM would end it at once.
  const bool begins =
      !std::exchange(drain_asked_, true) && !subject_.state->draining;
  if (begins) subject_.drain();
  return Json(202, {{"draining", true}, {"since_before", !begins}});
}

AdminReply AdminPages::Reload(const AdminRequest&) {
  if (subject_.state->draining || drain_asked_) {
    return Text(409, "not reloaded: draining");
  }
  // One that has begun may have read what has changed since.
  const std::uint64_t number = subject_.state->reloads_started + 1;
  subject_.reload();
  return Json(202, {{"reload", number}});
}

AdminReply AdminPages::LogLevel(const AdminRequest& request) {
  const auto level = QueryValue(request.query, "level");
  if (!level.has_value() || !ProgramLog::IsLevel(*level)) {
    return Text(400, "expected ?level=debug, info, warn or error");
  }
  subject_.set_log_level(*level);
  return Json(200, {{"level", *level}});
}

}  // namespace meshgw::cli
