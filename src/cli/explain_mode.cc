#include "cli/explain_mode.h"

#include <cstdlib>
#include <iostream>
#include <memory>
#include <utility>

#include "cli/catalog_flags.h"
#include "cli/command_line.h"
#include "cli/consul_flags.h"
#include "cli/json.h"
#include "cli/live_upstream.h"

namespace meshgw::cli {
namespace {

std::string Place(const SourceLocation& where) {
  if (where.line == 0) return where.file;
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

boost::json::object ToJson(const UpstreamExplanation& answer) {
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
  return {{"mode", std::string(MeshGatewayModeName(answer.decision.mode))},
          {"source", std::string(ModeSourceName(answer.decision.source))},
          {"applies", answer.decision.applies},
          {"dial", DialJson(answer.decision, answer.dial)},
          {"sni", JsonText(answer.server_name)},
          {"why", JsonText(answer.summary)},
          {"layers", std::move(layers)},
          {"failover", std::move(failover)}};
}

void PrintConsulText(const LiveUpstream& live) {
  if (live.consul.empty()) return;
  std::cout << "Consul " << EscapeText(live.consul_version)
            << " itself says:\n";
  const auto value = [](const std::string& text) {
    return text.empty() ? std::string("not set") : EscapeText(text);
  };
  for (const ConsulAnswer& each : live.consul) {
    std::cout << (each.same() ? "  " : "! ") << each.asked << ": " << each.what
              << ' ' << value(each.consul)
              << (each.same() ? ", the same"
                              : "; DIFFERS from " + value(each.ours))
              << '\n';
  }
}

boost::json::object ConsulJson(const LiveUpstream& live) {
  boost::json::array answers;
  for (const ConsulAnswer& each : live.consul) {
    answers.push_back(boost::json::object{{"asked", JsonText(each.asked)},
                                          {"what", each.what},
                                          {"ours", JsonText(each.ours)},
                                          {"consul", JsonText(each.consul)},
                                          {"same", each.same()}});
  }
  return {{"version", JsonText(live.consul_version)},
          {"answers", std::move(answers)}};
}

struct ModeFlags {
  CatalogFlags catalog;
  ConsulFlags consul;
  UpstreamQuery query;
  std::string rules = "latest";
  std::string output = "text";
};

// An agent that cannot be reached is told from what it says.
int ReportFailure(const absl::Status& status) {
  std::cerr << "error: " << EscapeText(std::string(status.message())) << '\n';
  if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) {
    return kExitConsulUnreachable;
  }
  return kExitUsage;
}

int ExplainFromFiles(const ModeFlags& flags) {
  const auto catalog =
      LoadCatalogOrReport(flags.catalog.directory, ReportTo(&std::cerr));
  if (!catalog.has_value()) return kExitUsage;
  const auto answer = ExplainUpstream(*catalog, flags.query);
  if (!answer.ok()) return ReportFailure(answer.status());
  if (flags.output == "json") {
    PrintLine(ToJson(*answer));
  } else {
    PrintModeText(*answer);
  }
  return kExitOk;
}

int ExplainFromAgent(const ModeFlags& flags) {
  const auto live = ExplainLiveUpstream(flags.consul, flags.query);
  if (!live.ok()) return ReportFailure(live.status());
  for (const std::string& warning : live->warnings) {
    ReportTo (&std::cerr)("warn", warning);
  }
  if (flags.output == "json") {
    boost::json::object out = ToJson(live->answer);
    out["consul"] = ConsulJson(*live);
    PrintLine(out);
  } else {
    PrintModeText(live->answer);
    PrintConsulText(*live);
  }
  return kExitOk;
}

int ExplainModeVerb(ModeFlags flags) {
  flags.query.datacenter = flags.catalog.datacenter;
  flags.query.rules =
      flags.rules == "v1.6" ? ModeRules::kV1_6 : ModeRules::kLatest;
  if (flags.catalog.directory.empty()) {
    FinishConsulFlags(&std::getenv, &flags.consul);
    return ExplainFromAgent(flags);
  }
  if (flags.catalog.datacenter.empty()) {
    throw CLI::RequiredError("--datacenter");
  }
  return ExplainFromFiles(flags);
}

}  // namespace

void AddExplainMode(CLI::App* explain, int* exit_code) {
  auto* mode = explain->add_subcommand(
      "mode", "Which mesh gateway mode an upstream gets, and from which layer");
  auto mode_flags = std::make_shared<ModeFlags>();
  AddCatalogFlags(mode, &mode_flags->catalog, false);
  AddAgentInsteadOfCatalog(mode, &mode_flags->consul);
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
      "Without -catalog a Consul agent is asked; -datacenter is its own then, "
      "unless given.\n"
      "Example: meshgw explain mode -catalog catalog -datacenter dc1 -service "
      "web -upstream api");
  mode->callback([=] { *exit_code = ExplainModeVerb(*mode_flags); });
}

}  // namespace meshgw::cli
