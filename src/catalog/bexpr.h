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

// FilterField is what a selector leads to: the strings there (several when it
// leads through a list), and whether there is anything at all.
struct FilterField {
  bool known = true;     // False: no such field.
  bool present = false;  // False: a map without that key.
  bool is_list = false;  // A list or a map: `in`, `contains`, `is empty`.
  // Of a list its elements, of a map its keys, else the value. Through a list
  // (`Checks.Status`) one for each element.
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
// A match through a list holds when any element matches; its negation when none
// does. A missing map key equals nothing and is empty. Source: hashicorp
// go-bexpr. Immutable. Thread-safe.
class Filter {
 public:
  static constexpr std::size_t kMaxLength = 8192;  // Bytes.
  static constexpr std::size_t kMaxDepth = 64;     // Of nesting.

  // Parse: InvalidArgument with "column N: what; expected ..." for a mistake.
  static absl::StatusOr<Filter> Parse(std::string_view text);

  Filter(Filter&&) noexcept;
  Filter& operator=(Filter&&) noexcept;
  ~Filter();

  // Matches evaluates the filter. InvalidArgument for a selector that leads to
  // no field, with its column.
  absl::StatusOr<bool> Matches(const FilterSubject& subject) const;

  struct Node;

 private:
  explicit Filter(std::unique_ptr<Node> root);
  std::unique_ptr<Node> root_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_CATALOG_BEXPR_H_
