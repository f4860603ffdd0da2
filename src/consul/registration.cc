#include "consul/registration.h"

#include <algorithm>
#include <boost/json.hpp>
#include <random>
#include <utility>

#include "base/ip_address.h"
#include "base/str_format.h"
#include "consul/agent_json.h"
#include "transport/percent_encoding.h"

namespace meshgw::internal {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr std::string_view kKind = "mesh-gateway";
// By which maintenance is known to be ours.
constexpr std::string_view kReason = "meshgw is draining";
constexpr milliseconds kRequestTime{10000};
constexpr milliseconds kLastRequestTime{3000};

json::object AddressObject(const GatewayAddress& of) {
  return {{"Address", of.address}, {"Port", of.port}};
}

std::string CheckAddress(const GatewayAddress& of) {
  if (of.address.find(':') == std::string::npos) {
    return StrFormat("%s:%d", of.address, of.port);
  }
  return StrFormat("[%s]:%d", of.address, of.port);
}

milliseconds Jitter(const RegistrationOptions& options, unsigned failures) {
  constexpr unsigned kMaxDoublings = 16;
  static std::random_device random;
  const auto most = std::min<std::int64_t>(
      options.retry_cap.count(), options.retry_base.count()
                                     << std::min(failures, kMaxDoublings));
  return milliseconds(
      std::uniform_int_distribution<std::int64_t>(0, most)(random));
}

}  // namespace

absl::StatusOr<std::string> FormatRegistration(
    const GatewayDefinition& gateway,
    const std::function<bool(const std::string& ip)>& can_bind) {
  json::object body{{"Kind", json::string_view(kKind.data(), kKind.size())},
                    {"ID", gateway.id},
                    {"Name", gateway.name}};
  // A port alone (":8443") is no address.
  const GatewayAddress lan = gateway.lan.value_or(GatewayAddress{});
  const GatewayAddress wan = gateway.wan.value_or(GatewayAddress{});
  const bool lan_can_bind = !lan.address.empty() && can_bind(lan.address);
  const bool wan_can_bind = !wan.address.empty() && can_bind(wan.address);
  body["Address"] = lan.address;
  body["Port"] = lan.port;
  json::object tagged;
  if (!lan.address.empty()) tagged["lan"] = AddressObject(lan);
  if (!wan.address.empty()) tagged["wan"] = AddressObject(wan);
  if (!tagged.empty()) body["TaggedAddresses"] = std::move(tagged);
  json::object config;
  if (!gateway.bind.empty()) {
    json::object addresses;
    for (const auto& [name, address] : gateway.bind) {
      addresses[name] = AddressObject(address);
    }
    config["envoy_gateway_no_default_bind"] = true;
    config["envoy_gateway_bind_addresses"] = std::move(addresses);
  } else if (lan_can_bind && wan_can_bind) {
    config["envoy_gateway_no_default_bind"] = true;
    config["envoy_gateway_bind_tagged_addresses"] = true;
  } else if (!lan.address.empty() && !lan_can_bind) {
    return absl::InvalidArgumentError(StrFormat(
        "The LAN address \"%s\" will not be bindable. Either set a bindable "
        "address or override the bind addresses with -bind-address",
        lan.address));
  }
  if (!config.empty()) body["Proxy"] = {{"Config", std::move(config)}};
  if (gateway.expose_servers) {
    body["Meta"] = {{"consul-wan-federation", "1"}};
  }
  body["Check"] = {
      {"Name", "mesh-gateway listening"},
      {"TCP",
       CheckAddress(lan.address.empty() ? GatewayAddress{"127.0.0.1", lan.port}
                                        : lan)},
      {"Interval", "10s"},
      {"DeregisterCriticalServiceAfter", gateway.deregister_after_critical}};
  return json::serialize(body);
}

Registration::Registration(boost::asio::io_context* context, AgentClient* agent,
                           RegistrationOptions options, std::string body,
                           OnEvent on_event)
    : timer_(*context),
      agent_(agent),
      options_(std::move(options)),
      body_(std::move(body)),
      on_event_(std::move(on_event)),
      id_(options_.gateway.has_value() ? options_.gateway->id : options_.id) {}

Registration::~Registration() = default;

void Registration::Start() { Begin(); }

void Registration::Renew() {
  renew_ = registering_;
  if (ending_ || registering_ || !registered_) return;
  timer_.cancel();
  // What was asked before is not waited for: the answer may take a minute.
  alive_ = std::make_shared<bool>(true);
  Register();
}

void Registration::Begin() {
  if (options_.gateway.has_value()) return Register();
  if (id_.empty()) return Adopt();
  EndMaintenance();
}

std::string Registration::ServicePath(std::string_view what) const {
  return StrFormat("/v1/agent/service/%s%s", what, PercentEncode(id_));
}

// Sends a request; `step` is taken again, later, when it fails.
void Registration::Ask(AgentRequest request, void (Registration::*step)(),
                       std::function<void(const AgentAnswer&)> use) {
  agent_->Send(std::move(request),
               [this, alive = std::weak_ptr(alive_), step,
                use = std::move(use)](const Answer& answer) {
                 if (alive.expired() || ending_) return;
                 if (!answer.ok()) return Retry(answer.status(), step);
                 use(*answer);
               });
}

void Registration::Register() {
  asked_to_register_ = true;
  registering_ = true;
  renew_ = false;
  agent_->Send({.method = "PUT",
                .path = "/v1/agent/service/register",
                .endpoint = "/v1/agent/service/register",
                .body = body_,
                .timeout = kRequestTime},
               [this, alive = std::weak_ptr(alive_)](const Answer& answer) {
                 if (!alive.expired()) HandleRegistered(answer);
               });
}

void Registration::HandleRegistered(const Answer& answer) {
  registering_ = false;
  registered_ = registered_ || answer.ok();
  if (after_registering_ != nullptr) return after_registering_();
  if (ending_) return;
  if (renew_) return Register();
  if (absl::IsInvalidArgument(answer.status())) {
    // Nothing is left behind at the end.
    asked_to_register_ = false;
    return Tell(RegistrationEventKind::kRefused,
                std::string(answer.status().message()));
  }
  if (!answer.ok()) return Retry(answer.status(), &Registration::Register);
  failures_ = 0;
  hash_.clear();
  Tell(RegistrationEventKind::kRegistered);
  if (!ending_) EndMaintenance();
}

void Registration::Adopt() {
  Ask({.path = "/v1/agent/services",
       .endpoint = "/v1/agent/services",
       .query = {{"filter", StrFormat("Kind == \"%s\"", kKind)}},
       .timeout = kRequestTime},
      &Registration::Adopt,
      [this](const AgentAnswer& answer) { HandleServices(answer); });
}

// In Consul's words (command/connect/proxy, LookupGatewayProxy).
void Registration::HandleServices(const AgentAnswer& answer) {
  auto services = ParseAgentServices(answer.body);
  if (!services.ok()) return Retry(services.status(), &Registration::Adopt);
  std::erase_if(*services, [](const AgentService& service) {
    return service.kind != kKind;
  });
  if (services->empty()) {
    return Retry(absl::NotFoundError(StrFormat(
                     "No %s services registered with this agent", kKind)),
                 &Registration::Adopt);
  }
  if (services->size() > 1) {
    return Tell(RegistrationEventKind::kRefused,
                StrFormat("Cannot lookup the %s's proxy ID because multiple "
                          "are registered with the agent; expected -proxy-id",
                          kKind));
  }
  id_ = services->front().id;
  EndMaintenance();
}

// A drain that this service was left in by an earlier run.
void Registration::EndMaintenance() {
  agent_->Send({.path = "/v1/agent/checks",
                .endpoint = "/v1/agent/checks",
                .query = {{"filter", StrFormat("ServiceID == \"%s\"", id_)}},
                .timeout = kRequestTime},
               [this, alive = std::weak_ptr(alive_)](const Answer& answer) {
                 if (alive.expired() || ending_) return;
                 // An agent that is just starting is asked again: in
                 // maintenance nobody would choose the gateway.
                 if (absl::IsUnavailable(answer.status()) ||
                     absl::IsDeadlineExceeded(answer.status())) {
                   return Retry(answer.status(), &Registration::EndMaintenance);
                 }
                 const auto reason = answer.ok()
                                         ? MaintenanceReason(answer->body, id_)
                                         : absl::StatusOr<std::string>("");
                 if (!reason.ok() || *reason != kReason) return Watch();
                 Ask({.method = "PUT",
                      .path = ServicePath("maintenance/"),
                      .endpoint = "/v1/agent/service/maintenance",
                      .query = {{"enable", "false"}},
                      .timeout = kRequestTime},
                     &Registration::EndMaintenance,
                     [this](const AgentAnswer&) { Watch(); });
               });
}

// Blocks until the agent's definition of the service is another one.
void Registration::Watch() {
  watched_since_ = std::chrono::steady_clock::now();
  const std::chrono::seconds wait = options_.watch_time;
  AgentRequest request{.path = ServicePath(""),
                       .endpoint = "/v1/agent/service",
                       // The agent adds up to a sixteenth to the wait.
                       .timeout = wait + wait / 16 + kRequestTime};
  if (!hash_.empty()) {
    request.query = {{"hash", hash_}, {"wait", StrFormat("%ds", wait.count())}};
  }
  agent_->Send(std::move(request),
               [this, alive = std::weak_ptr(alive_)](const Answer& answer) {
                 if (!alive.expired() && !ending_) HandleWatched(answer);
               });
}

void Registration::HandleWatched(const Answer& answer) {
  const auto lasted = std::chrono::duration_cast<milliseconds>(
      std::chrono::steady_clock::now() - watched_since_);
  const bool held = lasted >= options_.least_watch;
  if (held && (answer.ok() || absl::IsNotFound(answer.status()))) losses_ = 0;
  if (absl::IsNotFound(answer.status())) {
    hash_.clear();
    registered_ = false;
    Tell(RegistrationEventKind::kLost, std::string(answer.status().message()));
    // At once, but for one that goes away again and again.
    const milliseconds wait = losses_ == 0 && options_.gateway.has_value()
                                  ? milliseconds(0)
                                  : Jitter(options_, losses_);
    ++losses_;
    return After(wait, &Registration::Begin);
  }
  if (!answer.ok()) return Retry(answer.status(), &Registration::Watch);
  const auto service = ParseAgentService(answer->body);
  if (!service.ok()) return Retry(service.status(), &Registration::Watch);
  if (service->kind != kKind) {
    return Tell(RegistrationEventKind::kRefused,
                StrFormat("the service \"%s\" of the agent is of the kind "
                          "\"%s\"; expected \"%s\"",
                          id_, service->kind, kKind));
  }
  failures_ = 0;
  // The first look does not block, and an agent that knows no hashes never
  // does.
  const bool first = hash_.empty() && !answer->content_hash.empty();
  hash_ = answer->content_hash;
  SetReady();
  After(first || held ? milliseconds(0) : options_.least_watch - lasted,
        &Registration::Watch);
}

void Registration::SetReady() {
  if (std::exchange(ready_, true)) return;
  Tell(RegistrationEventKind::kReady);
}

void Registration::Retry(const absl::Status& status,
                         void (Registration::*step)()) {
  const milliseconds wait = Jitter(options_, failures_++);
  RegistrationEvent event;
  event.id = id_;
  event.text = std::string(status.message());
  event.retry = wait;
  on_event_(event);
  After(wait, step);
}

void Registration::After(milliseconds wait, void (Registration::*step)()) {
  timer_.expires_after(wait);
  timer_.async_wait([this, alive = std::weak_ptr(alive_),
                     step](const boost::system::error_code& error) {
    if (!error && !alive.expired() && !ending_) (this->*step)();
  });
}

void Registration::Tell(RegistrationEventKind kind, std::string text) {
  RegistrationEvent event;
  event.kind = kind;
  event.id = id_;
  event.text = std::move(text);
  on_event_(event);
}

void Registration::Announce(const OnDone& on_done) {
  ending_ = true;
  timer_.cancel();
  if (!Held()) return on_done(absl::OkStatus());
  const std::string reason(kReason);
  agent_->Send({.method = "PUT",
                .path = ServicePath("maintenance/"),
                .endpoint = "/v1/agent/service/maintenance",
                .query = {{"enable", "true"}, {"reason", reason}},
                .timeout = kLastRequestTime},
               [on_done, alive = std::weak_ptr(alive_)](const Answer& answer) {
                 if (alive.expired()) return;
                 // Nobody chooses what the agent does not have.
                 on_done(absl::IsNotFound(answer.status()) ? absl::OkStatus()
                                                           : answer.status());
               });
}

// Whether the agent has the service, as far as is known.
bool Registration::Held() const { return ready_ || registered_; }

void Registration::Deregister(const OnDone& on_done) {
  ending_ = true;
  timer_.cancel();
  if (!asked_to_register_) return on_done(absl::OkStatus());
  // Else the agent might take them in the other order.
  if (registering_) {
    after_registering_ = [this, on_done] { SendDeregister(on_done); };
    return;
  }
  SendDeregister(on_done);
}

void Registration::SendDeregister(const OnDone& on_done) {
  agent_->Send({.method = "PUT",
                .path = ServicePath("deregister/"),
                .endpoint = "/v1/agent/service/deregister",
                .timeout = kLastRequestTime},
               [on_done, alive = std::weak_ptr(alive_)](const Answer& answer) {
                 if (alive.expired()) return;
                 on_done(absl::IsNotFound(answer.status()) ? absl::OkStatus()
                                                           : answer.status());
               });
}

}  // namespace meshgw::internal
