service {
  name    = "db"
  address = "127.0.2.12"
  port    = 9090

  connect {
    sidecar_service {
      port = 21000
    }
  }
}
