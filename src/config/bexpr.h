#ifndef MESHGW_CONFIG_BEXPR_H_
#define MESHGW_CONFIG_BEXPR_H_

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace meshgw::internal {

// FilterFieldSpec is one name that a selector may hold, and what may be asked
// there. Source: go-bexpr 0.1.2 field_config.go.
struct FilterFieldSpec {
  enum class Kind {
    kObject,   // Nothing: its fields may be asked.
    kText,     // ==, !=, in (a part of it), matches.
    kInteger,  // ==, !=; the value as Go's strconv.ParseInt reads it, base 0.
    kBool,     // ==, !=; the value as Go's strconv.ParseBool reads it.
    kTexts,    // in, is empty: a list of texts.
    kMap,      // in (of its keys), is empty; its field is that of any key.
    kObjects,  // is empty: a list of objects; its fields are those of each.
  };
  std::string_view name;  // Of a map's field: empty, it stands for any key.
  Kind kind = Kind::kText;
  std::span<const FilterFieldSpec> fields;
};

// FilterSchema is what a selector may begin with. It must outlive filters.
using FilterSchema = std::span<const FilterFieldSpec>;

// FilterField is what a selector leads to in one subject.
struct FilterField {
  // A map on the way has no such key.
  bool missing = false;
  // One element; through a list of objects (`Checks.Status`) one for each of
  // them. An element is one text (numbers in decimal, "true" or "false"), or
  // what is in a collection: a list's texts, a map's keys, as many texts as a
  // list has objects.
  std::vector<std::vector<std::string>> elements;
};

// FilterSubject is what a filter looks at.
class FilterSubject {
 public:
  virtual ~FilterSubject() = default;
  // `path` is a selector that the filter's schema has, cut at its dots and
  // brackets.
  virtual FilterField Get(std::span<const std::string> path) const = 0;
};

// Filter is a bexpr expression, as in a service-resolver's Subsets:
//   or < and < not < ( ); ==, !=, in, not in, contains, not contains, matches,
//   not matches, is empty, is not empty.
// Through a list a question holds when it holds of any element, negated ones
// too: `not Checks.Status != passing` says that all pass. Of a missing map key
// `==`, `in` and `is not empty` are false and all else is true, `matches` as
// well. Source: hashicorp go-bexpr 0.1.2 (grammar.peg, validate.go,
// evaluate.go), which Consul uses.
// Immutable. Thread-safe.
class Filter {
 public:
  static constexpr std::size_t kMaxLength = 8192;  // Bytes.
  static constexpr std::size_t kMaxDepth = 64;     // Of nesting.

  // Parse: InvalidArgument with "column N: what; expected ..." for the first
  // mistake: of the grammar, else a selector that `schema` does not have, a
  // question that cannot be asked there, or a value of the wrong kind.
  static absl::StatusOr<Filter> Parse(std::string_view text,
                                      FilterSchema schema);

  Filter(Filter&&) noexcept;
  Filter& operator=(Filter&&) noexcept;
  ~Filter();

  bool Matches(const FilterSubject& subject) const;

  struct Node;

 private:
  explicit Filter(std::unique_ptr<Node> root);
  std::unique_ptr<Node> root_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_CONFIG_BEXPR_H_
