service {
  name    = "logging"
  address = "127.0.2.13"
  port    = 9090

  connect {
    sidecar_service {
      port = 21000
    }
  }
}
