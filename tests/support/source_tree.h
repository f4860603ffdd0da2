#ifndef MESHGW_TESTS_SUPPORT_SOURCE_TREE_H_
#define MESHGW_TESTS_SUPPORT_SOURCE_TREE_H_

#include <string>
#include <string_view>

namespace meshgw::test {

// SourceTree returns the path of a file of the project ("testdata/seed"). One
// source file knows where the tree is, so that a compiler cache serves the
// others in every checkout.
std::string SourceTree(std::string_view file);

}  // namespace meshgw::test

#endif  // MESHGW_TESTS_SUPPORT_SOURCE_TREE_H_
