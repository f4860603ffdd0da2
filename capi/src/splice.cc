#include "splice.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "boundary.h"
#include "descriptor.h"
#include "same.h"

namespace capi = meshgw::capi;
using meshgw::SpliceEnd;
using meshgw::Splicer;
using meshgw::SpliceSide;

struct meshgw_splice_pool : capi::Handle {
  explicit meshgw_splice_pool(const meshgw::SplicePoolOptions& options)
      : pool(options) {}

  meshgw::SplicePool pool;
  std::size_t splicers = 0;  // That use it.
  bool orphaned = false;     // Freed by its owner; goes with the last of them.
};

struct meshgw_splicer : capi::Handle {
  meshgw_splicer(meshgw_splice_pool* owner, int client_fd, int server_fd)
      : pool(owner), splicer(&owner->pool, client_fd, server_fd) {
    ++pool->splicers;
  }
  ~meshgw_splicer() { --pool->splicers; }

  meshgw_splice_pool* const pool;
  Splicer splicer;
  bool sent_first = false;
  bool ran = false;
};

namespace meshgw::capi {
namespace {

static_assert(Same(SpliceSide::kClient, MESHGW_SIDE_CLIENT));
static_assert(Same(SpliceSide::kServer, MESHGW_SIDE_SERVER));
static_assert(Same(SpliceEnd::kRunning, MESHGW_SPLICE_RUNNING));
static_assert(Same(SpliceEnd::kFinished, MESHGW_SPLICE_FINISHED));
static_assert(Same(SpliceEnd::kClientReset, MESHGW_SPLICE_CLIENT_RESET));
static_assert(Same(SpliceEnd::kServerReset, MESHGW_SPLICE_SERVER_RESET));
static_assert(Same(SpliceEnd::kFailed, MESHGW_SPLICE_FAILED));
static_assert(Same(SpliceEnd::kCancelled, MESHGW_SPLICE_CANCELLED));
static_assert(MESHGW_SPLICE_EVENTS == kSpliceEvents);
static_assert(sizeof(meshgw_splice_state) == 40);
static_assert(sizeof(meshgw_splice_result) == 48);

// Beyond these no pipe or buffer of use can be made, and lengths would overflow
// where the kernel wants an int.
constexpr std::uint32_t kMostBytes = std::uint32_t{1} << 28;
constexpr std::uint32_t kMostPipes = std::uint32_t{1} << 20;

// Those who overlap with a call on the pool, by whichever of its splicers.
class Turn {
 public:
  explicit Turn(const meshgw_splicer* splicer) noexcept
      : pool_(splicer->pool), splicer_(splicer) {}
  explicit operator bool() const noexcept {
    return static_cast<bool>(pool_) && static_cast<bool>(splicer_);
  }

 private:
  Exclusive pool_;
  Exclusive splicer_;
};

}  // namespace

meshgw_status ReadSpliceOptions(const meshgw_splice_options* options,
                                SplicePoolOptions* out, meshgw_error** err) {
  if (options == nullptr) return MESHGW_OK;
  meshgw_splice_options in = {};
  meshgw_status bad = ReadStruct(options, "options", &in, err);
  if (bad != MESHGW_OK) return bad;
  const bool splices = in.max_pipes != UINT32_MAX;
  bad =
      Arguments(err)
          .Range(in.copy_bytes, 0, kMostBytes, "options.copy_bytes")
          .Range(in.pipe_bytes, 0, kMostBytes, "options.pipe_bytes")
          .Range(splices ? in.max_pipes : 0, 0, kMostPipes, "options.max_pipes")
          .Range(in.reserved, 0, 0, "options.reserved")
          .status();
  if (bad != MESHGW_OK) return bad;
  if (in.max_kept_bytes != 0) out->max_kept_bytes = in.max_kept_bytes;
  if (in.copy_bytes != 0) out->copy_buffer_bytes = in.copy_bytes;
  if (in.pipe_bytes != 0) out->pipe_bytes = in.pipe_bytes;
  if (in.max_pipes != 0) out->max_pipes = splices ? in.max_pipes : 0;
  return MESHGW_OK;
}

meshgw_splice_state ToState(SpliceEnd end, int error,
                            const SpliceCounters& counters) noexcept {
  meshgw_splice_state state = {};
  state.end = static_cast<std::int32_t>(end);
  state.error = error;
  state.bytes_to_server = counters.bytes_to_server;
  state.bytes_to_client = counters.bytes_to_client;
  state.spliced_bytes = counters.spliced_bytes;
  return state;
}

}  // namespace meshgw::capi

const char* meshgw_splice_end_name(int32_t end) {
  switch (end) {
    case MESHGW_SPLICE_RUNNING:
      return "running";
    case MESHGW_SPLICE_FINISHED:
      return "finished";
    case MESHGW_SPLICE_CLIENT_RESET:
      return "client_reset";
    case MESHGW_SPLICE_SERVER_RESET:
      return "server_reset";
    case MESHGW_SPLICE_FAILED:
      return "failed";
    case MESHGW_SPLICE_CANCELLED:
      return "cancelled";
    default:
      return "unknown";
  }
}

meshgw_status meshgw_splice_pool_create(const meshgw_splice_options* options,
                                        meshgw_splice_pool** out,
                                        meshgw_error** err) {
  return capi::Guard(err, [&] {
    meshgw::SplicePoolOptions known;
    meshgw_status bad = capi::ReadSpliceOptions(options, &known, err);
    if (bad == MESHGW_OK) {
      bad = capi::Arguments(err).Pointer(out, "out").status();
    }
    if (bad != MESHGW_OK) return bad;
    *out = new meshgw_splice_pool(known);
    return meshgw_status{MESHGW_OK};
  });
}

void meshgw_splice_pool_free(meshgw_splice_pool* pool) {
  if (!capi::Usable(pool)) return;
  {
    const capi::Exclusive turn(pool);
    if (!turn) return;
    // Freed too early: its splicers would be left with pipes that are gone.
    pool->orphaned = true;
    if (pool->splicers > 0) return;
  }
  capi::Release(pool);
}

meshgw_status meshgw_splicer_create(meshgw_splice_pool* pool, int32_t client_fd,
                                    int32_t server_fd, meshgw_splicer** out,
                                    meshgw_error** err) {
  return capi::Guard(err, [&] {
    meshgw_status bad =
        capi::Arguments(err).Object(pool, "pool").Pointer(out, "out").status();
    if (bad == MESHGW_OK) {
      bad = capi::CheckPair(client_fd, "client_fd", server_fd, "server_fd",
                            capi::Blocking::kRefused, err);
    }
    if (bad != MESHGW_OK) return bad;
    const capi::Exclusive turn(pool);
    if (!turn) return capi::Exclusive::Refuse(err, "pool");
    if (pool->orphaned) {
      return capi::Fail(err, MESHGW_ERR_INVALID_ARGUMENT, "pool was freed");
    }
    *out = new meshgw_splicer(pool, client_fd, server_fd);
    return meshgw_status{MESHGW_OK};
  });
}

meshgw_status meshgw_splicer_send_first(meshgw_splicer* splicer,
                                        const uint8_t* data, size_t len,
                                        meshgw_error** err) {
  return capi::Guard(err, [&] {
    const meshgw_status bad = capi::Arguments(err)
                                  .Object(splicer, "splicer")
                                  .Slice(data, len, "data")
                                  .status();
    if (bad != MESHGW_OK) return bad;
    const capi::Turn turn(splicer);
    if (!turn) return capi::Exclusive::Refuse(err, "splicer");
    if (splicer->ran || splicer->sent_first) {
      return capi::Fail(err, MESHGW_ERR_FAILED_PRECONDITION,
                        "splicer: first bytes are sent once, before the first "
                        "meshgw_splicer_run");
    }
    if (len == 0) return meshgw_status{MESHGW_OK};
    // Also when it fails part of them may have been sent: another try would
    // repeat that.
    splicer->sent_first = true;
    if (!splicer->splicer.SendFirst(std::span(data, len)).ok()) {
      return capi::FailNoMemory(err);
    }
    return meshgw_status{MESHGW_OK};
  });
}

int32_t meshgw_splicer_run(meshgw_splicer* splicer, int32_t side,
                           uint32_t events) {
  if (!capi::Usable(splicer)) return -1;
  if (side != MESHGW_SIDE_CLIENT && side != MESHGW_SIDE_SERVER) return -1;
  const capi::Turn turn(splicer);
  if (!turn) return -1;
  splicer->ran = true;
  // It throws nothing: without memory it copies, or ends with ENOMEM.
  return splicer->splicer.Run(static_cast<SpliceSide>(side), events) ? 1 : 0;
}

meshgw_status meshgw_splicer_get(const meshgw_splicer* splicer,
                                 meshgw_splice_state* out) {
  if (!capi::Usable(splicer) || out == nullptr) {
    return MESHGW_ERR_INVALID_ARGUMENT;
  }
  const capi::Exclusive turn(splicer);
  if (!turn) return MESHGW_ERR_FAILED_PRECONDITION;
  const Splicer& from = splicer->splicer;
  *out = capi::ToState(from.end(), from.error(), from.counters());
  out->client_fin = from.fin_received(SpliceSide::kClient) ? 1 : 0;
  out->server_fin = from.fin_received(SpliceSide::kServer) ? 1 : 0;
  out->pending = from.has_pending() ? 1 : 0;
  return MESHGW_OK;
}

void meshgw_splicer_free(meshgw_splicer* splicer) {
  if (!capi::Usable(splicer)) return;
  meshgw_splice_pool* pool = splicer->pool;
  {
    const capi::Turn turn(splicer);
    if (!turn) return;
  }
  capi::Release(splicer);
  if (pool->orphaned && pool->splicers == 0) capi::Release(pool);
}

void meshgw_reset_on_close(int32_t fd) { meshgw::ResetOnClose(fd); }
