services {
  kind    = "mesh-gateway"
  name    = "mesh-gateway"
  address = "127.0.0.1"
  port    = 18463
  tagged_addresses {
    lan {
      address = "127.0.0.1"
      port    = 18463
    }
    wan {
      address = "198.51.100.1"
      port    = 443
    }
  }
  proxy {
    config {
      envoy_dns_discovery_type = "STRICT_DNS"
    }
  }
}

# The same address everywhere.
services {
  kind    = "mesh-gateway"
  name    = "edge"
  id      = "edge-1"
  address = "198.51.100.2"
  port    = 8443
  check {
    ttl    = "1h"
    status = "warning"
  }
}

services {
  kind    = "mesh-gateway"
  name    = "edge"
  id      = "edge-2"
  address = "10.1.9.3"
  port    = 8443
  tagged_addresses {
    wan {
      address = "198.51.100.3"
      port    = 443
    }
  }
  check {
    ttl    = "1h"
    status = "critical"
  }
}

# The node's address.
services {
  kind = "mesh-gateway"
  name = "edge"
  id   = "edge-3"
  port = 28443
  weights {
    passing = 5
    warning = 1
  }
}
