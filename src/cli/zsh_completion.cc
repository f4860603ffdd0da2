#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "cli/completion_script.h"

namespace meshgw::cli {
namespace {

// In a specification of _arguments these end a part.
std::string Part(const std::string& text) {
  return absl::StrReplaceAll(
      text,
      {{"\\", "\\\\"}, {"[", "\\["}, {"]", "\\]"}, {":", "\\:"}, {"\n", " "}});
}

std::string FunctionOf(const VerbDescription& program,
                       const VerbDescription& verb) {
  if (verb.path.empty()) return "_" + program.name;
  return absl::StrCat("_", program.name, "_",
                      absl::StrReplaceAll(verb.path, {{" ", "_"}}));
}

// What completes a value.
std::string Action(const VerbDescription& program,
                   const ArgumentDescription& argument) {
  switch (KindOf(argument)) {
    case ValueKind::kChoice:
      return absl::StrCat("(", absl::StrJoin(argument.choices, " "), ")");
    case ValueKind::kFile:
      return "_files";
    case ValueKind::kFolder:
      return "_files -/";
    case ValueKind::kVerb:
      return absl::StrCat("_", program.name, "_verbs");
    default:
      return " ";
  }
}

// One for each name of a flag, which exclude each other.
void AppendFlag(const VerbDescription& program, const ArgumentDescription& flag,
                std::vector<std::string>* out) {
  const bool has_value = KindOf(flag) != ValueKind::kNone;
  const std::string others =
      flag.repeated ? "*" : "(" + absl::StrJoin(flag.names, " ") + ")";
  for (const std::string& name : flag.names) {
    std::string spec = absl::StrCat(others, name, has_value ? "=" : "", "[",
                                    Part(flag.description), "]");
    if (has_value) {
      absl::StrAppend(&spec, ":", Part(flag.type), ":", Action(program, flag));
    }
    out->push_back(Quoted(spec));
  }
}

std::string Arguments(const VerbDescription& program,
                      const VerbDescription& verb) {
  std::vector<std::string> specs;
  for (const ArgumentDescription& flag : verb.flags) {
    AppendFlag(program, flag, &specs);
  }
  for (const ArgumentDescription& argument : verb.arguments) {
    specs.push_back(Quoted(absl::StrCat(argument.repeated ? "*" : "", ":",
                                        Part(argument.names.front()), ":",
                                        Action(program, argument))));
  }
  if (!verb.verbs.empty()) {
    specs.push_back(Quoted("1:verb:" + FunctionOf(program, verb) + "_verbs"));
    specs.push_back("'*::argument:->argument'");
  }
  return absl::StrJoin(specs, " \\\n    ");
}

// The list of a verb's verbs.
std::string VerbList(const VerbDescription& program,
                     const VerbDescription& verb) {
  std::string out = absl::StrCat(FunctionOf(program, verb),
                                 "_verbs() {\n  local -a verbs=(\n");
  for (const VerbDescription& below : verb.verbs) {
    absl::StrAppend(
        &out, "    ",
        Quoted(absl::StrCat(below.name, ":", Part(below.description))), "\n");
  }
  return out + "  )\n  _describe verb verbs\n}\n\n";
}

std::string Function(const VerbDescription& program,
                     const VerbDescription& verb) {
  std::string out = FunctionOf(program, verb) + "() {\n";
  if (verb.verbs.empty()) {
    return absl::StrCat(out, "  _arguments \\\n    ", Arguments(program, verb),
                        "\n}\n\n");
  }
  absl::StrAppend(&out,
                  "  local curcontext=\"$curcontext\" state line\n"
                  "  local -A opt_args\n  _arguments -C \\\n    ",
                  Arguments(program, verb), "\n  case \"$line[1]\" in\n");
  for (const VerbDescription& below : verb.verbs) {
    absl::StrAppend(&out, "    ", below.name, ") ", FunctionOf(program, below),
                    " ;;\n");
  }
  return absl::StrCat(out, "  esac\n}\n\n", VerbList(program, verb));
}

}  // namespace

std::string ZshCompletion(const VerbDescription& program) {
  std::string out = absl::StrCat("#compdef ", program.name, "\n\n");
  for (const VerbDescription* verb : AllVerbs(program)) {
    out += Function(program, *verb);
  }
  // As a file of completions it is called; sourced it registers itself.
  return out + absl::StrReplaceAll(
                   "if [ \"$funcstack[1]\" = \"_@NAME@\" ]; then\n"
                   "  _@NAME@ \"$@\"\nelse\n  compdef _@NAME@ @NAME@\nfi\n",
                   {{"@NAME@", program.name}});
}

}  // namespace meshgw::cli
