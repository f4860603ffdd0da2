#include "cli/command_line.h"

#include <algorithm>
#include <iostream>

namespace meshgw::cli {

std::vector<std::string> NormalizeArguments(std::span<char* const> arguments) {
  std::vector<std::string> out;
  bool flags = true;
  for (const std::string argument : arguments) {
    const bool go_style = flags && argument.size() > 2 && argument[0] == '-' &&
                          argument[1] != '-' &&
                          !(argument[1] >= '0' && argument[1] <= '9');
    if (argument == "--") flags = false;
    out.push_back(go_style ? "-" + argument : argument);
  }
  return out;
}

int RunCommandLine(std::span<char* const> arguments) {
  CLI::App app("meshgw: a mesh gateway for Consul service mesh", "meshgw");
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "Help of every verb");
  app.set_version_flag("--version", MESHGW_VERSION);
  app.get_formatter()->column_width(36);
  int exit_code = kExitFailed;
  AddGatewayVerb(&app, &exit_code);
  AddDemoVerb(&app, &exit_code);
  AddValidateVerb(&app, &exit_code);
  AddExplainVerb(&app, &exit_code);
  AddInspectVerb(&app, &exit_code);
  AddRoutesVerb(&app, &exit_code);
  AddVersionVerb(&app, &exit_code);
  app.add_subcommand("help", "This text")->callback([&] {
    std::cout << app.help();
    exit_code = kExitOk;
  });
  try {
    auto normalized = NormalizeArguments(arguments.subspan(1));
    // The parser wants them in reverse.
    std::reverse(normalized.begin(), normalized.end());
    app.parse(normalized);
  } catch (const CLI::ParseError& error) {
    const bool asked_for_text = error.get_exit_code() == 0;
    app.exit(error, std::cout, std::cerr);
    return asked_for_text ? kExitOk : kExitUsage;
  }
  return exit_code;
}

}  // namespace meshgw::cli
