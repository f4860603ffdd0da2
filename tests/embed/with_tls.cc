// A C++ host whose other library uses TLS: it works before and after meshgw is
// used, and through a gateway in the same process.
#include <cstdint>
#include <cstdio>
#include <string>

#include "carry.h"
#include "tls_user.h"

int main(int argc, char** argv) {
  const std::string version = tls_user_version();
  CHECK(argc == 2);
  CHECK(version.find(argv[1]) != std::string::npos);
  std::uint16_t port, gateway_port;
  const int listener = listen_on_loopback(&port);
  CHECK(tls_user_exchange(listener, port, "db.example") == 0);
  carry_through_gateway();
  CHECK(tls_user_exchange(listener, port, "db.example") == 0);

  meshgw_gateway* gateway =
      start_gateway(make_routes("db.example", port), &gateway_port);
  CHECK(tls_user_exchange(listener, gateway_port, "db.example") == 0);
  meshgw_gateway_stats stats = {};
  stats.struct_size = sizeof(stats);
  CHECK(meshgw_gateway_get_stats(gateway, &stats) == MESHGW_OK);
  CHECK(stats.accepted == 1);
  meshgw_gateway_free(gateway);
  CHECK(tls_user_exchange(listener, port, "db.example") == 0);
  close(listener);
  std::printf("ok %s\n", version.c_str());
}
