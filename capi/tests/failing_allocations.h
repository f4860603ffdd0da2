#ifndef MESHGW_CAPI_TESTS_FAILING_ALLOCATIONS_H_
#define MESHGW_CAPI_TESTS_FAILING_ALLOCATIONS_H_

namespace meshgw::test {

// The program's operator new, which can be made to fail. Thread-safe.
class FailingAllocations {
 public:
  // Lets `count` allocations through and fails the one behind them; later ones
  // succeed.
  static void FailAfter(long count);
  // Stops that. Whether an allocation has failed.
  static bool Heal();
  // Allocations that are not freed.
  static long live();
};

}  // namespace meshgw::test

#endif  // MESHGW_CAPI_TESTS_FAILING_ALLOCATIONS_H_
