#ifndef MESHGW_CAPI_BOUNDARY_H_
#define MESHGW_CAPI_BOUNDARY_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/str_format.h"
#include "error.h"
#include "handle.h"
#include "meshgw.h"

// What every function of the C API does at its border: no exception leaves it,
// and each argument that can be checked is checked.
namespace meshgw::capi {

// Guard calls `body` and turns what it throws into a status.
template <typename Body>
meshgw_status Guard(meshgw_error** err, const Body& body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return FailNoMemory(err);
  } catch (const std::exception& error) {
    return Fail(err, MESHGW_ERR_INTERNAL, error.what());
  } catch (...) {
    return Fail(err, MESHGW_ERR_INTERNAL, "an unknown exception");
  }
}

// Exclusive marks an object as in use by this call; in debug builds it fails
// when another call is under way.
class Exclusive {
 public:
  explicit Exclusive(const Handle* handle) noexcept {
    if constexpr (kDebugHandles) {
      if (!handle->busy_.exchange(true, std::memory_order_acquire)) {
        handle_ = handle;
      }
      entered_ = handle_ != nullptr;
    }
  }
  ~Exclusive() {
    if (handle_ != nullptr) {
      handle_->busy_.store(false, std::memory_order_release);
    }
  }
  Exclusive(const Exclusive&) = delete;
  Exclusive& operator=(const Exclusive&) = delete;

  explicit operator bool() const noexcept { return entered_; }
  // The error for a call that overlaps another.
  static meshgw_status Refuse(meshgw_error** err, const char* name) {
    return Fail(
        err, MESHGW_ERR_FAILED_PRECONDITION,
        internal::StrFormat("%s: in use by another call; this object may "
                            "be used by one thread at a time",
                            name));
  }

 private:
  const Handle* handle_ = nullptr;
  bool entered_ = true;
};

// RefuseArgument is MESHGW_ERR_INVALID_ARGUMENT with a message. Without a place
// for the error it allocates nothing.
template <typename... Args>
meshgw_status RefuseArgument(meshgw_error** err,
                             const absl::FormatSpec<Args...>& format,
                             const Args&... args) {
  if (err == nullptr) return MESHGW_ERR_INVALID_ARGUMENT;
  return Fail(err, MESHGW_ERR_INVALID_ARGUMENT,
              internal::StrFormat(format, args...));
}

// Arguments checks a call's arguments in order; the first that is wrong makes
// the error, which names it.
class Arguments {
 public:
  explicit Arguments(meshgw_error** err) noexcept : err_(err) {}

  // An object of the API: not null, and in debug builds not freed.
  template <typename T>
  Arguments& Object(const T* object, const char* name) {
    if (status_ != MESHGW_OK) return *this;
    if (object == nullptr) return Refuse(name, "is NULL; expected an object");
    if constexpr (std::is_base_of_v<Handle, T>) {
      if (!object->alive()) return Refuse(name, "was freed");
    }
    return *this;
  }
  // The same, or null.
  template <typename T>
  Arguments& OptionalObject(const T* object, const char* name) {
    return object == nullptr ? *this : Object(object, name);
  }
  Arguments& Pointer(const void* pointer, const char* name) {
    if (status_ != MESHGW_OK || pointer != nullptr) return *this;
    return Refuse(name, "is NULL");
  }
  Arguments& Text(meshgw_str text, const char* name) {
    return Slice(text.data, text.len, name);
  }
  // Text that the system takes as a path, or an address that may have one: it
  // would end it at a NUL.
  Arguments& Path(meshgw_str path, const char* name) {
    if (Text(path, name).bad() || path.len == 0) return *this;
    if (std::memchr(path.data, '\0', path.len) == nullptr) return *this;
    return Refuse(name, "has a NUL in it, at which the system would end it");
  }
  Arguments& Slice(const void* data, std::size_t size, const char* name) {
    return Elements(data, size, 1, name);
  }
  template <typename T>
  Arguments& Array(const T* first, std::size_t count, const char* name) {
    return Elements(first, count, sizeof(T), name);
  }
  // An enumerator from 0 to `last`.
  Arguments& Enumerator(std::int32_t value, std::int32_t last,
                        const char* name) {
    return Range(value, 0, last, name);
  }
  Arguments& Range(std::int64_t value, std::int64_t first, std::int64_t last,
                   const char* name) {
    if (status_ != MESHGW_OK || (value >= first && value <= last)) return *this;
    status_ = RefuseArgument(err_, "%s is %d; expected %d to %d", name, value,
                             first, last);
    return *this;
  }
  // A field that later versions may use.
  Arguments& Reserved(std::int64_t value, const char* name) {
    return Range(value, 0, 0, name);
  }

  meshgw_status status() const noexcept { return status_; }
  bool bad() const noexcept { return status_ != MESHGW_OK; }

 private:
  Arguments& Refuse(const char* name, const char* what) {
    status_ = RefuseArgument(err_, "%s %s", name, what);
    return *this;
  }
  Arguments& Elements(const void* data, std::size_t count, std::size_t size,
                      const char* name) {
    if (status_ != MESHGW_OK || count == 0) return *this;
    if (data == nullptr) {
      status_ = RefuseArgument(err_, "%s is NULL and %d long", name, count);
    } else if (count > PTRDIFF_MAX / size) {
      return Refuse(name, "is longer than memory");
    }
    return *this;
  }

  meshgw_error** err_;
  meshgw_status status_ = MESHGW_OK;
};

// Whether so many elements can lie there, for calls that have no error.
template <typename T>
bool IsSlice(const T* data, std::size_t size) noexcept {
  return size == 0 || (data != nullptr && size <= PTRDIFF_MAX / sizeof(T));
}

// No struct of the API is larger, in any version: what says so was not set.
inline constexpr std::size_t kMostStructSize = std::size_t{1} << 16;

// Whether a struct_size holds more than itself.
constexpr bool IsStructSize(std::size_t size) {
  return size > sizeof(std::size_t) && size <= kMostStructSize;
}

// ReadStruct copies a caller's struct of any version over zeroes.
// MESHGW_ERR_INVALID_ARGUMENT for a struct_size that holds no struct, or has
// something behind what this version knows.
template <typename T>
meshgw_status ReadStruct(const T* in, const char* name, T* out,
                         meshgw_error** err) {
  Arguments arguments(err);
  if (arguments.Pointer(in, name).bad()) return arguments.status();
  const std::size_t size = in->struct_size;
  if (!IsStructSize(size)) {
    return RefuseArgument(
        err, "%s.struct_size is %d; expected %d, the size of the struct", name,
        size, sizeof(T));
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(in);
  for (std::size_t i = sizeof(T); i < size; ++i) {
    if (bytes[i] != 0) {
      return RefuseArgument(err,
                            "%s has a field at offset %d that this version "
                            "(%s) does not know",
                            name, i, meshgw_version());
    }
  }
  *out = T{};
  std::memcpy(out, in, size < sizeof(T) ? size : sizeof(T));
  out->struct_size = sizeof(T);
  return MESHGW_OK;
}

// ReadElement is ReadStruct for element `index` of an array, whose elements are
// as far apart as the first one's struct_size says.
template <typename T>
meshgw_status ReadElement(const T* first, std::size_t index, const char* name,
                          T* out, meshgw_error** err) {
  const std::size_t stride = first->struct_size;
  if (stride % alignof(T) != 0) {
    return RefuseArgument(err,
                          "%s[0].struct_size is %d; expected %d, the size of "
                          "the struct",
                          name, stride, sizeof(T));
  }
  const auto* at = reinterpret_cast<const T*>(
      reinterpret_cast<const unsigned char*>(first) + index * stride);
  if (at->struct_size != stride) {
    return RefuseArgument(err,
                          "%s[%d].struct_size is %d; expected %d as in the "
                          "first element",
                          name, index, at->struct_size, stride);
  }
  if (err == nullptr) return ReadStruct(at, name, out, err);
  const std::string element = internal::StrFormat("%s[%d]", name, index);
  return ReadStruct(at, element.c_str(), out, err);
}

// WriteStruct writes `value` to a caller's struct of any version: no more than
// its struct_size, which stays.
template <typename T>
meshgw_status WriteStruct(const T& value, T* out) noexcept {
  if (out == nullptr) return MESHGW_ERR_INVALID_ARGUMENT;
  const std::size_t size = out->struct_size;
  if (!IsStructSize(size)) return MESHGW_ERR_INVALID_ARGUMENT;
  std::memcpy(out, &value, size < sizeof(T) ? size : sizeof(T));
  out->struct_size = size;
  return MESHGW_OK;
}

// For functions that have no `err`: the same checks.
inline constexpr meshgw_error** kNoError = nullptr;

}  // namespace meshgw::capi

#endif  // MESHGW_CAPI_BOUNDARY_H_
