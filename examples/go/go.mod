module github.com/meshgw/meshgw/examples/go

go 1.21

require github.com/meshgw/meshgw/bindings/go v0.0.0

replace github.com/meshgw/meshgw/bindings/go => ../../bindings/go
