# Instances of both kinds.
services {
  name    = "web"
  id      = "web-native"
  address = "10.2.0.1"
  port    = 9090
  connect {
    native = true
  }
}

services {
  name    = "web-sidecar"
  kind    = "connect-proxy"
  address = "10.2.0.2"
  port    = 21000
  proxy {
    destination_service_name = "web"
  }
}
