#ifndef MESHGW_TESTS_TRANSPORT_CONNECTION_END_H_
#define MESHGW_TESTS_TRANSPORT_CONNECTION_END_H_

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "support/catch.h"
#include "support/test_socket.h"
#include "transport/server_connection.h"

namespace meshgw::test {

// ConnectionEnd is a connection, and what it told. The other end is in the
// test.
struct ConnectionEnd {
  explicit ConnectionEnd(internal::ServerConnectionOptions options) {
    internal::ServerConnectionHandler handler;
    handler.on_open = [this] {
      ++opened;
      if (on_open) on_open();
    };
    handler.on_bytes = [this](std::string_view bytes) {
      got += bytes;
      if (on_bytes) on_bytes();
    };
    handler.on_closed = [this](const absl::Status& status) {
      CHECK_FALSE(closed.has_value());
      closed = status;
      if (on_closed) on_closed();
    };
    connection =
        internal::ServerConnection::Open(&context, std::move(options), handler);
    CHECK(opened == 0);
  }
  ~ConnectionEnd() {
    connection->Close();
    Settle();
  }

  template <typename Done>
  bool Until(Done done) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!done()) {
      if (std::chrono::steady_clock::now() >= deadline) return done();
      context.restart();
      context.run_one_for(std::chrono::milliseconds(1));
    }
    return true;
  }
  bool Opened() {
    return Until([this] { return opened == 1 || closed.has_value(); }) &&
           opened == 1;
  }
  absl::Status Closed() {
    REQUIRE(Until([this] { return closed.has_value(); }));
    return *closed;
  }
  // Accepts the connection, which this thread has to make, too.
  TestSocket Accept(TestServer* server) {
    TestSocket peer;
    Until([&] {
      context.poll();
      peer = server->Accept(std::chrono::milliseconds(0));
      return peer.valid();
    });
    return peer;
  }
  void Settle() {
    for (int i = 0; i < 10; ++i) {
      context.restart();
      context.poll();
    }
  }

  boost::asio::io_context context;
  std::shared_ptr<internal::ServerConnection> connection;
  int opened = 0;
  std::string got;
  std::optional<absl::Status> closed;
  std::function<void()> on_open;
  std::function<void()> on_bytes;
  std::function<void()> on_closed;
};

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_TRANSPORT_CONNECTION_END_H_
