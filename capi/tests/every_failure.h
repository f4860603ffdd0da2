#ifndef MESHGW_CAPI_TESTS_EVERY_FAILURE_H_
#define MESHGW_CAPI_TESTS_EVERY_FAILURE_H_

#include <functional>

#include "c_api.h"
#include "failing_allocations.h"

namespace meshgw::test {

using Call = std::function<meshgw_status(meshgw_error**)>;

// Calls `call` until no allocation of it fails any more, with and without a
// place for the error. It must free what it makes. Before each try, `prepare`.
inline void CheckEveryFailure(
    meshgw_status want, const Call& call,
    const std::function<void()>& prepare = [] {}) {
  // What is made once and kept.
  prepare();
  CHECK(call(nullptr) == want);
  for (const bool with_error : {true, false}) {
    for (long n = 0;; ++n) {
      prepare();
      meshgw_error* error = nullptr;
      const long before = FailingAllocations::live();
      FailingAllocations::FailAfter(n);
      const meshgw_status status = call(with_error ? &error : nullptr);
      const bool failed = FailingAllocations::Heal();
      const meshgw_status told = meshgw_error_status(error);
      const bool has_message = meshgw_error_message(error).len > 0;
      meshgw_error_free(error);
      const long after = FailingAllocations::live();
      CAPTURE(n, with_error);
      if (!failed) {
        CHECK(status == want);
        CHECK(told == (with_error ? want : MESHGW_OK));
        break;
      }
      CHECK(status == MESHGW_ERR_NO_MEMORY);
      CHECK(told == (with_error ? MESHGW_ERR_NO_MEMORY : MESHGW_OK));
      CHECK(after == before);
      CHECK(has_message == with_error);
      REQUIRE(n < 100000);
    }
  }
}

}  // namespace meshgw::test

#endif  // MESHGW_CAPI_TESTS_EVERY_FAILURE_H_
