#include <cstdint>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "c_objects.h"

namespace meshgw::test {
namespace {

// The names of an enumeration and its last value; all from `first` on are
// there.
struct Names {
  const char* what;
  const char* (*name)(std::int32_t);
  std::int32_t first;
  std::int32_t last;
};
const std::vector<Names> kNames = {
    {"hello reasons", meshgw_hello_reason_name, MESHGW_HELLO_REASON_NONE,
     MESHGW_HELLO_REASON_PLAIN_TEXT},
    {"kinds of names", meshgw_name_kind_name, MESHGW_NAME_SERVICE,
     MESHGW_NAME_PEERING_SERVER},
    {"modes", meshgw_mode_name, MESHGW_MODE_DEFAULT, MESHGW_MODE_REMOTE},
    {"sources", meshgw_source_name, MESHGW_SOURCE_BUILT_IN,
     MESHGW_SOURCE_DESTINATION_DEFAULTS},
    {"vetoes", meshgw_veto_name, MESHGW_VETO_NONE, MESHGW_VETO_PREPARED_QUERY},
    {"health", meshgw_health_name, MESHGW_HEALTH_HEALTHY,
     MESHGW_HEALTH_UNHEALTHY},
    {"kinds of clusters", meshgw_cluster_kind_name,
     MESHGW_CLUSTER_LOCAL_SERVICE, MESHGW_CLUSTER_OTHER},
    {"balancing", meshgw_balance_name, MESHGW_BALANCE_LEAST_REQUEST,
     MESHGW_BALANCE_MAGLEV},
    {"formats", meshgw_format_name, MESHGW_FORMAT_BY_EXTENSION,
     MESHGW_FORMAT_JSON},
    {"dials", meshgw_dial_name, MESHGW_DIAL_INSTANCE, MESHGW_DIAL_PEER_GATEWAY},
    {"kinds of routes", meshgw_route_kind_name, MESHGW_ROUTE_EXACT,
     MESHGW_ROUTE_NONE},
    {"ends of splices", meshgw_splice_end_name, MESHGW_SPLICE_RUNNING,
     MESHGW_SPLICE_CANCELLED},
    {"reasons of ends", meshgw_reason_name, MESHGW_REASON_OK,
     MESHGW_REASON_HELLO_MEMORY}};

std::vector<std::int32_t> AllValues() {
  std::vector<std::int32_t> values = {INT32_MIN, INT32_MAX};
  for (std::int32_t value = -2; value <= 64; ++value) values.push_back(value);
  return values;
}

TEST_CASE("every value has a static name, other values are unknown") {
  for (const Names& names : kNames) {
    std::set<std::string> seen;
    for (const std::int32_t value : AllValues()) {
      CAPTURE(names.what, value);
      const char* name = names.name(value);
      REQUIRE(name != nullptr);
      CHECK(names.name(value) == name);
      if (value < names.first || value > names.last) {
        CHECK(std::string(name) == "unknown");
      } else {
        CHECK(std::string(name) != "unknown");
        CHECK(seen.insert(name).second);
        CHECK(std::strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") ==
              std::strlen(name));
      }
    }
    CHECK(seen.size() ==
          static_cast<std::size_t>(names.last - names.first + 1));
  }
}

TEST_CASE("only the mode that is not set has an empty name") {
  CHECK(std::string(meshgw_mode_name(MESHGW_MODE_DEFAULT)).empty());
  for (const Names& names : kNames) {
    for (const std::int32_t value : AllValues()) {
      if (names.name == meshgw_mode_name && value == MESHGW_MODE_DEFAULT) {
        continue;
      }
      CAPTURE(names.what, value);
      CHECK(std::strlen(names.name(value)) > 0);
    }
  }
}

TEST_CASE("every status has a static name, other values are unknown") {
  const std::set<std::int32_t> statuses = {MESHGW_OK,
                                           MESHGW_NEED_MORE,
                                           MESHGW_ERR_NOT_TLS,
                                           MESHGW_ERR_MALFORMED,
                                           MESHGW_ERR_TOO_LARGE,
                                           MESHGW_ERR_SSLV2,
                                           MESHGW_ERR_TOO_MANY_RECORDS,
                                           MESHGW_ERR_INVALID_ARGUMENT,
                                           MESHGW_ERR_NOT_FOUND,
                                           MESHGW_ERR_ALREADY_EXISTS,
                                           MESHGW_ERR_PERMISSION_DENIED,
                                           MESHGW_ERR_RESOURCE_EXHAUSTED,
                                           MESHGW_ERR_FAILED_PRECONDITION,
                                           MESHGW_ERR_INTERNAL,
                                           MESHGW_ERR_UNAVAILABLE,
                                           MESHGW_ERR_NO_MEMORY};
  for (const std::int32_t value : AllValues()) {
    CAPTURE(value);
    const std::string name = meshgw_status_name(value);
    CHECK((name != "unknown") == (statuses.count(value) == 1));
    CHECK_FALSE(name.empty());
  }
}

TEST_CASE("the version is the header's") {
  CHECK(std::string(meshgw_version()) ==
        std::to_string(MESHGW_VERSION_MAJOR) + "." +
            std::to_string(MESHGW_VERSION_MINOR) + "." +
            std::to_string(MESHGW_VERSION_PATCH));
}

}  // namespace
}  // namespace meshgw::test
