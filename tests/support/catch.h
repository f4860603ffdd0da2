#ifndef MESHGW_TESTS_SUPPORT_CATCH_H_
#define MESHGW_TESTS_SUPPORT_CATCH_H_

// Catch2 of either major version: Debian 12 has the one-header v2.
#ifdef MESHGW_CATCH2_V3
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
namespace Catch {  // As v3 has them.
using Detail::Approx;
namespace Matchers {
inline auto ContainsSubstring(const std::string& text) {
  return Contains(text);
}
}  // namespace Matchers
}  // namespace Catch
#endif

#endif  // MESHGW_TESTS_SUPPORT_CATCH_H_
