#ifndef MESHGW_CLI_ADMIN_SERVER_H_
#define MESHGW_CLI_ADMIN_SERVER_H_

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace meshgw::cli {

// AdminRequest is what a client of the admin endpoint asks. Views are borrowed
// for the call.
struct AdminRequest {
  std::string_view method;  // HEAD comes as GET.
  std::string_view path;    // As sent, up to a question mark.
  std::string_view query;   // Behind it.
};

// AdminReply is the answer.
struct AdminReply {
  unsigned status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
  std::string allow = {};  // Of a 405: the methods that are expected.
  // Where the body is long: appends what comes behind `body`; false: that was
  // the last of it. Called when the client has taken what was before.
  std::function<bool(std::string*)> more = {};
};

// AdminLimits bound what clients of the admin endpoint can use up.
struct AdminLimits {
  // With more, the one that has been waited for the longest is closed.
  std::size_t connections = 64;
  std::uint32_t header_bytes = 16u << 10;
  std::uint64_t body_bytes = 64u << 10;
  // From the end of an answer, or from accept, to the end of the next request.
  std::chrono::milliseconds read_timeout{30000};
  // For a client to take a piece of an answer.
  std::chrono::milliseconds write_timeout{30000};
};

// AdminServer is an HTTP/1.1 server for operators. It trusts who reaches it: a
// unix socket's file says who may (mode 0660), and over TCP requests that a web
// page makes a browser send are refused (a Host that is no IP address and not
// localhost, another Origin). All of it runs on the thread that runs `context`.
class AdminServer {
 public:
  using Handler = std::function<AdminReply(const AdminRequest& request)>;

  AdminServer(boost::asio::io_context* context, Handler handler,
              const AdminLimits& limits);
  // Closes everything. The context must not run any more.
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  // Listen listens at `address`, "ip:port" or "unix:/path", besides where it
  // does already. A unix socket's file that nobody listens on is replaced.
  // Returns the bound address; errors are those of Gateway::Listen. Before the
  // context runs.
  absl::StatusOr<std::string> Listen(std::string_view address);

 private:
  struct Shared;
  class Session;
  class Port;

  boost::asio::io_context* context_;
  std::shared_ptr<Shared> shared_;
  std::vector<std::unique_ptr<Port>> ports_;
};

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_ADMIN_SERVER_H_
