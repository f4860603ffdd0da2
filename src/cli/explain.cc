#include <iostream>

#include "cli/admin_client.h"
#include "cli/admin_flags.h"
#include "cli/catalog_flags.h"
#include "cli/command_line.h"
#include "cli/json.h"
#include "cli/sni_answer.h"
#include "transport/percent_encoding.h"

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
  std::string admin;
  std::string name;
  std::string output = "text";
};

int ExplainSniVerb(const SniFlags& flags) {
  boost::json::object answer;
  if (AsksGateway(flags.catalog)) {
    auto told = FetchObject(
        flags.admin, "/v1/explain/sni/" + internal::PercentEncode(flags.name));
    if (!told.ok()) return ReportAdminError(told.status());
    answer = *std::move(told);
  } else {
    const auto served = LoadServed(flags.catalog, false, ReportTo(&std::cerr));
    if (!served.has_value()) return kExitUsage;
    answer = SniAnswer(served->routes, &served->snapshot, flags.name);
  }
  if (flags.output == "json") {
    PrintLine(answer);
  } else {
    PrintSniAnswer(answer);
  }
  return TextAt(answer, "result") == "ok" ? kExitOk : kExitNoRoute;
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
  AddAdminInsteadOfCatalog(sni, &sni_flags->admin);
  sni->add_option("NAME", sni_flags->name, "The server name")->required();
  AddOutputFlag(sni, &sni_flags->output);
  sni->footer(
      "Without -catalog a running gateway is asked.\n"
      "Example: meshgw explain sni -catalog catalog -datacenter dc1 "
      "api.default.dc2.internal.<cluster id>.consul");
  sni->callback([=] { *exit_code = ExplainSniVerb(*sni_flags); });
}

}  // namespace meshgw::cli
