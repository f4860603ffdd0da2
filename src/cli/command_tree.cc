#include "cli/command_tree.h"

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace meshgw::cli {
namespace {

// A fixed set stands behind the type, in braces: "TEXT:{text,json}".
void SetType(const std::string& type, ArgumentDescription* argument) {
  const std::size_t open = type.find(":{");
  argument->type = type.substr(0, open);
  if (open == std::string::npos || type.back() != '}') return;
  const std::size_t begin = open + 2;
  argument->choices =
      absl::StrSplit(type.substr(begin, type.size() - begin - 1), ',');
}

ArgumentDescription DescribeArgument(const CLI::Option& option) {
  ArgumentDescription out;
  if (option.get_positional()) {
    // Its name says what it is.
    out.names = {option.get_name(true)};
    out.type = out.names.front();
  } else {
    for (const auto* names : {&option.get_snames(), &option.get_lnames()}) {
      for (const std::string& name : *names) out.names.push_back("-" + name);
    }
    if (option.get_items_expected_max() > 0) {
      SetType(option.get_type_name(), &out);
    }
  }
  out.repeated = option.get_items_expected_max() > 1;
  out.default_value = option.get_default_str();
  out.description = option.get_description();
  out.required = option.get_required();
  return out;
}

VerbDescription DescribeVerb(const CLI::App& verb, const std::string& path) {
  VerbDescription out{.name = verb.get_name(),
                      .path = path,
                      .description = verb.get_description(),
                      .footer = verb.get_footer()};
  for (const CLI::Option* option : verb.get_options()) {
    // Those without a group are not shown.
    if (option->get_group().empty()) continue;
    auto& list = option->get_positional() ? out.arguments : out.flags;
    list.push_back(DescribeArgument(*option));
  }
  const auto any = [](const CLI::App*) { return true; };
  for (const CLI::App* below : verb.get_subcommands(any)) {
    const std::string& name = below->get_name();
    out.verbs.push_back(DescribeVerb(
        *below, path.empty() ? name : absl::StrCat(path, " ", name)));
  }
  return out;
}

void AppendVerbs(const VerbDescription& verb,
                 std::vector<const VerbDescription*>* out) {
  out->push_back(&verb);
  for (const VerbDescription& below : verb.verbs) AppendVerbs(below, out);
}

}  // namespace

VerbDescription DescribeProgram(const CLI::App& program) {
  return DescribeVerb(program, "");
}

std::vector<const VerbDescription*> AllVerbs(const VerbDescription& program) {
  std::vector<const VerbDescription*> out;
  AppendVerbs(program, &out);
  return out;
}

}  // namespace meshgw::cli
