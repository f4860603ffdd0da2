#ifndef MESHGW_CLI_CONTROL_THREAD_H_
#define MESHGW_CLI_CONTROL_THREAD_H_

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include "cli/program_log.h"

namespace meshgw::cli {

// ControlThread is the one thread on which the program talks to its control
// plane and to its operators. Workers never wait for it.
class ControlThread {
 public:
  explicit ControlThread(LogWriter log);
  // Stops, if Stop was not called.
  ~ControlThread();
  ControlThread(const ControlThread&) = delete;
  ControlThread& operator=(const ControlThread&) = delete;

  boost::asio::io_context* context() { return &context_; }
  // Start starts the thread; what was posted before runs then. It blocks all
  // signals.
  void Start();
  // Post has `call` run on the thread. Any thread.
  void Post(std::function<void()> call);
  // Wait runs `call` on the thread and waits until it calls `done`, at most for
  // so long. Not on the thread itself.
  void Wait(std::function<void(std::function<void()> done)> call,
            std::chrono::milliseconds most);
  // Stop ends the thread: nothing runs on it any more. Idempotent.
  void Stop();

 private:
  void Run();

  LogWriter log_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type>
      work_;
  std::thread thread_;
};

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_CONTROL_THREAD_H_
