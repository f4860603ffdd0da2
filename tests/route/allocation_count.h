#ifndef MESHGW_TESTS_ROUTE_ALLOCATION_COUNT_H_
#define MESHGW_TESTS_ROUTE_ALLOCATION_COUNT_H_

#include <cstddef>

namespace meshgw::test {

// AllocationCount is how often this program has called operator new so far.
std::size_t AllocationCount();

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_ROUTE_ALLOCATION_COUNT_H_
