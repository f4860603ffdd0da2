#include "consul/agent_json.h"

#include <algorithm>
#include <boost/json.hpp>

#include "absl/status/status.h"
#include "base/str_format.h"

namespace meshgw::internal {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDepth = 32;

absl::Status Expected(std::string_view place, std::string_view what) {
  return absl::InvalidArgumentError(StrFormat("%s: expected %s", place, what));
}

absl::StatusOr<json::value> ParseObject(std::string_view text) {
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
  if (!value.is_object()) return Expected("the answer", "an object");
  return value;
}

// Fields of one object; what is wrong with them is kept, the first of it.
class Fields {
 public:
  Fields(const json::value& value, std::string place, absl::Status* status)
      : place_(std::move(place)), status_(status) {
    if (const auto* object = value.if_object()) {
      object_ = object;
    } else if (!value.is_null()) {
      Fail(place_, "an object");
    }
  }

  std::string Text(std::string_view name) const {
    const json::value* value = Find(name);
    if (value == nullptr) return {};
    if (const auto* text = value->if_string()) {
      return std::string(text->data(), text->size());
    }
    Fail(Place(name), "a string");
    return {};
  }

  // -1 and less, and nothing: 0.
  std::uint16_t Port(std::string_view name) const {
    const json::value* value = Find(name);
    if (value == nullptr) return 0;
    json::error_code error;
    const auto number = value->to_number<std::int64_t>(error);
    if (error || number > 65535) {
      Fail(Place(name), "a port, at most 65535");
      return 0;
    }
    return static_cast<std::uint16_t>(std::max<std::int64_t>(number, 0));
  }

  Fields Object(std::string_view name) const {
    static const json::value kNone;
    const json::value* value = Find(name);
    return Fields(value == nullptr ? kNone : *value, Place(name), status_);
  }

  const json::object* object() const { return object_; }

 private:
  const json::value* Find(std::string_view name) const {
    if (object_ == nullptr) return nullptr;
    const json::value* value =
        object_->if_contains(json::string_view(name.data(), name.size()));
    return value == nullptr || value->is_null() ? nullptr : value;
  }
  std::string Place(std::string_view name) const {
    return place_.empty() ? std::string(name)
                          : StrFormat("%s.%s", place_, name);
  }
  void Fail(std::string_view place, std::string_view what) const {
    if (status_->ok()) *status_ = Expected(place, what);
  }

  std::string place_;
  absl::Status* status_;
  const json::object* object_ = nullptr;
};

AgentService ReadService(const Fields& fields) {
  return {.id = fields.Text("ID"),
          .name = fields.Text("Service"),
          .kind = fields.Text("Kind")};
}

}  // namespace

absl::StatusOr<AgentSelf> ParseAgentSelf(std::string_view text) {
  const auto value = ParseObject(text);
  if (!value.ok()) return value.status();
  absl::Status status;
  const Fields all(*value, "", &status);
  const Fields config = all.Object("Config");
  const Fields xds = all.Object("xDS");
  const Fields ports = xds.Object("Ports");
  AgentSelf self;
  self.datacenter = config.Text("Datacenter");
  self.node_name = config.Text("NodeName");
  self.version = config.Text("Version");
  self.grpc_port = ports.Port("Plaintext");
  self.grpc_tls_port = ports.Port("TLS");
  if (ports.object() == nullptr) {
    self.grpc_port = xds.Port("Port");
    if (self.grpc_port == 0) {
      self.grpc_port = all.Object("DebugConfig").Port("GRPCPort");
    }
  }
  if (!status.ok()) return status;
  return self;
}

absl::StatusOr<AgentService> ParseAgentService(std::string_view text) {
  const auto value = ParseObject(text);
  if (!value.ok()) return value.status();
  absl::Status status;
  AgentService service = ReadService(Fields(*value, "", &status));
  if (!status.ok()) return status;
  return service;
}

absl::StatusOr<std::vector<AgentService>> ParseAgentServices(
    std::string_view text) {
  const auto value = ParseObject(text);
  if (!value.ok()) return value.status();
  absl::Status status;
  std::vector<AgentService> services;
  for (const auto& [key, each] : value->get_object()) {
    services.push_back(ReadService(
        Fields(each, std::string(key.data(), key.size()), &status)));
  }
  if (!status.ok()) return status;
  std::sort(
      services.begin(), services.end(),
      [](const AgentService& a, const AgentService& b) { return a.id < b.id; });
  return services;
}

absl::StatusOr<std::string> MaintenanceReason(std::string_view checks_json,
                                              std::string_view service_id) {
  const auto value = ParseObject(checks_json);
  if (!value.ok()) return value.status();
  const std::string id = StrFormat("_service_maintenance:%s", service_id);
  absl::Status status;
  std::string reason = Fields(*value, "", &status).Object(id).Text("Notes");
  if (!status.ok()) return status;
  return reason;
}

}  // namespace meshgw::internal
