// What a caller can do wrong with errors and strings.
#include "bad_input.h"

namespace meshgw::test {
namespace {

TEST_CASE("errors and strings that are NULL are empty") {
  auto detail = Sized<meshgw_error_detail>();
  CHECK(meshgw_error_status(nullptr) == MESHGW_OK);
  CHECK(meshgw_error_message(nullptr).len == 0);
  CHECK(meshgw_error_errno(nullptr) == 0);
  CHECK(meshgw_error_detail_count(nullptr) == 0);
  CHECK(meshgw_error_detail_at(nullptr, 0, &detail) ==
        MESHGW_ERR_INVALID_ARGUMENT);
  CHECK(meshgw_string_view(nullptr).len == 0);
  meshgw_string_free(nullptr);
  meshgw_error_free(nullptr);
}

}  // namespace
}  // namespace meshgw::test
