#include "consul/json_fields.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "base/str_format.h"

namespace meshgw::internal {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDepth = 32;

absl::Status Expected(std::string_view place, std::string_view what) {
  return absl::InvalidArgumentError(StrFormat("%s: expected %s", place, what));
}

std::string PlaceOf(const std::string& place, std::string_view name) {
  if (name.empty()) return place;
  return place.empty() ? std::string(name) : StrFormat("%s.%s", place, name);
}

}  // namespace

absl::StatusOr<json::value> ParseJson(std::string_view text) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::error_code error;
  json::value value;
  try {
    value = json::parse(json::string_view(text.data(), text.size()), error, {},
                        options);
  } catch (const std::exception& failure) {
    return absl::InvalidArgumentError(failure.what());
  }
  if (error) {
    return absl::InvalidArgumentError("no JSON: " + error.message());
  }
  return value;
}

absl::StatusOr<json::value> ParseJsonObject(std::string_view text) {
  auto value = ParseJson(text);
  if (value.ok() && !value->is_object()) {
    return Expected("the answer", "an object");
  }
  return value;
}

absl::Status ReadRecords(std::string_view text,
                         const std::function<void(const JsonFields&)>& visit) {
  const auto value = ParseJson(text);
  if (!value.ok()) return value.status();
  if (value->is_null()) return absl::OkStatus();
  if (!value->is_array()) return Expected("the answer", "a list");
  absl::Status status;
  const json::array& list = value->get_array();
  for (std::size_t i = 0; i < list.size(); ++i) {
    visit(JsonFields(list[i], StrFormat("[%d]", i), &status));
  }
  return status;
}

JsonFields::JsonFields(const json::value& value, std::string place,
                       absl::Status* status)
    : place_(std::move(place)), status_(status) {
  if (const auto* object = value.if_object()) {
    object_ = object;
  } else if (!value.is_null()) {
    Fail("", "an object");
  }
}

std::string JsonFields::Text(std::string_view name) const {
  const json::value* value = Find(name);
  if (value == nullptr) return {};
  if (const auto* text = value->if_string()) {
    return std::string(text->data(), text->size());
  }
  Fail(name, "a string");
  return {};
}

bool JsonFields::Bool(std::string_view name) const {
  const json::value* value = Find(name);
  if (value == nullptr) return false;
  if (const bool* flag = value->if_bool()) return *flag;
  Fail(name, "true or false");
  return false;
}

std::uint16_t JsonFields::Port(std::string_view name) const {
  const json::value* value = Find(name);
  if (value == nullptr) return 0;
  json::error_code error;
  const auto number = value->to_number<std::int64_t>(error);
  if (error || number > 65535) {
    Fail(name, "a port, at most 65535");
    return 0;
  }
  return static_cast<std::uint16_t>(std::max<std::int64_t>(number, 0));
}

JsonFields JsonFields::Object(std::string_view name) const {
  static const json::value kNone;
  const json::value* value = Find(name);
  return JsonFields(value == nullptr ? kNone : *value, PlaceOf(place_, name),
                    status_);
}

void JsonFields::Each(
    std::string_view name,
    const std::function<void(const JsonFields&)>& visit) const {
  const json::value* value = Find(name);
  if (value == nullptr) return;
  const auto* list = value->if_array();
  if (list == nullptr) return Fail(name, "a list");
  for (std::size_t i = 0; i < list->size(); ++i) {
    visit(JsonFields((*list)[i], StrFormat("%s[%d]", PlaceOf(place_, name), i),
                     status_));
  }
}

void JsonFields::EachMember(
    const std::function<void(const std::string&, const JsonFields&)>& visit)
    const {
  if (object_ == nullptr) return;
  for (const auto& [key, value] : *object_) {
    const std::string name(key.data(), key.size());
    visit(name, JsonFields(value, PlaceOf(place_, name), status_));
  }
}

std::vector<std::string> JsonFields::Texts(std::string_view name) const {
  std::vector<std::string> out;
  const json::value* value = Find(name);
  if (value == nullptr) return out;
  const auto* list = value->if_array();
  if (list == nullptr) {
    Fail(name, "a list");
    return out;
  }
  for (const json::value& each : *list) {
    if (const auto* text = each.if_string()) {
      out.emplace_back(text->data(), text->size());
    } else {
      Fail(name, "a list of strings");
    }
  }
  return out;
}

const json::value* JsonFields::Find(std::string_view name) const {
  if (object_ == nullptr) return nullptr;
  const json::value* value =
      object_->if_contains(json::string_view(name.data(), name.size()));
  return value == nullptr || value->is_null() ? nullptr : value;
}

void JsonFields::Fail(std::string_view name, std::string_view expected) const {
  if (status_->ok()) *status_ = Expected(PlaceOf(place_, name), expected);
}

}  // namespace meshgw::internal
