# Every way to write a service: blocks, objects, lists, labels, two spellings.
service {
  name = "web"
  id   = "web-1"
  port = 8080
  tags = ["v1", "primary",]

  meta = {
    version    = "1.2.3"
    "a b"      = "quoted key"
    team.owner = "payments" // a dotted identifier
  }

  tagged_addresses {
    lan = { address = "10.0.0.1", port = 8080 }
    wan { address = "198.51.100.1" port = 80 }
  }

  connect {
    sidecar_service {
      proxy {
        upstreams = [
          { destination_name = "api", local_bind_port = 9001 },
          {
            destination_name = "db"
            local_bind_port  = 9002
            mesh_gateway { mode = "local" }
          },
        ]
        upstreams {
          destination_name = "logging"
          local_bind_port  = 0x232b
        }
      }
    }
  }

  checks = [
    { name = "tcp", tcp = "127.0.0.1:8080", interval = "10s" },
    { name = "ttl", ttl = "30s" }
  ]
}

service { name = "batch" } // A second one.

services = [{ name = "cron" }, { name = "mail" }]
