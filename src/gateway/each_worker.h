#ifndef MESHGW_GATEWAY_EACH_WORKER_H_
#define MESHGW_GATEWAY_EACH_WORKER_H_

#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <utility>
#include <vector>

#include "gateway/worker.h"

namespace meshgw::internal {

// PostToEachWorker has `call` run on every worker's thread, all of which must
// run; to all of them, or throws and has told none.
template <typename Result>
std::vector<std::future<Result>> PostToEachWorker(
    const std::vector<std::unique_ptr<Worker>>& workers,
    std::function<Result(Worker*)> call) {
  std::vector<std::future<Result>> futures;
  futures.reserve(workers.size());
  std::vector<Worker::Commands> commands(workers.size());
  for (std::size_t i = 0; i < workers.size(); ++i) {
    auto promise = std::make_shared<std::promise<Result>>();
    futures.push_back(promise->get_future());
    commands[i].push_back([promise, call, target = workers[i].get()] {
      promise->set_value(call(target));
    });
  }
  for (std::size_t i = 0; i < workers.size(); ++i) {
    workers[i]->Post(&commands[i]);
  }
  return futures;
}

// OnEachWorker runs `call` on every worker's thread and waits for the results,
// also when it fails: `call` may use what the caller has.
template <typename Result>
std::vector<Result> OnEachWorker(
    const std::vector<std::unique_ptr<Worker>>& workers,
    std::function<Result(Worker*)> call) {
  auto futures = PostToEachWorker<Result>(workers, std::move(call));
  for (auto& future : futures) future.wait();
  std::vector<Result> results;
  results.reserve(futures.size());
  for (auto& future : futures) results.push_back(future.get());
  return results;
}

}  // namespace meshgw::internal

#endif  // MESHGW_GATEWAY_EACH_WORKER_H_
