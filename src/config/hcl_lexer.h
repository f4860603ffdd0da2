#ifndef MESHGW_CONFIG_HCL_LEXER_H_
#define MESHGW_CONFIG_HCL_LEXER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "config/value.h"

namespace meshgw::internal {

// HclToken is one token of HCL1.
struct HclToken {
  enum class Kind {
    kEof,
    kError,  // `text` says what is wrong.
    kIdentifier,
    kString,   // `text` is the value, escapes resolved.
    kHeredoc,  // The same.
    kInteger,
    kFloat,
    kBool,
    kLeftBrace,
    kRightBrace,
    kLeftBracket,
    kRightBracket,
    kAssign,
    kComma,
    kOther,  // A character that starts no token.
  };
  Kind kind = Kind::kEof;
  Position where;
  std::string text;
};

// HclLexer cuts HCL1 text into tokens, by the rules of hashicorp/hcl v1
// (hcl/scanner), from text whose lines end with a line feed. Comments are
// skipped. After kError comes kEof.
class HclLexer {
 public:
  explicit HclLexer(std::string_view text) : rest_(text) {}
  HclToken Next();

 private:
  char Peek(std::size_t ahead = 0) const {
    return ahead < rest_.size() ? rest_[ahead] : '\0';
  }
  // Moves over one code point. False, with error_ set, when it is none.
  bool Advance();
  HclToken Fail(Position where, std::string what);
  bool SkipSpaceAndComments();
  bool SkipComment();
  HclToken Identifier();
  HclToken Number();
  HclToken String();
  bool Escape(std::string* out);
  bool Interpolation(std::string* out);
  bool Digits(int base, std::size_t count, std::uint32_t* value);
  HclToken Heredoc();
  // Moves over a line and its end. False for the last one, which has no end, or
  // with error_ set.
  bool Line(std::string_view* line);
  bool AtIdentifierStart() const;
  bool AtIdentifierPart() const;

  std::string_view rest_;
  Position at_;
  Position error_at_;
  std::string error_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_CONFIG_HCL_LEXER_H_
