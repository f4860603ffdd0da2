#ifndef MESHGW_CLI_ADMIN_CLIENT_H_
#define MESHGW_CLI_ADMIN_CLIENT_H_

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace meshgw::cli {

// AskAdmin asks the admin endpoint of a gateway at `address` ("unix:/path" or
// "ip:port") and waits for all of its answer; returns the body. Errors name the
// address: InvalidArgument (it is none), NotFound (nothing listens there),
// PermissionDenied, DeadlineExceeded, Unavailable, FailedPrecondition (what
// answers is no gateway, or the gateway refuses: the message says why).
absl::StatusOr<std::string> AskAdmin(const std::string& address,
                                     std::string_view method,
                                     const std::string& target);

// FetchObject and FetchLines get a page that is one JSON object, or one a line.
absl::StatusOr<boost::json::object> FetchObject(const std::string& address,
                                                const std::string& target);
absl::StatusOr<std::vector<boost::json::object>> FetchLines(
    const std::string& address, const std::string& target);
// PostObject asks for a change.
absl::StatusOr<boost::json::object> PostObject(const std::string& address,
                                               const std::string& target);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_ADMIN_CLIENT_H_
