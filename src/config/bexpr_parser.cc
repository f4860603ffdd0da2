#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "base/ascii.h"
#include "base/str_format.h"
#include "base/utf8.h"
#include "config/bexpr_tree.h"
#include "config/go_literal.h"

namespace meshgw::internal {
namespace {

using Node = Filter::Node;
using NodePtr = std::unique_ptr<Node>;

constexpr std::string_view kQuestions =
    "==, !=, in, is empty, contains, matches, or not with one of them";
constexpr std::string_view kASelector =
    "a selector such as Service.Meta.version";

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// FilterParser follows go-bexpr's grammar (a PEG) rule by rule: each function
// tries one rule at at_, and moves at_ only when it holds. Of the mistakes that
// made rules fail, the one furthest on is told; some end the parse at once.
class FilterParser {
 public:
  explicit FilterParser(std::string_view text) : text_(text) {}

  absl::StatusOr<NodePtr> ParseAll() {
    Space();
    NodePtr root = Or(0);
    if (root != nullptr) {
      Space();
      if (at_ == text_.size()) return root;
      Expected("\"and\", \"or\" or the end");
    }
    return absl::InvalidArgumentError(
        final_error_.empty()
            ? Message(furthest_, "unexpected " + Describe(furthest_), expected_)
            : final_error_);
  }

 private:
  static std::string Message(std::size_t at, std::string_view what,
                             std::string_view expected) {
    return internal::StrFormat("column %d: %s; expected %s", at + 1, what,
                               expected);
  }

  // What stands at `at`: up to the next space, or one sign.
  std::string Describe(std::size_t at) const {
    if (at >= text_.size()) return "end of the filter";
    std::size_t end = at;
    while (end < text_.size() &&
           (IsLetter(text_[end]) || IsAsciiDigit(text_[end]) ||
            text_[end] == '_')) {
      ++end;
    }
    if (end == at) {
      std::uint32_t rune = 0;
      end += DecodeUtf8(text_.substr(at), &rune);
    }
    return internal::StrFormat("\"%s\"", text_.substr(at, end - at));
  }

  // A rule does not hold here. Of two at the same place the first one counts.
  void Expected(std::string_view what) {
    std::size_t at = at_;
    while (at < text_.size() && IsAsciiSpace(text_[at])) ++at;
    if (!expected_.empty() && at <= furthest_) return;
    furthest_ = at;
    expected_ = what;
  }

  // No other rule may be tried.
  void Fail(std::size_t at, std::string_view what, std::string_view expected) {
    if (final_error_.empty()) final_error_ = Message(at, what, expected);
  }
  bool Failed() const { return !final_error_.empty(); }

  bool Space() {
    const std::size_t start = at_;
    while (at_ < text_.size() && IsAsciiSpace(text_[at_])) ++at_;
    return at_ > start;
  }
  bool Literal(std::string_view text) {
    if (!text_.substr(at_).starts_with(text)) return false;
    at_ += text.size();
    return true;
  }

  // Words with space in front of each.
  bool Words(std::initializer_list<std::string_view> words) {
    const std::size_t start = at_;
    for (const std::string_view word : words) {
      if (Space() && Literal(word)) continue;
      at_ = start;
      return false;
    }
    return true;
  }

  bool SpaceBehindWord(std::string_view expected_then) {
    if (Space()) return true;
    Expected(at_ == text_.size() ? expected_then : "a space");
    return false;
  }

  NodePtr Or(std::size_t depth) { return Chain(Node::Operator::kOr, depth); }

  // Operands of one operator, in a loop so that long chains need no depth.
  NodePtr Chain(Node::Operator op, std::size_t depth) {
    const bool is_or = op == Node::Operator::kOr;
    const auto operand = [&] {
      return is_or ? Chain(Node::Operator::kAnd, depth) : Not(depth);
    };
    NodePtr first = operand();
    if (first == nullptr) return nullptr;
    NodePtr chain;
    // Nothing but an operand may follow, whatever else is tried.
    while (Words({is_or ? "or" : "and"})) {
      if (!SpaceBehindWord("a selector or a value")) return nullptr;
      if (chain == nullptr) {
        chain = std::make_unique<Node>();
        chain->op = op;
        chain->operands.push_back(std::move(first));
      }
      NodePtr next = operand();
      if (next == nullptr) return nullptr;
      chain->operands.push_back(std::move(next));
    }
    return chain != nullptr ? std::move(chain) : std::move(first);
  }

  NodePtr Not(std::size_t depth) {
    if (depth > Filter::kMaxDepth) {
      Fail(at_,
           internal::StrFormat("nested more than %d deep", Filter::kMaxDepth),
           "a simpler filter");
      return nullptr;
    }
    const std::size_t start = at_;
    if (Literal("not") && SpaceBehindWord("a selector or a value")) {
      NodePtr inner = Not(depth + 1);
      if (inner != nullptr) {
        auto node = std::make_unique<Node>();
        node->op = Node::Operator::kNot;
        node->operands.push_back(std::move(inner));
        return node;
      }
      if (Failed()) return nullptr;
    }
    // `not` may be a word as others are: `not in Service.Tags`.
    at_ = start;
    return Literal("(") ? Group(depth) : Match();
  }

  // Behind the parenthesis.
  NodePtr Group(std::size_t depth) {
    Space();
    NodePtr inner = Or(depth + 1);
    if (inner == nullptr) return nullptr;
    Space();
    if (Literal(")")) return inner;
    Fail(at_, "unexpected " + Describe(at_), "\")\"");
    return nullptr;
  }

  // A selector and what is asked of it; `V in Sel`, `V not in Sel`.
  NodePtr Match() {
    auto node = std::make_unique<Node>();
    const std::size_t start = at_;
    node->selector_column = at_ + 1;
    auto first = Selector();
    const bool bare = first.has_value();
    if (bare) {
      node->selector = *std::move(first);
      if (Question(node.get())) return node;
    }
    if (Failed()) return nullptr;
    at_ = start;
    if (!Value(node.get())) {
      if (!Failed()) Expected("a selector or a value");
      return nullptr;
    }
    node->op = Node::Operator::kIn;
    node->negated = Words({"not", "in"});
    if (!node->negated && !Words({"in"})) {
      Expected(bare ? kQuestions : "in or not in, behind a value");
      return nullptr;
    }
    if (!SpaceBehindWord(kASelector)) return nullptr;
    node->selector_column = at_ + 1;
    auto selector = Selector();
    if (!selector.has_value()) {
      Fail(at_, "unexpected " + Describe(at_), kASelector);
      return nullptr;
    }
    node->selector = *std::move(selector);
    return node;
  }

  // What follows a selector.
  bool Question(Node* node) {
    const std::size_t start = at_;
    if (ValueOperator(node)) {
      if (Value(node)) return true;
      if (!Failed()) Expected("a value");
    }
    if (Failed()) return false;
    at_ = start;
    if (!Words({"is"}) || !SpaceBehindWord("\"empty\"")) return false;
    node->op = Node::Operator::kEmpty;
    node->negated = false;
    if (Literal("empty")) return true;
    if (Literal("not") && Space() && Literal("empty")) {
      node->negated = true;
      return true;
    }
    Expected("\"empty\"");
    return false;
  }

  bool ValueOperator(Node* node) {
    const std::size_t start = at_;
    Space();
    const bool equal = Literal("==");
    if (equal || Literal("!=")) {
      Space();
      node->op = Node::Operator::kEqual;
      node->negated = !equal;
      return true;
    }
    at_ = start;
    for (const bool matches : {false, true}) {
      const std::string_view word = matches ? "matches" : "contains";
      node->op = matches ? Node::Operator::kMatches : Node::Operator::kIn;
      node->negated = Words({"not", word});
      if (!node->negated && !Words({word})) continue;
      return SpaceBehindWord("a value");
    }
    return false;
  }

  // A selector stands for its own text, cut and joined by dots.
  bool Value(Node* node) {
    node->value_column = at_ + 1;
    if (const auto selector = Selector()) {
      node->value.clear();
      for (const std::string& part : *selector) {
        node->value += (node->value.empty() ? "" : ".") + part;
      }
      return true;
    }
    if (Failed()) return false;
    if (const auto number = Number()) {
      node->value = *number;
      return true;
    }
    if (Failed()) return false;
    if (auto text = String()) {
      node->value = *std::move(text);
      return true;
    }
    return false;
  }

  std::optional<std::string> Identifier() {
    std::size_t end = at_;
    if (end == text_.size() || !IsLetter(text_[end])) return std::nullopt;
    while (end < text_.size() &&
           (IsLetter(text_[end]) || IsAsciiDigit(text_[end]) ||
            text_[end] == '_')) {
      ++end;
    }
    std::string out(text_.substr(at_, end - at_));
    at_ = end;
    return out;
  }

  std::optional<std::vector<std::string>> Selector() {
    auto first = Identifier();
    if (!first.has_value()) return std::nullopt;
    std::vector<std::string> path = {*std::move(first)};
    while (at_ < text_.size()) {
      const std::size_t start = at_;
      std::optional<std::string> part;
      if (Literal(".")) {
        part = Identifier();
      } else if (Literal("[")) {
        part = Index(start);
      }
      if (Failed()) return std::nullopt;
      if (!part.has_value()) {
        at_ = start;
        break;
      }
      path.push_back(*std::move(part));
    }
    return path;
  }

  // ["key"], behind the bracket at `start`.
  std::optional<std::string> Index(std::size_t start) {
    Space();
    auto key = String();
    if (Failed()) return std::nullopt;
    Space();
    if (!key.has_value() || !Literal("]")) {
      Fail(start, "a bad index", "[\"key\"]");
      return std::nullopt;
    }
    return key;
  }

  // -?(0|[1-9][0-9]*)(\.[0-9]+)?, with nothing glued to it.
  std::optional<std::string> Number() {
    const std::size_t start = at_;
    std::size_t end = at_;
    const auto digits = [&] {
      const std::size_t before = end;
      while (end < text_.size() && IsAsciiDigit(text_[end])) ++end;
      return end > before;
    };
    if (end < text_.size() && text_[end] == '-') ++end;
    if (text_.substr(end).starts_with('0')) {
      ++end;
    } else if (!digits()) {
      return std::nullopt;
    }
    if (const std::size_t whole = end; text_.substr(end).starts_with('.')) {
      ++end;
      if (!digits()) end = whole;
    }
    if (end < text_.size() && !IsAsciiSpace(text_[end]) && text_[end] != ')') {
      Fail(start, "a number with something glued to it",
           "a number, or quotes around the value");
      return std::nullopt;
    }
    at_ = end;
    return std::string(text_.substr(start, end - start));
  }

  // A string ends at the next quote, also behind a backslash.
  std::optional<std::string> String() {
    if (at_ == text_.size() || (text_[at_] != '"' && text_[at_] != '`')) {
      return std::nullopt;
    }
    const std::size_t end = text_.find(text_[at_], at_ + 1);
    if (end == text_.npos) {
      Fail(at_, "a string that does not end", std::string(1, text_[at_]));
      return std::nullopt;
    }
    auto out = UnquoteGo(text_.substr(at_, end + 1 - at_));
    if (!out.has_value()) {
      Fail(at_, "a string that Go cannot read",
           "the escapes \\a \\b \\f \\n \\r \\t \\v \\\\ \\ooo \\xhh \\uhhhh "
           "\\Uhhhhhhhh on one line; quotes only in `...`");
      return std::nullopt;
    }
    at_ = end + 1;
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t furthest_ = 0;
  std::string expected_;
  std::string final_error_;
};

}  // namespace

absl::StatusOr<NodePtr> ParseFilterTree(std::string_view text) {
  std::uint32_t rune = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = DecodeUtf8(text.substr(at), &rune);
    if (length == 0) {
      return absl::InvalidArgumentError(internal::StrFormat(
          "column %d: a byte that is no UTF-8; expected text", at + 1));
    }
    at += length;
  }
  return FilterParser(text).ParseAll();
}

}  // namespace meshgw::internal
