#include "config/bexpr.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "base/str_format.h"
#include "config/bexpr_tree.h"
#include "config/go_literal.h"
#include "config/spelling.h"

namespace meshgw::internal {
namespace {

using Node = Filter::Node;
using Operator = Node::Operator;
using Kind = FilterFieldSpec::Kind;

std::string Join(std::span<const std::string> path) {
  std::string out;
  for (const std::string& part : path) {
    out += (out.empty() ? "" : ".") + part;
  }
  return out;
}

absl::Status Mistake(std::size_t column, std::string_view what,
                     std::string_view expected) {
  const bool hint = expected.starts_with("did you mean");
  return absl::InvalidArgumentError(internal::StrFormat("column %d: %s%s%s",
                                                        column, what,
                                                        expected.empty() ? ""
                                                        : hint           ? "; "
                                                               : "; expected ",
                                                        expected));
}

// What go-bexpr lets be asked of a field.
bool MayAsk(Kind kind, Operator op) {
  switch (op) {
    case Operator::kEqual:
      return kind == Kind::kText || kind == Kind::kInteger ||
             kind == Kind::kBool;
    case Operator::kIn:
      return kind == Kind::kText || kind == Kind::kTexts || kind == Kind::kMap;
    case Operator::kEmpty:
      return kind == Kind::kTexts || kind == Kind::kMap ||
             kind == Kind::kObjects;
    case Operator::kMatches:
      return kind == Kind::kText;
    default:
      return false;
  }
}

std::string_view Questions(Kind kind) {
  switch (kind) {
    case Kind::kObject:
      return "one of its fields";
    case Kind::kText:
      return "==, !=, in, contains or matches";
    case Kind::kInteger:
    case Kind::kBool:
      return "== or !=";
    case Kind::kTexts:
    case Kind::kMap:
      return "in, contains or is empty";
    case Kind::kObjects:
      return "is empty, or one of its fields";
  }
  return {};
}

std::string_view Name(Operator op) {
  switch (op) {
    case Operator::kEqual:
      return "==";
    case Operator::kIn:
      return "in";
    case Operator::kEmpty:
      return "is empty";
    case Operator::kMatches:
      return "matches";
    default:
      return "";
  }
}

// Where a selector leads; nothing, with `*status` set, for one that leads
// nowhere.
const FilterFieldSpec* FindField(FilterSchema schema, const Node& node,
                                 absl::Status* status) {
  const std::span<const std::string> path = node.selector;
  const FilterFieldSpec* field = nullptr;
  for (std::size_t i = 0; i < path.size(); ++i) {
    std::vector<std::string_view> known;
    for (const FilterFieldSpec& spec : schema) known.push_back(spec.name);
    const auto found =
        std::ranges::find_if(schema, [&](const FilterFieldSpec& spec) {
          return spec.name.empty() || spec.name == path[i];
        });
    if (found == schema.end()) {
      const std::string_view close = ClosestSpelling(path[i], known);
      std::string hint;
      if (!close.empty()) {
        hint = internal::StrFormat("did you mean %s%s%s?", Join(path.first(i)),
                                   i == 0 ? "" : ".", close);
      }
      *status = Mistake(node.selector_column,
                        internal::StrFormat("selector %s leads to no field",
                                            Join(path.first(i + 1))),
                        hint);
      return nullptr;
    }
    field = &*found;
    schema = field->fields;
  }
  return field;
}

// Brings a value into the form in which it is compared.
absl::Status CheckValue(Node* node) {
  const auto refuse = [&](std::string_view what, std::string_view expected) {
    return Mistake(node->value_column,
                   internal::StrFormat("%s %s", Join(node->selector), what),
                   expected);
  };
  if (node->kind == Kind::kInteger) {
    const auto number = ParseGoInteger(node->value);
    if (!number.has_value()) {
      return refuse(
          internal::StrFormat("is a number, \"%s\" is none", node->value),
          "an integer");
    }
    node->value = std::to_string(*number);
  } else if (node->kind == Kind::kBool) {
    const auto flag = ParseGoBool(node->value);
    if (!flag.has_value()) {
      return refuse(internal::StrFormat("is true or false, \"%s\" is neither",
                                        node->value),
                    "true or false");
    }
    node->value = *flag ? "true" : "false";
  } else if (node->op == Operator::kMatches) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    node->pattern = std::make_unique<re2::RE2>(
        re2::StringPiece(node->value.data(), node->value.size()), options);
    if (!node->pattern->ok()) {
      return Mistake(node->value_column,
                     "bad pattern: " + node->pattern->error(),
                     "a regular expression");
    }
  }
  return absl::OkStatus();
}

// Prepares one question for `schema`, or says what is wrong with it.
absl::Status CheckQuestion(FilterSchema schema, Node* node) {
  absl::Status status;
  const FilterFieldSpec* field = FindField(schema, *node, &status);
  if (field == nullptr) return status;
  if (!MayAsk(field->kind, node->op)) {
    return Mistake(node->selector_column,
                   internal::StrFormat("\"%s\" cannot be asked of %s",
                                       Name(node->op), Join(node->selector)),
                   Questions(field->kind));
  }
  node->kind = field->kind;
  return CheckValue(node);
}

bool IsQuestion(const Node& node) {
  return node.op != Operator::kOr && node.op != Operator::kAnd &&
         node.op != Operator::kNot;
}

// Every question, also those that evaluation may never come to.
absl::Status CheckAll(FilterSchema schema, Node* node) {
  if (IsQuestion(*node)) return CheckQuestion(schema, node);
  for (const auto& operand : node->operands) {
    if (absl::Status status = CheckAll(schema, operand.get()); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

// Answers before negation. `texts` is one text, or a collection's.
bool AsksElement(const Node& node, const std::vector<std::string>& texts) {
  switch (node.op) {
    case Operator::kEmpty:
      return texts.empty();
    case Operator::kIn:
      if (node.kind == Kind::kText) {
        return texts[0].find(node.value) != std::string::npos;
      }
      return std::find(texts.begin(), texts.end(), node.value) != texts.end();
    case Operator::kMatches:
      return re2::RE2::PartialMatch(
          re2::StringPiece(texts[0].data(), texts[0].size()), *node.pattern);
    default:
      return texts[0] == node.value;
  }
}

bool Asks(const Node& node, const FilterField& field) {
  if (field.missing) {
    const bool false_of_missing =
        node.negated ? node.op == Operator::kEmpty
                     : node.op == Operator::kEqual || node.op == Operator::kIn;
    return !false_of_missing;
  }
  return std::any_of(field.elements.begin(), field.elements.end(),
                     [&](const std::vector<std::string>& texts) {
                       return AsksElement(node, texts) != node.negated;
                     });
}

bool Evaluate(const Node& node, const FilterSubject& subject) {
  const auto evaluate = [&](const std::unique_ptr<Node>& operand) {
    return Evaluate(*operand, subject);
  };
  switch (node.op) {
    case Operator::kOr:
      return std::ranges::any_of(node.operands, evaluate);
    case Operator::kAnd:
      return std::ranges::all_of(node.operands, evaluate);
    case Operator::kNot:
      return !evaluate(node.operands[0]);
    default:
      return Asks(node, subject.Get(node.selector));
  }
}

}  // namespace

Filter::Filter(std::unique_ptr<Node> root) : root_(std::move(root)) {}
Filter::Filter(Filter&&) noexcept = default;
Filter& Filter::operator=(Filter&&) noexcept = default;
Filter::~Filter() = default;

absl::StatusOr<Filter> Filter::Parse(std::string_view text,
                                     FilterSchema schema) {
  if (text.size() > kMaxLength) {
    return Mistake(kMaxLength + 1,
                   internal::StrFormat("the filter has %d bytes", text.size()),
                   internal::StrFormat("at most %d", kMaxLength));
  }
  auto root = ParseFilterTree(text);
  if (!root.ok()) return root.status();
  if (absl::Status status = CheckAll(schema, root->get()); !status.ok()) {
    return status;
  }
  return Filter(*std::move(root));
}

bool Filter::Matches(const FilterSubject& subject) const {
  return Evaluate(*root_, subject);
}

}  // namespace meshgw::internal
