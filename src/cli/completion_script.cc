#include "cli/completion_script.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace meshgw::cli {

ValueKind KindOf(const ArgumentDescription& argument) {
  if (argument.type.empty()) return ValueKind::kNone;
  if (!argument.choices.empty()) return ValueKind::kChoice;
  if (argument.type == "PATH" || argument.type == "FILE") {
    return ValueKind::kFile;
  }
  if (argument.type == "DIR") return ValueKind::kFolder;
  if (argument.type == "VERB") return ValueKind::kVerb;
  return ValueKind::kAnything;
}

std::string Quoted(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

}  // namespace meshgw::cli
