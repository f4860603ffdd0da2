#ifndef MESHGW_CATALOG_BEXPR_H_
#define MESHGW_CATALOG_BEXPR_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace meshgw::internal {

// FilterField is what a selector leads to.
struct FilterField {
  enum class Kind {
    kUnknown,      // No such field.
    kMissing,      // A map without that key.
    kText,         // One value.
    kNumber,       // One value, in decimal.
    kCollection,   // A list's elements or a map's keys.
    kEachElement,  // Through a list (`Checks.Status`): a text for each element.
  };
  Kind kind = Kind::kMissing;
  std::vector<std::string> values;
};

// FilterSubject is what a filter looks at.
class FilterSubject {
 public:
  virtual ~FilterSubject() = default;
  // `path` is the selector, cut at its dots and brackets.
  virtual FilterField Get(std::span<const std::string> path) const = 0;
};

// Filter is a parsed bexpr expression, as in a service-resolver's Subsets:
//   or < and < not < ( ); ==, !=, in, not in, contains, not contains, matches,
//   not matches, is empty, is not empty.
// Through a list a question holds when it holds of any element, negated ones
// too: `not Checks.Status != passing` says that all pass. Of a missing map key
// `==`, `in` and `is not empty` are false and all else is true, `matches` as
// well. Source: hashicorp go-bexpr 0.1.2 evaluate.go, which Consul uses.
// Immutable. Thread-safe.
class Filter {
 public:
  static constexpr std::size_t kMaxLength = 8192;  // Bytes.
  static constexpr std::size_t kMaxDepth = 64;     // Of nesting.

  // Parse: InvalidArgument with "column N: what; expected ..." for a mistake.
  static absl::StatusOr<Filter> Parse(std::string_view text);

  Filter(Filter&&) noexcept;
  Filter& operator=(Filter&&) noexcept;
  ~Filter();

  // Matches evaluates the filter. InvalidArgument, with the column, for a
  // selector that leads to no field and a number compared with none.
  absl::StatusOr<bool> Matches(const FilterSubject& subject) const;

  struct Node;

 private:
  explicit Filter(std::unique_ptr<Node> root);
  std::unique_ptr<Node> root_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_CATALOG_BEXPR_H_
