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
      kind = "service-resolver"
      name = "api"
      subsets = {
        v1 = {
          filter = "Service.Meta.version == `1`"
        }
        v2 = {
          filter       = "Service.Meta.version == `2`"
          only_passing = true
        }
      }
    },
    {
      kind           = "service-resolver"
      name           = "billing"
      default_subset = "new"
      subsets = {
        new = {
          filter = "`new` in Service.Tags"
        }
      }
    },
    {
      kind = "service-resolver"
      name = "elsewhere"
      redirect = {
        service    = "api"
        datacenter = "dc2"
      }
    },
  ]
}
