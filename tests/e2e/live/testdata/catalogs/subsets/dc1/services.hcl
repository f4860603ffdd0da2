services {
  name    = "web"
  address = "10.1.0.1"
  port    = 9090
  connect {
    native = true
  }
}

services {
  name    = "api"
  id      = "api-proxy-1"
  kind    = "connect-proxy"
  address = "10.1.0.2"
  port    = 21000
  proxy {
    destination_service_name = "api"
  }
  meta {
    version = "1"
  }
  weights {
    passing = 7
    warning = 3
  }
}

services {
  name    = "api"
  id      = "api-proxy-2"
  kind    = "connect-proxy"
  address = "10.1.0.3"
  port    = 21000
  proxy {
    destination_service_name = "api"
  }
  meta {
    version = "2"
  }
  weights {
    passing = 7
    warning = 3
  }
  check {
    ttl    = "1h"
    status = "warning"
  }
}

services {
  name    = "api"
  id      = "api-proxy-3"
  kind    = "connect-proxy"
  address = "10.1.0.4"
  port    = 21000
  proxy {
    destination_service_name = "api"
  }
  meta {
    version = "2"
  }
  check {
    ttl    = "1h"
    status = "critical"
  }
}

services {
  name = "no-proxy"
  port = 9091
}
