services {
  kind    = "mesh-gateway"
  name    = "mesh-gateway"
  address = "127.0.0.2"
  port    = 18463
  tagged_addresses {
    wan {
      address = "localhost"
      port    = 18464
    }
  }
}

services {
  kind    = "mesh-gateway"
  name    = "mesh-gateway"
  id      = "mesh-gateway-2"
  address = "127.0.0.2"
  port    = 28443
  tagged_addresses {
    wan {
      address = "localhost"
      port    = 28444
    }
  }
}
