datacenter         = "dc3"
primary_datacenter = "dc1"
