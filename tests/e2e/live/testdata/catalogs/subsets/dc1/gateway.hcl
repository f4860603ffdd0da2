service {
  kind    = "mesh-gateway"
  name    = "mesh-gateway"
  address = "127.0.0.1"
  port    = 18443
  tagged_addresses {
    lan {
      address = "127.0.0.1"
      port    = 18443
    }
    wan {
      address = "127.0.0.1"
      port    = 18444
    }
  }
}
