datacenter         = "secondary"
primary_datacenter = "primary"
