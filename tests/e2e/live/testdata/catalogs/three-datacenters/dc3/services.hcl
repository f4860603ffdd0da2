# Without a gateway it is out of reach for the gateways of the others.
services {
  name    = "api"
  id      = "api-1"
  address = "10.3.0.1"
  port    = 9090
  connect {
    native = true
  }
}
