#ifndef MESHGW_CONSUL_REGISTRATION_H_
#define MESHGW_CONSUL_REGISTRATION_H_

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "consul/agent_client.h"

namespace meshgw::internal {

// GatewayAddress is an address that a gateway advertises or binds.
struct GatewayAddress {
  std::string address;
  std::uint16_t port = 8443;
  bool operator==(const GatewayAddress&) const = default;
};

// GatewayDefinition is a mesh gateway to be registered, as the flags of
// `consul connect envoy -gateway=mesh -register` describe it.
struct GatewayDefinition {
  std::string id;
  std::string name = "mesh-gateway";
  std::optional<GatewayAddress> lan;  // Without it the node's address counts.
  std::optional<GatewayAddress> wan;
  std::map<std::string, GatewayAddress> bind;
  bool expose_servers = false;
  std::string deregister_after_critical = "6h";
};

// FormatRegistration makes the body of PUT /v1/agent/service/register, as
// Consul's own command does (command/connect/envoy/envoy.go,
// proxyRegistration). `can_bind` says whether this host can listen on an IP
// address. InvalidArgument, in Consul's words: the LAN address cannot be bound,
// and no other to bind is given.
absl::StatusOr<std::string> FormatRegistration(
    const GatewayDefinition& gateway,
    const std::function<bool(const std::string& ip)>& can_bind);

// RegistrationOptions of a Registration.
struct RegistrationOptions {
  // Registered, and deregistered at the end. Without it a service that the
  // agent has is adopted: `id`, or for want of one its only mesh gateway.
  std::optional<GatewayDefinition> gateway = {};
  std::string id = {};
  // The wait before the n-th attempt in a row, also when the agent loses the
  // service again and again, is drawn from 0 to base * 2^n, at most the cap.
  std::chrono::milliseconds retry_base{500};
  std::chrono::milliseconds retry_cap{30000};
  // For how long a look whether the agent still has the service may block.
  std::chrono::seconds watch_time{60};
  // At least from one look to the next, and how long the service must have been
  // there to count as not lost again and again.
  std::chrono::milliseconds least_watch{1000};
};

// RegistrationEventKind says what a RegistrationEvent is.
enum class RegistrationEventKind : std::int32_t {
  kReady = 0,       // The agent has the service; `id` is its id. Once.
  kRegistered = 1,  // It was registered, the first time or anew.
  kLost = 2,        // The agent does not have it (any more).
  kFailed = 3,      // A request failed; it is tried again in `retry`.
  kRefused = 4,     // It is of no use to try again: the definition is wrong.
};

// RegistrationEvent is something for the owner of a Registration.
struct RegistrationEvent {
  RegistrationEventKind kind = RegistrationEventKind::kFailed;
  std::string id = {};
  std::string text = {};
  std::chrono::milliseconds retry{0};
};

// Registration keeps a gateway in its agent's catalog: registers it, sees when
// the agent has forgotten it (it has restarted, somebody deregistered it) and
// registers it again; says at the end that it is not to be used any more, and
// takes it out. It lives on the thread of its AgentClient; in `on_event` it
// must not be destroyed.
class Registration {
 public:
  using OnEvent = std::function<void(const RegistrationEvent& event)>;
  using OnDone = std::function<void(const absl::Status& status)>;

  // `body`: FormatRegistration's, with options.gateway.
  Registration(boost::asio::io_context* context, AgentClient* agent,
               RegistrationOptions options, std::string body, OnEvent on_event);
  ~Registration();
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

  void Start();
  // Renew registers the gateway again, because the token is another one: what
  // the agent watches for a service, it watches with the token of its
  // registration. Nothing for one that was adopted or is not registered (yet).
  void Renew();
  // Announce puts the service into maintenance, which is a critical check:
  // others choose it no more. From now on it is not registered again.
  void Announce(const OnDone& on_done);
  // Deregister takes the service out, if it was registered here or may have
  // been: a registration that is under way is waited for. One that was adopted
  // stays, in maintenance, which the next Start ends. OK also when the agent
  // does not have it.
  void Deregister(const OnDone& on_done);

  const std::string& id() const { return id_; }

 private:
  using Answer = absl::StatusOr<AgentAnswer>;

  void Begin();
  void Register();
  void HandleRegistered(const Answer& answer);
  void Adopt();
  void HandleServices(const AgentAnswer& answer);
  void EndMaintenance();
  void Watch();
  void HandleWatched(const Answer& answer);
  bool Held() const;
  void SendDeregister(const OnDone& on_done);
  void SetReady();
  void Retry(const absl::Status& status, void (Registration::*step)());
  void After(std::chrono::milliseconds wait, void (Registration::*step)());
  void Tell(RegistrationEventKind kind, std::string text = {});
  void Ask(AgentRequest request, void (Registration::*step)(),
           std::function<void(const AgentAnswer&)> use);
  std::string ServicePath(std::string_view what) const;

  boost::asio::steady_timer timer_;
  AgentClient* const agent_;
  const RegistrationOptions options_;
  const std::string body_;
  const OnEvent on_event_;
  std::string id_;
  std::string hash_;       // Of the definition that was seen last.
  unsigned failures_ = 0;  // In a row.
  unsigned losses_ = 0;    // In a row, each soon after the last.
  std::chrono::steady_clock::time_point watched_since_;
  bool ready_ = false;
  // The agent was asked to register; it may have done so without an answer.
  bool asked_to_register_ = false;
  bool registering_ = false;
  bool renew_ = false;  // Register again after the answer.
  bool registered_ = false;
  std::function<void()> after_registering_;
  bool ending_ = false;
  // Outlived by the answers to requests.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace meshgw::internal

#endif  // MESHGW_CONSUL_REGISTRATION_H_
