datacenter         = "dc1"
primary_datacenter = "dc1"
advertise_addr     = "127.0.0.1"

connect {
  enabled = true
  ca_config {
    cluster_id = "11111111-2222-3333-4444-555555555555"
  }
}

config_entries {
  bootstrap = [
    {
      kind            = "service-resolver"
      name            = "web"
      connect_timeout = "3s"
      load_balancer = {
        policy = "least_request"
        least_request_config = {
          choice_count = 3
        }
      }
    },
  ]
}
