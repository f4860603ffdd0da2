#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "cli/completion_script.h"

namespace meshgw::cli {
namespace {

constexpr char kFunction[] = R"(# fish completion for @NAME@

# Whether the verb before the cursor is this one.
function __@NAME@_at
    set -l at ''
    for word in (commandline -opc)[2..-1]
        set -l path (string trim -- "$at $word")
        contains -- $path @VERBS@
        and set at $path
    end
    test "$at" = "$argv[1]"
end

complete -c @NAME@ -f
)";

// Fish has its own rules for what is between quotes.
std::string FishQuoted(const std::string& text) {
  return absl::StrCat(
      "'",
      absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}, {"\n", " "}}),
      "'");
}

std::string At(const VerbDescription& program, const VerbDescription& verb) {
  return absl::StrCat("complete -c ", program.name, " -n ",
                      FishQuoted(absl::StrCat("__", program.name, "_at ",
                                              FishQuoted(verb.path))));
}

// What completes a value.
std::string Value(const VerbDescription& program,
                  const ArgumentDescription& argument) {
  switch (KindOf(argument)) {
    case ValueKind::kNone:
      return "";
    case ValueKind::kChoice:
      return " -x -a " + FishQuoted(absl::StrJoin(argument.choices, " "));
    case ValueKind::kFile:
      return " -r -F";
    case ValueKind::kFolder:
      return " -x -a '(__fish_complete_directories)'";
    case ValueKind::kVerb: {
      std::vector<std::string> names;
      for (const VerbDescription& verb : program.verbs) {
        names.push_back(verb.name);
      }
      return " -x -a " + FishQuoted(absl::StrJoin(names, " "));
    }
    case ValueKind::kAnything:
      return " -x";
  }
  return "";
}

// One dash and several letters is an old option to fish.
std::string Names(const ArgumentDescription& flag) {
  std::string out;
  for (const std::string& name : flag.names) {
    absl::StrAppend(&out, name.size() == 2 ? " -s " : " -o ", name.substr(1));
  }
  return out;
}

void AppendVerb(const VerbDescription& program, const VerbDescription& verb,
                std::string* out) {
  const std::string at = At(program, verb);
  for (const VerbDescription& below : verb.verbs) {
    absl::StrAppend(out, at, " -a ", below.name, " -d ",
                    FishQuoted(below.description), "\n");
  }
  for (const ArgumentDescription& flag : verb.flags) {
    absl::StrAppend(out, at, Names(flag), Value(program, flag), " -d ",
                    FishQuoted(flag.description), "\n");
  }
  for (const ArgumentDescription& argument : verb.arguments) {
    if (KindOf(argument) == ValueKind::kAnything) continue;
    absl::StrAppend(out, at, Value(program, argument), "\n");
  }
}

}  // namespace

std::string FishCompletion(const VerbDescription& program) {
  std::vector<std::string> paths;
  for (const VerbDescription* verb : AllVerbs(program)) {
    if (!verb->path.empty()) paths.push_back(FishQuoted(verb->path));
  }
  std::string out = absl::StrReplaceAll(
      kFunction,
      {{"@NAME@", program.name}, {"@VERBS@", absl::StrJoin(paths, " ")}});
  for (const VerbDescription* verb : AllVerbs(program)) {
    AppendVerb(program, *verb, &out);
  }
  return out;
}

}  // namespace meshgw::cli
