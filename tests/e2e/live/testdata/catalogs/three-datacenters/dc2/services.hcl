services {
  name    = "api"
  id      = "api-1"
  address = "10.2.0.1"
  port    = 9090
  meta {
    channel = "canary"
  }
  connect {
    native = true
  }
}

# A check of the node is one of all that runs there.
check {
  id     = "disk"
  name   = "disk"
  ttl    = "1h"
  status = "warning"
}
