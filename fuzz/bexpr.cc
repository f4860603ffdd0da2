// Reads any bytes as a filter of a service-resolver and evaluates it.
#include "catalog/bexpr.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using meshgw::internal::Filter;
using meshgw::internal::FilterField;

void Require(bool condition) {
  if (!condition) std::abort();
}

// One of each kind of field.
class Subject : public meshgw::internal::FilterSubject {
 public:
  FilterField Get(std::span<const std::string> path) const override {
    FilterField field;
    field.present = true;
    if (path[0] == "s") {
      field.values = {"one"};
    } else if (path[0] == "l") {
      field.is_list = true;
      field.values = {"one", "two"};
    } else if (path[0] == "m") {
      field.present = path.size() == 1;
    } else {
      field.known = false;
    }
    return field;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto filter = Filter::Parse(text);
  if (!filter.ok()) {
    Require(filter.status().message().find("column ") != std::string::npos);
    return 0;
  }
  Require(size <= Filter::kMaxLength);
  const auto once = filter->Matches(Subject());
  const auto again = filter->Matches(Subject());
  Require(once.ok() == again.ok());
  if (!once.ok()) {
    Require(once.status().message().find("column ") != std::string::npos);
    return 0;
  }
  Require(*once == *again);
  // Its negation holds when it does not.
  if (size + 6 > Filter::kMaxLength) return 0;
  const auto negated = Filter::Parse("not (" + std::string(text) + ")");
  if (negated.ok()) Require(*negated->Matches(Subject()) != *once);
  return 0;
}
