service {
  kind    = "mesh-gateway"
  name    = "mesh-gateway"
  address = "127.0.0.1"
  port    = 18453
  tagged_addresses {
    wan {
      address = "127.0.0.1"
      port    = 18454
    }
  }
}
