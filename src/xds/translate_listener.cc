#include "xds/translate_listener.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "absl/status/status.h"
#include "base/ip_address.h"
#include "base/str_format.h"
#include "meshgw/mesh_name.h"
#include "route/hashed_name.h"
#include "xds/filter_chain.h"
#include "xds/refusal.h"

namespace meshgw::internal {
namespace {

namespace listener_v3 = envoy::config::listener::v3;

constexpr std::string_view kTlsInspector =
    "type.googleapis.com/"
    "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector";

absl::Status ReadAddress(const listener_v3::Listener& in,
                         ListenerAddress* out) {
  if (!in.address().has_socket_address()) {
    return Refusal("address", "expected a socket_address");
  }
  const auto& address = in.address().socket_address();
  if (address.protocol() != envoy::config::core::v3::SocketAddress::TCP) {
    return Refusal("address.socket_address.protocol", "expected TCP");
  }
  if (address.port_value() < 1 || address.port_value() > 65535) {
    return Refusal(
        "address.socket_address.port_value",
        StrFormat("%d is out of range 1..65535", address.port_value()));
  }
  if (ClassifyIp(address.address()) == IpKind::kNone) {
    return Refusal("address.socket_address.address", "expected an IP address");
  }
  out->name = in.name();
  out->address = address.address();
  out->port = static_cast<std::uint16_t>(address.port_value());
  return absl::OkStatus();
}

// Settings of a listener that change what a connection is.
absl::Status CheckUnsupported(const listener_v3::Listener& in) {
  constexpr std::string_view kNo = "is not supported";
  if (in.use_original_dst().value()) return Refusal("use_original_dst", kNo);
  if (in.transparent().value()) return Refusal("transparent", kNo);
  if (in.has_udp_listener_config()) return Refusal("udp_listener_config", kNo);
  if (in.has_api_listener()) return Refusal("api_listener", kNo);
  if (in.has_internal_listener()) return Refusal("internal_listener", kNo);
  if (in.has_filter_chain_matcher())
    return Refusal("filter_chain_matcher", kNo);
  if (in.additional_addresses_size() > 0) {
    return Refusal("additional_addresses", kNo);
  }
  if (in.has_bind_to_port() && !in.bind_to_port().value()) {
    return Refusal("bind_to_port", "false is not supported");
  }
  for (int i = 0; i < in.listener_filters_size(); ++i) {
    const auto& filter = in.listener_filters(i);
    const bool known =
        filter.typed_config().type_url() == kTlsInspector ||
        (filter.config_type_case() ==
             listener_v3::ListenerFilter::CONFIG_TYPE_NOT_SET &&
         filter.name() == "envoy.filters.listener.tls_inspector");
    if (!known) {
      return Refusal(StrFormat("listener_filters[%d]", i),
                     StrFormat("%s is not supported", filter.name()));
    }
  }
  return absl::OkStatus();
}

// Whatever chooses a chain beside server names could choose among chains with
// the same names.
absl::Status CheckMatch(const listener_v3::FilterChainMatch& match,
                        const std::string& place) {
  std::string_view what;
  if (match.has_destination_port()) what = "destination_port";
  if (match.prefix_ranges_size() > 0) what = "prefix_ranges";
  if (!match.address_suffix().empty()) what = "address_suffix";
  if (match.has_suffix_len()) what = "suffix_len";
  if (match.source_prefix_ranges_size() > 0) what = "source_prefix_ranges";
  if (match.direct_source_prefix_ranges_size() > 0) {
    what = "direct_source_prefix_ranges";
  }
  if (match.source_ports_size() > 0) what = "source_ports";
  if (match.source_type() != listener_v3::FilterChainMatch::ANY)
    what = "source_type";
  if (match.application_protocols_size() > 0) what = "application_protocols";
  if (!match.transport_protocol().empty() &&
      match.transport_protocol() != "tls") {
    what = "transport_protocol";
  }
  if (what.empty()) return absl::OkStatus();
  return Refusal(StrFormat("%s.filter_chain_match.%s", place, what),
                 "chains are chosen by server_names only");
}

// "a.b" or "*.a.b", as RouteTableBuilder takes them.
bool IsServerName(std::string_view name) {
  const bool suffix = name.starts_with("*.");
  const std::string_view host = suffix ? name.substr(2) : name;
  return !host.empty() && !host.starts_with('.') && !host.ends_with('.') &&
         host.find('*') == std::string_view::npos &&
         name.size() <= HashedName::kMaxSize;
}

class RuleReader {
 public:
  explicit RuleReader(const XdsLimits& limits) : limits_(limits) {}

  absl::Status Read(const listener_v3::FilterChain& chain,
                    const std::string& place) {
    ListenerRule rule;
    rule.place = place;
    absl::Status status = CheckMatch(chain.filter_chain_match(), place);
    if (status.ok()) status = ReadFilterChain(chain, place, &rule);
    if (!status.ok()) return status;
    const auto& names = chain.filter_chain_match().server_names();
    if (names.empty()) return Add("*", rule);
    for (int i = 0; i < names.size(); ++i) {
      if (!IsServerName(names[i])) {
        return Refusal(
            StrFormat("%s.filter_chain_match.server_names[%d]", place, i),
            "expected a server name or \"*.\" and a name");
      }
      status = Add(LowerCase(names[i]), rule);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  bool has_rest() const { return places_.contains("*"); }

  std::vector<ListenerRule> Take() {
    std::sort(rules_.begin(), rules_.end(),
              [](const ListenerRule& a, const ListenerRule& b) {
                return a.match < b.match;
              });
    return std::move(rules_);
  }

 private:
  absl::Status Add(std::string name, const ListenerRule& rule) {
    const auto [first, is_new] = places_.emplace(std::move(name), rule.place);
    if (!is_new) {
      return Refusal(rule.place, StrFormat("%s is matched by %s too",
                                           first->first, first->second));
    }
    if (rules_.size() >= limits_.max_rules) {
      return absl::ResourceExhaustedError(StrFormat(
          "%s: more than %d server names", rule.place, limits_.max_rules));
    }
    rules_.push_back(rule);
    rules_.back().match = first->first;
    return absl::OkStatus();
  }

  const XdsLimits& limits_;
  std::unordered_map<std::string, std::string> places_;  // Of each match.
  std::vector<ListenerRule> rules_;
};

}  // namespace

absl::StatusOr<ListenerResource> TranslateListener(
    const listener_v3::Listener& in, const XdsLimits& limits) {
  ListenerResource out;
  absl::Status status = CheckUnsupported(in);
  if (status.ok()) status = ReadAddress(in, &out.address);
  if (!status.ok()) return status;
  RuleReader reader(limits);
  for (int i = 0; i < in.filter_chains_size(); ++i) {
    status =
        reader.Read(in.filter_chains(i), StrFormat("filter_chains[%d]", i));
    if (!status.ok()) return status;
  }
  // Never reached when a chain is for all names; its match is not looked at.
  if (in.has_default_filter_chain() && !reader.has_rest()) {
    listener_v3::FilterChain chain = in.default_filter_chain();
    chain.clear_filter_chain_match();
    status = reader.Read(chain, "default_filter_chain");
    if (!status.ok()) return status;
  }
  out.rules = reader.Take();
  return out;
}

}  // namespace meshgw::internal
