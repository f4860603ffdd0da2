#ifndef MESHGW_CONFIG_BEXPR_TREE_H_
#define MESHGW_CONFIG_BEXPR_TREE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "config/bexpr.h"
#include "re2/re2.h"

namespace meshgw::internal {

// Node is a part of a filter: an operator over others, or a question.
struct Filter::Node {
  enum class Operator {
    kOr,
    kAnd,
    kNot,
    kEqual,
    kIn,  // `V in Sel` and `Sel contains V` are the same question.
    kEmpty,
    kMatches,
  };
  Operator op = Operator::kEqual;
  std::vector<std::unique_ptr<Node>> operands;  // kOr, kAnd, kNot.
  // Of a question:
  bool negated = false;  // !=, not in, is not empty, not matches.
  std::vector<std::string> selector;
  std::size_t selector_column = 0;
  std::string value;
  std::size_t value_column = 0;
  // Once checked against a schema:
  FilterFieldSpec::Kind kind = FilterFieldSpec::Kind::kText;
  std::unique_ptr<re2::RE2> pattern;  // kMatches.
};

// ParseFilterTree reads the grammar alone: selectors may be any.
absl::StatusOr<std::unique_ptr<Filter::Node>> ParseFilterTree(
    std::string_view text);

}  // namespace meshgw::internal

#endif  // MESHGW_CONFIG_BEXPR_TREE_H_
