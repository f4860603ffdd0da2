#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "base/str_format.h"
#include "config/hcl_lexer.h"
#include "config/value.h"

namespace meshgw::internal {
namespace {

using TokenKind = HclToken::Kind;

std::string Describe(const HclToken& token) {
  switch (token.kind) {
    case TokenKind::kEof:
      return "the end of the file";
    case TokenKind::kString:
    case TokenKind::kHeredoc:
      return "a string";
    case TokenKind::kLeftBrace:
      return "'{'";
    case TokenKind::kRightBrace:
      return "'}'";
    case TokenKind::kLeftBracket:
      return "'['";
    case TokenKind::kRightBracket:
      return "']'";
    case TokenKind::kAssign:
      return "'='";
    case TokenKind::kComma:
      return "','";
    default:
      return internal::StrFormat("'%s'", token.text);
  }
}

// Integers have Go's base prefixes: 0x, and 0 for octal. False: too large.
bool ParseInteger(std::string_view text, std::int64_t* out) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text[0] == '0') {
    base = 8;
  }
  // The sign first: the smallest number has no positive counterpart.
  const std::string signed_text = (negative ? "-" : "") + std::string(text);
  const char* end = signed_text.data() + signed_text.size();
  const auto result = std::from_chars(signed_text.data(), end, *out, base);
  return result.ec == std::errc() && result.ptr == end;
}

// Recursive descent over the grammar of hcl/parser: depth is bounded.
class HclParser {
 public:
  HclParser(std::string_view text, const ParseLimits& limits, ParseError* error)
      : lexer_(text), limits_(limits), error_(error) {
    Move();
  }

  bool ParseFile(Value* out) {
    out->kind = Value::Kind::kObject;
    return ParseItems(TokenKind::kEof, out, 0) &&
           (token_.kind == TokenKind::kEof ||
            Fail(token_.where, "unexpected " + Describe(token_),
                 "a key or the end of the file"));
  }

 private:
  void Move() { token_ = lexer_.Next(); }

  bool Fail(Position where, std::string what, std::string expected = {}) {
    // A token that could not be read is the cause of what follows.
    if (token_.kind == TokenKind::kError) {
      *error_ = {token_.where, token_.text, {}};
    } else {
      *error_ = {where, std::move(what), std::move(expected)};
    }
    return false;
  }

  bool Count() {
    if (*limits_.values_left == 0) {
      return Fail(token_.where, "too many values in the configuration");
    }
    --*limits_.values_left;
    return true;
  }

  // item*, up to `end`.
  bool ParseItems(TokenKind end, Value* object, std::size_t depth) {
    MemberIndex index;
    while (token_.kind != end) {
      if (token_.kind == TokenKind::kEof) {
        return Fail(token_.where, "object expected closing RBRACE got: EOF",
                    "'}'");
      }
      if (object->members.size() >= kMaxMembers) {
        return Fail(token_.where,
                    internal::StrFormat("more than %d keys in one object",
                                        kMaxMembers));
      }
      if (!ParseItem(object, &index, depth)) return false;
      if (token_.kind == TokenKind::kComma) Move();
    }
    return true;
  }

  // key+ object | key "=" value
  bool ParseItem(Value* object, MemberIndex* index, std::size_t depth) {
    std::vector<HclToken> keys;
    while (token_.kind == TokenKind::kIdentifier ||
           token_.kind == TokenKind::kString) {
      // Each key but the last is an object around the next one.
      if (!keys.empty() && !CheckDepth(depth + keys.size() + 1)) return false;
      keys.push_back(token_);
      Move();
    }
    if (keys.empty()) {
      return Fail(token_.where, "unexpected " + Describe(token_), "a key");
    }
    Value value;
    value.where = token_.where;
    if (token_.kind == TokenKind::kAssign) {
      if (keys.size() > 1) {
        return Fail(token_.where,
                    internal::StrFormat("several keys in front of '=' (%s, %s)",
                                        keys[0].text, keys[1].text),
                    "one key, or '{' for nested objects");
      }
      Move();
      value.where = token_.where;
      if (!ParseValue(&value, depth + 1)) return false;
    } else if (token_.kind == TokenKind::kLeftBrace) {
      if (!ParseObject(&value, depth + keys.size())) return false;
    } else {
      return Fail(
          token_.where,
          internal::StrFormat("key '%s' expected start of object ('{') or "
                              "assignment ('=')",
                              keys.back().text),
          "'{' or '=', not " + Describe(token_));
    }
    return AddItem(keys, std::move(value), object, index);
  }

  // `a "b" { }` is a = { b = { } }.
  bool AddItem(const std::vector<HclToken>& keys, Value value, Value* object,
               MemberIndex* index) {
    for (std::size_t i = keys.size() - 1; i > 0; --i) {
      if (!Count()) return false;
      Value outer;
      outer.kind = Value::Kind::kObject;
      outer.where = keys[i].where;
      MemberIndex none;
      if (!Merge(keys[i], std::move(value), &outer, &none)) return false;
      value = std::move(outer);
    }
    return Merge(keys[0], std::move(value), object, index);
  }

  // As the decoder into a generic map does it: objects become lists of objects,
  // what repeats is appended, of scalars the last one counts. That decoder
  // turns a repeated number to a string and back; here a key keeps its kind.
  bool Merge(const HclToken& key, Value value, Value* object,
             MemberIndex* index) {
    if (value.kind == Value::Kind::kObject) {
      Value list;
      list.kind = Value::Kind::kList;
      list.where = value.where;
      list.list.push_back(std::move(value));
      value = std::move(list);
    }
    Member* known = index->Find(object, key.text);
    if (known == nullptr) {
      object->members.push_back({key.text, key.where, std::move(value)});
    } else if (known->value.kind == Value::Kind::kList &&
               value.kind == Value::Kind::kList) {
      for (Value& element : value.list) {
        known->value.list.push_back(std::move(element));
      }
    } else if (known->value.kind == value.kind) {
      known->where = key.where;
      known->value = std::move(value);
    } else {
      return Fail(
          key.where,
          internal::StrFormat("key '%s' is set again, to %s", key.text,
                              KindName(value.kind)),
          internal::StrFormat("%s, as in line %d", KindName(known->value.kind),
                              known->where.line));
    }
    return true;
  }

  bool CheckDepth(std::size_t depth) {
    return depth <= limits_.max_depth ||
           Fail(token_.where, internal::StrFormat("nested more than %d deep",
                                                  limits_.max_depth));
  }

  bool ParseObject(Value* out, std::size_t depth) {
    if (!CheckDepth(depth) || !Count()) return false;
    out->kind = Value::Kind::kObject;
    out->where = token_.where;
    Move();
    if (!ParseItems(TokenKind::kRightBrace, out, depth)) return false;
    Move();
    return true;
  }

  bool ParseList(Value* out, std::size_t depth) {
    if (!CheckDepth(depth) || !Count()) return false;
    out->kind = Value::Kind::kList;
    Move();
    bool need_comma = false;
    while (token_.kind != TokenKind::kRightBracket) {
      if (token_.kind == TokenKind::kComma) {
        need_comma = false;
        Move();
        continue;
      }
      if (need_comma) {
        return Fail(token_.where,
                    "error parsing list, expected comma or list end, got: " +
                        Describe(token_),
                    "',' or ']'");
      }
      Value element;
      element.where = token_.where;
      if (!ParseValue(&element, depth + 1)) return false;
      // hashicorp/hcl does not ask for a comma behind a nested list.
      need_comma = element.kind != Value::Kind::kList;
      out->list.push_back(std::move(element));
    }
    Move();
    return true;
  }

  bool ParseValue(Value* out, std::size_t depth) {
    switch (token_.kind) {
      case TokenKind::kLeftBrace:
        return ParseObject(out, depth);
      case TokenKind::kLeftBracket:
        return ParseList(out, depth);
      default:
        return Count() && ParseScalar(out);
    }
  }

  bool ParseScalar(Value* out) {
    switch (token_.kind) {
      case TokenKind::kString:
      case TokenKind::kHeredoc:
        out->kind = Value::Kind::kString;
        out->string = std::move(token_.text);
        break;
      case TokenKind::kBool:
        out->kind = Value::Kind::kBool;
        out->boolean = token_.text == "true";
        break;
      case TokenKind::kInteger:
        out->kind = Value::Kind::kInteger;
        if (!ParseInteger(token_.text, &out->integer)) {
          return Fail(token_.where, "integer " + token_.text + " is too large",
                      "a signed integer of 64 bits");
        }
        out->number = static_cast<double>(out->integer);
        break;
      case TokenKind::kFloat:
        out->kind = Value::Kind::kFloat;
        if (!absl::SimpleAtod(token_.text, &out->number) ||
            std::isinf(out->number)) {
          return Fail(token_.where, "number " + token_.text + " is too large",
                      "a float of 64 bits");
        }
        break;
      default:
        return Fail(token_.where, "Unknown token: " + Describe(token_),
                    "a number, string, boolean, list or object");
    }
    Move();
    return true;
  }

  HclLexer lexer_;
  HclToken token_;
  const ParseLimits& limits_;
  ParseError* error_;
};

}  // namespace

bool ParseHcl(std::string_view text, const ParseLimits& limits, Value* out,
              ParseError* error) {
  if (BeginsWithByteOrderMark(text, error)) return false;
  std::string line_feeds;
  if (text.find("\r\n") != text.npos) {
    line_feeds = absl::StrReplaceAll(std::string(text), {{"\r\n", "\n"}});
    text = line_feeds;
  }
  return HclParser(text, limits, error).ParseFile(out);
}

}  // namespace meshgw::internal
