#ifndef MESHGW_CLI_MAN_PAGE_H_
#define MESHGW_CLI_MAN_PAGE_H_

#include <string>

#include "cli/command_tree.h"

namespace meshgw::cli {

// ManPage is meshgw(1) in roff: `program` and what help does not say. `date` is
// "2026-01-31".
std::string ManPage(const VerbDescription& program, const std::string& date);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_MAN_PAGE_H_
