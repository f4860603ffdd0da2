module meshgw.example/tls_oracle

go 1.19
