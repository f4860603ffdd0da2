#ifndef MESHGW_TESTS_SPLICE_COPY_RELAY_H_
#define MESHGW_TESTS_SPLICE_COPY_RELAY_H_

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "splice/peer.h"
#include "splice/relay.h"

namespace meshgw::test {

// CopyRelay is what a Splicer must look like from outside: two threads that
// read and write, and pass FIN on. Only for connections that end by FIN.
class CopyRelay {
 public:
  CopyRelay() : CopyRelay(TcpPair(), TcpPair()) {}
  // Once both peers have seen FIN, so that no thread waits.
  ~CopyRelay() {
    ::shutdown(client_side_.fd(), SHUT_RDWR);
    ::shutdown(server_side_.fd(), SHUT_RDWR);
    up_.join();
    down_.join();
  }
  CopyRelay(const CopyRelay&) = delete;
  CopyRelay& operator=(const CopyRelay&) = delete;

  Peer& client() { return client_; }
  Peer& server() { return server_; }
  template <typename Done>
  bool Until(Done done) {
    return WaitUntil([&] {
      while (client_.Turn() || server_.Turn()) {
      }
      return done();
    });
  }

 private:
  CopyRelay(std::pair<TestSocket, TestSocket> client,
            std::pair<TestSocket, TestSocket> server)
      : client_(std::move(client.first), Relay::kClientSeed),
        server_(std::move(server.second), Relay::kServerSeed),
        client_side_(std::move(client.second)),
        server_side_(std::move(server.first)),
        up_(Copy, client_side_.fd(), server_side_.fd()),
        down_(Copy, server_side_.fd(), client_side_.fd()) {}

  static void Copy(int from, int to) {
    std::vector<std::uint8_t> buffer(4096);
    ssize_t got = 0;
    while ((got = ::recv(from, buffer.data(), buffer.size(), 0)) > 0) {
      std::span<const std::uint8_t> rest(buffer.data(),
                                         static_cast<std::size_t>(got));
      while (!rest.empty()) {
        const ssize_t sent = ::send(to, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        rest = rest.subspan(static_cast<std::size_t>(sent));
      }
    }
    ::shutdown(to, SHUT_WR);
  }

  Peer client_;
  Peer server_;
  TestSocket client_side_;
  TestSocket server_side_;
  std::thread up_;
  std::thread down_;
};

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_SPLICE_COPY_RELAY_H_
