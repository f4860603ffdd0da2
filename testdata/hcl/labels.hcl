variable "region" {
  default = "us"
}

resource "web" "one" {
  port = 1
}

resource "web" "two" {
  port = 2
}

resource "db" "one" {
  inner "label" {
    a = [{ b "c" { d = 1 } }]
  }
}
