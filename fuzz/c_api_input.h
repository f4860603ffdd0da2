#ifndef MESHGW_FUZZ_C_API_INPUT_H_
#define MESHGW_FUZZ_C_API_INPUT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "meshgw.h"

// What the fuzz targets of the C API have in common.
namespace fuzz {

inline void Require(bool condition) {
  if (!condition) std::abort();
}

inline constexpr std::size_t kSlots = 4;

// Objects of one kind, some of them NULL.
template <typename T, auto kFree>
class Slots {
 public:
  Slots() = default;
  ~Slots() {
    for (T* object : objects_) kFree(object);
  }
  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;

  T* operator[](std::size_t slot) const { return objects_[slot % kSlots]; }
  // Frees what is in the slot.
  void Put(std::size_t slot, T* object) {
    kFree(std::exchange(objects_[slot % kSlots], object));
  }

 private:
  std::array<T*, kSlots> objects_ = {};
};

// Takes arguments from the input.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : data_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return data_.empty(); }
  std::uint8_t Byte() {
    if (data_.empty()) return 0;
    const auto byte = static_cast<std::uint8_t>(data_[0]);
    data_.remove_prefix(1);
    return byte;
  }
  // Small values, and now and then one that is far out.
  std::int32_t Value() {
    const std::uint8_t byte = Byte();
    if (byte < 240) return byte % 10;
    constexpr std::int32_t kOdd[] = {-1,  INT32_MIN, INT32_MAX, 65535,
                                     256, 65536,     128,       129};
    return kOdd[byte % 8];
  }
  // A length and as many bytes; or a slice that cannot be; or an empty one.
  meshgw_str Text() {
    const std::uint8_t length = Byte();
    if (length == 255) return {nullptr, 1};
    if (length == 254) return {data_.data(), ~std::size_t{0}};
    if (length == 253) return {reinterpret_cast<const char*>(1), 0};
    if (length == 252) return Take(data_.size());
    return Take(length);
  }
  std::size_t StructSize(std::size_t right) {
    const std::uint8_t byte = Byte();
    if (byte < 200) return right;
    if (byte < 240) return byte % (right + 1);
    return byte < 250 ? ~std::size_t{0} : 0;
  }

 private:
  meshgw_str Take(std::size_t length) {
    const std::string_view text = data_.substr(0, length);
    data_.remove_prefix(text.size());
    return {text.data(), text.size()};
  }

  std::string_view data_;
};

// Try calls `call`, with a place for the error or without: every failure has an
// error that says so, every success has none. `look` is given each error.
template <typename Call, typename Look>
bool Try(Input* input, const Call& call, const Look& look) {
  meshgw_error* error = nullptr;
  const bool wanted = input->Byte() % 4 != 0;
  const meshgw_status status = call(wanted ? &error : nullptr);
  Require((error != nullptr) == (wanted && status != MESHGW_OK));
  Require(status != MESHGW_ERR_INTERNAL);
  if (error != nullptr) {
    Require(meshgw_error_status(error) == status);
    Require(meshgw_error_message(error).len > 0);
    look(error);
  }
  meshgw_error_free(error);
  return status == MESHGW_OK;
}

}  // namespace fuzz

#endif  // MESHGW_FUZZ_C_API_INPUT_H_
