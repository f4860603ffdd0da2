#include "xds/delta_request.h"

#include "base/str_format.h"
#include "envoy/service/discovery/v3/discovery.pb.h"
#include "xds/grpc_frame.h"
#include "xds/grpc_status.h"
#include "xds/shown_text.h"

namespace meshgw::internal {
namespace {

void SetNode(const XdsNode& node, envoy::config::core::v3::Node* out) {
  out->set_id(node.id);
  out->set_user_agent_name("meshgw");
  if (!node.user_agent_version.empty()) {
    out->set_user_agent_version(node.user_agent_version);
  }
  const auto add = [out](const char* key, const std::string& value) {
    if (value.empty()) return;
    (*out->mutable_metadata()->mutable_fields())[key].set_string_value(value);
  };
  add("node_name", node.node_name);
  add("namespace", node.name_space);
  add("partition", node.partition);
}

}  // namespace

void AppendRequest(const DeltaRequest& request, std::string* out) {
  envoy::service::discovery::v3::DeltaDiscoveryRequest message;
  if (request.node != nullptr) SetNode(*request.node, message.mutable_node());
  message.set_type_url(std::string(request.type_url));
  for (const std::string& name : request.subscribe) {
    message.add_resource_names_subscribe(name);
  }
  for (const std::string& name : request.unsubscribe) {
    message.add_resource_names_unsubscribe(name);
  }
  for (const auto& [name, version] : request.versions) {
    (*message.mutable_initial_resource_versions())[name] = version;
  }
  message.set_response_nonce(std::string(request.nonce));
  if (!request.error.empty()) {
    message.mutable_error_detail()->set_code(
        static_cast<int>(GrpcCode::kInvalidArgument));
    message.mutable_error_detail()->set_message(std::string(request.error));
  }
  AppendGrpcFrame(message.SerializeAsString(), out);
}

std::string NackReason(std::span<const std::string> refused, std::size_t most) {
  std::string out;
  std::size_t shown = 0;
  for (const std::string& each : refused) {
    if (shown > 0 && out.size() + each.size() + 2 > most) break;
    out += (shown == 0 ? "" : "; ") + ShownText(each, most);
    ++shown;
  }
  if (shown < refused.size()) {
    out += StrFormat("; and %d more", refused.size() - shown);
  }
  return out;
}

}  // namespace meshgw::internal
