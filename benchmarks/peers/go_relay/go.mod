module meshgw.example/go_relay

go 1.19
