module meshgw.example/bexpr_oracle

go 1.19

require github.com/hashicorp/go-bexpr v0.1.2
