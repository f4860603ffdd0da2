#include "config/hcl_lexer.h"

#include <utility>

#include "base/ascii.h"
#include "base/utf8.h"

namespace meshgw::internal {
namespace {

using TokenKind = HclToken::Kind;

}  // namespace

bool HclLexer::Advance() {
  std::uint32_t rune = 0;
  const std::size_t size = DecodeUtf8(rest_, &rune);
  if (size == 0 || rune == 0 || rune == 0xe123) {
    error_at_ = at_;
    error_ = size == 0 ? "invalid UTF-8" : "a character that HCL forbids";
    return false;
  }
  if (rest_[0] == '\n') {
    ++at_.line;
    at_.column = 1;
  } else {
    at_.column += static_cast<int>(size);
  }
  rest_.remove_prefix(size);
  return true;
}

HclToken HclLexer::Fail(Position where, std::string what) {
  rest_ = {};
  return {TokenKind::kError, where, std::move(what)};
}

bool HclLexer::SkipComment() {
  const Position start = at_;
  if (Peek() == '/' && Peek(1) == '*') {
    Advance();
    Advance();
    while (!(Peek() == '*' && Peek(1) == '/')) {
      if (rest_.empty()) {
        error_at_ = start;
        error_ = "comment not terminated";
        return false;
      }
      if (!Advance()) return false;
    }
    Advance();
    return Advance();
  }
  if (Peek() == '/' && Peek(1) != '/') {
    error_at_ = start;
    error_ = "expected '/' for comment";
    return false;
  }
  while (!rest_.empty() && Peek() != '\n') {
    if (!Advance()) return false;
  }
  return true;
}

bool HclLexer::SkipSpaceAndComments() {
  while (!rest_.empty()) {
    if (IsAsciiSpace(Peek())) {
      Advance();
    } else if (Peek() == '#' || Peek() == '/') {
      if (!SkipComment()) return false;
    } else {
      return true;
    }
  }
  return true;
}

bool HclLexer::AtIdentifierStart() const {
  if (rest_.empty()) return false;
  const char c = Peek();
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_') return true;
  std::uint32_t rune = 0;
  // Letters of other scripts; the few symbols among them are let through.
  return static_cast<unsigned char>(c) >= 0x80 &&
         DecodeUtf8(rest_, &rune) > 0 && rune >= 0xaa && rune != 0xe123;
}

bool HclLexer::AtIdentifierPart() const {
  const char c = Peek();
  return AtIdentifierStart() ||
         (!rest_.empty() && (IsAsciiDigit(c) || c == '-' || c == '.'));
}

HclToken HclLexer::Identifier() {
  HclToken token{TokenKind::kIdentifier, at_, {}};
  const std::string_view start = rest_;
  while (AtIdentifierPart()) Advance();
  token.text = start.substr(0, start.size() - rest_.size());
  if (token.text == "true" || token.text == "false")
    token.kind = TokenKind::kBool;
  return token;
}

HclToken HclLexer::Number() {
  HclToken token{TokenKind::kInteger, at_, {}};
  const std::string_view start = rest_;
  if (Peek() == '-') Advance();
  if (Peek() == '0' && (Peek(1) == 'x' || Peek(1) == 'X')) {
    Advance();
    Advance();
    if (HexDigitValue(Peek()) < 0)
      return Fail(token.where, "illegal hexadecimal number");
    while (HexDigitValue(Peek()) >= 0) Advance();
  } else {
    const bool octal = Peek() == '0' && IsAsciiDigit(Peek(1));
    bool bad_octal = false;
    while (IsAsciiDigit(Peek())) {
      bad_octal |= octal && Peek() > '7';
      Advance();
    }
    if (Peek() == '.') {
      token.kind = TokenKind::kFloat;
      Advance();
      while (IsAsciiDigit(Peek())) Advance();
    }
    if (Peek() == 'e' || Peek() == 'E') {
      token.kind = TokenKind::kFloat;
      Advance();
      if (Peek() == '+' || Peek() == '-') Advance();
      if (!IsAsciiDigit(Peek()))
        return Fail(token.where, "illegal exponent of a number");
      while (IsAsciiDigit(Peek())) Advance();
    }
    if (bad_octal && token.kind == TokenKind::kInteger) {
      return Fail(token.where, "illegal octal number");
    }
  }
  token.text = start.substr(0, start.size() - rest_.size());
  return token;
}

bool HclLexer::Digits(int base, std::size_t count, std::uint32_t* value) {
  *value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const int digit = rest_.empty() ? -1 : HexDigitValue(Peek());
    if (digit < 0 || digit >= base) {
      error_ = "illegal char escape";
      return false;
    }
    *value = *value * static_cast<std::uint32_t>(base) +
             static_cast<std::uint32_t>(digit);
    Advance();
  }
  return true;
}

// After the backslash.
bool HclLexer::Escape(std::string* out) {
  error_at_ = at_;
  constexpr std::string_view kLetters = "abfnrtv\\\"";
  constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\\"";
  const char c = Peek();
  const std::size_t simple = rest_.empty() ? kLetters.npos : kLetters.find(c);
  if (simple != kLetters.npos) {
    out->push_back(kValues[simple]);
    Advance();
    return true;
  }
  std::uint32_t value = 0;
  if (c >= '0' && c <= '7') {
    if (!Digits(8, 3, &value)) return false;
    if (value > 0xff) {
      error_ = "octal escape above \\377";
      return false;
    }
    out->push_back(static_cast<char>(value));
    return true;
  }
  const std::size_t count = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
  if (count == 0) {
    error_ = "illegal char escape";
    return false;
  }
  Advance();
  if (!Digits(16, count, &value)) return false;
  if (value > 0x10ffff) {
    error_ = "escape above \\U0010ffff";
    return false;
  }
  if (c == 'x') {
    out->push_back(static_cast<char>(value));
  } else {
    AppendUtf8(value, out);
  }
  return true;
}

// From "${" to the matching brace, kept as it is written. Escapes in it have to
// be good ones all the same.
bool HclLexer::Interpolation(std::string* out) {
  const std::string_view start = rest_;
  const Position where = at_;
  int braces = 0;
  Advance();  // The dollar.
  do {
    if (rest_.empty()) {
      error_at_ = where;
      error_ = "expected terminating braces";
      return false;
    }
    const char c = Peek();
    if (c == '{') ++braces;
    if (c == '}') --braces;
    std::string unused;
    if (!Advance() || (c == '\\' && !Escape(&unused))) return false;
  } while (braces > 0);
  out->append(start.substr(0, start.size() - rest_.size()));
  return true;
}

HclToken HclLexer::String() {
  HclToken token{TokenKind::kString, at_, {}};
  Advance();
  while (Peek() != '"' || rest_.empty()) {
    if (rest_.empty() || Peek() == '\n') {
      return Fail(token.where, "literal not terminated");
    }
    bool ok = true;
    if (Peek() == '\\') {
      Advance();
      ok = Escape(&token.text);
    } else if (Peek() == '$' && Peek(1) == '{') {
      ok = Interpolation(&token.text);
    } else {
      const std::string_view start = rest_;
      ok = Advance();
      token.text += start.substr(0, start.size() - rest_.size());
    }
    if (!ok) return Fail(error_at_, error_);
  }
  Advance();
  return token;
}

HclToken HclLexer::Next() {
  if (!SkipSpaceAndComments()) return Fail(error_at_, error_);
  if (rest_.empty()) return {TokenKind::kEof, at_, {}};
  const char c = Peek();
  if (AtIdentifierStart()) return Identifier();
  if (IsAsciiDigit(c) || ((c == '-' || c == '.') && IsAsciiDigit(Peek(1)))) {
    return Number();
  }
  if (c == '"') return String();
  if (c == '<' && Peek(1) == '<') return Heredoc();
  HclToken token{TokenKind::kOther, at_, std::string(1, c)};
  switch (c) {
    case '{':
      token.kind = TokenKind::kLeftBrace;
      break;
    case '}':
      token.kind = TokenKind::kRightBrace;
      break;
    case '[':
      token.kind = TokenKind::kLeftBracket;
      break;
    case ']':
      token.kind = TokenKind::kRightBracket;
      break;
    case '=':
      token.kind = TokenKind::kAssign;
      break;
    case ',':
      token.kind = TokenKind::kComma;
      break;
    default:
      break;
  }
  if (!Advance()) return Fail(error_at_, error_);
  return token;
}

}  // namespace meshgw::internal
