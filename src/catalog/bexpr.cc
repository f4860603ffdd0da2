#include "catalog/bexpr.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "re2/re2.h"

namespace meshgw::internal {
namespace {

enum class Operator {
  kOr,
  kAnd,
  kNot,
  kEqual,
  kIn,  // `V in Sel` and `Sel contains V` are the same question.
  kEmpty,
  kMatches,
};

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

struct Filter::Node {
  Operator op = Operator::kEqual;
  bool negated = false;  // !=, not in, is not empty, not matches.
  std::unique_ptr<Node> left;
  std::unique_ptr<Node> right;
  std::vector<std::string> selector;
  std::size_t column = 0;  // Of the selector.
  std::string value;
  std::unique_ptr<re2::RE2> pattern;
};

namespace {

struct Word {
  enum class Kind { kEnd, kBare, kQuoted, kSymbol };
  Kind kind = Kind::kEnd;
  std::size_t column = 1;
  std::string text;
  std::vector<std::string> path;  // Of a bare word that is a selector.
};

// Recursive descent; `error_` keeps the first mistake.
class FilterParser {
 public:
  explicit FilterParser(std::string_view text) : text_(text) { Move(); }

  absl::StatusOr<std::unique_ptr<Filter::Node>> ParseAll() {
    auto root = ParseOr(0);
    if (error_.empty() && word_.kind != Word::Kind::kEnd) {
      Fail("unexpected " + Describe(), "\"and\", \"or\" or the end");
    }
    if (!error_.empty()) return absl::InvalidArgumentError(error_);
    return root;
  }

 private:
  using NodePtr = std::unique_ptr<Filter::Node>;

  std::string Describe() const {
    if (word_.kind == Word::Kind::kEnd) return "end of the filter";
    return "\"" + word_.text + "\"";
  }

  void FailAt(std::size_t column, std::string_view what,
              std::string_view expected) {
    if (!error_.empty()) return;
    error_ =
        absl::StrFormat("column %d: %s; expected %s", column, what, expected);
  }
  void Fail(std::string_view what, std::string_view expected) {
    FailAt(word_.column, what, expected);
  }

  bool IsBare(std::string_view text) const {
    return word_.kind == Word::Kind::kBare && word_.text == text;
  }
  bool IsSymbol(std::string_view text) const {
    return word_.kind == Word::Kind::kSymbol && word_.text == text;
  }
  bool TakeBare(std::string_view text) {
    if (!IsBare(text)) return false;
    Move();
    return true;
  }

  NodePtr ParseOr(std::size_t depth) {
    return ParseChain(Operator::kOr, "or", depth);
  }

  // Operands of one operator, in a loop so that long chains need no depth.
  NodePtr ParseChain(Operator op, std::string_view name, std::size_t depth) {
    const auto operand = [&] {
      return op == Operator::kOr ? ParseChain(Operator::kAnd, "and", depth)
                                 : ParseNot(depth);
    };
    NodePtr left = operand();
    while (error_.empty() && TakeBare(name)) {
      auto node = std::make_unique<Filter::Node>();
      node->op = op;
      node->left = std::move(left);
      node->right = operand();
      left = std::move(node);
    }
    return left;
  }

  NodePtr ParseNot(std::size_t depth) {
    if (depth > Filter::kMaxDepth) {
      Fail(absl::StrFormat("nested more than %d deep", Filter::kMaxDepth),
           "a simpler filter");
      return nullptr;
    }
    if (TakeBare("not")) {
      auto node = std::make_unique<Filter::Node>();
      node->op = Operator::kNot;
      node->left = ParseNot(depth + 1);
      return node;
    }
    if (!IsSymbol("(")) return ParseMatch();
    Move();
    NodePtr inner = ParseOr(depth + 1);
    if (error_.empty() && !IsSymbol(")")) {
      Fail("unexpected " + Describe(), "\")\"");
    }
    Move();
    return inner;
  }

  // `V in Sel`, `V not in Sel`, or a selector and what is asked of it.
  NodePtr ParseMatch() {
    auto node = std::make_unique<Filter::Node>();
    const Word first = word_;
    if (first.kind != Word::Kind::kBare && first.kind != Word::Kind::kQuoted) {
      Fail("unexpected " + Describe(), "a selector or a value");
      return node;
    }
    Move();
    const bool negated_in = IsBare("not") && PeekBare("in");
    if (IsBare("in") || negated_in) {
      if (negated_in) Move();
      Move();
      node->op = Operator::kIn;
      node->negated = negated_in;
      node->value = first.text;
      TakeSelector(word_, node.get());
      Move();
      return node;
    }
    TakeSelector(first, node.get());
    if (!error_.empty()) return node;
    ParseQuestion(node.get());
    return node;
  }

  void TakeSelector(const Word& word, Filter::Node* node) {
    if (word.path.empty()) {
      FailAt(word.column,
             word.kind == Word::Kind::kEnd ? "end of the filter"
                                           : "\"" + word.text + "\"",
             "a selector such as Service.Meta.version");
      return;
    }
    node->selector = word.path;
    node->column = word.column;
  }

  // What follows a selector.
  void ParseQuestion(Filter::Node* node) {
    if (IsSymbol("==") || IsSymbol("!=")) {
      node->op = Operator::kEqual;
      node->negated = IsSymbol("!=");
      Move();
      TakeValue(node);
      return;
    }
    if (TakeBare("is")) {
      node->op = Operator::kEmpty;
      node->negated = TakeBare("not");
      if (!TakeBare("empty")) Fail("unexpected " + Describe(), "\"empty\"");
      return;
    }
    node->negated = TakeBare("not");
    if (TakeBare("contains")) {
      node->op = Operator::kIn;
      TakeValue(node);
    } else if (TakeBare("matches")) {
      node->op = Operator::kMatches;
      const std::size_t column = word_.column;
      TakeValue(node);
      CompilePattern(column, node);
    } else {
      Fail("unexpected " + Describe(),
           "==, !=, is, contains, matches, or not with one of them");
    }
  }

  void TakeValue(Filter::Node* node) {
    if (word_.kind != Word::Kind::kBare && word_.kind != Word::Kind::kQuoted) {
      Fail("unexpected " + Describe(), "a value");
      return;
    }
    node->value = word_.text;
    Move();
  }

  void CompilePattern(std::size_t column, Filter::Node* node) {
    if (!error_.empty()) return;
    re2::RE2::Options options;
    options.set_log_errors(false);
    node->pattern = std::make_unique<re2::RE2>(
        re2::StringPiece(node->value.data(), node->value.size()), options);
    if (!node->pattern->ok()) {
      FailAt(column, "bad pattern: " + node->pattern->error(),
             "a regular expression");
    }
  }

  bool PeekBare(std::string_view text) {
    const std::size_t at = at_;
    const Word word = word_;
    Move();
    const bool found = IsBare(text);
    at_ = at;
    word_ = word;
    return found;
  }

  // Cuts the next word off.
  void Move() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' ||
                                  text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
    word_ = Word();
    word_.column = at_ + 1;
    if (at_ == text_.size()) return;
    const char c = text_[at_];
    if (c == '"' || c == '`') {
      ReadQuoted(c);
    } else if (IsLetter(c) || IsDigit(c) || c == '-' || c == '_') {
      ReadBare();
    } else {
      word_.kind = Word::Kind::kSymbol;
      const bool two = text_.substr(at_).starts_with("==") ||
                       text_.substr(at_).starts_with("!=");
      word_.text = text_.substr(at_, two ? 2 : 1);
      at_ += word_.text.size();
    }
  }

  // Go's escapes in double quotes; between backticks nothing is one.
  void ReadQuoted(char quote) {
    word_.kind = Word::Kind::kQuoted;
    ++at_;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (quote == '"' && text_[at_] == '\\' && at_ + 1 < text_.size()) {
        constexpr std::string_view kLetters = "abfnrtv\\\"";
        constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\\"";
        const std::size_t escape = kLetters.find(text_[at_ + 1]);
        if (escape == kLetters.npos) {
          FailAt(at_ + 1, "a bad escape",
                 "one of \\a \\b \\f \\n \\r \\t \\v \\\\ \\\"");
        } else {
          word_.text += kValues[escape];
        }
        at_ += 2;
      } else {
        word_.text += text_[at_++];
      }
    }
    if (at_ == text_.size()) {
      Fail("a string that does not end", std::string(1, quote));
      return;
    }
    ++at_;
  }

  void ReadBare() {
    word_.kind = Word::Kind::kBare;
    const std::size_t start = at_;
    const bool selector = IsLetter(text_[at_]);
    std::string part;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (IsLetter(c) || IsDigit(c) || c == '_' || c == '-' || c == '/') {
        part += c;
        ++at_;
      } else if (c == '.') {
        word_.path.push_back(std::exchange(part, {}));
        ++at_;
      } else if (c == '[' && selector) {
        if (!part.empty()) word_.path.push_back(std::exchange(part, {}));
        if (!ReadIndex()) return;
      } else {
        break;
      }
    }
    if (!part.empty()) word_.path.push_back(std::move(part));
    if (!selector) word_.path.clear();
    word_.text = text_.substr(start, at_ - start);
  }

  // ["key"]
  bool ReadIndex() {
    const std::size_t column = at_ + 1;
    Word outer = std::exchange(word_, Word());
    ++at_;
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '`')) {
      ReadQuoted(text_[at_]);
    }
    const bool closed = word_.kind == Word::Kind::kQuoted &&
                        at_ < text_.size() && text_[at_] == ']';
    std::string key = std::move(word_.text);
    word_ = std::move(outer);
    if (!closed) {
      FailAt(column, "a bad index", "[\"key\"]");
      return false;
    }
    ++at_;
    word_.path.push_back(std::move(key));
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Word word_;
  std::string error_;
};

bool IsNumber(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit);
}

bool AsksCollection(const Filter::Node& node,
                    const std::vector<std::string>& values) {
  if (node.op == Operator::kEmpty) return values.empty();
  return std::find(values.begin(), values.end(), node.value) != values.end();
}

bool AsksText(const Filter::Node& node, const std::string& text) {
  switch (node.op) {
    case Operator::kEqual:
      return text == node.value;
    case Operator::kIn:
      return text.find(node.value) != std::string::npos;
    case Operator::kEmpty:
      return text.empty();
    case Operator::kMatches:
      return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()),
                                    *node.pattern);
    default:
      return false;
  }
}

bool Asks(const Filter::Node& node, const FilterField& field) {
  const auto asks = [&](const std::string& text) {
    return AsksText(node, text) != node.negated;
  };
  switch (field.kind) {
    case FilterField::Kind::kMissing: {
      const bool false_of_missing =
          node.negated
              ? node.op == Operator::kEmpty
              : node.op == Operator::kEqual || node.op == Operator::kIn;
      return !false_of_missing;
    }
    case FilterField::Kind::kCollection:
      return AsksCollection(node, field.values) != node.negated;
    default:
      return std::any_of(field.values.begin(), field.values.end(), asks);
  }
}

// What cannot be asked of this field.
std::string Unfit(const Filter::Node& node, const FilterField& field) {
  std::string path;
  for (const std::string& part : node.selector) {
    path += (path.empty() ? "" : ".") + part;
  }
  if (field.kind == FilterField::Kind::kUnknown) {
    return "selector " + path + " leads to no field";
  }
  if (field.kind == FilterField::Kind::kNumber && node.op == Operator::kEqual &&
      !IsNumber(node.value)) {
    return path + " is a number, \"" + node.value + "\" is none";
  }
  if (field.kind == FilterField::Kind::kCollection &&
      (node.op == Operator::kEqual || node.op == Operator::kMatches)) {
    return path + " is a collection; expected in, contains or is empty";
  }
  return {};
}

absl::StatusOr<bool> Evaluate(const Filter::Node& node,
                              const FilterSubject& subject) {
  if (node.op == Operator::kOr || node.op == Operator::kAnd ||
      node.op == Operator::kNot) {
    // The left side of long chains goes deep: as deep as the text is long.
    auto left = Evaluate(*node.left, subject);
    if (!left.ok() || node.op == Operator::kNot) {
      if (!left.ok()) return left;
      return !*left;
    }
    if (*left == (node.op == Operator::kOr)) return *left;
    return Evaluate(*node.right, subject);
  }
  const FilterField field = subject.Get(node.selector);
  if (const std::string unfit = Unfit(node, field); !unfit.empty()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("column %d: %s", node.column, unfit));
  }
  return Asks(node, field);
}

}  // namespace

Filter::Filter(std::unique_ptr<Node> root) : root_(std::move(root)) {}
Filter::Filter(Filter&&) noexcept = default;
Filter& Filter::operator=(Filter&&) noexcept = default;
Filter::~Filter() = default;

absl::StatusOr<Filter> Filter::Parse(std::string_view text) {
  if (text.size() > kMaxLength) {
    return absl::InvalidArgumentError(
        absl::StrFormat("column %d: the filter has %d bytes; expected at most "
                        "%d",
                        kMaxLength + 1, text.size(), kMaxLength));
  }
  auto root = FilterParser(text).ParseAll();
  if (!root.ok()) return root.status();
  return Filter(*std::move(root));
}

absl::StatusOr<bool> Filter::Matches(const FilterSubject& subject) const {
  return Evaluate(*root_, subject);
}

}  // namespace meshgw::internal
