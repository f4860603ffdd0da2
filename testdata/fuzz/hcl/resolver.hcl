Kind = "service-resolver"
Name = "a"
DefaultSubset = "v1"
Subsets { v1 { Filter = <<EOT
Service.Meta.v == 1
EOT
 } }
Failover = { "*" = { Datacenters = ["x", "y"] } }
ConnectTimeout = "1m30s"
/* c */ # d
x = [0x1f, 010, -1.5e3, true, "\u20ac${a{b}}"]
