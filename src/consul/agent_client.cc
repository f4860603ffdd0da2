#include "consul/agent_client.h"

#include <algorithm>

#include "base/str_format.h"
#include "consul/agent_exchange.h"
#include "transport/percent_encoding.h"

namespace meshgw::internal {

AgentClient::AgentClient(boost::asio::io_context* context, AgentOptions options)
    : context_(context), options_(std::move(options)) {}

AgentClient::~AgentClient() {
  for (const auto& exchange : exchanges_) exchange->Close();
}

void AgentClient::Send(AgentRequest request, OnAnswer on_answer) {
  const auto idle =
      std::find_if(exchanges_.begin(), exchanges_.end(),
                   [](const auto& exchange) { return exchange->idle(); });
  if (idle == exchanges_.end()) {
    exchanges_.push_front(std::make_shared<AgentExchange>(this));
  } else {
    exchanges_.splice(exchanges_.begin(), exchanges_, idle);
  }
  exchanges_.front()->Begin(std::move(request), std::move(on_answer));
}

std::string AgentClient::Format(const AgentRequest& request,
                                const std::string& token) const {
  std::string target = request.path;
  char separator = '?';
  const auto add = [&](std::string_view name, std::string_view value) {
    target += separator;
    target += name;
    target += '=';
    target += PercentEncode(value);
    separator = '&';
  };
  for (const auto& [name, value] : request.query) add(name, value);
  if (!options_.name_space.empty()) add("ns", options_.name_space);
  if (!options_.partition.empty()) add("partition", options_.partition);
  std::string out = StrFormat(
      "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\nAccept: "
      "application/json\r\n",
      request.method, target, FormatAuthority(options_.address),
      options_.user_agent);
  if (!token.empty()) out += "X-Consul-Token: " + token + "\r\n";
  if (request.method != "GET") {
    out += StrFormat("Content-Type: application/json\r\nContent-Length: %d\r\n",
                     request.body.size());
  }
  return out + "\r\n" + request.body;
}

void AgentClient::Count(std::string_view endpoint, std::string code) {
  ++counts_[{std::string(endpoint), std::move(code)}];
}

// Keeps the exchange's connection, or lets it go.
void AgentClient::Retire(AgentExchange* exchange) {
  const auto idle =
      std::count_if(exchanges_.begin(), exchanges_.end(),
                    [](const auto& each) { return each->idle(); });
  if (exchange->connected() &&
      static_cast<std::size_t>(idle) <= options_.max_idle) {
    return;
  }
  const auto found =
      std::find_if(exchanges_.begin(), exchanges_.end(),
                   [&](const auto& each) { return each.get() == exchange; });
  if (found == exchanges_.end()) return;
  const auto last = *found;
  exchanges_.erase(found);
  last->Close();
}

}  // namespace meshgw::internal
