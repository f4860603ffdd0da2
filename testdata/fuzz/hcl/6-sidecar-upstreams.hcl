service {
  name = "web"
  port = 8181
  connect {
    sidecar_service {
      proxy {
        upstreams = [
          {
            destination_name = "api"
            datacenter = "secondary"
            local_bind_port = 10000
            mesh_gateway {
              mode = "remote"
            }
          },
          {
            destination_name = "db"
            datacenter = "secondary"
            local_bind_port = 10001
            mesh_gateway {
              mode = "local"
            }
          },
          {
            destination_name = "logging"
            datacenter = "secondary"
            local_bind_port = 10002
            mesh_gateway {
              mode = "none"
            }
          },
        ]
      }
    }
  }
}
