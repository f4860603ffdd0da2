module github.com/meshgw/meshgw/bindings/go

go 1.21
