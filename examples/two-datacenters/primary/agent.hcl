# What a Consul agent of this datacenter would be given.
datacenter         = "primary"
primary_datacenter = "primary"

connect {
  enabled = true
  ca_config {
    # Every server name of the mesh ends in <cluster_id>.consul.
    cluster_id = "11111111-2222-3333-4444-555555555555"
  }
}
