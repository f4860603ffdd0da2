#include "xds/translate_listener.h"

#include <functional>
#include <string>

#include "support/catch.h"
#include "xds/messages.h"

using namespace meshgw;
using namespace meshgw::internal;
using namespace meshgw::test;

namespace {

ListenerMessage ChangedListener(
    const std::function<void(ListenerMessage*)>& change) {
  ListenerMessage listener =
      GatewayListener("default:192.0.2.10:8443",
                      {Chain({"*.dc2.internal.td"}, "dc2"), SniChain()});
  change(&listener);
  return listener;
}

// The first chain, changed.
std::function<void(ListenerMessage*)> InChain(
    std::function<void(FilterChainMessage*)> change) {
  return [change = std::move(change)](ListenerMessage* listener) {
    change(listener->mutable_filter_chains(0));
  };
}

std::function<void(ListenerMessage*)> InProxy(
    const std::function<void(TcpProxyMessage*)>& change) {
  return InChain([change](FilterChainMessage* chain) {
    TcpProxyMessage proxy;
    proxy.set_cluster("dc2");
    change(&proxy);
    chain->clear_filters();
    AddTcpProxy(proxy, chain);
  });
}

ListenerResource Translated(const ListenerMessage& listener) {
  auto out = TranslateListener(listener, {});
  INFO(out.status().message());
  REQUIRE(out.ok());
  return *std::move(out);
}

}  // namespace

TEST_CASE("a listener as Consul makes it has its address and rules", "[xds]") {
  const ListenerResource out = Translated(ChangedListener([](auto*) {}));
  CHECK(out.address ==
        ListenerAddress{"default:192.0.2.10:8443", "192.0.2.10", 8443});
  REQUIRE(out.rules.size() == 2);
  CHECK(out.rules[0].match == "*");
  CHECK(out.rules[0].by_server_name);
  CHECK(out.rules[0].place == "filter_chains[1]");
  CHECK(out.rules[1].match == "*.dc2.internal.td");
  CHECK(out.rules[1].cluster == "dc2");
  CHECK(!out.rules[1].by_server_name);
  CHECK(out.rules[1].closed.empty());
}

TEST_CASE("names are lower-cased, and a chain may have several", "[xds]") {
  const ListenerResource out = Translated(
      GatewayListener("l", {Chain({"B.Example", "a.example"}, "x")}));
  REQUIRE(out.rules.size() == 2);
  CHECK(out.rules[0].match == "a.example");
  CHECK(out.rules[1].match == "b.example");
}

TEST_CASE("the default chain counts where no chain is for all names", "[xds]") {
  ListenerMessage listener = GatewayListener("l", {Chain({"a.example"}, "x")});
  *listener.mutable_default_filter_chain() = Chain({"ignored"}, "rest");
  ListenerResource out = Translated(listener);
  REQUIRE(out.rules.size() == 2);
  CHECK(out.rules[0].match == "*");
  CHECK(out.rules[0].cluster == "rest");
  CHECK(out.rules[0].place == "default_filter_chain");
  *listener.add_filter_chains() = Chain({}, "all");
  CHECK(Translated(listener).rules[0].cluster == "all");
}

TEST_CASE("one weighted cluster is that cluster, and time-outs are read",
          "[xds]") {
  const ListenerResource out =
      Translated(ChangedListener(InProxy([](TcpProxyMessage* proxy) {
        auto* only = proxy->mutable_weighted_clusters()->add_clusters();
        only->set_name("only");
        only->set_weight(100);
        proxy->mutable_idle_timeout()->set_seconds(90);
      })));
  CHECK(out.rules[1].cluster == "only");
  CHECK(out.rules[1].idle_timeout == std::chrono::milliseconds(90000));
}

TEST_CASE("a chain that needs more than splicing closes its names", "[xds]") {
  struct Row {
    std::function<void(ListenerMessage*)> change;
    std::string text;
  };
  const Row row = GENERATE(
      Row{InChain([](FilterChainMessage* chain) {
            chain->mutable_transport_socket()->set_name("tls");
          }),
          "TLS would have to be ended (transport_socket tls)"},
      Row{InChain([](FilterChainMessage* chain) {
            chain->clear_filters();
            AddFilter("envoy.filters.network.http_connection_manager",
                      "envoy.extensions.filters.network."
                      "http_connection_manager.v3.HttpConnectionManager",
                      "\xff", chain);
          }),
          "http_connection_manager"},
      Row{InChain([](FilterChainMessage* chain) {
            FilterChainMessage old = *chain;
            chain->clear_filters();
            AddFilter("envoy.filters.network.rbac",
                      "envoy.extensions.filters.network.rbac.v3.RBAC", "",
                      chain);
            *chain->add_filters() = old.filters(0);
          }),
          "filter envoy.filters.network.rbac is not supported"},
      Row{InChain([](FilterChainMessage* chain) {
            chain->mutable_use_proxy_proto()->set_value(true);
          }),
          "use_proxy_proto"},
      Row{InProxy([](TcpProxyMessage* proxy) {
            for (const char* name : {"a", "b"}) {
              auto* each = proxy->mutable_weighted_clusters()->add_clusters();
              each->set_name(name);
              each->set_weight(1);
            }
          }),
          "weighted_clusters with 2 clusters"},
      Row{InProxy([](TcpProxyMessage* proxy) {
            proxy->mutable_tunneling_config();
          }),
          "tunneling_config"},
      Row{InProxy([](TcpProxyMessage* proxy) { proxy->mutable_on_demand(); }),
          "on_demand"},
      Row{InProxy(
              [](TcpProxyMessage* proxy) { proxy->mutable_metadata_match(); }),
          "metadata_match"},
      Row{InChain([](FilterChainMessage* chain) {
            FilterChainMessage old = *chain;
            chain->clear_filters();
            AddSniCluster(chain);
            *chain->add_filters() = old.filters(0);
          }),
          "sni_cluster with another cluster"});
  CAPTURE(row.text);
  const ListenerResource out = Translated(ChangedListener(row.change));
  REQUIRE(out.rules.size() == 2);
  CHECK_THAT(out.rules[1].closed, Catch::Matchers::ContainsSubstring(row.text));
  CHECK(!out.rules[1].by_server_name);
  CHECK(out.rules[0].closed.empty());
}

TEST_CASE("a listener that no gateway could serve right is refused", "[xds]") {
  struct Row {
    std::function<void(ListenerMessage*)> change;
    std::string text;
  };
  const auto match = [](auto change) {
    return InChain([change](FilterChainMessage* chain) {
      change(chain->mutable_filter_chain_match());
    });
  };
  const Row row = GENERATE_COPY(
      Row{[](ListenerMessage* in) { in->clear_address(); },
          "address: expected a socket_address"},
      Row{[](ListenerMessage* in) {
            in->mutable_address()->mutable_socket_address()->set_port_value(0);
          },
          "port_value: 0 is out of range 1..65535"},
      Row{[](ListenerMessage* in) {
            in->mutable_address()->mutable_socket_address()->set_port_value(
                65536);
          },
          "65536 is out of range"},
      Row{[](ListenerMessage* in) {
            in->mutable_address()->mutable_socket_address()->set_address(
                "gateway.example.com");
          },
          "expected an IP address"},
      Row{[](ListenerMessage* in) {
            in->mutable_use_original_dst()->set_value(true);
          },
          "use_original_dst"},
      Row{[](ListenerMessage* in) {
            in->mutable_transparent()->set_value(true);
          },
          "transparent"},
      Row{[](ListenerMessage* in) { in->mutable_udp_listener_config(); },
          "udp_listener_config"},
      Row{[](ListenerMessage* in) { in->mutable_internal_listener(); },
          "internal_listener"},
      Row{[](ListenerMessage* in) { in->mutable_filter_chain_matcher(); },
          "filter_chain_matcher"},
      Row{[](ListenerMessage* in) { in->add_additional_addresses(); },
          "additional_addresses"},
      Row{[](ListenerMessage* in) { in->mutable_bind_to_port(); },
          "bind_to_port"},
      Row{[](ListenerMessage* in) {
            in->add_listener_filters()->set_name("proxy_protocol");
          },
          "listener_filters[1]: proxy_protocol is not supported"},
      Row{match([](auto* in) { in->mutable_destination_port(); }),
          "filter_chains[0].filter_chain_match.destination_port"},
      Row{match([](auto* in) { in->add_prefix_ranges(); }), "prefix_ranges"},
      Row{match([](auto* in) { in->add_source_prefix_ranges(); }),
          "source_prefix_ranges"},
      Row{match([](auto* in) { in->add_source_ports(1); }), "source_ports"},
      Row{match([](auto* in) { in->add_application_protocols("h2"); }),
          "application_protocols"},
      Row{match([](auto* in) { in->set_transport_protocol("raw_buffer"); }),
          "transport_protocol"},
      Row{match([](auto* in) { in->add_server_names("*w.example"); }),
          "server_names[1]: expected a server name"},
      Row{match([](auto* in) { in->add_server_names("*"); }),
          "server_names[1]"},
      Row{match([](auto* in) { in->add_server_names(""); }), "server_names[1]"},
      Row{match([](auto* in) { in->add_server_names("a.."); }),
          "server_names[1]"},
      Row{match([](auto* in) { in->add_server_names(std::string(256, 'a')); }),
          "server_names[1]"},
      Row{match([](auto* in) { in->add_server_names("*.DC2.internal.td"); }),
          "*.dc2.internal.td is matched by filter_chains[0] too"},
      Row{[](ListenerMessage* in) { *in->add_filter_chains() = SniChain(); },
          "filter_chains[2]: * is matched by filter_chains[1] too"},
      Row{InChain([](FilterChainMessage* chain) { chain->clear_filters(); }),
          "filter_chains[0]: no filter ends the chain"},
      Row{InChain([](FilterChainMessage* chain) { AddSniCluster(chain); }),
          "filters[0]: tcp_proxy ends a chain"},
      Row{InChain([](FilterChainMessage* chain) {
            chain->mutable_filters(0)->mutable_typed_config()->set_value(
                "\xff");
          }),
          "filter_chains[0].filters[0]: TcpProxy is malformed"},
      Row{InProxy([](TcpProxyMessage* proxy) { proxy->clear_cluster(); }),
          "filters[0].cluster: is empty"},
      Row{InProxy([](TcpProxyMessage* proxy) {
            proxy->mutable_weighted_clusters();
          }),
          "weighted_clusters: expected a cluster"},
      Row{InProxy([](TcpProxyMessage* proxy) {
            proxy->mutable_idle_timeout()->set_seconds(-1);
          }),
          "idle_timeout: expected"});
  CAPTURE(row.text);
  const auto out = TranslateListener(ChangedListener(row.change), {});
  REQUIRE(!out.ok());
  CHECK(out.status().code() == absl::StatusCode::kInvalidArgument);
  CHECK_THAT(std::string(out.status().message()),
             Catch::Matchers::ContainsSubstring(row.text));
}

TEST_CASE("server names beyond the limit are refused", "[xds]") {
  XdsLimits limits;
  limits.max_rules = 2;
  CHECK(TranslateListener(ChangedListener([](auto*) {}), limits).ok());
  CHECK(TranslateListener(ChangedListener([](ListenerMessage* in) {
                            *in->add_filter_chains() = Chain({"x"}, "y");
                          }),
                          limits)
            .status()
            .code() == absl::StatusCode::kResourceExhausted);
}
