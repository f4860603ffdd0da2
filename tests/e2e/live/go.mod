module github.com/meshgw/meshgw/tests/e2e/live

go 1.23
