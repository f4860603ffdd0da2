# Config entries of the primary datacenter hold in every datacenter.
Kind = "proxy-defaults"
Name = "global"
MeshGateway {
  Mode = "local"
}
