#ifndef MESHGW_BENCHMARKS_PEERS_LOAD_METER_H_
#define MESHGW_BENCHMARKS_PEERS_LOAD_METER_H_

#include <vector>

namespace meshgw::load {

// On-CPU time of all threads of the processes, which the scheduler keeps in
// nanoseconds.
double CpuSecondsOf(const std::vector<int>& pids);

// What all CPUs have worked, for whomever; in ticks of 10 ms.
double BusySeconds();

}  // namespace meshgw::load

#endif  // MESHGW_BENCHMARKS_PEERS_LOAD_METER_H_
