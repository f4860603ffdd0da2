/* Two gateways in one process, with routes of their own, at the same time; each
 * survives the end of the other. */
#include "carry.h"

int main(void) {
  uint16_t server_port[2], port[2];
  int listener[2], i, round;
  pthread_t server[2];
  meshgw_gateway *gateway[2];
  const char *name[2] = {"one.example", "two.example"};
  for (i = 0; i < 2; ++i) {
    listener[i] = listen_on_loopback(&server_port[i]);
    gateway[i] = start_gateway(make_routes(name[i], server_port[i]), &port[i]);
  }
  for (round = 0; round < 2; ++round) {
    for (i = 0; i < 2; ++i)
      CHECK(pthread_create(&server[i], NULL, echo_once, &listener[i]) == 0);
    for (i = 0; i < 2; ++i) carry(port[i], name[i]);
    for (i = 0; i < 2; ++i) CHECK(pthread_join(server[i], NULL) == 0);
  }
  meshgw_gateway_free(gateway[0]);
  CHECK(pthread_create(&server[1], NULL, echo_once, &listener[1]) == 0);
  carry(port[1], name[1]);
  CHECK(pthread_join(server[1], NULL) == 0);
  meshgw_gateway_free(gateway[1]);
  puts("ok");
  return 0;
}
