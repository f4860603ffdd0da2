datacenter         = "dc2"
primary_datacenter = "dc1"
advertise_addr     = "127.0.0.2"
