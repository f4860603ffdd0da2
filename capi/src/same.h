#ifndef MESHGW_CAPI_SAME_H_
#define MESHGW_CAPI_SAME_H_

#include <cstdint>

namespace meshgw::capi {

// Same says whether an enumerator of the C++ library has the value of one of
// the C API. Where all do, the one is the other by a cast.
template <typename Enum>
constexpr bool Same(Enum value, std::int32_t constant) {
  return static_cast<std::int32_t>(value) == constant;
}

}  // namespace meshgw::capi

#endif  // MESHGW_CAPI_SAME_H_
