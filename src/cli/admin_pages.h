#ifndef MESHGW_CLI_ADMIN_PAGES_H_
#define MESHGW_CLI_ADMIN_PAGES_H_

#include <functional>
#include <string_view>

#include "cli/admin_server.h"
#include "cli/connection_metrics.h"
#include "cli/gateway_flags.h"
#include "cli/program_log.h"
#include "cli/program_state.h"
#include "cli/source_status.h"
#include "meshgw/gateway.h"

namespace meshgw::cli {

// AdminSubject is the program that the pages tell of, and what it can be asked
// to do.
struct AdminSubject {
  Gateway* gateway = nullptr;
  const GatewayFlags* flags = nullptr;
  const ProgramState* state = nullptr;
  const ProgramLog* log = nullptr;
  const ConnectionMetrics* metrics = nullptr;
  std::function<SourceStatus()> source;
  // As SIGTERM and SIGHUP; they return at once.
  std::function<void()> drain;
  std::function<void()> reload;
  std::function<void(std::string_view level)> set_log_level;
};

// AdminPages answers what the admin endpoint is asked: docs/operations.md lists
// the pages. Used by one thread at a time, as `subject` says of each.
class AdminPages {
 public:
  static constexpr std::size_t kDefaultConnections = 100;
  static constexpr std::size_t kMaxConnections = 10000;

  explicit AdminPages(AdminSubject subject) : subject_(std::move(subject)) {}
  AdminReply Answer(const AdminRequest& request);

 private:
  struct Page;
  static const Page kPages[];

  AdminReply Healthz(const AdminRequest& request);
  AdminReply Readyz(const AdminRequest& request);
  AdminReply Metrics(const AdminRequest& request);
  AdminReply Routes(const AdminRequest& request);
  AdminReply Clusters(const AdminRequest& request);
  AdminReply Connections(const AdminRequest& request);
  AdminReply Config(const AdminRequest& request);
  AdminReply Status(const AdminRequest& request);
  AdminReply ExplainSni(const AdminRequest& request);
  AdminReply Drain(const AdminRequest& request);
  AdminReply Reload(const AdminRequest& request);
  AdminReply LogLevel(const AdminRequest& request);

  const AdminSubject subject_;
  bool drain_asked_ = false;
};

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_ADMIN_PAGES_H_
