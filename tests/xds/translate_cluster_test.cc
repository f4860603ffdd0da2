#include "xds/translate_cluster.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "support/catch.h"
#include "xds/messages.h"

using namespace meshgw;
using namespace meshgw::internal;
using namespace meshgw::test;
using std::chrono::milliseconds;

namespace {

ClusterMessage ChangedCluster(
    const std::function<void(ClusterMessage*)>& change) {
  ClusterMessage cluster = EdsCluster("api.default.dc1.internal." + kTd);
  change(&cluster);
  return cluster;
}

ClusterResource Translated(const ClusterMessage& cluster) {
  auto out = TranslateCluster(cluster, {});
  INFO(out.status().message());
  REQUIRE(out.ok());
  return *std::move(out);
}

}  // namespace

TEST_CASE("a cluster as Consul makes it has Envoy's defaults", "[xds]") {
  const ClusterResource out = Translated(ChangedCluster([](auto*) {}));
  CHECK(out.by_eds);
  CHECK(out.assignment == "api.default.dc1.internal." + kTd);
  CHECK(out.closed.empty());
  CHECK(out.cluster.kind == ClusterKind::kLocalService);
  CHECK(out.cluster.service == "api");
  CHECK(out.cluster.datacenter == "dc1");
  CHECK(out.cluster.connect_timeout == milliseconds(5000));
  CHECK(out.cluster.load_balancing == LoadBalancing::kRoundRobin);
  CHECK(!out.cluster.max_connections.has_value());
  CHECK(!out.cluster.keepalive.enabled);
  CHECK(out.cluster.passive_health == PassiveHealth());
}

TEST_CASE("a cluster's name says what it is", "[xds]") {
  struct Row {
    std::string name;
    ClusterKind kind;
  };
  const Row row = GENERATE(
      Row{"v2.api.default.dc1.internal." + kTd, ClusterKind::kLocalService},
      Row{"dc2.internal." + kTd, ClusterKind::kRemoteGateway},
      Row{"server.dc2.consul", ClusterKind::kServer},
      Row{"node1.server.dc1.consul", ClusterKind::kServer},
      Row{"exported~api.default.dc1.internal." + kTd, ClusterKind::kExported},
      Row{"db.default.default.peer-a.external." + kTd,
          ClusterKind::kRemoteGateway},
      Row{"local_app", ClusterKind::kOther});
  CAPTURE(row.name);
  CHECK(Translated(EdsCluster(row.name)).cluster.kind == row.kind);
}

TEST_CASE("settings of a cluster are taken over", "[xds]") {
  const ClusterResource out = Translated(ChangedCluster([](ClusterMessage* in) {
    in->mutable_eds_cluster_config()->set_service_name("other");
    in->mutable_connect_timeout()->set_seconds(0);
    in->mutable_connect_timeout()->set_nanos(1);
    auto* threshold = in->mutable_circuit_breakers()->add_thresholds();
    threshold->mutable_max_connections()->set_value(17);
    threshold = in->mutable_circuit_breakers()->add_thresholds();
    threshold->set_priority(envoy::config::core::v3::HIGH);
    threshold->mutable_max_connections()->set_value(18);
    auto* keepalive =
        in->mutable_upstream_connection_options()->mutable_tcp_keepalive();
    keepalive->mutable_keepalive_time()->set_value(120);
    keepalive->mutable_keepalive_interval()->set_value(4000000000u);
    keepalive->mutable_keepalive_probes()->set_value(7);
    in->set_lb_policy(ClusterMessage::LEAST_REQUEST);
    in->mutable_least_request_lb_config()->mutable_choice_count()->set_value(5);
    auto* detection = in->mutable_outlier_detection();
    detection->mutable_consecutive_5xx()->set_value(3);
    detection->mutable_base_ejection_time()->set_seconds(600);
  }));
  CHECK(out.assignment == "other");
  CHECK(out.cluster.connect_timeout == milliseconds(1));
  CHECK(out.cluster.max_connections == 17u);
  CHECK(out.cluster.keepalive == TcpKeepalive{true, std::chrono::seconds(120),
                                              std::chrono::seconds(32767), 7});
  CHECK(out.cluster.load_balancing == LoadBalancing::kLeastRequest);
  CHECK(out.cluster.choice_count == 5);
  CHECK(out.cluster.passive_health.consecutive_failures == 3);
  CHECK(out.cluster.passive_health.base_ejection == milliseconds(600000));
  CHECK(out.cluster.passive_health.max_ejection == milliseconds(600000));
}

TEST_CASE("failed connects count as Envoy counts them", "[xds]") {
  struct Row {
    std::function<void(ClusterMessage*)> change;
    std::uint32_t failures;
  };
  const Row row = GENERATE(
      Row{[](ClusterMessage* in) { in->clear_outlier_detection(); }, 0},
      Row{[](ClusterMessage* in) {
            in->mutable_outlier_detection()
                ->mutable_enforcing_consecutive_5xx();
          },
          0},
      Row{[](ClusterMessage* in) {
            auto* detection = in->mutable_outlier_detection();
            detection->mutable_consecutive_5xx()->set_value(9);
            detection->mutable_enforcing_consecutive_5xx()->set_value(50);
          },
          9},
      Row{[](ClusterMessage* in) {
            auto* detection = in->mutable_outlier_detection();
            detection->mutable_consecutive_5xx()->set_value(9);
            detection->set_split_external_local_origin_errors(true);
          },
          5},
      Row{[](ClusterMessage* in) {
            auto* detection = in->mutable_outlier_detection();
            detection->set_split_external_local_origin_errors(true);
            detection->mutable_consecutive_local_origin_failure()->set_value(2);
          },
          2},
      Row{[](ClusterMessage* in) {
            auto* detection = in->mutable_outlier_detection();
            detection->set_split_external_local_origin_errors(true);
            detection->mutable_enforcing_consecutive_local_origin_failure();
          },
          0});
  CHECK(Translated(ChangedCluster(row.change))
            .cluster.passive_health.consecutive_failures == row.failures);
}

TEST_CASE("policies of balancing are known in both forms", "[xds]") {
  struct Row {
    ClusterMessage::LbPolicy policy;
    std::string type;
    LoadBalancing balancing;
  };
  const Row row = GENERATE(
      Row{ClusterMessage::ROUND_ROBIN, "round_robin.v3.RoundRobin",
          LoadBalancing::kRoundRobin},
      Row{ClusterMessage::LEAST_REQUEST, "least_request.v3.LeastRequest",
          LoadBalancing::kLeastRequest},
      Row{ClusterMessage::RANDOM, "random.v3.Random", LoadBalancing::kRandom},
      Row{ClusterMessage::MAGLEV, "maglev.v3.Maglev", LoadBalancing::kMaglev},
      Row{ClusterMessage::RING_HASH, "ring_hash.v3.RingHash",
          LoadBalancing::kMaglev});
  CAPTURE(row.type);
  CHECK(Translated(ChangedCluster([&](ClusterMessage* in) {
          in->set_lb_policy(row.policy);
        })).cluster.load_balancing == row.balancing);
  CHECK(Translated(ChangedCluster([&](ClusterMessage* in) {
          in->set_lb_policy(ClusterMessage::LOAD_BALANCING_POLICY_CONFIG);
          auto* list = in->mutable_load_balancing_policy();
          list->add_policies()
              ->mutable_typed_extension_config()
              ->mutable_typed_config()
              ->set_type_url("type.googleapis.com/own");
          list->add_policies()
              ->mutable_typed_extension_config()
              ->mutable_typed_config()
              ->set_type_url(
                  "type.googleapis.com/"
                  "envoy.extensions.load_balancing_policies." +
                  row.type);
        })).cluster.load_balancing == row.balancing);
}

TEST_CASE("clusters by DNS and static ones bring their endpoints", "[xds]") {
  const auto type = GENERATE(ClusterMessage::STATIC, ClusterMessage::STRICT_DNS,
                             ClusterMessage::LOGICAL_DNS);
  const ClusterResource out = Translated(
      InlineCluster("dc4.internal." + kTd, type,
                    {{"a.elb.example.com", 443}, {"b.elb.example.com", 443}}));
  CHECK(!out.by_eds);
  CHECK(out.assignment.empty());
  REQUIRE(out.cluster.endpoints.size() == 2);
  CHECK(out.cluster.endpoints[1].address == "b.elb.example.com");
}

TEST_CASE("what needs more than splicing closes a cluster", "[xds]") {
  struct Row {
    std::function<void(ClusterMessage*)> change;
    std::string text;
  };
  const Row row = GENERATE(
      Row{[](ClusterMessage* in) {
            in->mutable_transport_socket()->set_name("tls");
          },
          "transport_socket tls"},
      Row{[](ClusterMessage* in) { in->add_transport_socket_matches(); },
          "transport_socket_matches"},
      Row{[](ClusterMessage* in) { in->add_filters(); }, "filters"},
      Row{[](ClusterMessage* in) { in->mutable_lb_subset_config(); },
          "lb_subset_config"});
  CHECK_THAT(Translated(ChangedCluster(row.change)).closed,
             Catch::Matchers::ContainsSubstring(row.text));
  CHECK(Translated(ChangedCluster([](ClusterMessage* in) {
          in->mutable_transport_socket()->mutable_typed_config()->set_type_url(
              "type.googleapis.com/"
              "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer");
        })).closed.empty());
}

TEST_CASE("a cluster that is none is refused with the place", "[xds]") {
  struct Row {
    std::function<void(ClusterMessage*)> change;
    std::string text;
  };
  const Row row = GENERATE(
      Row{[](ClusterMessage* in) { in->set_name("(closed)"); },
          "name: is the gateway's own"},
      Row{[](ClusterMessage* in) {
            in->set_type(ClusterMessage::ORIGINAL_DST);
          },
          "type: ORIGINAL_DST is not supported"},
      Row{[](ClusterMessage* in) {
            in->set_type(static_cast<ClusterMessage::DiscoveryType>(77));
          },
          "type: 77 is no type"},
      Row{[](ClusterMessage* in) {
            in->mutable_eds_cluster_config()->set_service_name("\xff");
          },
          "eds_cluster_config.service_name: expected plain text"},
      Row{[](ClusterMessage* in) {
            in->mutable_cluster_type()->set_name("envoy.clusters.aggregate");
          },
          "cluster_type: envoy.clusters.aggregate is not supported"},
      Row{[](ClusterMessage* in) {
            in->set_lb_policy(static_cast<ClusterMessage::LbPolicy>(4));
          },
          "lb_policy: 4 is not supported"},
      Row{[](ClusterMessage* in) {
            in->set_lb_policy(ClusterMessage::CLUSTER_PROVIDED);
          },
          "lb_policy: 6 is not supported"},
      Row{[](ClusterMessage* in) { in->mutable_load_balancing_policy(); },
          "load_balancing_policy: none of its policies is supported"},
      Row{[](ClusterMessage* in) { in->mutable_connect_timeout()->Clear(); },
          "connect_timeout: expected more than 0 s"},
      Row{[](ClusterMessage* in) {
            in->mutable_connect_timeout()->set_seconds(-1);
          },
          "connect_timeout: expected 0 s to 31536000 s"},
      Row{[](ClusterMessage* in) {
            in->mutable_connect_timeout()->set_seconds(INT64_MAX);
          },
          "connect_timeout: expected"},
      Row{[](ClusterMessage* in) {
            in->mutable_outlier_detection()
                ->mutable_base_ejection_time()
                ->set_nanos(-5);
          },
          "outlier_detection.base_ejection_time: expected"},
      Row{[](ClusterMessage* in) {
            *in = InlineCluster("x", ClusterMessage::STATIC,
                                {{"10.0.0.1", 70000}});
          },
          "load_assignment.endpoints[0].lb_endpoints[0]"});
  CAPTURE(row.text);
  const auto out = TranslateCluster(ChangedCluster(row.change), {});
  REQUIRE(!out.ok());
  CHECK_THAT(std::string(out.status().message()),
             Catch::Matchers::ContainsSubstring(row.text));
}
