#ifndef MESHGW_TESTS_CLI_FAILOVER_CATALOG_H_
#define MESHGW_TESTS_CLI_FAILOVER_CATALOG_H_

#include "run_program.h"

namespace meshgw::test {

// WriteFailover writes a catalog in which upstream api of web fails over to
// datacenter dc2, and then to a subset of another service.
inline void WriteFailover(const TemporaryFolder& folder) {
  folder.Write("dc1/agent.hcl",
               "datacenter = \"dc1\"\n"
               "connect { ca_config { cluster_id = "
               "\"11111111-2222-3333-4444-555555555555\" } }\n");
  folder.Write("dc1/web.hcl",
               "service { name = \"web\" port = 1 address = \"10.1.0.2\"\n"
               "connect { sidecar_service { proxy { upstreams = [{\n"
               "destination_name = \"api\" local_bind_port = 2\n"
               "mesh_gateway { mode = \"remote\" } }] } } } }\n");
  folder.Write("dc1/api.hcl",
               "Kind = \"service-resolver\"\nName = \"api\"\n"
               "Failover { \"*\" { Targets = [{ Datacenter = \"dc2\" },\n"
               "{ Service = \"other\" ServiceSubset = \"v2\" }] } }\n");
  folder.Write("dc1/other.hcl",
               "Kind = \"service-resolver\"\nName = \"other\"\n"
               "Subsets { v2 { } }\n");
  for (const std::string name : {"api", "other"}) {
    folder.Write("dc1/" + name + "-service.hcl",
                 "service { name = \"" + name +
                     "\" address = \"10.1.0.3\" port = 1\n"
                     "connect { sidecar_service { port = 2 } } }\n");
  }
  folder.Write("dc2/agent.hcl", "primary_datacenter = \"dc1\"\n");
  folder.Write("dc2/gateway.hcl",
               "service { kind = \"mesh-gateway\" name = \"gw\" port = 8443\n"
               "address = \"10.2.0.1\" }\n");
}

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_CLI_FAILOVER_CATALOG_H_
