#ifndef MESHGW_XDS_LAST_GOOD_H_
#define MESHGW_XDS_LAST_GOOD_H_

#include <chrono>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "envoy/service/discovery/v3/discovery.pb.h"

namespace meshgw::internal {

// LastGood is the newest whole table of a control plane, kept on disk to be
// served when a gateway starts before its control plane answers.
struct LastGood {
  std::chrono::system_clock::time_point saved;
  std::string node_id;  // Of the gateway that it is for.
  // DeltaClient::Answers.
  std::vector<envoy::service::discovery::v3::DeltaDiscoveryResponse> answers;
};

// WriteLastGood replaces the file at `path`: at every moment, also when the
// machine stops, there is the old one or the new one whole. The file is for its
// owner only (0600). ResourceExhausted: the table has more than 1 GiB. Errors
// name the path.
absl::Status WriteLastGood(const std::string& path, const LastGood& table);

// ReadLastGood reads what WriteLastGood wrote. NotFound: there is none.
// InvalidArgument: it is none, of an unknown version, or damaged (its checksum
// is wrong). ResourceExhausted: it is larger than a table can be. Errors name
// the path.
absl::StatusOr<LastGood> ReadLastGood(const std::string& path);

}  // namespace meshgw::internal

#endif  // MESHGW_XDS_LAST_GOOD_H_
