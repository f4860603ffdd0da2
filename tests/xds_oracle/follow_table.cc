// Follows the control plane at 127.0.0.1 and the port that the argument says,
// and writes a line for each whole table: where it listens, its routes, and its
// clusters with their endpoints. It ends when its input does.
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <charconv>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "xds/xds_source.h"

namespace {

using namespace meshgw::internal;

std::string Text(const DeltaEvent& event) {
  std::string out;
  for (const ListenerAddress& at : event.listeners) {
    out += at.name + "=" + at.address + ":" + std::to_string(at.port) + ";";
  }
  std::vector<std::string> parts;
  for (const meshgw::Route& route : event.table->routes()) {
    parts.push_back(route.match + "->" + route.cluster);
  }
  for (const auto& cluster : event.table->clusters()) {
    std::string part = cluster->name + ":";
    for (const meshgw::Endpoint& each : cluster->endpoints) {
      part += each.address + "/" + std::to_string(each.port) + "/" +
              std::to_string(each.weight) + "/" +
              std::to_string(each.priority) + ",";
    }
    parts.push_back(std::move(part));
  }
  std::sort(parts.begin(), parts.end());
  for (const std::string& part : parts) out += " " + part;
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view port(argc > 1 ? argv[1] : "");
  XdsSourceOptions options;
  options.client.keep_time = std::chrono::milliseconds(0);
  ServerAddress address{"127.0.0.1", 0, "", false};
  std::from_chars(port.data(), port.data() + port.size(), address.port);
  XdsTarget target{.node = {.id = "gateway-1"}, .servers = {address}};
  boost::asio::io_context context;
  XdsSource source(&context, std::move(options), [](const DeltaEvent& event) {
    if (event.kind != DeltaEventKind::kTable) {
      std::cerr << DeltaEventKindName(event.kind) << ": " << event.text << "\n";
    } else if (event.complete) {
      std::cout << Text(event) << std::endl;
    }
  });
  source.Start(std::move(target));
  boost::asio::posix::stream_descriptor input(context, ::dup(STDIN_FILENO));
  input.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                   [&](const auto&) { context.stop(); });
  context.run();
}
