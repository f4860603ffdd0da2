#ifndef MESHGW_TESTS_CONSUL_CONSUL_ANSWER_H_
#define MESHGW_TESTS_CONSUL_CONSUL_ANSWER_H_

#include <fstream>
#include <sstream>
#include <string>

#include "absl/status/statusor.h"
#include "support/catch.h"
#include "support/source_tree.h"

namespace meshgw::test {

// An answer of Consul 1.22.5.
inline std::string Real(const std::string& name) {
  std::ifstream file(SourceTree("testdata/consul/" + name), std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  REQUIRE_FALSE(out.str().empty());
  return out.str();
}

// What is wrong with an answer.
template <typename Value>
std::string Error(const absl::StatusOr<Value>& value) {
  if (!value.ok()) CHECK(absl::IsInvalidArgument(value.status()));
  return std::string(value.status().message());
}

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_CONSUL_CONSUL_ANSWER_H_
