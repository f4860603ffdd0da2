#include <iostream>

#include "absl/strings/str_format.h"
#include "cli/catalog_flags.h"
#include "cli/command_line.h"
#include "cli/json.h"
#include "cli/sni_hint.h"
#include "hello/server_name.h"
#include "meshgw/endpoint_picker.h"
#include "meshgw/gateway.h"

namespace meshgw::cli {
namespace {

std::string Place(const SourceLocation& where) {
  if (where.line == 0) return "";
  return where.file + ":" + std::to_string(where.line);
}

// A mode that says "dial the service itself" has nothing to apply.
std::string_view Applies(const ModeDecision& decision) {
  if (decision.applies) return "yes";
  return decision.mode == MeshGatewayMode::kNone ? "no (none dials directly)"
                                                 : "no";
}

void PrintDialText(const std::vector<Endpoint>& dial) {
  for (const Endpoint& endpoint : dial) {
    std::cout << "  " << EscapeText(endpoint.address) << " port "
              << endpoint.port << ", " << EndpointHealthName(endpoint.health)
              << '\n';
  }
  if (dial.empty()) std::cout << "  nothing: there is no endpoint\n";
}

// "v2.api in secondary", with what else tells it from others.
std::string TargetText(const UpstreamFailover& target) {
  std::string out = target.subset.empty() ? "" : target.subset + ".";
  out += target.service;
  if (target.partition != "default") out += " of partition " + target.partition;
  out += target.peer.empty() ? " in " + target.datacenter
                             : " of peer " + target.peer;
  return EscapeText(out);
}

void PrintModeText(const UpstreamExplanation& answer) {
  std::cout << "mode:   " << MeshGatewayModeName(answer.decision.mode)
            << "\nsource: " << ModeSourceName(answer.decision.source)
            << "\napplies: " << Applies(answer.decision)
            << "\nsni:    " << EscapeText(answer.server_name)
            << "\nwhy:    " << EscapeText(answer.summary) << "\ndials:\n";
  if (answer.is_prepared_query) {
    std::cout << "  what the query finds when Consul runs it\n";
  } else {
    PrintDialText(answer.dial);
  }
  for (const UpstreamFailover& next : answer.failover) {
    std::cout << "failover to " << TargetText(next) << " (mode "
              << MeshGatewayModeName(next.decision.mode)
              << (next.decision.applies ? "" : ", not applied")
              << "), when nothing above is healthy:\n  sni "
              << EscapeText(next.server_name) << '\n';
    PrintDialText(next.dial);
  }
  std::cout << "layers, the first that is set wins:\n";
  for (const UpstreamLayer& layer : answer.layers) {
    const std::string_view value = MeshGatewayModeName(layer.explanation.value);
    const std::string place = EscapeText(Place(layer.where));
    std::cout << (layer.explanation.won ? "* " : "  ")
              << ModeSourceName(layer.explanation.source)
              << (value.empty() ? "" : " = ") << value
              << (place.empty() ? "" : " at " + place) << ": "
              << EscapeText(layer.explanation.why) << '\n';
  }
}

boost::json::object DialJson(const ModeDecision& decision,
                             const std::vector<Endpoint>& dial) {
  boost::json::array endpoints;
  for (const Endpoint& endpoint : dial) {
    endpoints.push_back(EndpointJson(endpoint));
  }
  return {{"kind", std::string(DialName(decision.dial))},
          {"wan_address", decision.wan_address},
          {"endpoints", std::move(endpoints)}};
}

boost::json::object ToJson(const UpstreamFailover& next) {
  return {{"service", JsonText(next.service)},
          {"subset", JsonText(next.subset)},
          {"datacenter", JsonText(next.datacenter)},
          {"partition", JsonText(next.partition)},
          {"peer", JsonText(next.peer)},
          {"mode", std::string(MeshGatewayModeName(next.decision.mode))},
          {"applies", next.decision.applies},
          {"dial", DialJson(next.decision, next.dial)},
          {"sni", JsonText(next.server_name)}};
}

void PrintModeJson(const UpstreamExplanation& answer) {
  boost::json::array layers;
  for (const UpstreamLayer& layer : answer.layers) {
    layers.push_back(boost::json::object{
        {"source", std::string(ModeSourceName(layer.explanation.source))},
        {"value", std::string(MeshGatewayModeName(layer.explanation.value))},
        {"file", JsonText(layer.where.file)},
        {"line", layer.where.line},
        {"won", layer.explanation.won},
        {"why", layer.explanation.why}});
  }
  boost::json::array failover;
  for (const UpstreamFailover& next : answer.failover) {
    failover.push_back(ToJson(next));
  }
  PrintLine(boost::json::object{
      {"mode", std::string(MeshGatewayModeName(answer.decision.mode))},
      {"source", std::string(ModeSourceName(answer.decision.source))},
      {"applies", answer.decision.applies},
      {"dial", DialJson(answer.decision, answer.dial)},
      {"sni", JsonText(answer.server_name)},
      {"why", JsonText(answer.summary)},
      {"layers", std::move(layers)},
      {"failover", std::move(failover)}});
}

struct ModeFlags {
  CatalogFlags catalog;
  UpstreamQuery query;
  std::string rules = "latest";
  std::string output = "text";
};

int ExplainModeVerb(ModeFlags flags) {
  const auto catalog =
      LoadCatalogOrReport(flags.catalog.directory, ReportTo(&std::cerr));
  if (!catalog.has_value()) return kExitUsage;
  flags.query.datacenter = flags.catalog.datacenter;
  flags.query.rules =
      flags.rules == "v1.6" ? ModeRules::kV1_6 : ModeRules::kLatest;
  const auto answer = ExplainUpstream(*catalog, flags.query);
  if (!answer.ok()) {
    std::cerr << "error: " << EscapeText(std::string(answer.status().message()))
              << '\n';
    return kExitUsage;
  }
  if (flags.output == "json") {
    PrintModeJson(*answer);
  } else {
    PrintModeText(*answer);
  }
  return kExitOk;
}

struct SniFlags {
  CatalogFlags catalog;
  std::string name;
  std::string output = "text";
};

// What became of a name, as a gateway would tell it.
struct SniAnswer {
  RouteMatch match;
  ConnectionReason result = ConnectionReason::kOk;
  std::string hint;  // May be empty.
};

// Whether a hello may carry `name` at all, by the rules of the gateway.
HelloReason CheckName(const std::string& name) {
  const std::string padded = std::string(internal::kNameLead, 'x') + name;
  std::size_t size = name.size();
  return internal::CheckServerName(
      NamePolicy(),
      reinterpret_cast<const std::uint8_t*>(padded.data()) +
          internal::kNameLead,
      &size);
}

SniAnswer Answer(const Served& served, const std::string& name) {
  SniAnswer answer;
  if (name.empty()) {
    answer.result = ConnectionReason::kNoSni;
    answer.hint = "a hello without a server name matches no route";
    return answer;
  }
  answer.match = served.routes->Lookup(name);
  const HelloReason reason = CheckName(name);
  if (reason != HelloReason::kNone) {
    answer.result = ConnectionReason::kHelloMalformed;
    answer.hint = absl::StrFormat("no hello may carry this name: %s",
                                  HelloReasonName(reason));
  } else if (answer.match.route == nullptr) {
    answer.result = ConnectionReason::kNoRoute;
    answer.hint = SniHint(name, served.snapshot);
  } else {
    EndpointPicker picker(served.routes, 1);
    EndpointPicker::Attempts attempts;
    const auto picked = picker.Pick(answer.match.cluster_index, 0,
                                    EndpointPicker::TimePoint(), &attempts);
    if (picked.endpoint == nullptr) {
      answer.result = ConnectionReason::kNoHealthyEndpoint;
      answer.hint = answer.match.cluster->endpoints.empty()
                        ? "there is no instance"
                        : "every instance is unhealthy: look at its checks";
    }
    picker.Release(picked);
  }
  return answer;
}

void PrintSniText(const RouteTable& table, const SniAnswer& answer,
                  const std::vector<RouteCandidate>& candidates) {
  const RouteMatch& match = answer.match;
  std::cout << "result: " << ConnectionReasonName(answer.result)
            << (answer.result == ConnectionReason::kOk
                    ? ""
                    : " (the gateway would close the connection)")
            << '\n';
  if (!answer.hint.empty()) {
    std::cout << "hint: " << EscapeText(answer.hint) << '\n';
  }
  if (match.route != nullptr) {
    std::cout << "route: " << EscapeText(match.route->match) << " ("
              << RouteKindName(match.kind)
              << ")\ncluster: " << EscapeText(match.cluster->name) << '\n';
    for (const Endpoint& endpoint : match.cluster->endpoints) {
      std::cout << "  " << EscapeText(endpoint.address) << " port "
                << endpoint.port << ", weight " << endpoint.weight << ", "
                << EndpointHealthName(endpoint.health) << '\n';
    }
    if (match.cluster->endpoints.empty()) std::cout << "  no endpoints\n";
  }
  std::cout << "candidates, in the order in which they are tried ("
            << table.routes().size() << " rules):\n";
  for (const RouteCandidate& candidate : candidates) {
    std::cout << (candidate.won ? "* " : "  ") << RouteKindName(candidate.kind)
              << ' ' << EscapeText(candidate.match) << ": "
              << EscapeText(candidate.why) << '\n';
  }
}

void PrintSniJson(const SniAnswer& answer,
                  const std::vector<RouteCandidate>& candidates) {
  const RouteMatch& match = answer.match;
  boost::json::array tried;
  std::string reason = "no_route";
  for (const RouteCandidate& candidate : candidates) {
    if (candidate.won) reason = candidate.why;
    tried.push_back(boost::json::object{
        {"kind", std::string(RouteKindName(candidate.kind))},
        {"match", JsonText(candidate.match)},
        {"cluster", JsonText(candidate.cluster)},
        {"matched", candidate.matched},
        {"won", candidate.won},
        {"why", JsonText(candidate.why)}});
  }
  boost::json::array endpoints;
  if (match.cluster != nullptr) {
    for (const Endpoint& endpoint : match.cluster->endpoints) {
      endpoints.push_back(EndpointJson(endpoint));
    }
  }
  boost::json::value hint;
  if (!answer.hint.empty()) hint = JsonText(answer.hint);
  PrintLine(boost::json::object{
      {"result", std::string(ConnectionReasonName(answer.result))},
      {"hint", std::move(hint)},
      {"route", JsonText(match.route != nullptr ? match.route->match : "")},
      {"kind", std::string(RouteKindName(match.kind))},
      {"reason", JsonText(reason)},
      {"endpoints", std::move(endpoints)},
      {"candidates", std::move(tried)}});
}

int ExplainSniVerb(const SniFlags& flags) {
  const auto served = LoadServed(flags.catalog, false, ReportTo(&std::cerr));
  if (!served.has_value()) return kExitUsage;
  const SniAnswer answer = Answer(*served, flags.name);
  const auto candidates = served->routes->Explain(flags.name);
  if (flags.output == "json") {
    PrintSniJson(answer, candidates);
  } else {
    PrintSniText(*served->routes, answer, candidates);
  }
  return answer.result == ConnectionReason::kOk ? kExitOk : kExitNoRoute;
}

}  // namespace

void AddExplainVerb(CLI::App* app, int* exit_code) {
  auto* verb = app->add_subcommand("explain", "Say what is decided and why");
  verb->require_subcommand(1);

  auto* mode = verb->add_subcommand(
      "mode", "Which mesh gateway mode an upstream gets, and from which layer");
  auto mode_flags = std::make_shared<ModeFlags>();
  AddCatalogFlags(mode, &mode_flags->catalog, false);
  mode->add_option("--service", mode_flags->query.service, "The source service")
      ->required();
  mode->add_option("--upstream", mode_flags->query.upstream,
                   "destination_name of the upstream; prepared_query:NAME for "
                   "a query that has the name of a service")
      ->required();
  mode->add_option("--upstream-datacenter",
                   mode_flags->query.upstream_datacenter,
                   "Its datacenter, where it is defined for several");
  mode->add_option("--proxy-id", mode_flags->query.proxy_id,
                   "The source's proxy, where it has several");
  mode->add_option("--rules", mode_flags->rules, "v1.6 or latest")
      ->check(CLI::IsMember({"v1.6", "latest"}))
      ->capture_default_str();
  AddOutputFlag(mode, &mode_flags->output);
  mode->footer(
      "Example: meshgw explain mode -catalog catalog -datacenter dc1 -service "
      "web -upstream api");
  mode->callback([=] { *exit_code = ExplainModeVerb(*mode_flags); });

  auto* sni = verb->add_subcommand(
      "sni",
      "Where a gateway sends a server name; exit 5 where it would close");
  auto sni_flags = std::make_shared<SniFlags>();
  AddCatalogFlags(sni, &sni_flags->catalog, true);
  sni->add_option("NAME", sni_flags->name, "The server name")->required();
  AddOutputFlag(sni, &sni_flags->output);
  sni->footer(
      "Example: meshgw explain sni -catalog catalog -datacenter dc1 "
      "api.default.dc2.internal.<cluster id>.consul");
  sni->callback([=] { *exit_code = ExplainSniVerb(*sni_flags); });
}

}  // namespace meshgw::cli
