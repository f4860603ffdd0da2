#ifndef MESHGW_CAPI_TESTS_FAILING_ALLOCATIONS_H_
#define MESHGW_CAPI_TESTS_FAILING_ALLOCATIONS_H_

namespace meshgw::test {

// FailingAllocations replaces operator new of the program.
class FailingAllocations {
 public:
  enum class Threads { kAll, kThis, kOthers };  // "This" is who plans.
  struct Plan {
    long after = 0;         // So many succeed, then one fails.
    bool for_good = false;  // All after it fail too.
    Threads threads = Threads::kAll;
    // Those who can do without, too: sorting does, and asks like this.
    bool nothrow = false;
  };

  static void Fail(const Plan& plan);
  // One fails, of any thread.
  static void FailAfter(long count) { Fail({.after = count}); }
  // Stops that. Whether an allocation has failed.
  static bool Heal();
  // Allocations that are not freed.
  static long live();
};

}  // namespace meshgw::test

#endif  // MESHGW_CAPI_TESTS_FAILING_ALLOCATIONS_H_
