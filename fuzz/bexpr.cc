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
    using Kind = FilterField::Kind;
    if (path[0] == "s") return {Kind::kText, {"one"}};
    if (path[0] == "n") return {Kind::kNumber, {"7"}};
    if (path[0] == "l") return {Kind::kCollection, {"one", "two"}};
    if (path[0] == "e") return {Kind::kEachElement, {"one", "two"}};
    if (path[0] == "m") return {Kind::kMissing, {}};
    return {Kind::kUnknown, {}};
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
