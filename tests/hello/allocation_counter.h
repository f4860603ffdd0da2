#ifndef MESHGW_TESTS_HELLO_ALLOCATION_COUNTER_H_
#define MESHGW_TESTS_HELLO_ALLOCATION_COUNTER_H_

namespace meshgw::test {

// AllocationCount is how often operator new has been called in this program.
// Thread-safe.
long AllocationCount();

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_HELLO_ALLOCATION_COUNTER_H_
