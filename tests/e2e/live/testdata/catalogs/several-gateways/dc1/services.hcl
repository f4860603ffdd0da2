# Where other datacenters would reach it does not matter here.
services {
  name    = "web"
  address = "10.1.0.1"
  port    = 9090
  tagged_addresses {
    lan {
      address = "10.1.0.101"
      port    = 9091
    }
    wan {
      address = "198.51.100.10"
      port    = 443
    }
  }
  connect {
    native = true
  }
}

# The node's address.
services {
  name = "db"
  port = 5432
  connect {
    native = true
  }
  weights {
    passing = 3
    warning = 2
  }
}

services {
  name    = "cache"
  address = "10.1.0.3"
  port    = 6379
  connect {
    sidecar_service {
      check {
        ttl    = "1h"
        status = "passing"
      }
    }
  }
}
