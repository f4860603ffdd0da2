#include "consul/http_answer.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

// Reads an answer whole and in pieces: both must come to the same. The first
// byte says how long the pieces are.
namespace {

constexpr std::size_t kMost = 1000;

struct Outcome {
  int code = 0;
  bool done = false;
  unsigned status = 0;
  std::string hash;
  std::string body;
  bool operator==(const Outcome&) const = default;
};

Outcome Read(std::string_view bytes, std::size_t step) {
  meshgw::internal::HttpAnswer answer(kMost);
  absl::Status status;
  while (!bytes.empty() && status.ok() && !answer.done()) {
    status = answer.Take(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
  }
  if (status.ok()) status = answer.TakeEnd();
  Outcome out;
  out.code = static_cast<int>(status.code());
  out.done = status.ok() && answer.done();
  if (out.done != status.ok()) std::abort();
  if (!out.done) return out;
  out.status = answer.status();
  out.hash = answer.Header("X-Consul-ContentHash");
  out.body = answer.TakeBody();
  if (out.body.size() > kMost) std::abort();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1),
                               size - 1);
  const Outcome whole = Read(bytes, std::max<std::size_t>(bytes.size(), 1));
  const Outcome pieces = Read(bytes, data[0] % 32u + 1u);
  // Which of two mistakes is met first may depend on the pieces.
  if (whole.done != pieces.done) std::abort();
  if (whole.done && whole != pieces) std::abort();
  return 0;
}
