#include "cli/control_thread.h"

#include <exception>

#include "gateway/signal_mask.h"

namespace meshgw::cli {

ControlThread::ControlThread(LogWriter log)
    : log_(std::move(log)), work_(context_.get_executor()) {}

ControlThread::~ControlThread() { Stop(); }

void ControlThread::Start() {
  const internal::BlockSignals block;
  thread_ = std::thread([this] { Run(); });
}

void ControlThread::Run() {
  // Out of memory, for example: what was served goes on being served.
  while (!context_.stopped()) {
    try {
      context_.run();
    } catch (const std::exception& error) {
      log_("error", error.what(), {{"thread", "control"}});
    }
  }
}

void ControlThread::Post(std::function<void()> call) {
  boost::asio::post(context_, std::move(call));
}

void ControlThread::Wait(std::function<void(std::function<void()>)> call,
                         std::chrono::milliseconds most) {
  auto promise = std::make_shared<std::promise<void>>();
  std::future<void> done = promise->get_future();
  Post([call = std::move(call), promise] {
    call([promise] { promise->set_value(); });
  });
  done.wait_for(most);
}

void ControlThread::Stop() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

}  // namespace meshgw::cli
