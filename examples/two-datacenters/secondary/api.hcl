service {
  name    = "api"
  address = "127.0.2.11"
  port    = 9090

  connect {
    sidecar_service {
      port = 21000
    }
  }
}
