// Sends one ClientHello as Chromium-like clients do (GREASE, shuffled
// extensions, GREASE ECH): boringssl_client [-plain] PORT NAME [ALPN].
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  std::vector<std::string> args(argv + 1, argv + argc);
  const bool plain = args.front() == "-plain";
  if (plain) args.erase(args.begin());

  SSL_CTX* context = SSL_CTX_new(TLS_method());
  if (!plain) {
    SSL_CTX_set_grease_enabled(context, 1);
    SSL_CTX_set_permute_extensions(context, 1);
  }
  SSL* ssl = SSL_new(context);
  if (!plain) SSL_set_enable_ech_grease(ssl, 1);
  SSL_set_tlsext_host_name(ssl, args[1].c_str());
  if (args.size() > 2) {
    const std::string list = static_cast<char>(args[2].size()) + args[2];
    SSL_set_alpn_protos(ssl, reinterpret_cast<const std::uint8_t*>(list.data()),
                        static_cast<unsigned>(list.size()));
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port =
      htons(static_cast<std::uint16_t>(std::atoi(args[0].c_str())));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address),
              sizeof address) != 0) {
    return 1;
  }
  SSL_set_fd(ssl, fd);
  SSL_connect(ssl);  // Fails: no one answers.
  return 0;
}
