module meshgw.example/hcl_oracle

go 1.19

require github.com/hashicorp/hcl v1.0.1-vault-7
