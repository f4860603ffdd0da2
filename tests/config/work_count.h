#ifndef MESHGW_TESTS_CONFIG_WORK_COUNT_H_
#define MESHGW_TESTS_CONFIG_WORK_COUNT_H_

#include <cstdint>

namespace meshgw::test {

// WorkCount is how many basic blocks of the library this program has run so
// far: the same number in every run, on whatever machine. The copy of the
// library that it is linked with is compiled with -fsanitize-coverage=trace-pc.
std::uint64_t WorkCount();

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_CONFIG_WORK_COUNT_H_
