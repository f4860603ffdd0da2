services {
  name    = "api"
  id      = "api-1"
  address = "10.2.0.1"
  port    = 9090
  meta {
    version = "1"
  }
  connect {
    native = true
  }
}

services {
  name    = "billing"
  id      = "billing-old"
  address = "10.2.0.2"
  port    = 9090
  connect {
    native = true
  }
}

services {
  name    = "billing"
  id      = "billing-new"
  tags    = ["new"]
  address = "10.2.0.3"
  port    = 9090
  tagged_addresses {
    wan {
      address = "203.0.113.3"
      port    = 443
    }
  }
  connect {
    native = true
  }
}
