datacenter         = "dc1"
primary_datacenter = "dc1"

connect {
  enabled = true
  ca_config {
    cluster_id = "11111111-2222-3333-4444-555555555555"
  }
}

config_entries {
  bootstrap = [
    {
      kind           = "service-resolver"
      name           = "api"
      default_subset = "stable"
      subsets = {
        stable = {
          filter       = "Service.Meta.channel == stable"
          only_passing = true
        }
        canary = {
          filter = "Service.Meta.channel == canary or canary in Service.Tags"
        }
        nowhere = {
          filter = "Service.Meta.channel == never"
        }
      }
      failover = {
        "*" = {
          datacenters = ["dc2", "dc3"]
        }
      }
    },
    {
      kind = "service-resolver"
      name = "old-api"
      redirect = {
        service        = "api"
        service_subset = "canary"
        datacenter     = "dc3"
      }
    },
    # Redirected here, and with instances of its own.
    {
      kind = "service-resolver"
      name = "moved"
      redirect = {
        service = "api"
      }
    },
  ]
}
