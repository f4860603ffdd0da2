#include <charconv>
#include <cmath>
#include <utility>

#include "absl/strings/numbers.h"
#include "base/str_format.h"
#include "base/utf8.h"
#include "config/value.h"

namespace meshgw::internal {
namespace {

// Recursive descent over RFC 8259: depth is bounded.
class JsonParser {
 public:
  JsonParser(std::string_view text, const ParseLimits& limits,
             ParseError* error)
      : rest_(text), limits_(limits), error_(error) {}

  bool ParseDocument(Value* out) {
    SkipSpace();
    if (!ParseValue(out, 0)) return false;
    SkipSpace();
    return rest_.empty() || Fail("unexpected " + Here(), "the end of the file");
  }

 private:
  char Peek() const { return rest_.empty() ? '\0' : rest_[0]; }

  void Advance(std::size_t count = 1) {
    for (; count > 0; --count) {
      if (rest_[0] == '\n') {
        ++at_.line;
        at_.column = 1;
      } else {
        ++at_.column;
      }
      rest_.remove_prefix(1);
    }
  }

  void SkipSpace() {
    while (!rest_.empty() && (Peek() == ' ' || Peek() == '\t' ||
                              Peek() == '\n' || Peek() == '\r')) {
      Advance();
    }
  }

  std::string Here() const {
    if (rest_.empty()) return "end of the file";
    const auto byte = static_cast<unsigned char>(rest_[0]);
    if (byte < 0x20 || byte > 0x7e)
      return internal::StrFormat("byte 0x%02x", byte);
    return internal::StrFormat("'%c'", rest_[0]);
  }

  bool FailAt(Position where, std::string what, std::string expected = {}) {
    *error_ = {where, std::move(what), std::move(expected)};
    return false;
  }
  bool Fail(std::string what, std::string expected = {}) {
    return FailAt(at_, std::move(what), std::move(expected));
  }

  bool ParseValue(Value* out, std::size_t depth) {
    if (depth > limits_.max_depth) {
      return Fail(
          internal::StrFormat("nested more than %d deep", limits_.max_depth));
    }
    if (*limits_.values_left == 0) {
      return Fail("too many values in the configuration");
    }
    --*limits_.values_left;
    out->where = at_;
    switch (Peek()) {
      case '{':
        return ParseObject(out, depth);
      case '[':
        return ParseList(out, depth);
      case '"':
        out->kind = Value::Kind::kString;
        return ParseString(&out->string);
      default:
        return ParseLiteral(out);
    }
  }

  bool ParseLiteral(Value* out) {
    if (rest_.starts_with("true") || rest_.starts_with("false")) {
      out->kind = Value::Kind::kBool;
      out->boolean = Peek() == 't';
      Advance(out->boolean ? 4 : 5);
      return true;
    }
    if (rest_.starts_with("null")) {
      out->kind = Value::Kind::kNull;
      Advance(4);
      return true;
    }
    if (Peek() == '-' || (Peek() >= '0' && Peek() <= '9')) {
      return ParseNumber(out);
    }
    return Fail("unexpected " + Here(), "a value");
  }

  std::size_t CountDigits(std::size_t from) const {
    std::size_t at = from;
    while (at < rest_.size() && rest_[at] >= '0' && rest_[at] <= '9') ++at;
    return at - from;
  }

  // -? int frac? exp?, where int has no leading zero.
  bool ParseNumber(Value* out) {
    std::size_t size = Peek() == '-' ? 1 : 0;
    const std::size_t whole = CountDigits(size);
    if (whole == 0) return Fail("a number without digits");
    if (whole > 1 && rest_[size] == '0') {
      return Fail("a number with a leading zero");
    }
    size += whole;
    bool integer = true;
    if (size < rest_.size() && rest_[size] == '.') {
      const std::size_t digits = CountDigits(size + 1);
      if (digits == 0) return Fail("a number without digits after its point");
      size += 1 + digits;
      integer = false;
    }
    if (size < rest_.size() && (rest_[size] == 'e' || rest_[size] == 'E')) {
      ++size;
      if (size < rest_.size() && (rest_[size] == '+' || rest_[size] == '-')) {
        ++size;
      }
      const std::size_t digits = CountDigits(size);
      if (digits == 0) return Fail("a number without digits in its exponent");
      size += digits;
      integer = false;
    }
    const std::string text(rest_.substr(0, size));
    if (!absl::SimpleAtod(text, &out->number) || std::isinf(out->number)) {
      return Fail("a number that is too large");
    }
    out->kind = Value::Kind::kFloat;
    if (integer &&
        std::from_chars(text.data(), text.data() + text.size(), out->integer)
                .ec == std::errc()) {
      out->kind = Value::Kind::kInteger;
    }
    Advance(size);
    return true;
  }

  bool ParseHex(std::uint32_t* out) {
    *out = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = Peek();
      std::uint32_t digit = 0;
      const auto [end, error] = std::from_chars(&c, &c + 1, digit, 16);
      if (rest_.empty() || error != std::errc() || end != &c + 1) {
        return Fail("a bad \\u escape", "four hexadecimal digits");
      }
      *out = *out << 4 | digit;
      Advance();
    }
    return true;
  }

  // After the backslash.
  bool ParseEscape(std::string* out) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
    const std::size_t simple =
        rest_.empty() ? kLetters.npos : kLetters.find(Peek());
    if (simple != kLetters.npos) {
      out->push_back(kValues[simple]);
      Advance();
      return true;
    }
    if (Peek() != 'u') return Fail("a bad escape", "one of \"\\/bfnrtu");
    Advance();
    std::uint32_t rune = 0;
    if (!ParseHex(&rune)) return false;
    // Halves of a pair; a lone one becomes U+FFFD, as in Go.
    if (rune >= 0xd800 && rune < 0xdc00 && rest_.starts_with("\\u")) {
      JsonParser ahead = *this;
      std::uint32_t low = 0;
      ParseError ignored;
      ahead.error_ = &ignored;
      ahead.Advance(2);
      if (ahead.ParseHex(&low) && low >= 0xdc00 && low < 0xe000) {
        rune = 0x10000 + ((rune - 0xd800) << 10) + (low - 0xdc00);
        rest_ = ahead.rest_;
        at_ = ahead.at_;
      }
    }
    AppendUtf8(rune, out);
    return true;
  }

  bool ParseString(std::string* out) {
    const Position start = at_;
    Advance();
    while (Peek() != '"' || rest_.empty()) {
      if (rest_.empty()) return FailAt(start, "string not terminated", "'\"'");
      if (static_cast<unsigned char>(Peek()) < 0x20) {
        return Fail("a control character in a string", "an escape");
      }
      if (Peek() == '\\') {
        Advance();
        if (!ParseEscape(out)) return false;
        continue;
      }
      std::uint32_t rune = 0;
      const std::size_t size = DecodeUtf8(rest_, &rune);
      if (size == 0) return Fail("invalid UTF-8");
      out->append(rest_.substr(0, size));
      Advance(size);
    }
    Advance();
    return true;
  }

  bool ParseList(Value* out, std::size_t depth) {
    out->kind = Value::Kind::kList;
    Advance();
    SkipSpace();
    while (Peek() != ']') {
      Value element;
      if (!ParseValue(&element, depth + 1)) return false;
      out->list.push_back(std::move(element));
      SkipSpace();
      if (Peek() == ']') break;
      if (Peek() != ',') return Fail("unexpected " + Here(), "',' or ']'");
      Advance();
      SkipSpace();
      if (Peek() == ']') return Fail("unexpected ']'", "a value behind ','");
    }
    Advance();
    return true;
  }

  bool ParseMember(Value* object, MemberIndex* index, std::size_t depth) {
    Member member;
    member.where = at_;
    if (Peek() != '"') return Fail("unexpected " + Here(), "a key in quotes");
    if (!ParseString(&member.key)) return false;
    SkipSpace();
    if (Peek() != ':') return Fail("unexpected " + Here(), "':'");
    Advance();
    SkipSpace();
    if (!ParseValue(&member.value, depth + 1)) return false;
    if (Member* known = index->Find(object, member.key)) {
      *known = std::move(member);
    } else if (object->members.size() >= kMaxMembers) {
      return FailAt(
          member.where,
          internal::StrFormat("more than %d keys in one object", kMaxMembers));
    } else {
      object->members.push_back(std::move(member));
    }
    return true;
  }

  bool ParseObject(Value* out, std::size_t depth) {
    out->kind = Value::Kind::kObject;
    Advance();
    SkipSpace();
    MemberIndex index;
    while (Peek() != '}') {
      if (!ParseMember(out, &index, depth)) return false;
      SkipSpace();
      if (Peek() == '}') break;
      if (Peek() != ',') return Fail("unexpected " + Here(), "',' or '}'");
      Advance();
      SkipSpace();
      if (Peek() == '}') return Fail("unexpected '}'", "a key behind ','");
    }
    Advance();
    return true;
  }

  std::string_view rest_;
  Position at_;
  const ParseLimits& limits_;
  ParseError* error_;
};

}  // namespace

bool ParseJson(std::string_view text, const ParseLimits& limits, Value* out,
               ParseError* error) {
  if (BeginsWithByteOrderMark(text, error)) return false;
  return JsonParser(text, limits, error).ParseDocument(out);
}

}  // namespace meshgw::internal
