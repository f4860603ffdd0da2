service {
  kind    = "mesh-gateway"
  name    = "mesh-gateway"
  address = "127.0.0.2"
  port    = 18443
  tagged_addresses {
    lan {
      address = "127.0.0.2"
      port    = 18443
    }
    wan {
      address = "localhost"
      port    = 18444
    }
  }
}
