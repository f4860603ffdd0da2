#ifndef MESHGW_CAPI_DESCRIPTOR_H_
#define MESHGW_CAPI_DESCRIPTOR_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/unique_fd.h"
#include "meshgw.h"

namespace meshgw::capi {

// What a call asks of a socket beside being a connected stream.
enum class Blocking { kAllowed, kRefused };

// CheckPair is MESHGW_OK for two different descriptors of connected stream
// sockets; else the error names the first argument that is wrong, or whose
// connection has ended (MESHGW_ERR_UNAVAILABLE).
meshgw_status CheckPair(std::int32_t client_fd, const char* client_name,
                        std::int32_t server_fd, const char* server_name,
                        Blocking blocking, meshgw_error** err);

// FailArgument is Fail for the status of a call that was given the argument
// `name`: an InvalidArgument and an Unavailable name it.
meshgw_status FailArgument(meshgw_error** err, const char* name,
                           const absl::Status& status);

// Signal is a descriptor that is readable from Raise to Lower: poll(2) tells
// that something waits. Thread-compatible, but for fd.
class Signal {
 public:
  // ResourceExhausted: no descriptors.
  static absl::StatusOr<Signal> Create();

  void Raise() noexcept;
  void Lower() noexcept;
  int fd() const noexcept { return fd_.get(); }

 private:
  explicit Signal(internal::UniqueFd fd) : fd_(std::move(fd)) {}

  internal::UniqueFd fd_;
};

}  // namespace meshgw::capi

#endif  // MESHGW_CAPI_DESCRIPTOR_H_
