#include "cli/sni_answer.h"

#include <cstdint>
#include <iostream>

#include "absl/strings/str_format.h"
#include "cli/json.h"
#include "cli/route_listing.h"
#include "cli/sni_hint.h"
#include "hello/server_name.h"
#include "meshgw/endpoint_picker.h"
#include "meshgw/gateway.h"

namespace meshgw::cli {
namespace {

// What became of a name, as a gateway would tell it.
struct Outcome {
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

Outcome Decide(const std::shared_ptr<const RouteTable>& routes,
               const Snapshot* snapshot, const std::string& name) {
  Outcome answer;
  if (name.empty()) {
    answer.result = ConnectionReason::kNoSni;
    answer.hint = "a hello without a server name matches no route";
    return answer;
  }
  answer.match = routes->Lookup(name);
  const HelloReason reason = CheckName(name);
  if (reason != HelloReason::kNone) {
    answer.result = ConnectionReason::kHelloMalformed;
    answer.hint = absl::StrFormat("no hello may carry this name: %s",
                                  HelloReasonName(reason));
  } else if (answer.match.route == nullptr) {
    answer.result = ConnectionReason::kNoRoute;
    if (snapshot != nullptr) answer.hint = SniHint(name, *snapshot);
  } else {
    EndpointPicker picker(routes, 1);
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

}  // namespace

boost::json::object SniAnswer(const std::shared_ptr<const RouteTable>& routes,
                              const Snapshot* snapshot,
                              const std::string& name) {
  const Outcome answer = Decide(routes, snapshot, name);
  const RouteMatch& match = answer.match;
  boost::json::array tried;
  std::string reason = "no_route";
  for (const RouteCandidate& candidate : routes->Explain(name)) {
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
  std::string cluster;
  if (match.cluster != nullptr) {
    cluster = match.cluster->name;
    for (const Endpoint& endpoint : match.cluster->endpoints) {
      endpoints.push_back(EndpointJson(endpoint));
    }
  }
  boost::json::value hint;
  if (!answer.hint.empty()) hint = JsonText(answer.hint);
  const std::string route = match.route == nullptr ? "" : match.route->match;
  return {{"result", std::string(ConnectionReasonName(answer.result))},
          {"hint", std::move(hint)},
          {"route", JsonText(route)},
          {"kind", std::string(RouteKindName(match.kind))},
          {"reason", JsonText(reason)},
          {"endpoints", std::move(endpoints)},
          {"candidates", std::move(tried)},
          {"cluster", JsonText(cluster)},
          {"rules", routes->routes().size()}};
}

void PrintSniAnswer(const boost::json::object& answer) {
  const std::string result = TextAt(answer, "result");
  std::cout << "result: " << result
            << (result == "ok" ? ""
                               : " (the gateway would close the connection)")
            << '\n';
  if (const std::string hint = TextAt(answer, "hint"); !hint.empty()) {
    std::cout << "hint: " << hint << '\n';
  }
  if (const std::string kind = TextAt(answer, "kind"); kind != "none") {
    std::cout << "route: " << TextAt(answer, "route") << " (" << kind
              << ")\ncluster: " << TextAt(answer, "cluster") << '\n';
    PrintEndpoints(ArrayAt(answer, "endpoints"));
  }
  std::cout << "candidates, in the order in which they are tried ("
            << NumberAt(answer, "rules") << " rules):\n";
  for (const auto& value : ArrayAt(answer, "candidates")) {
    const auto* candidate = value.if_object();
    if (candidate == nullptr) continue;
    std::cout << (BoolAt(*candidate, "won") ? "* " : "  ")
              << TextAt(*candidate, "kind") << ' '
              << TextAt(*candidate, "match") << ": "
              << TextAt(*candidate, "why") << '\n';
  }
}

}  // namespace meshgw::cli
