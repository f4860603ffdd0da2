#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "cli/completion_script.h"

namespace meshgw::cli {
namespace {

// @WORDS@ are replaced by what the program takes.
constexpr char kScript[] = R"(# bash completion for @NAME@

# What stands before the cursor: the verb, and the flag whose value is next.
_@NAME@() {
  local current="${COMP_WORDS[COMP_CWORD]}" verb="" flag="" word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${verb:+$verb }${COMP_WORDS[i]}"
    case "$word" in
      @VERBS@) verb="$word" ;;
    esac
  done
  # An equals sign is a word of its own.
  flag="${COMP_WORDS[COMP_CWORD - 1]}"
  if [[ $current == "=" ]]; then
    current=""
  elif [[ $flag == "=" ]]; then
    flag="${COMP_WORDS[COMP_CWORD - 2]}"
  else
    case "$current" in -*) flag="" ;; esac
  fi
  _@NAME@_value "$verb" "${flag/#--/-}" || _@NAME@_word "$verb"
}

# Completes the value of a flag. Fails for what is none.
_@NAME@_value() {
  case "$1 $2" in
@VALUES@
    *) return 1 ;;
  esac
}

# Completes a flag, or what stands behind the verb.
_@NAME@_word() {
  local flags
  case "$1" in
@FLAGS@
  esac
  case "$current" in
    --*) mapfile -t COMPREPLY < <(compgen -P - -W "$flags" -- "${current#-}") ;;
    -*) _@NAME@_choice "$flags" ;;
    *)
      case "$1" in
@ARGUMENTS@
        *) _@NAME@_choice "$flags" ;;
      esac
      ;;
  esac
}

_@NAME@_choice() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current")
}

_@NAME@_path() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$current")
}

complete -F _@NAME@ @NAME@
)";

// The names of verbs, by spaces.
std::string Names(const VerbDescription& program) {
  return absl::StrJoin(program.verbs, " ",
                       [](std::string* out, const VerbDescription& verb) {
                         absl::StrAppend(out, verb.name);
                       });
}

// The command that completes a value.
std::string Complete(const VerbDescription& program,
                     const ArgumentDescription& argument) {
  const auto choice = [&](const std::string& words) {
    return absl::StrCat("_", program.name, "_choice ", Quoted(words));
  };
  switch (KindOf(argument)) {
    case ValueKind::kChoice:
      return choice(absl::StrJoin(argument.choices, " "));
    case ValueKind::kVerb:
      return choice(Names(program));
    case ValueKind::kFile:
      return absl::StrCat("_", program.name, "_path -f");
    case ValueKind::kFolder:
      return absl::StrCat("_", program.name, "_path -d");
    default:
      return ":";
  }
}

std::string Case(const std::vector<std::string>& patterns,
                 const std::string& command) {
  return absl::StrCat(absl::StrJoin(patterns, " | "), ") ", command, " ;;");
}

std::string VerbPatterns(const VerbDescription& program) {
  std::vector<std::string> out;
  for (const VerbDescription* verb : AllVerbs(program)) {
    if (!verb->path.empty()) out.push_back(Quoted(verb->path));
  }
  return absl::StrJoin(out, " | ");
}

std::string ValueCases(const VerbDescription& program) {
  // Flags by what completes them.
  std::map<std::string, std::vector<std::string>> flags;
  for (const VerbDescription* verb : AllVerbs(program)) {
    for (const ArgumentDescription& flag : verb->flags) {
      if (KindOf(flag) == ValueKind::kNone) continue;
      for (const std::string& name : flag.names) {
        flags[Complete(program, flag)].push_back(
            Quoted(absl::StrCat(verb->path, " ", name)));
      }
    }
  }
  std::string out;
  for (const auto& [command, patterns] : flags) {
    absl::StrAppend(&out, out.empty() ? "" : "\n", "    ",
                    Case(patterns, command));
  }
  return out;
}

std::string FlagCases(const VerbDescription& program) {
  std::string out;
  for (const VerbDescription* verb : AllVerbs(program)) {
    std::vector<std::string> names;
    for (const ArgumentDescription& flag : verb->flags) {
      names.insert(names.end(), flag.names.begin(), flag.names.end());
    }
    absl::StrAppend(&out, out.empty() ? "" : "\n", "    ",
                    Case({Quoted(verb->path)},
                         "flags=" + Quoted(absl::StrJoin(names, " "))));
  }
  return out;
}

std::string ArgumentCases(const VerbDescription& program) {
  std::vector<std::string> out;
  const auto add = [&](const VerbDescription& verb,
                       const std::string& command) {
    out.push_back("        " + Case({Quoted(verb.path)}, command));
  };
  for (const VerbDescription* verb : AllVerbs(program)) {
    if (!verb->verbs.empty()) {
      add(*verb,
          absl::StrCat("_", program.name, "_choice ", Quoted(Names(*verb))));
    } else if (!verb->arguments.empty()) {
      add(*verb, Complete(program, verb->arguments.front()));
    }
  }
  return absl::StrJoin(out, "\n");
}

}  // namespace

std::string BashCompletion(const VerbDescription& program) {
  return absl::StrReplaceAll(kScript,
                             {{"@NAME@", program.name},
                              {"@VERBS@", VerbPatterns(program)},
                              {"@VALUES@", ValueCases(program)},
                              {"@FLAGS@", FlagCases(program)},
                              {"@ARGUMENTS@", ArgumentCases(program)}});
}

}  // namespace meshgw::cli
