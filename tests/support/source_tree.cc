#include "support/source_tree.h"

namespace meshgw::test {

std::string SourceTree(std::string_view file) {
  return MESHGW_SOURCE_TREE "/" + std::string(file);
}

}  // namespace meshgw::test
