services {
  name    = "api"
  id      = "api-1"
  address = "10.1.0.1"
  port    = 9090
  meta {
    channel = "stable"
  }
  weights {
    passing = 10
    warning = 2
  }
  connect {
    native = true
  }
}

services {
  name    = "api"
  id      = "api-2"
  address = "10.1.0.2"
  port    = 9090
  meta {
    channel = "stable"
  }
  weights {
    passing = 10
    warning = 2
  }
  connect {
    native = true
  }
  check {
    ttl    = "1h"
    status = "warning"
  }
}

services {
  name    = "api"
  id      = "api-3"
  address = "10.1.0.3"
  port    = 9090
  tags    = ["canary"]
  connect {
    native = true
  }
  checks = [
    {
      id     = "one"
      name   = "one"
      ttl    = "1h"
      status = "passing"
    },
    {
      id     = "two"
      name   = "two"
      ttl    = "1h"
      status = "critical"
    },
  ]
}

services {
  name    = "moved"
  address = "10.1.0.4"
  port    = 9090
  connect {
    native = true
  }
}
