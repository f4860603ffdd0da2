#ifndef MESHGW_CAPI_SPLICE_H_
#define MESHGW_CAPI_SPLICE_H_

#include "meshgw.h"
#include "meshgw/splicer.h"

namespace meshgw::capi {

// ReadSpliceOptions reads a caller's options, null for the defaults.
meshgw_status ReadSpliceOptions(const meshgw_splice_options* options,
                                SplicePoolOptions* out, meshgw_error** err);

// ToState fills what all who carry bytes know.
meshgw_splice_state ToState(SpliceEnd end, int error,
                            const SpliceCounters& counters) noexcept;

}  // namespace meshgw::capi

#endif  // MESHGW_CAPI_SPLICE_H_
