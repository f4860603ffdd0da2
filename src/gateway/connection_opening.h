#ifndef MESHGW_GATEWAY_CONNECTION_OPENING_H_
#define MESHGW_GATEWAY_CONNECTION_OPENING_H_

#include <cstdint>

#include "gateway/connection.h"
#include "gateway/hello_buffer.h"
#include "gateway/pending_hellos.h"
#include "meshgw/client_hello.h"
#include "meshgw/endpoint_picker.h"

namespace meshgw::internal {

// Opening is what a connection needs before bytes are carried.
struct Connection::Opening {
  PendingHello pending;
  HelloReader reader;
  HelloBuffer buffer;  // All that the client has sent.
  EndpointPicker::Attempts attempts;
  std::uint32_t cluster_index = 0;  // In the table of the next member.
  // What epoll has said of the client since its queue was last empty.
  std::uint32_t client_events = 0;
  std::uint64_t routes_version = 0;  // Worker::routes_version; 0: no route.
  bool timed_out = false;            // The last dial that failed.

  Opening(Connection* connection, const HelloLimits& limits,
          const NamePolicy& names)
      : pending{.connection = connection}, reader(limits, names) {}
};

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_CONNECTION_OPENING_H_
