#ifndef MESHGW_CLI_COMPLETION_SCRIPT_H_
#define MESHGW_CLI_COMPLETION_SCRIPT_H_

#include <string>

#include "cli/command_tree.h"

namespace meshgw::cli {

// The script that has a shell complete what `program` takes: verbs, the flags
// of each, and values, where they are a fixed set, files or folders.
std::string BashCompletion(const VerbDescription& program);
std::string ZshCompletion(const VerbDescription& program);
std::string FishCompletion(const VerbDescription& program);

// ValueKind says how a value is completed.
enum class ValueKind {
  kNone,  // A flag without a value.
  kAnything,
  kChoice,
  kFile,
  kFolder,
  kVerb,
};
ValueKind KindOf(const ArgumentDescription& argument);

// Quoted is `text` as one word of bash and zsh.
std::string Quoted(const std::string& text);

}  // namespace meshgw::cli

#endif  // MESHGW_CLI_COMPLETION_SCRIPT_H_
