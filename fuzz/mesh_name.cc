// Takes any bytes apart as a server name of Consul: what is read is written as
// the same name in lower case, but for two spellings that Consul never writes.
#include "meshgw/mesh_name.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using meshgw::MeshName;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto name = MeshName::Parse(text);
  if (!name.ok()) {
    Require(!name.status().message().empty());
    return 0;
  }
  const auto written = name->Format();
  Require(written.ok());
  const auto again = MeshName::Parse(*written);
  Require(again.ok());
  Require(*again == *name);
  std::string lower = meshgw::LowerCase(text);
  if (lower.ends_with('.')) lower.pop_back();
  // The default partition in the form of the others.
  const bool by_name =
      lower.find(".internal-v1.") != lower.npos && name->partition == "default";
  Require(by_name || *written == lower);
  return 0;
}
