#ifndef MESHGW_MESH_GO_QUOTE_H_
#define MESHGW_MESH_GO_QUOTE_H_

#include <string>
#include <string_view>

namespace meshgw::internal {

// GoQuote quotes `text` as Go's %q does: in double quotes, with \a \b \f \n \r
// \t \v \\ \" for those, \x.. for other control bytes and bytes that are no
// UTF-8. Consul's error messages quote values so. Printable means here: valid
// UTF-8 from U+00A1 up, and ASCII from space to '~'.
std::string GoQuote(std::string_view text);

}  // namespace meshgw::internal

#endif  // MESHGW_MESH_GO_QUOTE_H_
