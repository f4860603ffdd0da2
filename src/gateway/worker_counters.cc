#include "gateway/worker_counters.h"

#include <cstddef>
#include <iterator>

namespace meshgw::internal {

void WorkerCounters::AddTo(GatewayStats* stats) const {
  stats->accepted += accepted.Get();
  stats->active += active.Get();
  stats->pending_hellos += pending_hellos.Get();
  stats->post_quantum += post_quantum.Get();
  stats->ech += ech.Get();
  stats->bytes_in += bytes_in.Get();
  stats->bytes_out += bytes_out.Get();
  stats->spliced_bytes += spliced_bytes.Get();
  stats->connect_failures += connect_failures.Get();
  stats->accept_pauses += accept_pauses.Get();
  stats->shed_hellos += shed_hellos.Get();
  stats->hello_memory_sheds += hello_memory_sheds.Get();
  stats->pipe_limit_hits += pipe_limit_hits.Get();
  stats->pipes_taken_back += pipes_taken_back.Get();
  stats->kept_bytes += kept_bytes.Get();
  stats->kept_limit_hits += kept_limit_hits.Get();
  stats->ejections += ejections.Get();
  stats->pipes_open += pipes_open.Get();
  stats->records_lost += records_lost.Get();
  for (std::size_t i = 0; i < std::size(by_reason); ++i) {
    stats->by_reason[i] += by_reason[i].Get();
  }
  for (std::size_t i = 0; i < std::size(by_verdict); ++i) {
    stats->by_verdict[i] += by_verdict[i].Get();
  }
  for (std::size_t i = 0; i < std::size(by_route_kind); ++i) {
    stats->by_route_kind[i] += by_route_kind[i].Get();
  }
}

}  // namespace meshgw::internal
