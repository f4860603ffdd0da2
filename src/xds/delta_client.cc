#include "xds/delta_client.h"

#include <algorithm>
#include <utility>

#include "base/str_format.h"
#include "xds/shown_text.h"

namespace meshgw::internal {
namespace {

constexpr std::size_t kMaxShown = 2000;  // Bytes of a text.
// Names of one request: servers in Go take 4 MiB unless told otherwise.
constexpr std::size_t kMaxNameBytes = std::size_t{1} << 20;

// Full jitter: from 0 to base * 2^attempts, at most `cap`.
std::chrono::milliseconds Jitter(std::chrono::milliseconds base,
                                 std::chrono::milliseconds cap,
                                 unsigned attempts, std::uint64_t random) {
  constexpr unsigned kMaxDoublings = 20;
  const std::int64_t most = std::min<std::int64_t>(
      cap.count(), std::max<std::int64_t>(base.count(), 0)
                       << std::min(attempts, kMaxDoublings));
  if (most <= 0) return std::chrono::milliseconds(0);
  return std::chrono::milliseconds(random %
                                   (static_cast<std::uint64_t>(most) + 1));
}

std::string_view WhatToDo(GrpcCode code) {
  switch (code) {
    case GrpcCode::kPermissionDenied:
    case GrpcCode::kUnauthenticated:
      return "the token is refused; the last values stay";
    case GrpcCode::kResourceExhausted:
      return "the server sheds load; the last values stay";
    case GrpcCode::kUnimplemented:
      return "the server does not speak delta xDS there; the last values stay";
    default:
      return "the last values stay";
  }
}

}  // namespace

std::string_view DeltaEventKindName(DeltaEventKind kind) noexcept {
  switch (kind) {
    case DeltaEventKind::kTable:
      return "table";
    case DeltaEventKind::kRefused:
      return "refused";
    case DeltaEventKind::kLeftOut:
      return "left_out";
    case DeltaEventKind::kNotice:
      return "notice";
    case DeltaEventKind::kEndStream:
      return "end_stream";
    case DeltaEventKind::kStreamEnded:
      return "stream_ended";
  }
  return "unknown";
}

DeltaClient::DeltaClient(DeltaClientOptions options)
    : options_(std::move(options)),
      store_(options_.limits),
      decoder_(options_.limits.max_message_bytes) {}

void DeltaClient::Connect(std::uint64_t random) {
  state_ = State::kConnecting;
  reconnect_at_.reset();
  random_ = random;
}

void DeltaClient::OpenStream(TimePoint now) {
  state_ = State::kOpen;
  ++counters_.streams;
  decoder_ = GrpcFrameDecoder(options_.limits.max_message_bytes);
  opened_ = now;
  node_sent_ = endpoints_requested_ = heard_ = missing_told_ = false;
  output_.clear();
  keeping_ = complete_;
  keep_until_.reset();
  store_.AskAgain(now);
  for (const ResourceType type : kResourceTypes) SubscribeAll(type);
}

void DeltaClient::Restore(std::span<const ResourceStore::Response> answers,
                          TimePoint now) {
  for (const Response& answer : answers) {
    const auto type = ParseTypeUrl(answer.type_url());
    if (!type.has_value()) continue;
    Report(store_.Apply(*type, answer, false, now));
    answered(*type) = true;
  }
  // Endpoints that were not there when it was saved: their clusters have none.
  store_.GiveUp(now);
  Publish();
}

// The first request of `type` on a stream: everything (no names) of clusters
// and listeners, the endpoints that are needed.
void DeltaClient::SubscribeAll(ResourceType type) {
  DeltaRequest request;
  request.type_url = TypeUrl(type);
  if (type != ResourceType::kEndpoints) {
    request.versions = store_.Versions(type);
    Send(std::move(request));
    return;
  }
  ResourceStore::Applied all;
  all.subscribe = store_.Subscriptions();
  ChangeSubscriptions(all);
}

// Without names the first request would ask for all endpoints.
void DeltaClient::ChangeSubscriptions(const ResourceStore::Applied& applied) {
  std::span<const std::string> left = applied.subscribe;
  if (!endpoints_requested_ && left.empty()) return;
  std::span<const std::string> unsubscribe = applied.unsubscribe;
  while (!left.empty() || !unsubscribe.empty()) {
    std::size_t count = 0;
    for (std::size_t bytes = 0; count < left.size() && bytes < kMaxNameBytes;
         ++count) {
      bytes += left[count].size();
    }
    DeltaRequest request;
    request.type_url = TypeUrl(ResourceType::kEndpoints);
    request.subscribe = left.first(count);
    request.unsubscribe = unsubscribe;
    if (!endpoints_requested_) {
      request.versions = store_.Versions(ResourceType::kEndpoints);
    }
    endpoints_requested_ = true;
    Send(std::move(request));
    left = left.subspan(count);
    unsubscribe = {};
  }
}

void DeltaClient::Send(DeltaRequest request) {
  if (!node_sent_) request.node = &options_.node;
  node_sent_ = true;
  AppendRequest(request, &output_);
}

void DeltaClient::OnData(std::string_view bytes, TimePoint now) {
  if (state_ != State::kOpen) return;
  decoder_.Feed(bytes);
  while (state_ == State::kOpen) {
    const auto next = decoder_.Next();
    if (!next.ok()) {
      const bool too_large =
          next.status().code() == absl::StatusCode::kResourceExhausted;
      Fail(too_large ? GrpcCode::kResourceExhausted : GrpcCode::kInternal,
           std::string(next.status().message()), now);
      break;
    }
    if (!next->has_value()) break;
    HandleMessage(**next, now);
  }
  // One table for all that came at once.
  Publish();
}

void DeltaClient::HandleMessage(std::string_view bytes, TimePoint now) {
  Response response;
  if (!response.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    Fail(GrpcCode::kInternal, "a DeltaDiscoveryResponse is malformed", now);
    return;
  }
  if (response.nonce().empty() ||
      response.nonce().size() > options_.limits.max_nonce_bytes ||
      !IsPlainText(response.nonce()) || !IsPlainText(response.type_url())) {
    Fail(GrpcCode::kInternal,
         StrFormat("a response has a nonce of %d bytes; expected 1 to %d of "
                   "plain text, and a type",
                   response.nonce().size(), options_.limits.max_nonce_bytes),
         now);
    return;
  }
  ++counters_.responses;
  if (!heard_ && keeping_) keep_until_ = now + options_.keep_time;
  heard_ = true;
  HandleResponse(response, now);
  if (output_.size() > options_.limits.max_output_bytes) {
    Fail(GrpcCode::kResourceExhausted,
         "the server sends and does not read what it is answered", now);
  }
}

void DeltaClient::HandleResponse(const Response& response, TimePoint now) {
  const auto type = ParseTypeUrl(response.type_url());
  if (!type.has_value()) {
    const std::string refused[] = {StrFormat(
        "type %s: a gateway does not ask for it",
        ShownText(response.type_url(), options_.limits.max_name_bytes))};
    ++counters_.refused;
    Acknowledge(response, refused);
    AddTexts(DeltaEventKind::kRefused, refused);
    return;
  }
  const ResourceStore::Applied applied =
      store_.Apply(*type, response, keeping_, now);
  answered(*type) = true;
  counters_.refused += applied.refused.size();
  ++(applied.refused.empty()
         ? counters_.accepted
         : counters_.rejected)[static_cast<std::size_t>(*type)];
  // The needs come before the answer: Consul sends listeners once clusters are
  // acknowledged and no endpoints are under way.
  ChangeSubscriptions(applied);
  Acknowledge(response, applied.refused);
  Report(applied);
}

void DeltaClient::Acknowledge(const Response& response,
                              std::span<const std::string> refused) {
  const std::string reason =
      NackReason(refused, options_.limits.max_nack_bytes);
  if (!reason.empty()) ++counters_.nacks;
  DeltaRequest request;
  request.type_url = response.type_url();
  request.nonce = response.nonce();
  request.error = reason;
  Send(std::move(request));
}

void DeltaClient::Report(const ResourceStore::Applied& applied) {
  AddTexts(DeltaEventKind::kRefused, applied.refused);
  AddTexts(DeltaEventKind::kLeftOut, applied.left_out);
}

void DeltaClient::AddTexts(DeltaEventKind kind,
                           std::span<const std::string> texts) {
  const std::size_t shown = std::min(texts.size(), options_.limits.max_reports);
  for (const std::string& text : texts.first(shown)) {
    DeltaEvent event;
    event.kind = kind;
    event.text = ShownText(text, kMaxShown);
    events_.push_back(std::move(event));
  }
  if (shown < texts.size()) {
    DeltaEvent event;
    event.kind = kind;
    event.text = StrFormat("and %d more", texts.size() - shown);
    events_.push_back(std::move(event));
  }
}

void DeltaClient::AddNotice(std::string text) {
  DeltaEvent event;
  event.text = std::move(text);
  events_.push_back(std::move(event));
}

// Before listeners were answered there is no table at all.
void DeltaClient::Publish() {
  if (!answered(ResourceType::kListener)) return;
  const bool whole = complete_ || (answered(ResourceType::kCluster) &&
                                   !store_.waiting_since().has_value());
  if (!store_.routes().changed() && whole == complete_) return;
  complete_ = whole;
  ++counters_.tables;
  DeltaEvent event;
  event.kind = DeltaEventKind::kTable;
  event.table = store_.routes().Make();
  event.listeners = store_.routes().listeners();
  event.complete = complete_;
  events_.push_back(std::move(event));
  std::vector<std::string> fresh;
  for (const std::string& warning : store_.routes().warnings()) {
    if (std::find(warnings_.begin(), warnings_.end(), warning) ==
        warnings_.end()) {
      fresh.push_back(warning);
    }
  }
  warnings_ = store_.routes().warnings();
  warnings_.resize(std::min(warnings_.size(), options_.limits.max_reports));
  AddTexts(DeltaEventKind::kLeftOut, fresh);
}

void DeltaClient::EndStream(GrpcStatus status, TimePoint now) {
  if (state_ == State::kWaiting) return;
  if (state_ == State::kOpen && decoder_.in_message()) {
    status.message += status.message.empty() ? "ended inside a message"
                                             : " (ended inside a message)";
  }
  End(DeltaEventKind::kStreamEnded, std::move(status), now);
}

void DeltaClient::Fail(GrpcCode code, std::string text, TimePoint now) {
  End(DeltaEventKind::kEndStream, {code, std::move(text)}, now);
}

void DeltaClient::End(DeltaEventKind kind, GrpcStatus status, TimePoint now) {
  if (state_ == State::kOpen && heard_ &&
      now - opened_ >= options_.stable_time) {
    attempts_ = 0;
  }
  const bool refused = status.code == GrpcCode::kPermissionDenied ||
                       status.code == GrpcCode::kUnauthenticated;
  DeltaEvent event;
  event.kind = kind;
  event.try_another_server = status.code == GrpcCode::kResourceExhausted ||
                             status.code == GrpcCode::kUnavailable;
  event.reconnect_delay =
      Jitter(refused ? options_.refused_base : options_.reconnect_base,
             options_.reconnect_cap, attempts_, random_);
  event.text =
      StrFormat("%s%s%s: %s", GrpcCodeName(status.code),
                status.message.empty() ? "" : ": ",
                ShownText(status.message, kMaxShown), WhatToDo(status.code));
  event.status = std::move(status);
  reconnect_at_ = now + event.reconnect_delay;
  events_.push_back(std::move(event));
  ++attempts_;
  state_ = State::kWaiting;
  keep_until_.reset();
  output_.clear();
}

std::optional<DeltaClient::TimePoint> DeltaClient::next_deadline() {
  if (state_ != State::kOpen) return std::nullopt;
  std::optional<TimePoint> next = keep_until_;
  const auto earlier = [&next](TimePoint time) {
    next = next.has_value() ? std::min(*next, time) : time;
  };
  if (const auto since = store_.waiting_since()) {
    earlier(*since + options_.warming_timeout);
  }
  if (!complete_ && !heard_) earlier(opened_ + options_.silence_timeout);
  if (!complete_ && !missing_told_) earlier(opened_ + options_.answer_timeout);
  return next;
}

void DeltaClient::OnTime(TimePoint now) {
  if (state_ != State::kOpen) return;
  GiveUpWarming(now);
  if (keep_until_.has_value() && now >= *keep_until_) StopKeeping();
  Publish();
  CheckAnswers(now);
}

void DeltaClient::GiveUpWarming(TimePoint now) {
  const auto names = store_.GiveUp(now - options_.warming_timeout);
  if (names.empty()) return;
  AddNotice(StrFormat(
      "no endpoints within %d ms for %s%s: what needs them is served with "
      "those it had, or none",
      options_.warming_timeout.count(), ShownText(names[0], 255),
      names.size() == 1 ? "" : StrFormat(" and %d more", names.size() - 1)));
}

void DeltaClient::StopKeeping() {
  keeping_ = false;
  keep_until_.reset();
  ChangeSubscriptions(store_.StopKeeping());
}

// Only before the first whole table: after a reconnect a server that has
// nothing new may be silent.
void DeltaClient::CheckAnswers(TimePoint now) {
  if (complete_) return;
  if (!missing_told_ && now - opened_ >= options_.answer_timeout) {
    missing_told_ = true;
    std::string missing;
    for (const ResourceType type :
         {ResourceType::kCluster, ResourceType::kListener}) {
      if (answered(type)) continue;
      missing += missing.empty() ? "" : " and ";
      missing += ResourceTypeName(type);
    }
    if (!missing.empty()) {
      AddNotice(StrFormat("no answer for %s within %d ms", missing,
                          options_.answer_timeout.count()));
    }
  }
  if (!heard_ && now - opened_ >= options_.silence_timeout) {
    Fail(GrpcCode::kDeadlineExceeded,
         StrFormat("no answer at all within %d ms",
                   options_.silence_timeout.count()),
         now);
  }
}

std::string DeltaClient::TakeOutput() { return std::exchange(output_, {}); }

std::vector<DeltaEvent> DeltaClient::TakeEvents() {
  return std::exchange(events_, {});
}

}  // namespace meshgw::internal
