#include "transport/server_connection.h"

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.h"
#include "support/temporary_folder.h"
#include "support/test_certificates.h"
#include "support/test_socket.h"
#include "transport/connection_end.h"
#include "transport/tls_settings.h"

namespace meshgw::test {
namespace {

using internal::ServerConnection;
using internal::ServerConnectionOptions;
using internal::TlsSettings;
using std::chrono::milliseconds;

ServerConnectionOptions To(const TestServer& server) {
  return {.address = {.host = "127.0.0.1", .port = server.port()}};
}

TEST_CASE("bytes go both ways, and the server's end is told") {
  TestServer server;
  ConnectionEnd end(To(server));
  TestSocket peer = end.Accept(&server);
  REQUIRE(end.Opened());
  end.connection->Send("hello ");
  end.connection->Send("");
  end.connection->Send("world");
  REQUIRE(end.Until([&] { return end.connection->unsent() == 0; }));
  CHECK(peer.ReceiveText(11) == "hello world");
  REQUIRE(peer.Send("answer"));
  // Half a close is an end: who serves says no more.
  peer.Finish();
  CHECK(end.Closed().ok());
  CHECK(end.got == "answer");
  CHECK(peer.End() == StreamEnd::kFin);
}

TEST_CASE("a reset is an error with the address in it") {
  TestServer server;
  ConnectionEnd end(To(server));
  TestSocket peer = end.Accept(&server);
  REQUIRE(end.Opened());
  peer.Reset();
  CHECK(absl::IsUnavailable(end.Closed()));
  CHECK(end.closed->message() == "127.0.0.1:" + std::to_string(server.port()) +
                                     ": Connection reset by peer");
}

TEST_CASE("a server that refuses is told of, on IPv4, IPv6 and unix sockets") {
  TestServer server;
  const std::uint16_t port = server.port();
  server.Close();
  const TemporaryFolder folder;
  const struct {
    internal::ServerAddress address;
    std::string said;
  } rows[] = {
      {{.host = "127.0.0.1", .port = port}, "Connection refused"},
      {{.path = folder.Path("absent.sock")}, "No such file or directory"},
      {{.path = folder.Write("plain file", "")}, "Connection refused"},
  };
  for (const auto& row : rows) {
    ConnectionEnd end({.address = row.address});
    CHECK(absl::IsUnavailable(end.Closed()));
    CHECK(end.closed->message() ==
          FormatServerAddress(row.address) + ": cannot connect: " + row.said);
    CHECK(end.opened == 0);
  }
}

TEST_CASE("a name that has no address is told of") {
  // RFC 6761: never one that is.
  ConnectionEnd end({.address = {.host = "absent.invalid", .port = 1},
                     .open_timeout = milliseconds(10000)});
  const absl::Status closed = end.Closed();
  CHECK(std::string(closed.message()).find("absent.invalid:1: ") == 0);
  CHECK(end.opened == 0);
}

TEST_CASE("what does not open in time is given up") {
  // A queue that is full takes no connection.
  TestServer server("127.0.0.1:0", 0);
  const std::string address = "127.0.0.1:" + std::to_string(server.port());
  TestSocket first = TestSocket::Connect(address);
  ServerConnectionOptions options = To(server);
  options.open_timeout = milliseconds(50);
  ConnectionEnd end(options);
  const absl::Status closed = end.Closed();
  CHECK(absl::IsDeadlineExceeded(closed));
  CHECK(closed.message() == address + ": not connected within 50 ms");
  CHECK(end.opened == 0);
}

TEST_CASE("a handshake that stalls is given up") {
  TestServer server;
  ServerConnectionOptions options = To(server);
  options.address.tls = true;
  options.tls = *internal::MakeTlsContext({});
  options.open_timeout = milliseconds(50);
  ConnectionEnd end(options);
  TestSocket peer = end.Accept(&server);
  CHECK(absl::IsDeadlineExceeded(end.Closed()));
  CHECK(peer.End() != StreamEnd::kNothingCame);
}

TEST_CASE("a connection that opened as its time ran out stays open") {
  TestServer server;
  ServerConnectionOptions options = To(server);
  options.open_timeout = milliseconds(5);
  ConnectionEnd end(options);
  // Connecting has begun; the thread is busy until both have happened.
  end.context.poll_one();
  TestSocket peer = end.Accept(&server);
  const auto due = std::chrono::steady_clock::now() + milliseconds(10);
  while (std::chrono::steady_clock::now() < due) {
  }
  end.Settle();
  if (end.opened == 1) CHECK_FALSE(end.closed.has_value());
}

TEST_CASE("a unix socket is connected to") {
  const TemporaryFolder folder;
  TestServer server("unix:" + folder.Path("s"));
  REQUIRE(server.valid());
  ConnectionEnd end({.address = {.path = folder.Path("s")}});
  TestSocket peer = end.Accept(&server);
  REQUIRE(end.Opened());
  end.connection->Send("x");
  REQUIRE(end.Until([&] { return end.connection->unsent() == 0; }));
  CHECK(peer.ReceiveText(1) == "x");
}

TEST_CASE("what the other side does not take waits, and arrives whole") {
  TestServer server;
  ConnectionEnd end(To(server));
  TestSocket peer = end.Accept(&server);
  REQUIRE(end.Opened());
  std::string sent;
  for (int i = 0; i < 64; ++i) {
    const std::string part(1u << 20, static_cast<char>('a' + i % 26));
    end.connection->Send(part);
    sent += part;
  }
  end.Settle();
  CHECK(end.connection->unsent() > 0);
  std::string got;
  std::thread reader([&] { got = peer.ReceiveText(sent.size()); });
  CHECK(end.Until([&] { return end.connection->unsent() == 0; }));
  reader.join();
  CHECK((got == sent));
}

TEST_CASE("what the server said before it reset is read") {
  TestServer server;
  ConnectionEnd end(To(server));
  TestSocket peer = end.Accept(&server);
  REQUIRE(end.Opened());
  REQUIRE(peer.Send("go away"));
  peer.Finish();
  end.connection->Send(std::string(1u << 20, 'x'));
  end.Closed().IgnoreError();
  CHECK(end.got == "go away");
}

TEST_CASE("after Close nothing is called, wherever it is called from") {
  for (const int where : {0, 1, 2, 3}) {
    CAPTURE(where);
    TestServer server;
    ConnectionEnd end(To(server));
    const auto close = [&end] {
      end.connection->Close();
      end.connection->Close();
      end.connection->Send("x");
    };
    if (where == 0) close();
    if (where == 1) end.on_open = close;
    if (where == 2) end.on_bytes = close;
    if (where == 3) end.on_closed = close;
    if (where == 0) {
      end.Settle();
      CHECK(end.opened == 0);
      CHECK_FALSE(end.closed.has_value());
      continue;
    }
    TestSocket peer = end.Accept(&server);
    REQUIRE(end.Opened());
    peer.Send("a");
    if (where == 2) {
      REQUIRE(end.Until([&] { return !end.got.empty(); }));
    }
    peer.Send("b");
    peer.Close();
    if (where == 3) {
      end.Closed().IgnoreError();
    }
    end.Settle();
    CHECK(end.opened == 1);
    CHECK(end.closed.has_value() == (where == 3));
    if (where == 1) CHECK(end.got == "");
    if (where == 2) CHECK(end.got == "a");
  }
}

// A TLS server for one connection, on a thread of its own: chooses `alpn`, says
// "hi" and waits for the end.
class TlsServer {
 public:
  TlsServer(const IssuedCertificate& issued, const std::string& alpn,
            const std::string& client_ca = "")
      : alpn_(alpn), context_(SSL_CTX_new(TLS_method())) {
    const bssl::UniquePtr<BIO> certificate(
        BIO_new_mem_buf(issued.certificate.data(), -1));
    const bssl::UniquePtr<BIO> key(BIO_new_mem_buf(issued.key.data(), -1));
    const bssl::UniquePtr<X509> leaf(
        PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr));
    const bssl::UniquePtr<EVP_PKEY> secret(
        PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr));
    SSL_CTX_use_certificate(context_.get(), leaf.get());
    SSL_CTX_use_PrivateKey(context_.get(), secret.get());
    SSL_CTX_set_alpn_select_cb(context_.get(), &Select, this);
    if (!client_ca.empty()) {
      SSL_CTX_load_verify_locations(context_.get(), client_ca.c_str(), nullptr);
      SSL_CTX_set_verify(context_.get(),
                         SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                         nullptr);
    }
    thread_ = std::thread([this] { Serve(); });
  }
  ~TlsServer() { thread_.join(); }

  TestServer server;
  std::string name;  // That the client sent; once it is connected.

 private:
  static int Select(SSL*, const std::uint8_t** out, std::uint8_t* size,
                    const std::uint8_t*, unsigned, void* of) {
    const std::string& alpn = static_cast<TlsServer*>(of)->alpn_;
    if (alpn.empty()) return SSL_TLSEXT_ERR_NOACK;
    *out = reinterpret_cast<const std::uint8_t*>(alpn.data());
    *size = static_cast<std::uint8_t>(alpn.size());
    return SSL_TLSEXT_ERR_OK;
  }
  void Serve() {
    TestSocket peer = server.Accept();
    const bssl::UniquePtr<SSL> ssl(SSL_new(context_.get()));
    SSL_set_fd(ssl.get(), peer.fd());
    if (SSL_accept(ssl.get()) == 1) {
      const char* sent =
          SSL_get_servername(ssl.get(), TLSEXT_NAMETYPE_host_name);
      name = sent == nullptr ? "" : sent;
      SSL_write(ssl.get(), "hi", 2);
    }
    peer.Finish();
    peer.ReceiveAll();
  }

  std::string alpn_;
  bssl::UniquePtr<SSL_CTX> context_;
  std::thread thread_;
};

TEST_CASE("a TLS server must be the one that is expected") {
  const TemporaryFolder folder;
  const TestAuthority authority;
  const TestAuthority other("another CA");
  const std::string ours = folder.Write("ours.pem", authority.pem());
  const std::string theirs = folder.Write("theirs.pem", other.pem());
  const std::string no = ": the server's certificate is not accepted: ";
  const struct {
    IssuedCertificate issued;
    std::string ca;
    bool verify;
    std::string host;
    std::string server_name;
    std::string said;
    std::string sent_name;
  } rows[] = {
      {authority.Issue("", "127.0.0.1"), ours, true, "127.0.0.1", "", "", ""},
      {authority.Issue("localhost"), ours, true, "localhost", "", "",
       "localhost"},
      {authority.Issue("server.dc1.consul"), ours, true, "127.0.0.1",
       "server.dc1.consul", "", "server.dc1.consul"},
      {authority.Issue("*.dc1.consul"), ours, true, "127.0.0.1",
       "server.dc1.consul", "", "server.dc1.consul"},
      {authority.Issue("x", "127.0.0.1"), theirs, false, "127.0.0.1", "y", "",
       "y"},
      {authority.Issue("", "127.0.0.1"), theirs, true, "127.0.0.1", "",
       no + "unable to get local issuer certificate", ""},
      {authority.Issue("", "127.0.0.2"), ours, true, "127.0.0.1", "",
       no + "IP address mismatch", ""},
      {authority.Issue("127.0.0.1"), ours, true, "127.0.0.1", "",
       no + "IP address mismatch", ""},
      {authority.Issue("a.dc1.consul"), ours, true, "127.0.0.1", "b.dc1.consul",
       no + "Hostname mismatch", ""},
      // The common name is no name.
      {authority.Issue("a"), ours, true, "127.0.0.1", "test leaf",
       no + "Hostname mismatch", ""},
      {authority.Issue("", "127.0.0.1", -1), ours, true, "127.0.0.1", "",
       no + "certificate has expired", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.host, row.server_name, row.said);
    std::string sent_name;
    {
      TlsServer tls(row.issued, "");
      ServerConnectionOptions options = To(tls.server);
      options.address.host = row.host;
      options.address.tls = true;
      options.tls =
          *internal::MakeTlsContext({.ca_file = row.ca, .verify = row.verify});
      options.server_name = row.server_name;
      ConnectionEnd end(options);
      const absl::Status closed = end.Closed();
      if (row.said.empty()) {
        CHECK(closed.ok());
        CHECK(end.got == "hi");
        CHECK(tls.name == row.sent_name);
      } else {
        CHECK(absl::IsUnauthenticated(closed));
        CHECK(closed.message() ==
              FormatServerAddress(options.address) + row.said);
        CHECK(end.opened == 0);
      }
    }
  }
}

TEST_CASE("a server must speak inside of TLS what is asked for") {
  const TemporaryFolder folder;
  const TestAuthority authority;
  const std::string ca = folder.Write("ca.pem", authority.pem());
  for (const std::string chosen : {"h2", ""}) {
    CAPTURE(chosen);
    TlsServer tls(authority.Issue("", "127.0.0.1"), chosen);
    ServerConnectionOptions options = To(tls.server);
    options.address.tls = true;
    options.tls = *internal::MakeTlsContext({.ca_file = ca});
    options.alpn = "h2";
    ConnectionEnd end(options);
    const absl::Status closed = end.Closed();
    if (chosen.empty()) {
      CHECK(absl::IsFailedPrecondition(closed));
      CHECK(closed.message() ==
            FormatServerAddress(options.address) +
                ": TLS works, but the server does not speak h2 in it (ALPN); "
                "is this another port?");
    } else {
      CHECK(closed.ok());
      CHECK(end.got == "hi");
    }
  }
}

TEST_CASE("a server that wants a client certificate is given it") {
  const TemporaryFolder folder;
  const TestAuthority authority;
  const std::string ca = folder.Write("ca.pem", authority.pem());
  const IssuedCertificate client = authority.Issue("client");
  for (const bool has : {true, false}) {
    CAPTURE(has);
    TlsServer tls(authority.Issue("", "127.0.0.1"), "", ca);
    ServerConnectionOptions options = To(tls.server);
    options.address.tls = true;
    TlsSettings settings{.ca_file = ca};
    if (has) {
      settings.cert_file = folder.Write("cert.pem", client.certificate);
      settings.key_file = folder.Write("key.pem", client.key);
    }
    options.tls = *internal::MakeTlsContext(settings);
    ConnectionEnd end(options);
    const absl::Status closed = end.Closed();
    CAPTURE(closed.message());
    CHECK(closed.ok() == has);
    CHECK(end.got == (has ? "hi" : ""));
  }
}

TEST_CASE("a plain port is told apart from a certificate that is wrong") {
  for (const std::string said :
       {"HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.2p1\r\n"}) {
    TestServer server;
    ServerConnectionOptions options = To(server);
    options.address.tls = true;
    options.tls = *internal::MakeTlsContext({});
    ConnectionEnd end(options);
    TestSocket peer = end.Accept(&server);
    REQUIRE(peer.Send(said));
    const absl::Status closed = end.Closed();
    CHECK(absl::IsFailedPrecondition(closed));
    CHECK(closed.message() ==
          FormatServerAddress(options.address) +
              ": the server does not speak TLS; is it a plain port?");
  }
  TestServer server;
  ServerConnectionOptions options = To(server);
  options.address.tls = true;
  options.tls = *internal::MakeTlsContext({});
  ConnectionEnd end(options);
  end.Accept(&server).Close();
  CHECK(absl::IsUnavailable(end.Closed()));
  CHECK(std::string(end.closed->message()).find("certificate") ==
        std::string::npos);
}

}  // namespace
}  // namespace meshgw::test
