#include "config/object_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/ascii.h"
#include "base/str_format.h"
#include "config/diagnostics.h"
#include "config/go_literal.h"
#include "config/spelling.h"

namespace meshgw::internal {
namespace {

// Keys and values in a message are the file's: none makes it longer than this.
constexpr std::size_t kLongestText = 512;

void Shorten(std::string* text) {
  if (text->size() <= kLongestText) return;
  std::size_t end = kLongestText;
  while ((static_cast<unsigned char>((*text)[end]) & 0xc0) == 0x80) --end;
  text->resize(end);
  *text += "...";
}

// A list of one value is that value, where no list is wanted.
const Value& Unwrap(const Value& value) {
  const Value* inner = &value;
  while (inner->kind == Value::Kind::kList && inner->list.size() == 1) {
    inner = &inner->list[0];
  }
  return *inner;
}

// As Go's strconv.FormatFloat(number, 'f', -1, 64): as many digits as tell it
// from its neighbours, never an exponent.
std::string FormatFloat(double number) {
  std::array<char, 400> text;  // 1e308 has 309 digits, 5e-324 has 326.
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number,
                                 std::chars_format::fixed);
  return {text.data(), end.ptr};
}

}  // namespace

void DecodeContext::Error(Position where, std::string what,
                          std::string expected) {
  Shorten(&what);
  AddBounded(&diagnostics->errors, &diagnostics->errors_not_shown,
             {At(where), std::move(what), std::move(expected)}, max_errors);
}

void DecodeContext::Warn(Position where, std::string what,
                         std::string expected) {
  Shorten(&what);
  AddBounded(&diagnostics->warnings, &diagnostics->warnings_not_shown,
             {At(where), std::move(what), std::move(expected)}, max_errors);
}

void DecodeContext::FilterError(Position where, std::string what) {
  Shorten(&what);
  AddBounded(&diagnostics->filter_errors, &diagnostics->filter_errors_not_shown,
             {At(where), std::move(what), {}}, max_errors);
}

void DecodeContext::CheckOnce(Position where, const std::string& what,
                              const std::string& scope, std::string expected) {
  const auto [first, is_new] =
      given.try_emplace(what + '\0' + scope, At(where));
  if (is_new) return;
  Error(where,
        internal::StrFormat("%s is given twice; first at %s:%d", what,
                            first->second.file, first->second.line),
        std::move(expected));
}

const Value* AsObject(const Value& value) {
  const Value& inner = Unwrap(value);
  return inner.kind == Value::Kind::kObject ? &inner : nullptr;
}

std::optional<std::string> AsString(const Value& value, bool weak) {
  switch (value.kind) {
    case Value::Kind::kString:
      return value.string;
    case Value::Kind::kInteger:
      if (weak) return internal::StrFormat("%d", value.integer);
      return std::nullopt;
    case Value::Kind::kFloat:
      if (weak) return FormatFloat(value.number);
      return std::nullopt;
    case Value::Kind::kBool:  // As mapstructure writes them.
      if (weak) return value.boolean ? "1" : "0";
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

std::optional<bool> AsBool(const Value& value, bool weak) {
  if (value.kind == Value::Kind::kBool) return value.boolean;
  if (!weak) return std::nullopt;
  if (value.kind == Value::Kind::kInteger) return value.integer != 0;
  if (value.kind == Value::Kind::kFloat) return value.number != 0;
  if (value.kind != Value::Kind::kString) return std::nullopt;
  // Go's strconv.ParseBool; an empty string is false.
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (value.string == yes) return true;
  }
  for (const std::string_view no :
       {"", "0", "f", "F", "false", "FALSE", "False"}) {
    if (value.string == no) return false;
  }
  return std::nullopt;
}

std::optional<std::int64_t> AsInteger(const Value& value, bool weak) {
  if (value.kind == Value::Kind::kInteger) return value.integer;
  if (value.kind == Value::Kind::kFloat && std::abs(value.number) < 9e15 &&
      std::trunc(value.number) == value.number) {
    return static_cast<std::int64_t>(value.number);
  }
  if (!weak) return std::nullopt;
  if (value.kind == Value::Kind::kBool) return value.boolean ? 1 : 0;
  if (value.kind != Value::Kind::kString) return std::nullopt;
  return ParseGoInteger(value.string);  // As mapstructure does.
}

std::optional<std::chrono::nanoseconds> ParseGoDuration(std::string_view text) {
  static constexpr std::pair<std::string_view, double> kUnits[] = {
      {"ns", 1},   {"us", 1e3}, {"\xc2\xb5s", 1e3}, {"\xce\xbcs", 1e3},
      {"ms", 1e6}, {"s", 1e9},  {"m", 6e10},        {"h", 3.6e12}};
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return std::chrono::nanoseconds(0);
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    const std::size_t digits =
        std::min(text.find_first_not_of("0123456789."), text.size());
    double number = 0;
    const auto result = std::from_chars(text.data(), text.data() + digits,
                                        number, std::chars_format::fixed);
    if (result.ec != std::errc() || result.ptr != text.data() + digits) {
      return std::nullopt;
    }
    text.remove_prefix(digits);
    const std::size_t letters =
        std::min(text.find_first_of("0123456789."), text.size());
    const auto* unit = std::find_if(
        std::begin(kUnits), std::end(kUnits),
        [&](const auto& u) { return u.first == text.substr(0, letters); });
    if (unit == std::end(kUnits)) return std::nullopt;
    total += number * unit->second;
    text.remove_prefix(letters);
  }
  if (total > 9.2e18) return std::nullopt;
  return std::chrono::nanoseconds(std::llround(negative ? -total : total));
}

ObjectReader::ObjectReader(DecodeContext* context, const Value& value,
                           std::string path)
    : context_(context), where_(value.where), path_(std::move(path)) {
  object_ = AsObject(value);
  if (object_ != nullptr) {
    where_ = object_->where;
    asked_.resize(object_->members.size());
    return;
  }
  static const Value kEmpty;
  const bool several =
      value.kind == Value::Kind::kList && value.list.size() > 1;
  // An empty list is an empty object for mapstructure; null is nothing.
  if (value.kind != Value::Kind::kNull &&
      (value.kind != Value::Kind::kList || several)) {
    context_->Error(
        several ? value.list[1].where : value.where,
        several ? internal::StrFormat("%s is given %d times", path_,
                                      value.list.size())
                : internal::StrFormat("%s is %s", path_, KindName(value.kind)),
        several ? "one block" : "an object");
  }
  object_ = &kEmpty;
}

std::string ObjectReader::PathOf(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

void ObjectReader::WrongKind(const Member& member, std::string_view expected) {
  const Value& value = member.value;
  const std::string shown =
      value.kind == Value::Kind::kString
          ? internal::StrFormat("the string \"%s\"", value.string)
          : std::string(KindName(value.kind));
  context_->Error(value.where, PathOf(member.key) + " is " + shown,
                  std::string(expected));
}

const Member* ObjectReader::Find(std::string_view name) const {
  for (const Member& member : object_->members) {
    if (EqualIgnoringCase(member.key, name)) return &member;
  }
  return nullptr;
}

Position ObjectReader::WhereOf(const Names& names) const {
  for (const std::string_view name : names) {
    if (const Member* member = Find(name)) return member->value.where;
  }
  return where_;
}

const Member* ObjectReader::Get(const Names& names) {
  known_.push_back(names[0]);
  const Member* found = nullptr;
  for (const std::string_view name : names) {
    for (std::size_t i = 0; i < object_->members.size(); ++i) {
      if (!EqualIgnoringCase(object_->members[i].key, name)) continue;
      asked_[i] = true;
      if (found == nullptr) found = &object_->members[i];
    }
  }
  if (found != nullptr && found->value.kind == Value::Kind::kNull) {
    return nullptr;  // As if it were not there.
  }
  return found;
}

std::optional<Located<std::string>> ObjectReader::String(const Names& names) {
  const Member* member = Get(names);
  if (member == nullptr) return std::nullopt;
  const Value& value = context_->weak ? Unwrap(member->value) : member->value;
  auto text = AsString(value, context_->weak);
  if (!text.has_value()) {
    WrongKind(*member, "a string");
    return std::nullopt;
  }
  return Located<std::string>{*std::move(text), context_->At(value.where)};
}

std::optional<Located<bool>> ObjectReader::Bool(const Names& names) {
  const Member* member = Get(names);
  if (member == nullptr) return std::nullopt;
  const Value& value = context_->weak ? Unwrap(member->value) : member->value;
  const auto flag = AsBool(value, context_->weak);
  if (!flag.has_value()) {
    WrongKind(*member, "true or false");
    return std::nullopt;
  }
  return Located<bool>{*flag, context_->At(value.where)};
}

std::optional<Located<std::int64_t>> ObjectReader::Integer(const Names& names,
                                                           std::int64_t least,
                                                           std::int64_t most) {
  const Member* member = Get(names);
  if (member == nullptr) return std::nullopt;
  const Value& value = context_->weak ? Unwrap(member->value) : member->value;
  const auto number = AsInteger(value, context_->weak);
  std::string expected =
      internal::StrFormat("an integer from %d to %d", least, most);
  if (!number.has_value()) {
    WrongKind(*member, expected);
    return std::nullopt;
  }
  if (*number < least || *number > most) {
    context_->Error(
        value.where,
        internal::StrFormat("%s is %d", PathOf(member->key), *number),
        std::move(expected));
    return std::nullopt;
  }
  return Located<std::int64_t>{*number, context_->At(value.where)};
}

std::optional<Located<std::chrono::milliseconds>> ObjectReader::Duration(
    const Names& names) {
  const Member* member = Get(names);
  if (member == nullptr) return std::nullopt;
  const Value& value = Unwrap(member->value);
  std::optional<std::chrono::nanoseconds> duration;
  if (value.kind == Value::Kind::kString) {
    duration = ParseGoDuration(value.string);
  } else if (const auto number = AsInteger(value, false); number.has_value()) {
    duration = std::chrono::nanoseconds(*number);
  }
  if (!duration.has_value() || duration->count() < 0) {
    WrongKind(*member, "a duration such as \"500ms\", \"10s\" or \"1h30m\"");
    return std::nullopt;
  }
  return Located<std::chrono::milliseconds>{
      std::chrono::duration_cast<std::chrono::milliseconds>(*duration),
      context_->At(value.where)};
}

std::optional<Located<MeshGatewayMode>> ObjectReader::Mode(const Names& names) {
  const auto text = String(names);
  if (!text.has_value()) return std::nullopt;
  const auto mode = ParseMeshGatewayMode(text->value);
  if (!mode.ok()) {
    context_->Error({text->where.line, text->where.column},
                    std::string(mode.status().message()),
                    "\"none\", \"local\" or \"remote\"");
    return std::nullopt;
  }
  return Located<MeshGatewayMode>{*mode, text->where};
}

std::map<std::string, std::string> ObjectReader::StringMap(const Names& names) {
  std::map<std::string, std::string> out;
  const Member* member = Get(names);
  if (member == nullptr) return out;
  const ObjectReader reader(context_, member->value, PathOf(member->key));
  for (const Member& entry : reader.object_->members) {
    const auto text = AsString(entry.value, context_->weak);
    if (text.has_value()) {
      out[entry.key] = *text;
    } else {
      context_->Error(entry.value.where,
                      reader.PathOf(entry.key) + " is " +
                          std::string(KindName(entry.value.kind)),
                      "a string");
    }
  }
  return out;
}

std::vector<std::string> ObjectReader::StringList(const Names& names) {
  std::vector<std::string> out;
  const Member* member = Get(names);
  if (member == nullptr) return out;
  const bool is_list = member->value.kind == Value::Kind::kList;
  if (!is_list && !context_->weak) {
    WrongKind(*member, "a list of strings");
    return out;
  }
  const std::vector<Value> one =
      is_list ? std::vector<Value>{} : std::vector<Value>{member->value};
  for (const Value& value : is_list ? member->value.list : one) {
    const auto text = AsString(value, context_->weak);
    if (text.has_value()) {
      out.push_back(*text);
    } else {
      context_->Error(value.where,
                      PathOf(member->key) + " has " +
                          std::string(KindName(value.kind)) + " in it",
                      "a list of strings");
    }
  }
  return out;
}

std::vector<const Value*> ObjectReader::Objects(const Names& names) {
  std::vector<const Value*> out;
  const Member* member = Get(names);
  if (member == nullptr) return out;
  if (member->value.kind == Value::Kind::kObject) return {&member->value};
  if (member->value.kind != Value::Kind::kList) {
    WrongKind(*member, "a list of objects");
    return out;
  }
  for (const Value& value : member->value.list) {
    if (value.kind == Value::Kind::kObject) {
      out.push_back(&value);
    } else {
      context_->Error(value.where,
                      PathOf(member->key) + " has " +
                          std::string(KindName(value.kind)) + " in it",
                      "a list of objects");
    }
  }
  return out;
}

void ObjectReader::String(const Names& names, std::string* out) {
  if (auto text = String(names)) *out = std::move(text->value);
}

void ObjectReader::Bool(const Names& names, bool* out) {
  if (const auto flag = Bool(names)) *out = flag->value;
}

void ObjectReader::Port(const Names& names, std::uint16_t* out) {
  if (const auto port = Integer(names, 0, 65535)) {
    *out = static_cast<std::uint16_t>(port->value);
  }
}

void ObjectReader::Ignore(const Names& names, std::string_view why) {
  const Member* member = Get(names);
  if (member == nullptr || why.empty()) return;
  context_->Warn(member->where, internal::StrFormat("%s has no effect here: %s",
                                                    PathOf(member->key), why));
}

void ObjectReader::VisitRest(
    const std::function<void(const Member&, std::string_view)>& visit) {
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    const Member& member = object_->members[i];
    if (asked_[i] || member.value.kind == Value::Kind::kNull) continue;
    // Finding the closest key takes its time.
    const bool shown =
        context_->diagnostics->warnings.size() < context_->max_errors;
    visit(member, shown ? ClosestSpelling(member.key, known_) : "");
  }
  asked_.assign(asked_.size(), true);
}

void ObjectReader::Misplaced(std::string_view name, std::string_view hint) {
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    const Member& member = object_->members[i];
    if (!EqualIgnoringCase(member.key, name)) continue;
    asked_[i] = true;
    context_->Error(
        member.where,
        internal::StrFormat("invalid config key %s", PathOf(member.key)),
        std::string(hint));
  }
}

void ObjectReader::Finish() {
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    if (asked_[i]) continue;
    const Member& member = object_->members[i];
    if (context_->IsFull()) {  // Finding the closest key takes its time.
      context_->Error(member.where, {});
      continue;
    }
    const std::string_view close = ClosestSpelling(member.key, known_);
    context_->Error(
        member.where,
        internal::StrFormat("invalid config key %s", PathOf(member.key)),
        close.empty() ? "" : internal::StrFormat("did you mean %s?", close));
  }
}

}  // namespace meshgw::internal
