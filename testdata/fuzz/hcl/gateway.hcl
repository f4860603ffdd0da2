service {
  kind    = "mesh-gateway"
  name    = "mesh-gateway"
  address = "127.0.2.1"
  port    = 8443

  tagged_addresses {
    lan {
      address = "127.0.2.1"
      port    = 8443
    }
    wan {
      address = "127.0.2.2"
      port    = 8443
    }
  }

  proxy {
    config {
      # Listen on the lan and wan addresses, and on nothing else.
      envoy_gateway_no_default_bind       = true
      envoy_gateway_bind_tagged_addresses = true
    }
  }
}
