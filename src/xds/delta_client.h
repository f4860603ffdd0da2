#ifndef MESHGW_XDS_DELTA_CLIENT_H_
#define MESHGW_XDS_DELTA_CLIENT_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "meshgw/route_table.h"
#include "xds/delta_request.h"
#include "xds/grpc_frame.h"
#include "xds/grpc_status.h"
#include "xds/limits.h"
#include "xds/resource_store.h"
#include "xds/resources.h"

namespace meshgw::internal {

// DeltaClientOptions of a DeltaClient. Times of 0 are taken as they are.
struct DeltaClientOptions {
  XdsNode node;
  XdsLimits limits;
  // After that long without its endpoints a cluster is served without any:
  // Envoy's initial_fetch_timeout.
  std::chrono::milliseconds warming_timeout{15000};
  // After that long without a first answer a notice says which is missing, and
  // after that long without any the stream is given up.
  std::chrono::milliseconds answer_timeout{15000};
  std::chrono::milliseconds silence_timeout{60000};
  // How long after a reconnect nothing is taken away (ResourceStore). A Consul
  // server names the other datacenters up to 30 s after its own start.
  std::chrono::milliseconds keep_time{60000};
  // The wait before the n-th attempt in a row is drawn from 0 to base * 2^n, at
  // most the cap: full jitter. `refused_base` holds where the token is refused.
  std::chrono::milliseconds reconnect_base{500};
  std::chrono::milliseconds refused_base{5000};
  std::chrono::milliseconds reconnect_cap{30000};
  // A stream that answered and lasted that long ends the row.
  std::chrono::milliseconds stable_time{10000};
};

// DeltaEventKind says what a DeltaEvent is.
enum class DeltaEventKind : std::int32_t {
  kTable = 0,        // There is a new table, or the first one is complete.
  kRefused = 1,      // A resource was refused; its last good value stays.
  kLeftOut = 2,      // Something is taken but not served.
  kNotice = 3,       // An answer is missing; also text for the log.
  kEndStream = 4,    // The transport is to reset the stream, and says no more
                     // of it; the rest is as of kStreamEnded.
  kStreamEnded = 5,  // The last values stay.
};
// DeltaEventKindName: "table", "refused", "left_out", "notice", "end_stream",
// "stream_ended".
std::string_view DeltaEventKindName(DeltaEventKind kind) noexcept;

// DeltaEvent is something for the owner of a DeltaClient.
struct DeltaEvent {
  DeltaEventKind kind = DeltaEventKind::kNotice;
  std::string text = {};  // One line, printable, with the place.
  // kTable. Before the first complete one tables lack what is not there yet:
  // one who has an older whole table waits for a complete one.
  std::shared_ptr<const RouteTable> table = nullptr;
  std::vector<ListenerAddress> listeners = {};
  bool complete = false;
  // kEndStream, kStreamEnded.
  GrpcStatus status = {};
  std::chrono::milliseconds reconnect_delay{0};
  // The server sheds load or goes away: another one is the better choice.
  bool try_another_server = false;
};

// DeltaClientCounters only grow.
struct DeltaClientCounters {
  std::uint64_t streams = 0;    // Opened.
  std::uint64_t responses = 0;  // Whole and well-formed.
  std::uint64_t nacks = 0;
  std::uint64_t refused = 0;  // Resources.
  std::uint64_t tables = 0;
  // Responses by ResourceType: all of it was taken, or some was refused.
  std::array<std::uint64_t, 3> accepted{};
  std::array<std::uint64_t, 3> rejected{};
};

// DeltaClient is a gateway's end of delta xDS (DeltaAggregatedResources of
// envoy.service.discovery.v3.AggregatedDiscoveryService): bytes and time go in,
// requests and events come out. It subscribes to all clusters, all listeners
// and the endpoints that clusters need; it lives as long as the gateway and
// goes from stream to stream. No I/O, no clock, no threads.
//
// One attempt: Connect when reconnect_at has come, then OpenStream once the
// call is made (its request headers sent), OnData for what its body brings, and
// EndStream at its end or when connecting failed. After each call: TakeOutput
// goes into the request body, TakeEvents to the owner, and OnTime is due at
// next_deadline. A transport should not read on while much of the output waits.
//
// Thread-compatible. `now` never goes back.
class DeltaClient {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit DeltaClient(DeltaClientOptions options);

  // SetNode says who asks from the next stream on, if not the options did.
  void SetNode(XdsNode node) { options_.node = std::move(node); }

  // When the next attempt is due: from the start, later as drawn. Empty during
  // an attempt.
  std::optional<TimePoint> reconnect_at() const { return reconnect_at_; }

  // Connect begins an attempt. `random`: 64 random bits, for the wait after it.
  void Connect(std::uint64_t random);
  void OpenStream(TimePoint now);
  void OnData(std::string_view bytes, TimePoint now);
  // EndStream: `status` as MakeGrpcStatus reads it; for a connection that
  // failed or broke kUnavailable, with what happened. No effect between
  // attempts.
  void EndStream(GrpcStatus status, TimePoint now);
  void OnTime(TimePoint now);

  // Restore takes over what Answers returned in an earlier process, before the
  // first Connect: it is served until a server has answered, as after a
  // reconnect. What cannot be taken over is told like a server's.
  void Restore(std::span<const ResourceStore::Response> answers, TimePoint now);
  // Answers returns all that is held (ResourceStore::Answers).
  std::vector<ResourceStore::Response> Answers() const {
    return store_.Answers();
  }

  // When OnTime is due; empty: never, as it is.
  std::optional<TimePoint> next_deadline();

  // Frames for the request body since the last call.
  std::string TakeOutput();
  std::size_t output_size() const { return output_.size(); }
  std::vector<DeltaEvent> TakeEvents();

  const DeltaClientCounters& counters() const { return counters_; }
  // Whether there was a table with all that the server has.
  bool complete() const { return complete_; }
  // Whether what a server takes away is kept, after a reconnect.
  bool keeping() const { return keeping_; }

 private:
  using Response = ResourceStore::Response;
  enum class State : std::uint8_t { kWaiting, kConnecting, kOpen };

  bool& answered(ResourceType type) {
    return answered_[static_cast<std::size_t>(type)];
  }
  void HandleMessage(std::string_view bytes, TimePoint now);
  void HandleResponse(const Response& response, TimePoint now);
  void SubscribeAll(ResourceType type);
  void ChangeSubscriptions(const ResourceStore::Applied& applied);
  void Send(DeltaRequest request);
  void Acknowledge(const Response& response,
                   std::span<const std::string> refused);
  void Report(const ResourceStore::Applied& applied);
  void AddTexts(DeltaEventKind kind, std::span<const std::string> texts);
  void AddNotice(std::string text);
  void GiveUpWarming(TimePoint now);
  void CheckAnswers(TimePoint now);
  void StopKeeping();
  void Publish();
  void Fail(GrpcCode code, std::string text, TimePoint now);
  void End(DeltaEventKind kind, GrpcStatus status, TimePoint now);

  DeltaClientOptions options_;
  ResourceStore store_;
  DeltaClientCounters counters_;
  bool complete_ = false;
  std::array<bool, 3> answered_{};     // Each type, ever.
  std::vector<std::string> warnings_;  // Of the last table.

  // Between streams.
  State state_ = State::kWaiting;
  std::optional<TimePoint> reconnect_at_ = TimePoint::min();
  std::uint64_t random_ = 0;
  unsigned attempts_ = 0;  // In a row without a stable stream.
  bool keeping_ = false;

  // Of the stream.
  GrpcFrameDecoder decoder_;
  TimePoint opened_;
  bool node_sent_ = false;
  bool endpoints_requested_ = false;
  bool heard_ = false;         // A response came.
  bool missing_told_ = false;  // That an answer is missing.
  std::optional<TimePoint> keep_until_;

  std::string output_;
  std::vector<DeltaEvent> events_;
};

}  // namespace meshgw::internal

#endif  // MESHGW_XDS_DELTA_CLIENT_H_
