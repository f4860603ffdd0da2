// Reads any bytes as a filter of a service-resolver and evaluates it.
#include "config/bexpr.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using meshgw::internal::Filter;
using meshgw::internal::FilterField;
using meshgw::internal::FilterFieldSpec;
using Kind = FilterFieldSpec::Kind;

void Require(bool condition) {
  if (!condition) std::abort();
}

// One of each kind of field.
constexpr FilterFieldSpec kAny[] = {{"", Kind::kText, {}}};
constexpr FilterFieldSpec kFields[] = {{"s", Kind::kText, {}},
                                       {"l", Kind::kTexts, {}}};
constexpr FilterFieldSpec kSchema[] = {
    {"s", Kind::kText, {}},         {"n", Kind::kInteger, {}},
    {"b", Kind::kBool, {}},         {"l", Kind::kTexts, {}},
    {"e", Kind::kObjects, kFields}, {"m", Kind::kMap, kAny},
};

class Subject : public meshgw::internal::FilterSubject {
 public:
  FilterField Get(std::span<const std::string> path) const override {
    if (path[0] == "n") return {false, {{"7"}}};
    if (path[0] == "b") return {false, {{"true"}}};
    if (path[0] == "l") return {false, {{"one", "two"}}};
    if (path[0] == "e") return {false, {{"one"}, {"two"}}};
    if (path[0] == "m" && path.size() == 2) return {true, {}};
    return {false, {{"one"}}};
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto filter = Filter::Parse(text, kSchema);
  if (!filter.ok()) {
    Require(filter.status().message().find("column ") != std::string::npos);
    return 0;
  }
  Require(size <= Filter::kMaxLength);
  const bool once = filter->Matches(Subject());
  Require(once == filter->Matches(Subject()));
  // Its negation holds when it does not.
  if (size + 6 > Filter::kMaxLength) return 0;
  const auto negated =
      Filter::Parse("not (" + std::string(text) + ")", kSchema);
  if (negated.ok()) Require(negated->Matches(Subject()) != once);
  return 0;
}
