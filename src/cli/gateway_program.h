#ifndef MESHGW_CLI_GATEWAY_PROGRAM_H_
#define MESHGW_CLI_GATEWAY_PROGRAM_H_

#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string_view>

#include "cli/access_log.h"
#include "cli/admin_pages.h"
#include "cli/admin_server.h"
#include "cli/connection_log.h"
#include "cli/connection_metrics.h"
#include "cli/control_thread.h"
#include "cli/gateway_flags.h"
#include "cli/listener_set.h"
#include "cli/program_log.h"
#include "cli/program_state.h"
#include "cli/source_status.h"
#include "meshgw/gateway.h"

namespace meshgw::cli {

// RouteSource is where a gateway's routes come from: a catalog on disk, or a
// control plane.
class RouteSource {
 public:
  virtual ~RouteSource() = default;
  // Start begins to hand tables to GatewayProgram::Serve, at once or later.
  // kExitOk, or with what the program is to end; the log says why.
  virtual int Start() = 0;
  // What SIGHUP asks for.
  virtual void Reload() = 0;
  // AnnounceEnd tells others that the gateway is about to drain. Returns soon.
  virtual void AnnounceEnd() {}
  // What the pages for operators tell of it; on the control thread.
  virtual SourceStatus Status() const { return {}; }
  // End is called when no connection is left. Returns soon.
  virtual void End() {}
};

// GatewayProgram is `meshgw gateway` but for where its routes come from: the
// gateway, signals, logs, drain.
class GatewayProgram {
 public:
  // Blocks the signals that it waits for.
  explicit GatewayProgram(const GatewayFlags& flags);
  ~GatewayProgram();

  // Run serves until a signal or Fail ends it; returns the exit code.
  int Run(RouteSource* source);

  // For the source. Serve makes new connections use `routes` and listens at
  // `listeners` and nowhere else, all or nothing; the first time the program is
  // ready then. `began` is when the work on them did. Returns kExitOk, or what
  // the error that was logged ends a program with that cannot go on. One thread
  // at a time.
  int Serve(std::shared_ptr<const RouteTable> routes,
            const ListenList& listeners,
            std::chrono::steady_clock::time_point began);
  // Fail ends the program with `exit_code`, from any thread.
  void Fail(int exit_code);
  const GatewayFlags& flags() const { return flags_; }
  const LogWriter& log() const { return writer_; }
  ProgramState* state() { return &state_; }
  ControlThread* control() { return &control_; }
  Gateway* gateway() { return gateway_.get(); }

 private:
  GatewayOptions Options();
  int CannotCreate(const absl::Status& status);
  bool OpenAccessLog();
  int OpenAdmin(RouteSource* source);
  bool ListenForOperators();
  void Raise(int signal);
  int WaitForSignal();
  int WaitForEnd(RouteSource* source);
  void ReopenLogs();
  int StopAtOnce(const char* signal);
  int DrainUntilEnd(RouteSource* source);
  int Stopped();

  const GatewayFlags flags_;
  ProgramLog log_;
  LogWriter writer_;
  sigset_t signals_;
  const pthread_t main_thread_;
  ProgramState state_;
  ConnectionMetrics metrics_;
  AccessLog access_log_;
  ConnectionLog connection_log_;
  ListenerSet listeners_;
  ControlThread control_;
  std::unique_ptr<Gateway> gateway_;
  // Behind what their pages tell of.
  std::unique_ptr<AdminPages> admin_pages_;
  std::unique_ptr<AdminServer> admin_;
  std::atomic<int> failed_{0};
};

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_GATEWAY_PROGRAM_H_
