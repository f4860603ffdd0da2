#include "meshgw/splice_loop.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <utility>

#include "boundary.h"
#include "descriptor.h"
#include "splice.h"

namespace meshgw::capi {
namespace {

// The results of a loop, from their pairs to the caller. A pair's place is
// there before the pair, so no result is lost for want of memory. Thread-safe.
class ResultQueue {
 public:
  using Place = std::list<meshgw_splice_result>::iterator;

  explicit ResultQueue(Signal signal) : signal_(std::move(signal)) {}

  Place Reserve(std::uint64_t tag) {
    std::list<meshgw_splice_result> made(1);
    made.front().tag = tag;
    const Place place = made.begin();
    const std::lock_guard lock(mutex_);
    open_.splice(open_.end(), made);
    return place;
  }

  void Forget(Place place) {
    std::list<meshgw_splice_result> gone;
    const std::lock_guard lock(mutex_);
    gone.splice(gone.end(), open_, place);
  }

  void Finish(Place place, const SpliceResult& result) noexcept {
    const std::lock_guard lock(mutex_);
    place->state = ToState(result.end, result.error, result.counters);
    if (result.end == SpliceEnd::kFinished) {
      place->state.client_fin = place->state.server_fin = 1;
    }
    if (ready_.empty()) signal_.Raise();
    ready_.splice(ready_.end(), open_, place);
  }

  std::size_t Take(meshgw_splice_result* out, std::size_t capacity) noexcept {
    std::list<meshgw_splice_result> taken;
    {
      const std::lock_guard lock(mutex_);
      if (ready_.empty()) return 0;
      if (ready_.size() <= capacity) {
        taken.swap(ready_);
        signal_.Lower();
      } else {
        auto end = ready_.begin();
        std::advance(end, capacity);
        taken.splice(taken.end(), ready_, ready_.begin(), end);
      }
    }
    std::copy(taken.begin(), taken.end(), out);
    return taken.size();
  }

  int fd() const noexcept { return signal_.fd(); }

 private:
  std::mutex mutex_;  // Guards all.
  Signal signal_;     // Raised while ready_ holds something.
  std::list<meshgw_splice_result> open_;
  std::list<meshgw_splice_result> ready_;
};

}  // namespace
}  // namespace meshgw::capi

namespace capi = meshgw::capi;
using meshgw::SpliceLoop;

struct meshgw_splice_loop : capi::Handle {
  meshgw_splice_loop(capi::Signal signal, std::unique_ptr<SpliceLoop> made)
      : results(std::move(signal)), loop(std::move(made)) {}

  capi::ResultQueue results;  // Outlives the loop, which ends the last pairs.
  std::unique_ptr<SpliceLoop> loop;
  std::atomic<bool> running{false};
};

namespace {

// Runs one of the loop's functions, in one thread at a time.
meshgw_status RunLoop(meshgw_splice_loop* loop, void (SpliceLoop::*run)()) {
  if (!capi::Usable(loop)) return MESHGW_ERR_INVALID_ARGUMENT;
  if (loop->running.exchange(true)) return MESHGW_ERR_FAILED_PRECONDITION;
  const meshgw_status status = capi::Guard(capi::kNoError, [&] {
    (loop->loop.get()->*run)();
    return meshgw_status{MESHGW_OK};
  });
  loop->running = false;
  return status;
}

}  // namespace

meshgw_status meshgw_splice_loop_create(const meshgw_splice_options* options,
                                        meshgw_splice_loop** out,
                                        meshgw_error** err) {
  return capi::Guard(err, [&] {
    meshgw::SplicePoolOptions known;
    meshgw_status bad = capi::ReadSpliceOptions(options, &known, err);
    if (bad == MESHGW_OK) {
      bad = capi::Arguments(err).Pointer(out, "out").status();
    }
    if (bad != MESHGW_OK) return bad;
    auto signal = capi::Signal::Create();
    if (!signal.ok()) return capi::Fail(err, signal.status());
    auto loop = SpliceLoop::Create(known);
    if (!loop.ok()) return capi::Fail(err, loop.status());
    *out = new meshgw_splice_loop(*std::move(signal), *std::move(loop));
    return meshgw_status{MESHGW_OK};
  });
}

meshgw_status meshgw_splice_loop_add(meshgw_splice_loop* loop,
                                     int32_t take_client_fd,
                                     int32_t take_server_fd,
                                     const uint8_t* data, size_t len,
                                     uint64_t tag, meshgw_error** err) {
  return capi::Guard(err, [&] {
    meshgw_status bad = capi::Arguments(err)
                            .Object(loop, "loop")
                            .Slice(data, len, "data")
                            .status();
    if (bad == MESHGW_OK) {
      bad = capi::CheckPair(take_client_fd, "take_client_fd", take_server_fd,
                            "take_server_fd", capi::Blocking::kAllowed, err);
    }
    if (bad != MESHGW_OK) return bad;
    std::span<const uint8_t> first;
    if (len > 0) first = std::span(data, len);
    capi::ResultQueue* results = &loop->results;
    const auto place = results->Reserve(tag);
    absl::Status added;
    try {
      added = loop->loop->Add(
          take_client_fd, take_server_fd, first,
          [results, place](const auto& result) {
            results->Finish(place, result);
          },
          tag);
    } catch (...) {
      results->Forget(place);
      throw;
    }
    if (added.ok()) return meshgw_status{MESHGW_OK};
    results->Forget(place);
    return capi::Fail(err, added);
  });
}

meshgw_status meshgw_splice_loop_cancel(meshgw_splice_loop* loop,
                                        uint64_t tag) {
  return capi::Guard(capi::kNoError, [&] {
    if (!capi::Usable(loop)) return meshgw_status{MESHGW_ERR_INVALID_ARGUMENT};
    loop->loop->Cancel(tag);
    return meshgw_status{MESHGW_OK};
  });
}

meshgw_status meshgw_splice_loop_run(meshgw_splice_loop* loop) {
  return RunLoop(loop, &SpliceLoop::Run);
}

meshgw_status meshgw_splice_loop_run_until_empty(meshgw_splice_loop* loop) {
  return RunLoop(loop, &SpliceLoop::RunUntilEmpty);
}

void meshgw_splice_loop_stop(meshgw_splice_loop* loop) {
  if (capi::Usable(loop)) loop->loop->Stop();
}

size_t meshgw_splice_loop_size(const meshgw_splice_loop* loop) {
  return capi::Usable(loop) ? loop->loop->size() : 0;
}

int32_t meshgw_splice_loop_event_fd(const meshgw_splice_loop* loop) {
  return capi::Usable(loop) ? loop->results.fd() : -1;
}

size_t meshgw_splice_loop_next(meshgw_splice_loop* loop,
                               meshgw_splice_result* out, size_t capacity) {
  if (!capi::Usable(loop) || out == nullptr) return 0;
  return loop->results.Take(out, capacity);
}

void meshgw_splice_loop_free(meshgw_splice_loop* loop) {
  // One that runs is left alone: its thread would go on in freed memory.
  if (!capi::Usable(loop) || loop->running.exchange(true)) return;
  capi::Release(loop);
}
